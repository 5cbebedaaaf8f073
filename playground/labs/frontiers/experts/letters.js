// Each character of a text in the color of the expert that is asked for it, and how the network goes on.

import { at } from "../../../ui/static/answer.js";
import { bar } from "../../../ui/static/bar.js";
import { color, draw, halo, outlined } from "../../../ui/static/canvas.js";
import { PALETTE } from "../../../ui/static/colormap.js";
import { element } from "../../../ui/static/dom.js";
import { count, percent } from "../../../ui/static/format.js";
import { Painter, Part } from "../../../ui/static/painter.js";
import { Cache } from "../../../ui/static/requests.js";
import { ExpertList, mostly } from "./expert-list.js";
import { LetterRow, VISIBLE } from "./letter-row.js";
import { flow } from "./letters-flow.js";

/** @import { Track } from "../../../ui/static/track.js" */
/** @import { Answer } from "../../../ui/static/types.d.ts" */

/**
 * @typedef {{step: number, text: string, after?: string, symbols: string, experts: number, blocks: number[]}} Words
 * @typedef {{chosen: Int32Array, gates: Float32Array, likely: Int32Array, probabilities: Float32Array, surprise: Float32Array}} Looked
 * @typedef {Answer<Words, Looked>} Read (R, L, top), (L, likely) and (L,)
 * @typedef {{load: Float32Array, symbols: Float32Array, classes: Float32Array}} Tested
 * @typedef {Answer<{n: number, names: string[], symbols: string, step: number}, Tested>} Experts (R, experts, ...)
 */

const CELL = { width: 13, height: 26 }; // CSS pixels

/** @param {string} character */
const visible = (character) => VISIBLE[character] ?? character;

/** One run's text and its experts. */
class Lane {
  /** The text as it was given, and what the network goes on with. @type {Read | null} */
  #read = null;
  /** @type {Read | null} */
  #further = null;
  /** @type {Experts | null} */
  #tested = null;
  /** @type {Track | null} */
  #track = null;

  /** @param {Letters} painter */
  constructor(painter) {
    this.painter = painter;
    this.part = /** @type {Part<Read>} */ (new Part(painter, "text", { cache: painter.texts, limit: 3 }));
    this.on = /** @type {Part<Read>} */ (new Part(painter, "further", { cache: painter.continuations }));
    this.test = /** @type {Part<Experts>} */ (new Part(painter, "symbols", { cache: painter.tests }));
    this.canvas = element("canvas", {
      class: "letters-text",
      "data-part": "main",
      tabindex: 0,
      role: "application",
    });
    this.caption = element("p", { class: "caption", "aria-live": "polite" });
    this.bars = element("div", { class: "bars" });
    this.main = element("div", { class: "lane-main" }, this.canvas, this.caption, this.bars);
    this.list = /** @type {ExpertList<LetterRow>} */ (new ExpertList(painter, LetterRow));
    this.side = element("div", { class: "lane-side" }, ...this.list.parts);
    this.root = element("div", { class: "lane abreast letters experts" }, this.main, this.side);
    this.#wire();
  }

  #wire() {
    const { canvas, painter } = this;
    const place = (/** @type {MouseEvent} */ { offsetX, offsetY }) => {
      const [column, row] = [Math.floor(offsetX / this.#cell), Math.floor(offsetY / CELL.height)];
      return this.#places.findIndex((one) => one.row === row && one.column === column);
    };
    canvas.addEventListener("pointermove", (event) => painter.point(place(event)));
    canvas.addEventListener("pointerleave", () => painter.point(-1));
    canvas.addEventListener("click", (event) => {
      const character = place(event);
      painter.point(character);
      if (character >= 0) this.list.choose(this.#told(character).expert);
    });
    canvas.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by || !this.#text) return;
      event.preventDefault();
      painter.point(Math.max(0, Math.min(this.#text.length - 1, painter.at + by)));
    });
  }

  /** The continuation, where it is of the text that is shown. */
  get #continued() {
    return this.#further && this.#further.words.after === this.#read?.words.text ? this.#further : null;
  }

  get #text() {
    return (this.#read?.words.text ?? "") + (this.#continued?.words.text ?? "");
  }

  /** Whole cells that fill the width. */
  get #columns() {
    return Math.max(12, Math.floor(this.main.clientWidth / CELL.width));
  }

  get #cell() {
    return this.main.clientWidth / this.#columns;
  }

  get #places() {
    return flow(this.#text, this.#columns);
  }

  /** The router that is looked at. */
  get #router() {
    return Math.min(this.painter.options.router, (this.#read?.words.blocks.length ?? 1) - 1);
  }

  /** What is known of a character of the text and its continuation. @param {number} number */
  #told(number) {
    const own = this.#read?.words.text.length ?? 0;
    const [answer, i] = number < own ? [this.#read, number] : [this.#continued, number - own];
    if (!answer) throw new Error(`There is no character ${number}.`);
    const { chosen, gates, likely, probabilities, surprise } = answer.tensors;
    return {
      expert: at(at(chosen, this.#router), i).data[0],
      gate: at(at(gates, this.#router), i).data[0],
      likely: [...at(likely, i).data].map((symbol) => answer.words.symbols[symbol]),
      probabilities: at(probabilities, i).data,
      surprise: surprise.data[i],
    };
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (read) => {
      this.#read = read;
      this.#track = track;
      this.paint();
    });
    this.on.ask(track, step, (further) => {
      this.#further = further;
      this.paint();
    });
    this.test.ask(track, step, (tested) => {
      this.#tested = tested;
      this.paint();
    });
  }

  paint() {
    if (!this.#read || !this.main.clientWidth) return;
    const { words } = this.#read;
    const [text, places] = [this.#text, this.#places];
    const { expert, strength } = this.painter.options;
    const stale = this.#continued?.words.step !== words.step; // the next one is on its way
    this.list.offer(words.blocks, this.#router);
    this.canvas.style.width = `${this.main.clientWidth}px`;
    this.canvas.style.height = `${((places.at(-1)?.row ?? 0) + 1) * CELL.height}px`;
    this.canvas.setAttribute(
      "aria-label",
      `The text and whom each character asks; left and right go along it: ${text}`,
    );
    draw(this.canvas, (context) => {
      context.textAlign = "center";
      context.textBaseline = "middle";
      for (const [i, { row, column }] of places.entries()) {
        const [x, y, cell] = [column * this.#cell, row * CELL.height, this.#cell];
        const own = i < words.text.length;
        const { expert: asked } = this.#told(i);
        const clear = own || !stale ? 1 : 0.35;
        context.globalAlpha = clear * strength * (expert < 0 || asked === expert ? 1 : 0.12);
        context.fillStyle = PALETTE[asked];
        context.fillRect(x, y + 1, cell + 0.5, CELL.height - 2);
        context.globalAlpha = clear;
        context.fillStyle = color("--ink");
        context.font = `${own ? 700 : 400} 16px ${color("--mono") || "monospace"}`;
        if (text[i] !== " ") context.fillText(visible(text[i]), x + cell / 2, y + CELL.height / 2 + 1);
      }
      context.globalAlpha = 1;
      const pointed = places[this.painter.at];
      if (!pointed) return;
      const [x, y] = [pointed.column * this.#cell, pointed.row * CELL.height];
      outlined(context, halo(2), () => context.rect(x, y + 1, this.#cell, CELL.height - 2));
    });
    this.#say(text);
    this.#list();
  }

  /** What is expected after the character under the pointer, or after the visitor's text. @param {string} text */
  #say(text) {
    if (!this.#read) return;
    const { words } = this.#read;
    const pointed = this.painter.at < text.length ? this.painter.at : -1;
    const where = pointed < 0 ? words.text.length - 1 : pointed;
    const { expert, gate, likely, probabilities, surprise } = this.#told(where);
    const next = text[where + 1];
    const bars = likely.map((symbol, i) => {
      const right = symbol === next;
      const { root, set } = bar(right ? `${visible(symbol)} ✓` : visible(symbol), { right });
      set(probabilities[i], percent(probabilities[i]));
      return root;
    });
    this.bars.replaceChildren(...bars);
    const came = Number.isFinite(surprise) ? `, which came at ${surprise.toFixed(1)} nats` : "";
    const here =
      pointed < 0
        ? "Expected after your text"
        : `“${visible(text[where])}”${came}, asks expert ${expert + 1} (gate ${percent(gate)}); expected after it`;
    this.caption.textContent = `${here}, ${likely.length} likeliest below. ${this.painter.source(this.#track, words.step)}.`;
  }

  /** The experts of a router, as the test passages ask them. */
  #list() {
    if (!this.#tested) return;
    const { n, names, symbols: all, step } = this.#tested.words;
    const { load, symbols, classes } = this.#tested.tensors;
    const router = Math.min(this.#router, load.shape[0] - 1);
    this.list.show(load.shape[1], (row, i) => {
      row.show(at(load, router).data[i], load.shape[1], mostly(at(at(classes, router), i).data, names, 1));
      row.list(at(at(symbols, router), i).data, all);
    });
    this.list.heading.textContent = `Asked by ${count(n)} test passages`;
    this.list.below.textContent = `Load, the characters that it is asked for most (␣ is a space, ↵ the end of a line), and the book that most of it comes from; the mark is an equal share. Snapshot of step ${count(step)}.`;
  }
}

/** @extends {Painter<Lane>} */
export default class Letters extends Painter {
  /** The character that is pointed at, -1 for none; the same in all lanes. */
  at = -1;
  /** @type {Cache<Read>} */
  texts = new Cache(120);
  /** @type {Cache<Read>} */
  continuations = new Cache(120);
  /** @type {Cache<Experts>} */
  tests = new Cache(20);

  lane() {
    return new Lane(this);
  }

  /** @param {number} character */
  point(character) {
    if (character === this.at) return;
    this.at = character;
    this.paint();
  }
}
