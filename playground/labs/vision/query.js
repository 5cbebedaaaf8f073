// The patches of a picture under a pointer or the arrow keys: one of them is the query.

/** How far the arrow keys lead, by key: patches to the right, and down. @type {Record<string, [number, number]>} */
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * The patch at a place, counted row by row; null where there is none.
 * @param {number} x from the left edge, as a share of the picture
 * @param {number} y from the upper edge
 * @param {number} grid patches in a row
 */
export function patchAt(x, y, grid) {
  const [column, row] = [Math.floor(x * grid), Math.floor(y * grid)];
  return column >= 0 && row >= 0 && column < grid && row < grid ? row * grid + column : null;
}

/**
 * The patch that a key leads to, in the order of reading: beyond the end of a row is the next one; null where it leads
 * nowhere.
 * @param {string} key
 * @param {number} patch
 * @param {number} grid patches in a row
 */
export function walked(key, patch, grid) {
  const [right, down] = KEYS[key] ?? [0, 0];
  const goal = patch + right + down * grid;
  return goal !== patch && goal >= 0 && goal < grid ** 2 ? goal : null;
}

/**
 * Hears of the patches of a canvas.
 * @param {HTMLCanvasElement} canvas shows a square of patches
 * @param {object} events
 * @param {() => number} events.grid patches in a row; 0 as long as none are there
 * @param {() => number} events.from the patch that the keys go on from
 * @param {(patch: number, pressed: boolean) => void} events.hover the pointer is there; -1 for nowhere on the canvas
 * @param {(patch: number) => void} events.press
 * @param {(patch: number) => void} events.walk a key led there; -1 for Escape
 */
export function overPatches(canvas, { grid, from, hover, press, walk }) {
  /** @param {PointerEvent} event */
  const at = ({ offsetX, offsetY }) => patchAt(offsetX / canvas.clientWidth, offsetY / canvas.clientHeight, grid());
  canvas.addEventListener("pointermove", (event) => {
    const patch = at(event);
    if (patch !== null) hover(patch, event.buttons === 1);
  });
  canvas.addEventListener("pointerdown", (event) => {
    const patch = at(event);
    if (patch !== null) press(patch);
  });
  canvas.addEventListener("pointerleave", () => hover(-1, false));
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Escape") walk(-1);
    if (!(event.key in KEYS)) return;
    event.preventDefault();
    const goal = walked(event.key, from(), grid());
    if (goal !== null) walk(goal);
  });
}
