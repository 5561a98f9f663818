/** The reason, in one line, in what a process wrote to stderr before it ended: the message of its error, or its last line. */
export function reasonIn(lines: readonly string[]): string | undefined {
  const thrown = lines.map((line) => /^\s*(?:Uncaught )?\w*Error(?: \[\w+\])?: (.+)$/.exec(line)?.[1]).findLast((message) => message !== undefined);
  return (thrown ?? lines.findLast((line) => line.trim() !== ''))?.trim();
}
