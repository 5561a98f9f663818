/** A font file, bundled as bytes. */
declare module '*.woff' {
  const bytes: Uint8Array;
  export { bytes as default };
}
