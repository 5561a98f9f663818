import { Progress } from './progress';

/** Runs long work with a bar on the terminal, which Ctrl+C cancels. */
export async function cancellable<Result>(work: (progress: Progress, signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  const cancel = () => { controller.abort(); };
  process.once('SIGINT', cancel);
  const progress = new Progress();
  try {
    return await work(progress, controller.signal);
  } finally {
    progress.end();
    process.off('SIGINT', cancel);
  }
}
