import { parseDirection } from '../../shared/direction/checkDirection';
import { directionProblems } from '../../shared/direction/directionProblems';
import type { DirectionContents } from '../../shared/protocol/directionEditorProtocol';
import { UserError } from '../../shared/userError';

/** What a document holds: a direction, or its text and what is first wrong with it. */
export function contentsOf(text: string): DirectionContents {
  try {
    return { kind: 'direction', direction: parseDirection(text, 'the text') };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const wrong = directionProblems(text).find(({ severity }) => severity === 'error');
    return { kind: 'broken', text, ...(wrong ? { problem: wrong.message, line: wrong.line, column: wrong.column } : { problem: error.message }) };
  }
}
