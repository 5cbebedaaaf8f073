export {};

interface Options {
  backgroundColor?: string;
  pixelRatio?: number;
  skipFonts?: boolean;
  filter?: (node: HTMLElement) => boolean;
}

declare global {
  /** What the module of this name, a classic script, leaves behind. */
  var htmlToImage: { toBlob(node: HTMLElement, options?: Options): Promise<Blob | null> };
}
