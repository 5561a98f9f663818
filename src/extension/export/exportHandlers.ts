import { extname } from 'node:path';
import * as vscode from 'vscode';
import type { ExportCalls, VideoFormat } from '../../shared/protocol/exportProtocol';
import type { Handlers } from '../../shared/protocol/rpc';
import { UserError } from '../../shared/userError';
import { offerToOpen, placeFor } from '../panel/exportPng';
import type { Services } from '../services';
import { mayWrite, writeFile } from '../workspace/files';
import { requireOpenable } from '../workspace/openable';
import { figureOf, sweepOf } from './exportJob';
import type { ExportJob } from './exportJob';

/** The kinds of files, as save dialogs name them. */
const kinds = { png: 'PNG', gif: 'GIF', webp: 'WebP', mp4: 'MP4 video', webm: 'WebM video' } as const;

/**
 * What answers the page.
 *
 * @param opened the job; where it cannot be opened, the page is told why when it starts
 */
export function exportHandlers(opened: Promise<ExportJob>, { engine, work }: Services): Handlers<ExportCalls> {
  /** Where videos may be written: the page knows a place by its number alone. */
  const places: vscode.Uri[] = [];
  const openable = async (): Promise<ExportJob> => {
    const job = await opened;
    requireOpenable(job.generator);
    return job;
  };
  return {
    start: async () => (await opened).start,
    size: async ({ figure }, { signal }) => {
      const job = await openable();
      return engine.call('figureSize', figureOf(job, figure), { signal });
    },
    preview: async ({ figure }, { signal }) => {
      const job = await openable();
      return work.during('drawing a preview', async () => ({ data: await engine.call('figure', figureOf(job, figure), { signal }) }));
    },
    frames: async ({ sweep }, { signal, progress }) => {
      const job = await openable();
      return work.during('drawing frames', () => engine.call('sweepFrames', sweepOf(job, sweep), { signal, onProgress: progress }));
    },
    save: async ({ figure, fileName }, { signal, progress }) => {
      const job = await openable();
      const uri = await askPlace(fileName, figure.format);
      if (!uri) return undefined;
      return written(uri, await work.during(`exporting ${fileName}`, () => engine.call('figure', figureOf(job, figure), { signal, onProgress: progress })));
    },
    place: async ({ format, fileName }) => {
      const uri = await askPlace(fileName, format);
      return uri && { place: places.push(uri) - 1, path: vscode.workspace.asRelativePath(uri) };
    },
    saveVideo: async ({ place, data }) => {
      const uri = places[place];
      if (!uri) throw new UserError(`nobody has chosen the place ${place} for a video`);
      return written(uri, data);
    },
  };
}

async function askPlace(fileName: string, format: keyof typeof kinds | VideoFormat): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showSaveDialog({ defaultUri: placeFor(fileName), filters: { [kinds[format]]: [format] }, saveLabel: 'Export' });
  if (!chosen || extname(chosen.path).toLowerCase() === `.${format}`) return chosen;
  // What the file is stands in its ending: a name without it gets it. The dialog has not asked whether to replace that file.
  const uri = chosen.with({ path: `${chosen.path}.${format}` });
  return (await mayWrite(uri)) ? uri : undefined;
}

async function written(uri: vscode.Uri, bytes: Uint8Array): Promise<{ readonly path: string }> {
  await writeFile(uri, bytes);
  const path = vscode.workspace.asRelativePath(uri);
  offerToOpen(`Exported ${path}`, uri);
  return { path };
}
