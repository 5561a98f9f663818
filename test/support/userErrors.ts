import { expect } from 'vitest';
import { UserError } from '../../src/shared/userError';

/** The message of the UserError that a step ends with, which must be one line without blanks at its ends. */
export async function userErrorOf(step: () => unknown): Promise<string> {
  const error: unknown = await Promise.resolve().then(step).then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(UserError);
  const { message } = error as UserError;
  expect(message).toBe(message.trim());
  expect(message).not.toMatch(/[\r\n]/);
  return message;
}

/** What a UserError with just this message matches, for `toThrow`. */
export function userError(message: string): unknown {
  return expect.objectContaining({ name: 'UserError', message });
}
