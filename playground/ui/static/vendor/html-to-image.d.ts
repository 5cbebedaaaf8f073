export {};

interface Options {
  backgroundColor?: string;
  pixelRatio?: number;
  skipFonts?: boolean;
  /** Whether pictures whose addresses differ in their queries alone are different ones. */
  includeQueryParams?: boolean;
  /** The names of the properties that are copied; the first call decides. */
  includeStyleProperties?: string[];
  filter?: (node: HTMLElement) => boolean;
}

declare global {
  /** What the module of this name, a classic script, leaves behind. */
  var htmlToImage: { toCanvas(node: HTMLElement, options?: Options): Promise<HTMLCanvasElement> };
}
