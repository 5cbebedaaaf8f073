// A picture in the codes of a VQ-VAE, which can be painted over; the book of all codes; and how the prior goes on.

import { color, context2d, draw, fit, pixels, resize } from "../../ui/static/canvas.js";
import { viridis } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { count } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { Cache } from "../../ui/static/requests.js";
import { tested } from "../../ui/static/run.js";
import { framed, Strokes } from "../../ui/static/strokes.js";
import { width } from "./beside.js";
import { Book } from "./book.js";
import { Continuations, prepare } from "./continued.js";
import { painted, read } from "./painted.js";

/** @import { Stage } from "../../ui/static/stage.js" */
/** @import { Place } from "../../ui/static/strokes.js" */
/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer } from "../../ui/static/types.d.ts" */
/** @import { Codes } from "./book.js" */
/** @import { Continued, Raw } from "./continued.js" */

/**
 * @typedef {{step: number, error: number, most: number, codes: number}} Words see `spelled_view`
 * @typedef {{indices: Int32Array, picture: Uint8Array<ArrayBuffer>, bits: Float32Array}} Tensors
 * @typedef {Answer<Words, Tensors>} Spelled
 */

const [GAP, CAPTION] = [16, 24]; // CSS pixels between two figures, and below one
const NARROW = 480; // below this width the picture that is painted on has a row of its own
const [LEAST, MOST] = [96, 320]; // of a square

/** One run's codes. */
class Lane {
  /** @type {{spelled: Spelled, track: Track, step: number} | null} */
  #shown = null;
  /** @type {Codes | null} */
  #codes = null;
  /** Where the pointer or the keys are. @type {Place | null} */
  #pointed = null;

  /** @param {Codebook} painter */
  constructor(painter) {
    this.painter = painter;
    this.part = /** @type {Part<Spelled>} */ (new Part(painter, "spelled", { limit: 4, cache: new Cache(60) }));
    this.codes = /** @type {Part<Codes>} */ (new Part(painter, "book", { cache: new Cache(60) }));
    this.prior = /** @type {Part<Raw, Continued>} */ (
      new Part(painter, "continued", { cache: new Cache(60), prepare })
    );
    const label = "The decoded picture; press or drag to paint with the chosen code, or use the arrow keys and Space";
    this.canvas = element("canvas", { class: "plane", "data-part": "main", "aria-label": label });
    this.tiles = element("canvas", { role: "img", "aria-label": "The codes of the picture, each as its mean patch" });
    this.bits = element("canvas", { role: "img", "aria-label": "What each code costs in bits" });
    this.scale = element("b");
    this.said = element("figcaption", { "aria-live": "polite" });
    this.continuations = new Continuations();
    this.book = new Book((brush) => painter.set({ brush }));
    this.strokes = new Strokes(this.canvas, {
      grid: () => this.grid,
      begin: (place) => this.#begin(place),
      put: (places, code) => this.#put(places, code),
      paint: () => this.paint(),
      tell: (place) => this.#point(place),
      hover: (place) => this.#point(place),
    });
    this.canvas.addEventListener("blur", () => this.#point(null));
    const scale = element("figcaption", { class: "scale" }, element("b", {}, "0"), element("i"), this.scale);
    this.words = element("p", { class: "latent-said" });
    this.caption = element("p", { class: "caption" });
    this.main = element(
      "div",
      { class: "lane-main codebook" },
      element("figure", {}, this.canvas, this.said),
      element("figure", {}, this.tiles, element("figcaption", {}, "Its codes, as their mean patches")),
      element("figure", {}, this.bits, scale),
      this.book.root,
      this.continuations.root,
    );
    const side = element("div", { class: "lane-side" }, this.words, this.caption);
    this.root = element("div", { class: "lane figures" }, this.main, side);
  }

  /** Places in a row of the grid; 0 as long as nothing is shown. */
  get grid() {
    return this.#shown?.spelled.tensors.indices.shape[0] ?? 0;
  }

  get brush() {
    const { brush } = this.painter.options;
    return brush < 0 ? this.book.commonest : brush;
  }

  /** @param {Place} place */
  #index([column, row]) {
    return row * this.grid + column;
  }

  /**
   * What a stroke paints that begins there: the chosen code; where that was painted, the picture's own codes.
   * @param {Place} place
   */
  #begin(place) {
    const { brush } = this;
    return read(this.painter.options.edits).get(this.#index(place)) === brush ? null : brush;
  }

  /**
   * @param {Place[]} places
   * @param {number | null} code null for those of the picture
   */
  #put(places, code) {
    const { edits } = this.painter.options;
    const after = painted(
      edits,
      places.map((place) => this.#index(place)),
      code,
    );
    if (after !== edits) this.painter.set({ edits: after });
  }

  /** @param {Place | null} place */
  #point(place) {
    if (String(place) === String(this.#pointed)) return;
    this.#pointed = place;
    this.paint();
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (spelled) => {
      this.#shown = { spelled, track, step };
      this.paint();
      this.#describe();
    });
    this.codes.ask(track, step, (codes) => {
      this.#codes = codes;
      this.book.show(codes);
      this.paint();
      this.#describe();
    });
    this.prior.ask(track, step, (continued) => {
      this.continuations.show(continued);
      this.painter.bound(continued.words.side);
      this.paint();
    });
  }

  paint() {
    const { grid, main, painter } = this;
    if (!this.#shown) return;
    const wide = width(this.root);
    // three squares in a row, and below them a row that is a quarter as high as it is wide
    const tall = (painter.height - 2 * CAPTION - GAP / 2) / 1.75;
    const narrow = wide < NARROW;
    const square = Math.max(LEAST, Math.min(MOST, (wide - 2 * GAP) / 3, tall));
    const all = narrow ? wide : Math.floor(3 * square + 2 * GAP);
    main.style.width = `${all}px`;
    main.classList.toggle("narrow", narrow);
    const half = narrow ? all : (all - GAP) / 2;
    const small = narrow ? (all - GAP) / 2 : square;
    fit(this.canvas, Math.floor(narrow ? painter.side(main) : square));
    for (const canvas of [this.tiles, this.bits]) fit(canvas, Math.floor(small));
    const { indices, picture, bits } = this.#shown.spelled.tensors;
    const own = element("canvas");
    resize(own, picture.shape[2]);
    context2d(own).putImageData(pixels(picture), 0, 0);
    draw(this.canvas, (context, side) => {
      context.imageSmoothingEnabled = false;
      context.drawImage(own, 0, 0, side, side);
      this.#cells(context, side / grid);
    });
    draw(this.tiles, (context, side) => {
      context.imageSmoothingEnabled = false;
      const cell = side / grid;
      for (const [i, code] of indices.data.entries()) {
        this.book.tile(context, code, [(i % grid) * cell, Math.floor(i / grid) * cell, cell]);
      }
    });
    const { most } = this.#shown.spelled.words;
    draw(this.bits, (context, side) => {
      const cell = side / grid;
      bits.data.forEach((value, i) => {
        context.fillStyle = `rgb(${viridis(value / most)})`;
        context.fillRect((i % grid) * cell, Math.floor(i / grid) * cell, cell + 0.5, cell + 0.5);
      });
    });
    this.scale.textContent = `≥ ${Number(most.toFixed(1))} bits`;
    const pointed = this.#pointed && this.#index(this.#pointed);
    this.book.mark(this.brush, pointed === null ? null : indices.data[pointed]);
    this.book.paint(half);
    this.#tell(pointed);
    this.continuations.paint(half);
  }

  /**
   * Where codes were painted, and where the keys are.
   * @param {CanvasRenderingContext2D} context
   * @param {number} side of a cell
   */
  #cells(context, side) {
    const { grid } = this;
    context.fillStyle = "rgba(160, 160, 160, .4)";
    for (let i = 1; i < grid; i++) {
      context.fillRect(Math.round(i * side), 0, 1, grid * side);
      context.fillRect(0, Math.round(i * side), grid * side, 1);
    }
    context.strokeStyle = color("--second");
    context.lineWidth = 2;
    for (const place of read(this.painter.options.edits).keys()) {
      context.strokeRect((place % grid) * side + 1, Math.floor(place / grid) * side + 1, side - 2, side - 2);
    }
    if (this.#pointed) framed(context, this.#pointed, side);
    this.strokes.drawCursor(context, side);
  }

  /** Says what is pointed at, or what the picture is. @param {number | null} pointed */
  #tell(pointed) {
    if (!this.#shown) return;
    const { indices, bits } = this.#shown.spelled.tensors;
    const { size } = read(this.painter.options.edits);
    this.said.textContent =
      pointed === null
        ? `Decoded${size ? `, ${size} of ${indices.data.length} codes painted` : ""}`
        : `Row ${Math.floor(pointed / this.grid) + 1}, column ${(pointed % this.grid) + 1}: code ` +
          `${indices.data[pointed]}, ${bits.data[pointed].toFixed(1)} bits`;
  }

  #describe() {
    if (!this.#shown || !this.#codes) return;
    const { spelled, track, step } = this.#shown;
    const { tensors, words } = spelled;
    const { used, perplexity, pictures } = this.#codes.words;
    const places = tensors.indices.data.length;
    const bits = tensors.bits.data.reduce((sum, one) => sum + one, 0);
    this.words.textContent =
      `${places} codes of ${count(words.codes)}: ${Math.round(places * words.most)} bits if all were as likely. The prior ` +
      `needs ${Math.round(bits)} for this picture.`;
    this.caption.textContent =
      `${track.info.name}, snapshot of step ${count(step)}. Reconstruction error (MSE) ${words.error.toFixed(4)}. ` +
      `${tested(track.info, pictures, words)} use ${used} of ${count(words.codes)} codes as evenly as ` +
      `${perplexity.toFixed(1)} codes used alike (perplexity); a tile is the mean of what they show around a code.`;
  }
}

/** @extends {Painter<Lane>} */
export default class Codebook extends Painter {
  #looked = "";

  /** The first run has so many rows of codes; all that can be kept are these. @param {number} side */
  bound(side) {
    this.controls.bound("rows", side);
    if (this.lanes.length < 2 && this.options.rows > side) this.set({ rows: side });
  }

  /** @param {Stage} stage */
  constructor(stage) {
    super(stage);
    const onclick = () => this.set({ edits: "" });
    this.own = element("button", { type: "button", onclick }, "The picture's own codes");
    stage.extras.replaceChildren(this.own);
  }

  lane() {
    return new Lane(this);
  }

  show() {
    const looked = this.fitting.map(({ id }) => id).join();
    const isOther = this.#looked && looked !== this.#looked;
    this.#looked = looked;
    this.own.disabled = !this.options.edits;
    // codes are numbered anew in every run
    if (isOther && (this.options.edits || this.options.brush >= 0)) this.set({ edits: "", brush: -1 });
    else super.show();
  }
}
