import type { DiscoveryState } from '../appState';

/** What stands for a number that is not known. */
export const noNumber = '-';

/** An eigenvalue or a ratio to three digits: 11.8, 0.0432, 1240; powers of ten only where nothing else is readable. */
export function formatRatio(value: number): string {
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4)) return value.toExponential(1);
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toPrecision(3);
}

/** A mean squared change to two digits, always as a decimal: 0.021, 0.0020, 0.000050; "-" where there is none. */
export function formatChange(value: number | undefined): string {
  if (value === undefined) return noNumber;
  if (value < 5e-6) return '0';
  const digits = Math.min(6, Math.max(2, 1 - Math.floor(Math.log10(value))));
  return value.toFixed(digits);
}

/** An alpha with at most two decimals, or as many as a small one needs for three digits; no "-0". */
export function formatAlpha(alpha: number): string {
  const text = Math.abs(alpha) >= 0.1 ? alpha.toFixed(2) : alpha.toPrecision(3);
  return `${Number(text) + 0}`;
}

/** An alpha as the distance and way from 0: "+1.5", "-3". */
export function formatSignedAlpha(alpha: number): string {
  return alpha > 0 ? `+${formatAlpha(alpha)}` : formatAlpha(alpha);
}

/** Time left, rounded up: "2 s left", "1 min 20 s left"; nothing where it is not known. */
export function timeLeft(seconds: number | undefined): string | undefined {
  if (seconds === undefined || !Number.isFinite(seconds)) return undefined;
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole < 60) return `${whole} s left`;
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (hours > 0) return `${hours} h ${minutes} min left`;
  return rest === 0 ? `${minutes} min left` : `${minutes} min ${rest} s left`;
}

/** What a running discovery is at: "12 of 20 samples, 64 of 128 tangents, 2 s left". */
export function discoveryText({ phase, samplesDone, samples, tangentsDone, tangents, secondsLeft }: DiscoveryState): string {
  if (phase === 'starting') return 'Starting';
  if (phase === 'stopping') return 'Stopping, keeping what there is';
  const left = timeLeft(secondsLeft);
  const measuring = phase === 'measuring' ? 'measuring the directions' : undefined;
  const running = phase === 'sampling' && tangents > 0 && samplesDone < samples ? `${tangentsDone} of ${tangents} tangents` : undefined;
  return [`${samplesDone} of ${samples} samples`, running, measuring, left].filter((part) => part !== undefined).join(', ');
}

/** "1 direction", "8 directions". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
