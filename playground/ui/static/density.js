// Choosing a density of points in the plane: a named one by its picture, or one's own, drawn with finger or mouse.

import { answer, at } from "./answer.js";
import { color, dots, draw } from "./canvas.js";
import { element, whenDark, whenResized } from "./dom.js";
import { arrows, pen } from "./drag.js";

/** @typedef {[x: number, y: number]} Place */
/** @import { Answer } from "./types.d.ts" */

/** @typedef {{density?: string, strokes?: Place[][]}} Density a name, or lines that were drawn */

const REACH = 1.25; // the pad shows the square from -REACH to REACH
const MOST_POINTS = 1500;
const MOST_STROKES = 100;
const NEAR = 0.02; // points nearer to the last one are left out
const DRAWN = "drawn";
const REST = 700; // milliseconds after the last line in which another may follow

/** Fills an element and tells of each choice. */
export class DensityChooser {
  #resting = 0;
  /** @type {Place[][]} */
  #strokes = [];
  /** @type {{canvas: HTMLCanvasElement, points: Float32Array}[]} */
  #thumbnails = [];
  /** @type {HTMLCanvasElement | null} */
  #own = null;

  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   * @param {(density: Density) => void} chosen hears of each choice
   */
  constructor(root, signal, chosen) {
    this.chosen = chosen;
    this.name = "";
    this.strip = element("div", { class: "density-strip", role: "listbox", "aria-label": "What is to be learned" });
    this.pad = element("canvas", {
      class: "density-pad pad",
      "aria-label": "Draw a density here; the arrow keys move the pen, and Space puts it down and takes it up",
    });
    const clear = element("button", { onclick: () => this.#clear() }, "Clear");
    this.words = element(
      "p",
      { class: "quiet" },
      "Draw lines or dots; the training begins once you have lifted the finger for a moment.",
    );
    this.drawing = element(
      "div",
      { class: "density-drawing", hidden: true },
      this.#pen(),
      element("div", {}, this.words, clear),
    );
    arrows(this.strip);
    root.replaceChildren(this.strip, this.drawing);
    this.#load();
    whenResized(this.strip, signal, () => this.#paint());
    whenDark(signal, () => this.#paint());
  }

  async #load() {
    try {
      /** @type {Answer<{names: string[]}, {points: Float32Array}>} points (densities, n, 2) */
      const { words, tensors } = await answer("/data/points");
      this.#thumbnails = words.names.map((name, i) => ({
        canvas: this.#option(name, name),
        points: at(tensors.points, i).data,
      }));
    } catch (error) {
      this.strip.replaceChildren(element("p", { class: "problem" }, /** @type {Error} */ (error).message));
    }
    this.#own = this.#option(DRAWN, "draw");
    this.#mark();
  }

  /** @param {string} name @param {string} label */
  #option(name, label) {
    const picture = element("canvas");
    const attributes = { role: "option", "data-name": name, title: label, onclick: () => this.#choose(name) };
    this.strip.append(element("button", attributes, picture, element("span", {}, label)));
    return picture;
  }

  /** Marks what is looked at. @param {string} name of a data set; those that are not offered were drawn */
  select(name) {
    const known = this.#thumbnails.some(({ canvas }) => canvas.parentElement?.dataset.name === name);
    const chosen = known || !this.#thumbnails.length ? name : DRAWN;
    if (chosen === this.name) return;
    this.name = chosen;
    this.#mark();
  }

  /** @param {string} name */
  #choose(name) {
    const before = this.name;
    this.name = name;
    this.#mark();
    if (name !== DRAWN) this.chosen({ density: name });
    else if (before !== DRAWN && this.#strokes.length) this.chosen({ strokes: this.#strokes });
  }

  #mark() {
    const { strip } = this;
    for (const button of strip.querySelectorAll("button")) {
      const selected = button.dataset.name === this.name;
      button.setAttribute("aria-selected", String(selected));
      const left = button.getBoundingClientRect().left - strip.getBoundingClientRect().left;
      if (selected) strip.scrollLeft += left - strip.clientWidth / 2 + 36;
    }
    this.drawing.hidden = this.name !== DRAWN;
    this.#paint();
  }

  #clear() {
    this.#strokes = [];
    this.#paint();
  }

  /**
   * The frame of the pad, whose lines become strokes.
   * @returns {HTMLElement}
   */
  #pen() {
    /** @param {number} share */
    const limit = (share) => Math.round(1000 * Math.max(-REACH, Math.min(REACH, 2 * REACH * share))) / 1000;
    /** @param {number} x @param {number} y @returns {Place} */
    const place = (x, y) => [limit(x - 0.5), limit(0.5 - y)];
    /** @type {Place[] | null} */
    let line = null;
    return pen(this.pad, {
      begin: (x, y) => {
        if (this.#strokes.length >= MOST_STROKES) return;
        clearTimeout(this.#resting);
        line = [place(x, y)];
        this.#strokes.push(line);
        this.#paint();
      },
      to: (x, y) => {
        if (!line || this.#strokes.flat().length >= MOST_POINTS) return;
        const here = place(x, y);
        const [before, above] = line[line.length - 1];
        if (Math.hypot(here[0] - before, here[1] - above) < NEAR) return;
        line.push(here);
        this.#paint();
      },
      end: () => {
        if (line) this.#resting = setTimeout(() => this.chosen({ strokes: this.#strokes }), REST);
        line = null;
      },
    });
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} width
   * @param {number} thick
   */
  #lines(context, width, thick) {
    context.strokeStyle = color("--real");
    context.lineWidth = thick;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of this.#strokes) {
      context.beginPath();
      for (const [x, y] of [stroke[0], ...stroke]) {
        context.lineTo(((x + REACH) / (2 * REACH)) * width, ((REACH - y) / (2 * REACH)) * width);
      }
      context.stroke();
    }
  }

  #paint() {
    for (const { canvas, points } of this.#thumbnails) {
      draw(canvas, (context, width) => dots(context, width, points, { reach: REACH, ink: color("--real") }));
    }
    if (!this.#own) return;
    draw(this.#own, (context, width, height) => {
      if (this.#strokes.length) return this.#lines(context, width, 2);
      context.fillStyle = color("--quiet");
      context.font = "20px system-ui, sans-serif";
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText("✎", width / 2, height / 2);
    });
    draw(this.pad, (context, width) => this.#lines(context, width, 6));
  }
}
