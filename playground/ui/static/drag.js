// A point that is dragged over a canvas or moved by the arrow keys, a pen that draws in the same two ways, and a strip of
// choices that the keys walk through.

import { element } from "./dom.js";

const STRIDE = 0.03; // of the keys' pen, as a share of the canvas
/** @type {Record<string, [right: number, up: number]>} */
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * @param {HTMLElement} canvas
 * @param {object} events
 * @param {(x: number, y: number) => void} events.to where the pointer is, as shares of the canvas from its upper left
 *   corner; below 0 or above 1 where it was dragged out
 * @param {(right: number, up: number) => void} events.by an arrow key was pressed: -1, 0 or 1 in both directions
 * @param {() => void} [events.rest] the pointer was lifted, or a key was pressed
 */
export function draggable(canvas, { to, by, rest = () => {} }) {
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

/**
 * A pen on a canvas: a finger, the mouse, or the arrow keys, with which Space puts it down and takes it up again.
 * @param {HTMLCanvasElement} canvas
 * @param {object} events places are shares of the canvas from its upper left corner
 * @param {(x: number, y: number) => void} events.begin a line begins
 * @param {(x: number, y: number) => void} events.to it goes on
 * @param {() => void} [events.end] it ends
 * @returns {HTMLElement} the canvas in a frame that shows where the keys' pen is
 */
export function pen(canvas, { begin, to, end = () => {} }) {
  let [x, y] = [0.5, 0.5];
  let [down, drawing] = [false, false];
  const mark = element("span", { class: "pen", "aria-hidden": "true" });
  const put = () => {
    mark.style.left = `${100 * x}%`;
    mark.style.top = `${100 * y}%`;
    mark.classList.toggle("down", down);
  };
  /** @param {boolean} wanted */
  const press = (wanted) => {
    if (wanted === down) return;
    down = wanted;
    if (down) begin(x, y);
    else end();
    put();
  };
  /** @param {PointerEvent} event @returns {[number, number]} */
  const at = ({ offsetX, offsetY }) => [offsetX / canvas.clientWidth, offsetY / canvas.clientHeight];
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application"); // so that screen readers leave the arrow keys to it
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    press(false);
    canvas.setPointerCapture(event.pointerId);
    drawing = true;
    begin(...at(event));
  });
  canvas.addEventListener("pointermove", (event) => drawing && to(...at(event)));
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(kind, () => {
      if (drawing) end();
      drawing = false;
    });
  }
  canvas.addEventListener("keydown", (event) => {
    const key = KEYS[event.key];
    if (event.key === " ") {
      if (!event.repeat) press(!down);
    } else if (key) {
      const stride = event.shiftKey ? 4 * STRIDE : STRIDE;
      x = Math.max(0, Math.min(1, x + stride * key[0]));
      y = Math.max(0, Math.min(1, y - stride * key[1]));
      if (down) to(x, y);
      put();
    } else return;
    event.preventDefault();
  });
  canvas.addEventListener("blur", () => press(false));
  put();
  return element("div", { class: "pen-frame" }, canvas, mark);
}

/**
 * Lets the arrow keys, Home and End walk through the buttons of a strip.
 * @param {HTMLElement} strip
 */
export function arrows(strip) {
  strip.addEventListener("keydown", (event) => {
    const buttons = [...strip.querySelectorAll("button")];
    const here = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    /** @type {Record<string, number>} */
    const goals = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: buttons.length - 1 };
    const goal = buttons[goals[event.key]];
    if (here < 0 || !goal) return;
    event.preventDefault();
    goal.focus();
  });
}
