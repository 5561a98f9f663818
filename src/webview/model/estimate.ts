import { durationText } from '../../shared/durationText';
import type { Estimated } from '../../shared/protocol/engineProtocol';
import { counted } from './wording';

/** A discovery begins by itself where its first directions, and all of it, take at most so many seconds. */
const [quickFirst, quickAll] = [1, 20];

/** Whether a discovery is so quick that it need not be asked for. */
export function isQuick({ firstSeconds, seconds }: Estimated): boolean {
  return firstSeconds <= quickFirst && seconds <= quickAll;
}

/** What a discovery takes, such as "about 40 min: 20 samples of 2 min each; first directions after 2 min"; empty for a quick one. */
export function estimateText(estimated: Estimated): string {
  if (isQuick(estimated)) return '';
  const { samples, samplesKnown, firstSeconds, seconds } = estimated;
  const all = `about ${durationText(seconds)}`;
  if (samplesKnown >= samples) return `${all} to measure the directions`;
  if (samplesKnown > 0) return `${all}: ${counted(samples - samplesKnown, 'more sample')}; first directions at once`;
  const each = durationText(firstSeconds);
  return `${all}: ${counted(samples, 'sample')} of ${each}${samples === 1 ? '' : ' each'}; first directions after ${each}`;
}
