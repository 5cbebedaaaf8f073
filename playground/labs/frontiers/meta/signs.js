// New signs: each row is learned from its framed drawing; the frames of the others say which sign they are taken for.

import { at } from "../../../ui/static/answer.js";
import { bar } from "../../../ui/static/bar.js";
import { draw, fitted, show } from "../../../ui/static/canvas.js";
import { PALETTE } from "../../../ui/static/colormap.js";
import { element, find } from "../../../ui/static/dom.js";
import { count, percent } from "../../../ui/static/format.js";
import { Painter, Part } from "../../../ui/static/painter.js";
import { Cache } from "../../../ui/static/requests.js";
import { tested } from "../../../ui/static/run.js";
import { curves } from "./adaptation.js";
import { best, board, recognized } from "./episode.js";

/** @import { Track } from "../../../ui/static/track.js" */
/** @import { Answer } from "../../../ui/static/types.d.ts" */

/**
 * @typedef {{step: number, own: number[], names: string[], shots: number, stand_ins?: boolean}} Words
 * @typedef {Uint8Array<ArrayBuffer>} Bytes
 * @typedef {Answer<Words, {support: Bytes, queries: Bytes, said: Float32Array, picture: Float32Array}>} Episode
 */

const [GAP, FRAME] = [6, 3]; // CSS pixels between drawings, and of the frames round them
const OWN = 5; // signs that a visitor can draw
const CHART = 96; // CSS pixels

/** One run's episode. */
class Lane {
  /** @type {Episode | null} */
  #shown = null;
  /** @type {Track | null} */
  #track = null;
  /** The drawing that the bars are about, as row and column; null for the picture on the stage. @type {[number, number] | null} */
  #looked = null;

  /** @param {Signs} painter */
  constructor(painter) {
    this.painter = painter;
    this.part = /** @type {Part<Episode>} */ (new Part(painter, "signs", { cache: painter.cache }));
    this.rows = element("div", {
      class: "signs-learned",
      role: "group",
      "aria-label": "What each sign is learned from",
    });
    const label = "Other drawings of each sign; a frame's color says which sign one is taken for";
    const look = { class: "signs-asked", "data-part": "main", role: "img", "aria-label": label };
    this.canvas = element("canvas", look);
    this.board = element("div", { class: "signs-board" }, this.rows, this.canvas);
    this.caption = element("p", { class: "caption" });
    this.about = element("p", { class: "signs-about" });
    this.bars = element("div", { class: "bars signs-bars" });
    this.chart = element("canvas", { class: "signs-chart", role: "img" });
    this.under = element("small", { class: "quiet" }, "Probability of each sign by inner step");
    this.figure = element("figure", { class: "signs-steps" }, this.chart, this.under);
    this.main = element("div", { class: "lane-main" }, this.board, this.caption);
    this.side = element("div", { class: "lane-side" }, this.about, this.bars, this.figure);
    this.root = element("div", { class: "lane abreast" }, this.main, this.side);
    this.canvas.addEventListener("pointermove", (event) => this.#look(this.#placed(event)));
    this.canvas.addEventListener("click", (event) => this.#look(this.#placed(event)));
    this.canvas.addEventListener("pointerleave", () => this.#look(null));
  }

  /** The drawing under the pointer. @param {MouseEvent} event @returns {[number, number] | null} */
  #placed({ offsetX, offsetY }) {
    const pitch = this.#side + GAP;
    /** @type {[number, number]} */
    const place = [Math.floor(offsetY / pitch), Math.floor(offsetX / pitch)];
    return place[0] < this.#ways && place[1] < this.#asked ? place : null;
  }

  /** @param {[number, number] | null} place */
  #look(place) {
    if (String(place) === String(this.#looked)) return;
    this.#looked = place;
    this.#tell();
  }

  get #ways() {
    return this.#shown?.tensors.queries.shape[0] ?? 0;
  }

  get #asked() {
    return this.#shown?.tensors.queries.shape[1] ?? 0;
  }

  /** The last of the inner steps that are taken. */
  get #step() {
    return Math.min(this.painter.options.taken, (this.#shown?.tensors.said.shape[0] ?? 1) - 1);
  }

  /** The side of a drawing: all rows and columns are in sight. */
  get #side() {
    const size = this.#shown?.tensors.support.shape[2] ?? 1;
    const across = (this.main.clientWidth - 2 * GAP) / (this.#asked + 1) - GAP;
    const down = this.painter.height / this.#ways - GAP;
    return Math.max(24, fitted(size, Math.min(across, down, 3 * size) - 2 * FRAME) + 2 * FRAME);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (shown) => {
      this.#shown = shown;
      this.#track = track;
      this.#looked = null;
      this.paint();
    });
  }

  paint() {
    if (!this.#shown) return;
    const { words, tensors } = this.#shown;
    const side = this.#side;
    this.#supports(side);
    const pitch = side + GAP;
    this.canvas.style.width = `${this.#asked * pitch}px`;
    this.canvas.style.height = `${this.#ways * pitch}px`;
    const said = at(tensors.said, this.#step);
    draw(this.canvas, (context) => board(context, tensors.queries, said, { side, gap: GAP, frame: FRAME }));
    const [asked, steps] = [this.#ways * this.#asked, tensors.said.shape[0] - 1];
    const learned = steps ? ` after ${this.#step} of ${steps} inner steps` : "";
    const each = words.shots > 1 ? `${words.shots} drawings` : "one drawing";
    const which = this.#track ? tested(this.#track.info, asked, words) : "";
    this.caption.textContent =
      `${count(recognized(said))} of ${which} are recognized${learned}, from ${each} of each sign (at chance ` +
      `${percent(1 / this.#ways)}). ${this.painter.source(this.#track, words.step)}.`;
    this.painter.controls.hide("taken", !steps);
    this.figure.hidden = !steps;
    this.#tell();
  }

  /** The framed drawings, each a button. @param {number} side */
  #supports(side) {
    if (!this.#shown) return;
    const { support } = this.#shown.tensors;
    const { own, names } = this.#shown.words;
    const buttons = Array.from({ length: this.#ways }, (_, i) => {
      const canvas = element("canvas");
      show(canvas, at(support, i));
      const mine = own.includes(i);
      const title = mine
        ? `Sign ${i + 1} is yours; click to give it back`
        : `Sign ${i + 1}${names[i] ? ` (${names[i]})` : ""}; click to take the picture on the stage for it`;
      const onclick = () => this.painter.take(i, mine);
      const look = { type: "button", class: "sign", title, "aria-label": title, "aria-pressed": String(mine), onclick };
      const button = element("button", look, canvas);
      button.disabled = i >= OWN;
      button.style.cssText = `--sign:${PALETTE[i]};width:${side}px;height:${side}px;margin-bottom:${GAP}px`;
      return button;
    });
    const focused = [...this.rows.children].indexOf(/** @type {Element} */ (document.activeElement));
    this.rows.replaceChildren(...buttons);
    if (focused >= 0) buttons[focused]?.focus();
  }

  /** What is said of the drawing that is looked at, or of the picture on the stage. */
  #tell() {
    if (!this.#shown) return;
    const { said, picture, support } = this.#shown.tensors;
    const [steps, , asked, ways] = said.shape;
    const looked = this.#looked;
    const of = (/** @type {number} */ step) => {
      const all = looked ? at(at(at(said, step), looked[0]), looked[1]).data : at(picture, step).data;
      return [...all];
    };
    const now = of(this.#step);
    this.about.textContent = looked
      ? `Drawing ${looked[1] + 1} of ${asked} of sign ${looked[0] + 1} is taken for sign ${best(now) + 1}.`
      : `The picture on the stage is taken for sign ${best(now) + 1}.`;
    const bars = Array.from({ length: ways }, (_, i) => {
      const one = bar(`${i + 1}`, { title: `Sign ${i + 1}`, right: looked?.[0] === i });
      const canvas = element("canvas");
      show(canvas, at(support, i));
      find(one.root, "span", HTMLElement).prepend(canvas);
      one.root.style.setProperty("--sign", PALETTE[i]);
      one.set(now[i], percent(now[i]));
      return one.root;
    });
    this.bars.replaceChildren(...bars);
    if (steps < 2) return;
    const lines = Array.from({ length: steps }, (_, step) => of(step));
    this.chart.style.height = `${CHART}px`;
    this.chart.setAttribute("aria-label", `By inner step, from ${lines[0].map(percent)} to ${now.map(percent)}`);
    draw(this.chart, (context, width, height) => curves(context, lines, this.#step, width, height));
  }
}

/** @extends {Painter<Lane>} */
export default class Signs extends Painter {
  /** @type {Cache<Episode>} */
  cache = new Cache(60);

  lane() {
    return new Lane(this);
  }

  /**
   * Takes the picture on the stage for a sign, or gives the data's own back.
   * @param {number} sign
   * @param {boolean} back
   */
  take(sign, back) {
    this.set({ [`sign_${sign + 1}`]: back ? "" : this.stage.picture });
  }
}
