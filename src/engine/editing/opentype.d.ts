/** The part of opentype.js 2 that text.ts uses; the package brings no types. */
declare module 'opentype.js' {
  interface Path {
    /** SVG path data with at most `decimalPlaces` decimals. */
    toPathData(decimalPlaces: number): string;
  }

  interface Glyph {
    /** In font units. */
    readonly advanceWidth: number;
    /** The outline with its origin on the baseline at (x, y), y down, `fontSize` pixels to the em. */
    getPath(x: number, y: number, fontSize: number): Path;
  }

  interface Font {
    readonly unitsPerEm: number;
    /** 0 is the glyph that stands for a missing character. */
    charToGlyphIndex(character: string): number;
    charToGlyph(character: string): Glyph;
  }

  /** Reads a TrueType, OpenType or WOFF font. */
  function parse(bytes: Uint8Array): Font;
}
