import { describe, expect, it } from 'vitest';
import { durationText } from '../../src/shared/durationText';
import type { Estimated } from '../../src/shared/protocol/engineProtocol';
import { estimateText, isQuick } from '../../src/webview/model/estimate';

const long: Estimated = { samples: 20, samplesKnown: 0, firstSeconds: 120, seconds: 2400, exactSeconds: 4, instant: true };

describe('the estimate of a discovery', () => {
  it('is quick up to a second for the first directions and 20 s for all', () => {
    expect(isQuick({ ...long, firstSeconds: 1, seconds: 20 })).toBe(true);
    expect(isQuick({ ...long, firstSeconds: 1.1, seconds: 20 })).toBe(false);
    expect(isQuick({ ...long, firstSeconds: 0, seconds: 20.5 })).toBe(false);
  });

  it('says what is to be waited for, and nothing where there is no need to wait', () => {
    expect(estimateText(long)).toBe('about 40 min: 20 samples of 2 min each; first directions after 2 min');
    expect(estimateText({ ...long, samples: 1, seconds: 180 })).toBe('about 3 min: 1 sample of 2 min; first directions after 2 min');
    expect(estimateText({ ...long, samplesKnown: 10, firstSeconds: 0, seconds: 1200 })).toBe('about 20 min: 10 more samples; first directions at once');
    expect(estimateText({ ...long, samplesKnown: 19, firstSeconds: 0, seconds: 120 })).toBe('about 2 min: 1 more sample; first directions at once');
    expect(estimateText({ ...long, samplesKnown: 20, firstSeconds: 0, seconds: 60 })).toBe('about 60 s to measure the directions');
    expect(estimateText({ ...long, firstSeconds: 0.2, seconds: 5 })).toBe('');
  });
});

describe('a duration', () => {
  it('is as exact as people need it', () => {
    expect([0.2, 1.4, 45, 89, 90, 2400, 5300, 5400, 8100, 40_000].map(durationText)).toEqual(['1 s', '1 s', '45 s', '89 s', '2 min', '40 min', '88 min', '1.5 h', '2.3 h', '11 h']);
  });
});
