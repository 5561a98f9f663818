import { describe, expect, it } from 'vitest';
import { findConflicts, linesOf } from '../../src/shared/direction/conflictMarkers';

const text = ['{', '<<<<<<< HEAD', '"a"', '=======', '"b"', '>>>>>>> branch', '}', '<<<<<<< HEAD', '||||||| 1234567', '"base"', '=======', '>>>>>>> branch'];

describe('conflict markers', () => {
  it('enclose what git could not merge, with or without the common ancestor', () => {
    expect(findConflicts(text)).toEqual([{ start: 1, middle: 3, end: 5 }, { start: 7, base: 8, middle: 10, end: 11 }]);
  });

  it.each([[['=======', '>>>>>>> branch']], [['<<<<<<< HEAD', 'a', '>>>>>>> branch']], [['<<<<<<< HEAD', '=======']], [[' <<<<<<< HEAD', ' =======', ' >>>>>>> b']], [['<<<<<<<<< HEAD', '=========', '>>>>>>>>> b']]])('are none without each other, or where a line only looks like one: %j', (lines) => {
    expect(findConflicts(lines)).toEqual([]);
  });

  it('that begin anew hold for the later beginning', () => {
    expect(findConflicts(['<<<<<<< a', '<<<<<<< b', '=======', '>>>>>>> c'])).toEqual([{ start: 1, middle: 2, end: 3 }]);
  });

  it('are found with any line ends', () => {
    for (const end of ['\n', '\r\n', '\r']) expect(findConflicts(linesOf(text.join(end)))).toHaveLength(2);
  });
});
