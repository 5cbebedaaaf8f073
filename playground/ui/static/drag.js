// A point that is dragged over a canvas, or moved by the arrow keys.

/** @type {Record<string, [right: number, up: number]>} */
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * @param {HTMLCanvasElement} canvas
 * @param {object} events
 * @param {(x: number, y: number) => void} events.to where the pointer is, as shares of the canvas from its upper left
 *   corner; below 0 or above 1 where it was dragged out
 * @param {(right: number, up: number) => void} events.by an arrow key was pressed: -1, 0 or 1 in both directions
 * @param {() => void} events.rest the pointer was lifted, or a key was pressed
 */
export function draggable(canvas, { to, by, rest }) {
  /** @param {PointerEvent} event */
  const point = ({ offsetX, offsetY }) => to(offsetX / canvas.clientWidth, offsetY / canvas.clientHeight);
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    point(event);
  });
  canvas.addEventListener("pointermove", (event) => event.buttons === 1 && point(event));
  canvas.addEventListener("pointerup", rest);
  canvas.addEventListener("keydown", (event) => {
    const key = KEYS[event.key];
    if (!key) return;
    event.preventDefault();
    by(...key);
    rest();
  });
}
