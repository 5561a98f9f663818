/** What became of one test that ran in the extension host. */
export interface InHostResult {
  readonly name: string;
  /** Why it failed; nothing where it passed. */
  readonly failure?: string;
  /** Figures that it took. */
  readonly notes: readonly string[];
}

type Run = (note: (figure: string) => void) => void | Promise<void>;

const cases: { readonly name: string; readonly run: Run }[] = [];

/** Milliseconds that one test may take. */
const patience = 60_000;

/** Adds a test. It fails by throwing. */
export function inHost(name: string, run: Run): void {
  cases.push({ name, run });
}

/** Runs all tests, one after the other. */
export async function runCases(): Promise<readonly InHostResult[]> {
  const results: InHostResult[] = [];
  for (const { name, run } of cases) {
    const notes: string[] = [];
    const failure = await within(patience, async () => { await run((figure) => notes.push(figure)); });
    results.push({ name, notes, ...(failure === undefined ? {} : { failure }) });
  }
  return results;
}

async function within(milliseconds: number, run: () => Promise<void>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => { timer = setTimeout(() => { reject(new Error(`took longer than ${milliseconds / 1000} s`)); }, milliseconds); });
  try {
    await Promise.race([run(), late]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  } finally {
    clearTimeout(timer);
  }
}
