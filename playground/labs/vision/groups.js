// Patches that form groups: their members, the lines between them, and their mean colors.

/**
 * The patches of each group.
 * @param {Int32Array} owner of each patch
 * @returns {Map<number, number[]>}
 */
export function groups(owner) {
  const found = new Map();
  for (const [patch, group] of owner.entries()) found.set(group, [...(found.get(group) ?? []), patch]);
  return found;
}

/**
 * The lines between patches of different groups, and around the wanted ones, in patches from the upper left corner.
 * @param {Int32Array} owner of each patch of grid x grid
 * @param {number} grid
 * @param {(group: number) => boolean} wanted one of a line's two sides
 * @returns {[x0: number, y0: number, x1: number, y1: number][]}
 */
export function borders(owner, grid, wanted) {
  /** @type {[number, number, number, number][]} */
  const lines = [];
  const at = (/** @type {number} */ x, /** @type {number} */ y) =>
    x >= 0 && y >= 0 && x < grid && y < grid ? owner[y * grid + x] : -1;
  const between = (/** @type {number} */ one, /** @type {number} */ other) =>
    one !== other && [one, other].some((group) => group >= 0 && wanted(group));
  for (let y = 0; y <= grid; y++) {
    for (let x = 0; x <= grid; x++) {
      if (y < grid && between(at(x - 1, y), at(x, y))) lines.push([x, y, x, y + 1]);
      if (x < grid && between(at(x, y - 1), at(x, y))) lines.push([x, y, x + 1, y]);
    }
  }
  return lines;
}

/**
 * The mean color of each patch of a picture.
 * @param {HTMLImageElement} image
 * @param {number} grid
 */
export function cells(image, grid) {
  const { naturalWidth: size } = image;
  const canvas = new OffscreenCanvas(size, size);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, size, size);
  const side = size / grid;
  const sums = new Float32Array(3 * grid ** 2);
  for (let i = 0; i < size * size; i++) {
    const patch = Math.floor(Math.floor(i / size) / side) * grid + Math.floor((i % size) / side);
    for (let c = 0; c < 3; c++) sums[3 * patch + c] += data[4 * i + c] / side ** 2;
  }
  return sums;
}

/**
 * The color of each patch: the mean of those of its group.
 * @param {Float32Array} colors red, green and blue of each patch, 0 to 255
 * @param {Int32Array} owner
 */
export function means(colors, owner) {
  const shades = new Map();
  for (const [group, patches] of groups(owner)) {
    const mean = [0, 1, 2].map((c) => patches.reduce((sum, patch) => sum + colors[3 * patch + c], 0) / patches.length);
    shades.set(group, `rgb(${mean.map(Math.round).join()})`);
  }
  return [...owner].map((group) => shades.get(group));
}
