// Words and pictures: a row of pictures for each prompt, and what the picture on the stage is taken for.

import { at } from "../../ui/static/answer.js";
import { bar } from "../../ui/static/bar.js";
import { color, context2d, draw, pixels, resize } from "../../ui/static/canvas.js";
import { viridis } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { count, fixed, percent } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { Cache } from "../../ui/static/requests.js";
import { grid } from "./words-grid.js";

/** @import { Answer } from "../../ui/static/types.d.ts" */
/** @import { Track } from "../../ui/static/track.js" */

/**
 * @typedef {{prompts: string[], names: string[][], more: number, unread: string[], among: number, size: number}} Words
 * @typedef {Answer<Words, {images: Uint8Array<ArrayBuffer>, cosines: Float32Array}>} Found
 * @typedef {Uint8Array<ArrayBuffer>} Bytes
 * @typedef {{image: Bytes, similarity: Float32Array, probabilities: Float32Array, evidence: Float32Array}} Numbers
 * @typedef {Answer<{prompts: string[], names: string[]}, Numbers>} Meaning
 */

const PICTURE = 96; // CSS pixels of the picture on the stage
const ALONE = "One prompt leaves nothing to choose: add another one, and the picture is sorted into both.";
const CELL = 32; // CSS pixels of a cell of the matrix
const WIDE = [1280, 520]; // of the canvas: as wide as its column, and not much higher than broad

/** One run's answers. */
class Lane {
  /** @type {{track: Track, step: number, found: Found} | null} */
  #shown = null;
  /** @type {Meaning | null} */
  #meaning = null;
  /** The picture that is pointed at: prompt and place. @type {[number, number]} */
  #chosen = [0, 0];

  /** @param {Painter<any>} painter */
  constructor(painter) {
    this.painter = painter;
    this.found = /** @type {Part<Found>} */ (new Part(painter, "found", { cache: new Cache(40) }));
    this.meaning = /** @type {Part<Meaning>} */ (new Part(painter, "picture", { cache: new Cache(40) }));
    const label = "The pictures found for each prompt; point at one, or move with the arrow keys, to see its name";
    this.canvas = element("canvas", { class: "words", "data-part": "main", tabindex: 0, "aria-label": label });
    this.chosen = element("p", { class: "words-chosen", "aria-live": "polite" });
    this.picture = element("canvas", { class: "words-picture", role: "img" });
    this.evidence = element("p", { class: "quiet" });
    this.bars = element("div", { class: "bars" });
    this.names = element("p", { class: "words-names" });
    this.matrix = element("canvas", { class: "words-matrix", role: "img" });
    this.matrixTitle = element("h3", { class: "beside" }, "Each prompt with the best picture of each");
    this.caption = element("p", { class: "caption" });
    this.main = element("div", { class: "lane-main" }, this.canvas, this.chosen);
    const figure = element("figure", { class: "words-figure" }, this.picture, this.evidence);
    const side = [
      element("h3", { class: "beside" }, "The picture on the stage, by these words"),
      figure,
      this.bars,
      this.names,
      this.matrixTitle,
      this.matrix,
      this.caption,
    ];
    this.root = element("div", { class: "lane abreast" }, this.main, element("div", { class: "lane-side" }, ...side));
    this.canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => this.#point(offsetX, offsetY));
    this.canvas.addEventListener("pointerdown", ({ offsetX, offsetY }) => this.#point(offsetX, offsetY));
    this.canvas.addEventListener("keydown", (event) => this.#key(event));
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.found.ask(track, step, (found) => {
      this.#shown = { track, step, found };
      this.paint();
    });
    this.meaning.ask(track, step, (meaning) => {
      this.#meaning = meaning;
      this.#describe();
    });
    this.#describe();
  }

  /** @param {number} width @param {number} height */
  #grid(width, height) {
    const { words, tensors } = /** @type {{found: Found}} */ (this.#shown).found;
    return grid({ width, height, prompts: words.prompts.length, found: tensors.images.shape[1], size: words.size });
  }

  get #empty() {
    return !this.#shown?.found.words.prompts.length;
  }

  /** @param {number} x @param {number} y in CSS pixels of the canvas */
  #point(x, y) {
    if (this.#empty) return;
    const hit = this.#grid(this.canvas.clientWidth, this.canvas.clientHeight).at(x, y);
    if (hit) this.#choose(hit);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    /** @type {Record<string, [number, number]>} */
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const move = moves[event.key];
    if (!move || this.#empty) return;
    event.preventDefault();
    this.#choose(this.#grid(this.canvas.clientWidth, this.canvas.clientHeight).moved(this.#chosen, move));
  }

  /** @param {[number, number]} chosen */
  #choose(chosen) {
    this.#chosen = chosen;
    this.paint();
  }

  paint() {
    if (!this.#shown) return;
    const { words, tensors } = this.#shown.found;
    const { canvas, painter } = this;
    canvas.hidden = this.#empty;
    this.matrix.hidden = this.matrixTitle.hidden = words.prompts.length < 2;
    if (this.#empty) {
      this.chosen.textContent = "Type some words to look for: prompts of letters, separated by commas.";
      this.#caption();
      return;
    }
    const width = Math.min(this.main.clientWidth, WIDE[0]);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${Math.max(240, Math.min(painter.height - 32, width, WIDE[1]))}px`;
    const { ink, quiet } = this.#colors();
    draw(canvas, (context, width, height) => {
      const places = this.#grid(width, height);
      context.textBaseline = "top";
      words.prompts.forEach((prompt, i) => {
        context.fillStyle = ink;
        context.font = "600 13px system-ui, sans-serif";
        context.fillText(prompt, 0, places.row(i), width);
        const [pictures, cosines] = [at(tensors.images, i), at(at(tensors.cosines, i), i)];
        context.font = "11px system-ui, sans-serif";
        context.fillStyle = quiet;
        for (let j = 0; j < places.shown; j++) {
          const [x, y] = places.place(i, j);
          this.#tile(context, at(pictures, j), x, y, places.side);
          context.fillText(cosines.data[j].toFixed(2), x, y + places.side + 2);
        }
      });
      this.#chosen = places.moved(this.#chosen, [0, 0]); // there may be fewer now
      const [i, j] = this.#chosen;
      const [x, y] = places.place(i, j);
      context.strokeStyle = ink;
      context.lineWidth = 2;
      context.strokeRect(x - 1, y - 1, places.side + 2, places.side + 2);
      const cosine = at(at(tensors.cosines, i), i).data[j].toFixed(2);
      this.chosen.textContent = `“${words.names[i][j]}”: number ${j + 1} for “${words.prompts[i]}”, cosine ${cosine}.`;
    });
    this.#paintMatrix();
    this.#caption();
  }

  #colors() {
    const style = getComputedStyle(this.canvas);
    return { ink: style.color, quiet: style.getPropertyValue("--quiet") };
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {import("../../ui/static/types.d.ts").Tensor<Uint8Array<ArrayBuffer>>} picture
   * @param {number} x
   * @param {number} y
   * @param {number} side
   */
  #tile(context, picture, x, y, side) {
    const tile = element("canvas");
    resize(tile, picture.shape[1]);
    context2d(tile).putImageData(pixels(picture), 0, 0);
    context.imageSmoothingEnabled = side % picture.shape[1] !== 0;
    context.drawImage(tile, x, y, side, side);
  }

  /** The cosine of each prompt with the best picture of each. */
  #paintMatrix() {
    if (!this.#shown) return;
    const { words, tensors } = this.#shown.found;
    const n = words.prompts.length;
    const [, , found] = tensors.cosines.shape;
    const { ink } = this.#colors();
    this.matrix.style.width = `${(n + 4) * CELL}px`;
    this.matrix.style.height = `${(n + 1) * CELL}px`;
    this.matrix.setAttribute("aria-label", "The cosine of each prompt with the best picture of each prompt");
    draw(this.matrix, (context) => {
      context.textBaseline = "middle";
      context.font = "12px system-ui, sans-serif";
      for (let i = 0; i < n; i++) {
        this.#tile(context, at(at(tensors.images, i), 0), i * CELL, 0, CELL - 1);
        for (let j = 0; j < n; j++) {
          const value = tensors.cosines.data[(i * n + j) * found];
          const [x, y] = [j * CELL, (i + 1) * CELL];
          context.fillStyle = `rgb(${viridis(value)})`;
          context.fillRect(x, y, CELL - 1, CELL - 1);
          context.fillStyle = value > 0.6 ? "#000" : "#fff";
          context.textAlign = "center";
          context.fillText(fixed(value, 1), x + CELL / 2, y + CELL / 2);
        }
        context.fillStyle = ink;
        context.textAlign = "left";
        context.fillText(words.prompts[i], n * CELL + 6, (i + 1.5) * CELL, 4 * CELL - 6);
      }
    });
  }

  /** What the picture on the stage means. */
  #describe() {
    if (!this.#meaning) return;
    const { words, tensors } = this.#meaning;
    const { prompts, names } = words;
    const likely = tensors.probabilities.data;
    const bars = [...likely].map((share, i) => {
      const { root, set } = bar(prompts[i]);
      set(share, percent(share));
      return root;
    });
    if (!bars.length && prompts.length) bars.push(element("p", { class: "quiet" }, ALONE));
    this.bars.replaceChildren(...bars);
    const listed = names.map((name, i) => `${name} (${tensors.similarity.data[i].toFixed(2)})`);
    this.names.textContent = `Of all names it is most similar to: ${listed.join(", ")}.`;
    const { which: chosen } = this.painter.options;
    const which = chosen ? Math.min(chosen, prompts.length) - 1 : Math.max(0, likely.indexOf(Math.max(...likely)));
    const evidence = prompts.length ? at(tensors.evidence, which) : null;
    const most = evidence ? Math.max(...evidence.data) : 0;
    this.picture.style.width = this.picture.style.height = `${PICTURE}px`;
    draw(this.picture, (context, width) => {
      this.#tile(context, tensors.image, 0, 0, width);
      if (!evidence || most <= 0) return;
      const side = width / evidence.shape[0];
      context.fillStyle = color("--ground");
      evidence.data.forEach((value, i) => {
        context.globalAlpha = 0.85 * (1 - Math.max(0, value / most));
        context.fillRect((i % evidence.shape[0]) * side, Math.floor(i / evidence.shape[0]) * side, side, side);
      });
      context.globalAlpha = 1;
    });
    this.evidence.textContent = !evidence
      ? "No prompt, no evidence."
      : most > 0
        ? `What stays in sight speaks for “${prompts[which]}”: to cover its strongest square takes ${most.toFixed(2)} from the cosine.`
        : `No square speaks for “${prompts[which]}”.`;
    this.picture.setAttribute("aria-label", `The picture on the stage. ${this.evidence.textContent}`);
  }

  #caption() {
    if (!this.#shown) return;
    const { track, step, found } = this.#shown;
    const { info } = track;
    const { among, more, unread } = found.words;
    const notes = [`${info.name}, snapshot of step ${count(step)}`];
    if (among) notes[0] += `: cosines with ${count(among)} pictures of ${info.data_title}, one for each name`;
    if (more) notes.push(`The first eight prompts are looked for; ${count(more)} more were left out`);
    if (unread.length) {
      const listed = unread.map((word) => `“${word.length > 24 ? `${word.slice(0, 24)}…` : word}”`).join(", ");
      notes.push(`No training caption has ${listed}: parts of words are all that the network has to go by`);
    }
    this.caption.textContent = `${notes.join(". ")}.`;
  }
}

/** @extends {Painter<Lane>} */
export default class WordsAndPictures extends Painter {
  lane() {
    return new Lane(this);
  }
}
