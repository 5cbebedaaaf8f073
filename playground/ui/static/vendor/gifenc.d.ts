/** Red, green, blue. */
type Color = number[];
type Pixels = Uint8Array | Uint8ClampedArray;

interface FrameOptions {
  /** At most 256 colors. */
  palette: Color[];
  /** How long the frame is shown, in milliseconds. */
  delay?: number;
  /** Of the first frame: how often the film plays again; 0, as often as it can, is the default. */
  repeat?: number;
}

interface Encoder {
  /** Adds a frame, given as an index into its palette for each pixel. */
  writeFrame(index: Uint8Array, width: number, height: number, options: FrameOptions): void;
  finish(): void;
  bytes(): Uint8Array<ArrayBuffer>;
}

export declare function GIFEncoder(): Encoder;
/** A palette of at most `most` colors for RGBA pixels. */
export declare function quantize(rgba: Pixels, most: number): Color[];
/** For each pixel the index of the nearest color. */
export declare function applyPalette(rgba: Pixels, palette: Color[]): Uint8Array;
