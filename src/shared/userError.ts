/**
 * A mistake that the user can mend: a bad file, an option out of range, a region outside the image.
 *
 * The message is one line that says what is wrong, where, and what would be right. Commands print it and
 * exit with 2; the panel shows it as it is. Every other exception is a defect of ours.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
}
