/** What is left to undo, the latest first. Also done when this process ends or is interrupted. */
const pending: (() => void)[] = [];

/** Promises to undo something; returns how to do it now. It runs once. */
export function onCleanUp(undo: () => void): () => void {
  pending.push(undo);
  return () => {
    const index = pending.indexOf(undo);
    if (index >= 0) pending.splice(index, 1);
    if (index >= 0) undo();
  };
}

function cleanUp(): void {
  for (let undo = pending.pop(); undo; undo = pending.pop()) undo();
}

process.on('exit', cleanUp);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    cleanUp();
    process.kill(process.pid, signal);
  });
}
