import { BufferTarget, CanvasSource, Mp4OutputFormat, Output, Quality, WebMOutputFormat, getFirstEncodableVideoCodec } from 'mediabunny';
import { CancelledError } from '../../shared/cancelledError';
import type { VideoFormat } from '../../shared/protocol/exportProtocol';
import { bitrateOf } from './model/exportPlan';

/** What each container is encoded with, what most players take first. */
const codecs = {
  mp4: ['avc', 'hevc', 'vp9', 'av1'],
  webm: ['vp9', 'vp8', 'av1'],
} as const satisfies Record<VideoFormat, readonly string[]>;

export type Codec = (typeof codecs)[VideoFormat][number];

/** The names that people know codecs by. */
export const codecNames: Readonly<Record<Codec, string>> = { avc: 'H.264', hevc: 'H.265', vp9: 'VP9', vp8: 'VP8', av1: 'AV1' };

export interface VideoSettings {
  readonly format: VideoFormat;
  /** In pixels, both even. */
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
}

/** Whether this browser has encoders at all. */
export function canEncode(): boolean {
  return typeof VideoEncoder === 'function';
}

/** What a video will be encoded with here; undefined where no codec of its container can be. */
export async function codecFor({ format, width, height, frameRate }: VideoSettings): Promise<Codec | undefined> {
  if (!canEncode()) return undefined;
  const quality = new Quality({ bitrate: bitrateOf({ width, height }, frameRate) });
  return (await getFirstEncodableVideoCodec([...codecs[format]], { width, height, frameRate, quality })) as Codec | null ?? undefined;
}

/** Makes a video frame by frame. */
export class VideoMaker {
  private readonly canvas: HTMLCanvasElement;
  private readonly target = new BufferTarget();
  private readonly output: Output;
  private readonly source: CanvasSource;
  private count = 0;

  private constructor(private readonly settings: VideoSettings, codec: Codec) {
    const { format, width, height, frameRate } = settings;
    this.canvas = document.createElement('canvas');
    this.canvas.width = width;
    this.canvas.height = height;
    this.source = new CanvasSource(this.canvas, { codec, quality: new Quality({ bitrate: bitrateOf(settings, frameRate) }), latencyMode: 'quality' });
    this.output = new Output({ format: format === 'mp4' ? new Mp4OutputFormat() : new WebMOutputFormat(), target: this.target });
    this.output.addVideoTrack(this.source, { frameRate });
  }

  static async begin(settings: VideoSettings, codec: Codec): Promise<VideoMaker> {
    const maker = new VideoMaker(settings, codec);
    await maker.output.start();
    return maker;
  }

  /** Adds a frame; what it does not cover is white. */
  async add(picture: CanvasImageSource): Promise<void> {
    const { frameRate } = this.settings;
    const context = this.canvas.getContext('2d');
    if (!context) throw new Error('this window cannot draw');
    context.fillStyle = '#fff';
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(picture, 0, 0);
    await this.source.add(this.count++ / frameRate, 1 / frameRate);
  }

  /** The file. */
  async finish(): Promise<Uint8Array<ArrayBuffer>> {
    await this.output.finalize();
    if (!this.target.buffer) throw new CancelledError();
    return new Uint8Array(this.target.buffer);
  }

  /** Gives it up. */
  async cancel(): Promise<void> {
    await this.output.cancel();
  }
}
