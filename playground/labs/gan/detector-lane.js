// One run's detector: how often it is right as it learns, whom it is wrong about, and how it fares elsewhere.

import { at } from "../../ui/static/answer.js";
import { bar } from "../../ui/static/bar.js";
import { color, draw, show, tile } from "../../ui/static/canvas.js";
import { signed } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { count, percent } from "../../ui/static/format.js";
import { Part } from "../../ui/static/painter.js";
import { Cells } from "./cells.js";
import { rounds, Series } from "./series.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer, Pictures, Tensor } from "../../ui/static/types.d.ts" */
/** @import Detector from "./detector.js" */

/**
 * @typedef {{step: number, generated: number, real: number, n: number, accuracy: number, low: number, high: number,
 *   pairs: number}} Words how many of `n` pictures of each kind are recognized
 * @typedef {Answer<Words, {}>} Detected
 * @typedef {{pictures: Uint8Array<ArrayBuffer>, scores: Float32Array, maps: Float32Array}} Shown (rows, columns, ...)
 * @typedef {Answer<{}, Shown>} Examples
 * @typedef {Answer<{}, {picture: Uint8Array<ArrayBuffer>, score: Float32Array, map: Float32Array}>} Verdict
 * @typedef {Answer<{right: number, n: number, low: number, high: number}, {picture: Uint8Array<ArrayBuffer>}>} Tried
 * @typedef {{picture: Pictures, score: number, map: Tensor<Float32Array>}} Looked
 */

export const ROUNDS = 8;
const COLUMNS = 8;
const ROWS = [
  "generated: those that look most real to it",
  "generated: those that it is surest of",
  "real: those that look most generated to it",
  "real: those that it is surest of",
  "the picture on the stage",
];
const [LABEL, GAP, LARGE, LEAST] = [20, 2, 192, 24]; // CSS pixels
const OVER = 0.7; // how much of a color is the map's

const OWN = 4 * COLUMNS;

/** @param {number} score the logit of being real */
function verdict(score) {
  const real = 1 / (1 + Math.exp(-score));
  return score < 0 ? `generated, ${percent(1 - real)} sure` : `real, ${percent(real)} sure`;
}

export class Lane {
  /** @type {{track: Track, step: number} | null} */
  #shown = null;
  /** @type {Examples["tensors"] | null} */
  #examples = null;
  /** @type {Verdict["tensors"] | null} */
  #own = null;
  /** The steps of the film that it is tried on, and whose film that is. */
  #film = { steps: /** @type {number[]} */ ([]), name: "" };
  #side = LEAST;

  /** @param {Detector} painter */
  constructor(painter) {
    this.painter = painter;
    this.training = new Series(/** @type {Part<Detected>} */ (new Part(painter, "detector")), () => this.#learned());
    this.examples = /** @type {Part<Examples>} */ (new Part(painter, "examples"));
    this.verdict = /** @type {Part<Verdict>} */ (new Part(painter, "verdict"));
    this.trying = new Series(/** @type {Part<Tried>} */ (new Part(painter, "elsewhere")), () => this.#try());
    const label = "Held-out pictures by what the detector says of them; the arrow keys go from one to the next";
    this.canvas = element("canvas", { class: "detector-sheet", "data-part": "main", tabindex: 0, "aria-label": label });
    this.large = element("canvas", {
      class: "tile",
      role: "img",
      "aria-label": "The picture and where the detector looks",
    });
    this.said = element("p", { class: "blind-said", "aria-live": "polite" });
    this.where = element("p", { class: "caption" }, "Orange places speak for generated, blue ones for real.");
    this.right = bar("right", { right: true, title: "Of held-out pictures, half of them generated" });
    this.generated = bar("of generated", { title: "Generated pictures that it recognizes" });
    this.real = bar("of real", { title: "Real pictures that it recognizes" });
    this.told = element("p", { class: "caption" });
    this.heading = element("h3", { class: "beside" });
    this.cells = new Cells("Snapshots that the detector is tried on", (i) => this.#choose(i), "crisp long");
    this.tried = element("p", { class: "caption", "aria-live": "polite" });
    this.caption = element("p", { class: "caption" });
    const bars = element("div", { class: "detector-bars" }, this.right.root, this.generated.root, this.real.root);
    this.main = element("div", { class: "lane-main" }, this.canvas);
    this.side = element("div", { class: "lane-side" }, bars, this.told, this.large, this.said, this.where);
    const below = element("div", { class: "detector-below" }, this.heading, this.cells.root, this.tried, this.caption);
    this.root = element("div", { class: "lane detector" }, this.main, this.side, below);
    this.canvas.addEventListener("click", ({ offsetX, offsetY }) => this.#point(offsetX, offsetY));
    this.canvas.addEventListener("keydown", (event) => this.#press(event));
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.#shown = { track, step };
    if (this.training.begin(track, step, rounds(ROUNDS))) this.trying.end();
    if (this.training.done) this.#apply();
    this.paint();
  }

  /** A round has ended. */
  #learned() {
    if (!this.#shown) return;
    const { track, step } = this.#shown;
    const take = (/** @type {Examples} */ { tensors }) => {
      this.#examples = tensors;
      this.paint();
    };
    this.examples.ask(track, step, take, { query: { round: this.training.answers.length } });
    if (this.training.done) this.#apply();
    this.paint();
  }

  /** What the detector says of other pictures, once it has learned. */
  async #apply() {
    if (!this.#shown) return;
    const { track, step } = this.#shown;
    this.verdict.ask(track, step, ({ tensors }) => {
      this.#own = tensors;
      this.paint();
    });
    const other = await this.painter.other(track);
    if (!other || this.#shown?.track !== track || this.#shown.step !== step) return;
    this.#film = { steps: other.snapshots, name: other.info.name };
    this.trying.begin(
      track,
      step,
      other.snapshots.map((one) => ({ other: `${other.id}@${one}` })),
    );
    this.#try();
  }

  /** @param {number} i */
  #choose(i) {
    const { steps } = this.#film;
    this.painter.set({ at: i === steps.length - 1 ? -1 : steps[i] });
  }

  /** Shows the film that it is tried on, as far as it has come. */
  #try() {
    const { answers } = this.trying;
    const { steps, name } = this.#film;
    const { at } = this.painter.options;
    const chosen = steps.includes(at) ? steps.indexOf(at) : steps.length - 1;
    this.heading.textContent = steps.length ? `The same detector on pictures by ${name}, by step` : "";
    this.cells.show(
      steps.map((step, i) => {
        const tried = answers[i];
        const share = tried && tried.words.right / tried.words.n;
        return {
          paint: tried ? (canvas) => show(canvas, tried.tensors.picture) : null,
          title: tried ? `Step ${count(step)}: ${percent(share)} recognized` : `Step ${count(step)}: not there yet`,
          word: count(step),
          pressed: i === chosen,
          share: share ?? 0,
          value: tried ? percent(share) : "",
        };
      }),
    );
    const tried = answers[chosen];
    this.tried.textContent = tried
      ? `Of ${tried.words.n} pictures by ${name} at step ${count(steps[chosen])} it recognizes ${tried.words.right} as ` +
        `generated (${percent(tried.words.low)} to ${percent(tried.words.high)}).`
      : "";
  }

  /** @param {number} x @param {number} y */
  #point(x, y) {
    const row = Math.floor(y / (this.#side + LABEL));
    const column = Math.floor(x / (this.#side + GAP));
    if (row < 0 || row >= ROWS.length || column < 0 || column >= (row < 4 ? COLUMNS : 1)) return;
    this.painter.set({ picked: row * COLUMNS + column });
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS }[event.key];
    if (!by) return;
    event.preventDefault();
    this.painter.set({ picked: Math.max(0, Math.min(OWN, this.painter.options.picked + by)) });
  }

  /** The picture of a number. @param {number} number @returns {Looked | null} */
  #picture(number) {
    if (number === OWN) {
      const own = this.#own;
      return own && { picture: own.picture, score: own.score.data[0], map: own.map };
    }
    if (!this.#examples) return null;
    const { pictures, scores, maps } = this.#examples;
    const [row, column] = [Math.floor(number / COLUMNS), number % COLUMNS];
    return {
      picture: at(at(pictures, row), column),
      score: at(scores, row).data[column],
      map: at(at(maps, row), column),
    };
  }

  paint() {
    if (!this.#shown) return;
    const { track, step } = this.#shown;
    const newest = this.training.newest?.words;
    for (const [one, share] of /** @type {const} */ ([
      [this.right, newest?.accuracy],
      [this.generated, newest && newest.generated / newest.n],
      [this.real, newest && newest.real / newest.n],
    ])) {
      one.set(share ?? 0, share === undefined ? "–" : percent(share));
    }
    this.told.textContent = newest
      ? `On ${count(2 * newest.n)} held-out pictures, half of them real: ${percent(newest.low)} to ${percent(newest.high)}. ` +
        `Guesses are right in 50 %. ${this.training.done ? "It has seen" : "It learns; so far it has seen"} ` +
        `${count(newest.pairs)} pairs.`
      : "The detector begins to learn.";
    this.caption.textContent =
      `${track.info.name}, snapshot of step ${count(step)}: a convolutional network of 23,000 weights, trained on ` +
      "fresh pictures by the averaged generator and on real ones of the training set, and shown none of those above.";
    this.#sheet(track.info.size);
    this.#look(track.info.size);
    this.#try();
  }

  /** @param {number} size of a picture, in pixels */
  #sheet(size) {
    const width = this.main.clientWidth;
    if (!width) return;
    const room = Math.min((width - GAP * (COLUMNS - 1)) / COLUMNS, this.painter.height / ROWS.length - LABEL);
    this.#side = Math.max(LEAST, room >= 2 * size ? Math.floor(room / size) * size : Math.floor(room));
    this.canvas.style.width = `${COLUMNS * (this.#side + GAP) - GAP}px`;
    this.canvas.style.height = `${ROWS.length * (this.#side + LABEL)}px`;
    draw(this.canvas, (context) => {
      context.font = "12px system-ui, sans-serif";
      context.textBaseline = "middle";
      for (const [row, name] of ROWS.entries()) {
        const top = row * (this.#side + LABEL);
        context.fillStyle = color("--quiet");
        context.fillText(name, 0, top + LABEL / 2);
        for (let column = 0; column < (row < 4 ? COLUMNS : 1); column++) {
          const one = this.#picture(row * COLUMNS + column);
          const x = column * (this.#side + GAP);
          context.fillStyle = color("--wash");
          context.fillRect(x, top + LABEL, this.#side, this.#side);
          if (one) tile(context, one.picture, x, top + LABEL, this.#side);
          if (row * COLUMNS + column !== this.painter.options.picked) continue;
          context.strokeStyle = color("--accent");
          context.lineWidth = 3;
          context.strokeRect(x + 1.5, top + LABEL + 1.5, this.#side - 3, this.#side - 3);
        }
      }
    });
  }

  /** The picture that is looked at, with what each place adds to the score. @param {number} size */
  #look(size) {
    const { picked } = this.painter.options;
    const looked = this.#picture(picked);
    this.large.hidden = this.where.hidden = !looked;
    this.said.textContent = "";
    if (!looked) return;
    const side = Math.max(size, Math.floor(LARGE / size) * size);
    this.large.style.width = this.large.style.height = `${side}px`;
    const kind = picked === OWN ? "The picture on the stage" : picked < 2 * COLUMNS ? "Generated" : "Real";
    this.said.textContent = `${kind}. The detector says: ${verdict(looked.score)}.`;
    draw(this.large, (context, width) => {
      tile(context, looked.picture, 0, 0, width);
      const [height, columns] = looked.map.shape;
      const most = Math.max(...looked.map.data.map(Math.abs), 1e-9);
      const image = new ImageData(columns, height);
      for (const [i, value] of looked.map.data.entries()) {
        const [red, green, blue, opacity] = signed(value / most);
        image.data.set([red, green, blue, 255 * OVER * opacity], 4 * i);
      }
      const own = document.createElement("canvas");
      Object.assign(own, { width: columns, height });
      own.getContext("2d")?.putImageData(image, 0, 0);
      context.imageSmoothingEnabled = true;
      context.drawImage(own, 0, 0, width, width);
    });
  }
}
