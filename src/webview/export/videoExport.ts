import { CancelledError } from '../../shared/cancelledError';
import type { ExportCalls, PageSweep } from '../../shared/protocol/exportProtocol';
import type { Client } from '../../shared/protocol/rpc';
import { pictureOf } from './framePictures';
import { FrameArrivals } from './model/frameArrivals';
import { VideoMaker } from './video';
import type { Codec, VideoSettings } from './video';

export interface VideoExport {
  readonly sweep: PageSweep;
  /** The frames in the order of showing. */
  readonly shown: readonly number[];
  readonly video: VideoSettings;
  readonly codec: Codec;
}

/**
 * Encodes a sweep as a video, frame by frame as the engine draws them. A frame that is shown again is kept as it came.
 *
 * @throws CancelledError where `signal` says so
 */
export async function encodeVideo(client: Client<ExportCalls>, { sweep, shown, video, codec }: VideoExport, signal: AbortSignal, onProgress: (done: number) => void): Promise<Uint8Array<ArrayBuffer>> {
  const arrivals = new FrameArrivals();
  const stop = new AbortController();
  const stopToo = () => { stop.abort(); };
  signal.addEventListener('abort', stopToo);
  const drawing = client.call('frames', { sweep }, { signal: stop.signal, onProgress: ({ index, frame }) => { arrivals.put(index, frame); } });
  drawing.catch((error: unknown) => { arrivals.fail(error); });
  let maker: VideoMaker | undefined;
  try {
    maker = await VideoMaker.begin(video, codec);
    for (const [place, index] of shown.entries()) {
      const picture = await pictureOf(await arrivals.get(index));
      if (signal.aborted) throw new CancelledError();
      await maker.add(picture);
      picture.close();
      if (shown.lastIndexOf(index) === place) arrivals.drop(index);
      onProgress(place + 1);
    }
    await drawing;
    return await maker.finish();
  } catch (error) {
    stop.abort();
    await maker?.cancel();
    throw error;
  } finally {
    signal.removeEventListener('abort', stopToo);
  }
}
