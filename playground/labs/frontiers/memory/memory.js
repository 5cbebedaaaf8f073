// What a network writes to its memory and where it reads, step by step, and how long a sequence may be.

import { draw, halo } from "../../../ui/static/canvas.js";
import { element } from "../../../ui/static/dom.js";
import { count, percent } from "../../../ui/static/format.js";
import { Painter, Part } from "../../../ui/static/painter.js";
import { Cache } from "../../../ui/static/requests.js";
import { lengthAt, lengthCurve } from "./length-curve.js";
import { column, layout, located, paint, turned, wrongBits } from "./steps.js";
import { step as described } from "./words.js";

/** @import { Track } from "../../../ui/static/track.js" */
/** @import { Answer } from "../../../ui/static/types.d.ts" */
/** @import { Shown } from "./steps.js" */

/** @typedef {Answer<{n: number, longest: number, step: number}, {lengths: Int32Array, wrong: Float32Array}>} Lengths */

/** How the step is outlined that what is read was written in. @type {[ink: string, width: number][]} */
const WRITTEN = [
  ["#000", 4],
  ["#e69f00", 2],
];

/** One run's sequence and memory. */
class Lane {
  /** @type {Shown | null} */
  #shown = null;
  /** @type {Lengths | null} */
  #lengths = null;
  /** @type {Track | null} */
  #track = null;

  /** @param {Memory} painter */
  constructor(painter) {
    this.painter = painter;
    this.part = /** @type {Part<Shown>} */ (new Part(painter, "memory", { cache: painter.cache, limit: 3 }));
    this.all = /** @type {Part<Lengths>} */ (new Part(painter, "lengths", { cache: painter.lengths }));
    const label =
      "The sequence and the memory, step by step; left and right go from step to step, up and down choose a bit, Enter turns it";
    const look = { class: "memory-steps", "data-part": "main", tabindex: 0, role: "application", "aria-label": label };
    this.canvas = element("canvas", look);
    this.caption = element("p", { class: "caption" });
    this.said = element("p", { class: "memory-said", "aria-live": "polite" });
    this.curve = element("canvas", { class: "length-curve", role: "img", "aria-label": "Wrong bits by length" });
    this.below = element("p", { class: "caption" });
    this.main = element("div", { class: "lane-main" }, this.canvas, this.caption);
    this.side = element("div", { class: "lane-side waiting" }, this.said, this.curve, this.below);
    this.root = element("div", { class: "lane memory" }, this.main, this.side);
    this.#wire();
  }

  #wire() {
    const { canvas, curve, painter } = this;
    const place = (/** @type {MouseEvent} */ { offsetX, offsetY }) => located(this.#place, offsetX, offsetY);
    canvas.addEventListener("pointermove", (event) => this.#shown && painter.point(place(event).step));
    canvas.addEventListener("pointerleave", () => painter.point(-1));
    canvas.addEventListener("click", (event) => {
      if (!this.#shown) return;
      const { step, panel, row } = place(event);
      painter.point(step);
      if (panel === 0) this.#turn(step, row);
    });
    canvas.addEventListener("keydown", (event) => this.#key(event));
    curve.addEventListener("click", ({ offsetX }) => {
      const lengths = this.#curve;
      if (lengths) painter.set({ length: lengthAt(lengths, curve.clientWidth, offsetX), flipped: "" });
    });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!this.#shown) return;
    const { painter } = this;
    const [steps, bits] = this.#shown.tensors.answers.shape;
    const along = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const down = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const enter = event.key === "Enter" || event.key === " ";
    if (!along && !down && !enter) return;
    event.preventDefault();
    const step = Math.max(0, Math.min(steps - 1, painter.at + (along ?? 0)));
    if (down) painter.bit = Math.max(0, Math.min(bits - 1, painter.bit + down));
    if (enter) this.#turn(step, painter.bit);
    painter.point(step, true);
  }

  /**
   * Turns a bit of the vector that a step shows first.
   * @param {number} step
   * @param {number} bit
   */
  #turn(step, bit) {
    if (!this.#shown) return;
    const { vectors, answers } = this.#shown.tensors;
    const vector = vectors.data[step];
    if (vector < 0 || bit >= answers.shape[1]) return;
    const { flipped } = this.painter.options;
    this.painter.set({ flipped: turned(flipped, `${vector}.${bit}`) });
  }

  get #place() {
    if (!this.#shown) throw new Error("There is nothing to lie anywhere.");
    return layout(this.#shown, this.main.clientWidth, this.painter.height);
  }

  get #curve() {
    if (!this.#lengths) return null;
    const { tensors, words } = this.#lengths;
    return { lengths: tensors.lengths.data, wrong: tensors.wrong.data, longest: words.longest };
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (shown) => {
      this.#shown = shown;
      this.#track = track;
      this.side.classList.remove("waiting");
      this.paint();
    });
    this.all.ask(track, step, (lengths) => {
      this.#lengths = lengths;
      this.paint();
    });
  }

  paint() {
    if (!this.#shown) return;
    const [shown, place, { canvas, painter }] = [this.#shown, this.#place, this];
    const step = Math.min(painter.at, shown.tensors.asked.shape[0] - 1);
    canvas.style.width = `${place.width}px`;
    canvas.style.height = `${place.height}px`;
    const { text, from } = described(shown, step);
    draw(canvas, (context) => {
      paint(context, shown, place);
      if (step < 0) return;
      if (from >= 0) column(context, place, from, WRITTEN);
      column(context, place, step, halo(1.5), painter.keyed ? painter.bit : -1);
    });
    const { wrong, all } = wrongBits(shown);
    this.said.textContent = text;
    this.caption.textContent =
      `${count(wrong)} of ${count(all)} bits wrong${wrong ? " (red, hollow where a one is missing)" : ""}. ` +
      `${painter.source(this.#track, shown.words.step)}.`;
    this.#paintCurve();
  }

  #paintCurve() {
    const curve = this.#curve;
    if (!curve || !this.#lengths || !this.#shown) return;
    const { length } = this.#shown.words;
    const { n, step, longest } = this.#lengths.words;
    draw(this.curve, (context, width, height) => lengthCurve(context, width, height, curve, length));
    const here = Array.from(curve.lengths).indexOf(length);
    const said = here < 0 ? "" : ` At length ${length} it is ${percent(curve.wrong[here])}.`;
    this.below.textContent =
      `Wrong bits by length, of ${count(n)} test sequences; shaded are the lengths of the training, up to ${longest}, ` +
      `and dashed is a guess.${said} Snapshot of step ${count(step)}.`;
  }
}

/** @extends {Painter<Lane>} */
export default class Memory extends Painter {
  /** The step that is pointed at, -1 for none; the same in all lanes. */
  at = -1;
  /** The bit that the keys are at, and whether they are used. */
  bit = 0;
  keyed = false;
  /** @type {Cache<Shown>} */
  cache = new Cache(120);
  /** @type {Cache<Lengths>} */
  lengths = new Cache(60);

  lane() {
    return new Lane(this);
  }

  /**
   * @param {number} step
   * @param {boolean} [keyed]
   */
  point(step, keyed = false) {
    if (step === this.at && keyed === this.keyed && !keyed) return;
    this.at = step;
    this.keyed = keyed;
    this.paint();
  }

  /** Another sequence has other vectors. @param {import("../../../ui/static/types.d.ts").Values} changes */
  changed(changes) {
    if (this.options.flipped && !("flipped" in changes)) this.set({ flipped: "" });
    super.changed(changes);
  }
}
