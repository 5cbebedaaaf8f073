// Inversion: a picture, and what the generator draws that is most like it, while the search goes on.

import { enlarge, show } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { count, percent } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { address } from "../../ui/static/server.js";
import { Cells } from "./cells.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer, Pictures } from "../../ui/static/types.d.ts" */

/**
 * @typedef {Answer<{step: number, steps: number, l1: number}, {picture: Uint8Array<ArrayBuffer>}>} Round
 * @typedef {Answer<{step: number}, {picture: Uint8Array<ArrayBuffer>}>} Edited
 */

const ROUNDS = 10;
const GAP = 16; // CSS pixels between two pictures
const MOST = 320; // of a picture
const BELOW = 200; // what stands below the pictures
const NAMES = ["the picture", "what it draws", "edited"];

/** One run's search. */
class Lane {
  /** What is searched through. @type {{track: Track, step: number} | null} */
  #searched = null;
  /** Of the search that goes on, by round. @type {Round[]} */
  #rounds = [];
  /** The round that is looked at; none follows the search. @type {number | null} */
  #chosen = null;
  /** What the search is about. */
  #about = "";

  /** @param {Invert} painter */
  constructor(painter) {
    this.painter = painter;
    this.part = /** @type {Part<Round>} */ (new Part(painter, "inverted"));
    this.edits = /** @type {Part<Edited>} */ (new Part(painter, "edited", { limit: 4 }));
    this.target = element("img", { class: "tile", alt: "The picture that is searched for" });
    this.found = element("canvas", { class: "tile", "data-part": "main", role: "img", "aria-label": "What it draws" });
    this.edited = element("canvas", { class: "tile", role: "img", "aria-label": "What it draws, edited" });
    const named = [this.target, this.found, this.edited].map((picture, i) =>
      element("figure", {}, picture, element("figcaption", { class: "caption" }, NAMES[i])),
    );
    this.cells = new Cells("What it draws after each round of the search", (i) => this.#choose(i), "long");
    this.said = element("p", { class: "blind-said", "aria-live": "polite" });
    this.caption = element("p", { class: "caption" });
    this.pictures = element("div", { class: "blind-pair" }, ...named);
    this.main = element("div", { class: "lane-main" }, this.pictures, this.said, this.cells.root, this.caption);
    this.root = element("div", { class: "lane invert" }, this.main);
    painter.film.addEventListener("play", () => this.#search(), { signal: painter.signal });
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    const { picture } = this.painter.stage;
    const about = [track.id, step, picture, this.painter.options.space].join(" ");
    if (about === this.#about) {
      this.#edit();
      return;
    }
    this.#about = about;
    this.#searched = { track, step };
    this.#rounds = [];
    this.#chosen = null;
    this.target.src = address(`/pictures/${picture}.png`, { run: track.id });
    this.#search();
  }

  /** One round after the other: the server goes on from the one before. Frames that fly by show how it begins. */
  #search() {
    const round = this.#rounds.length;
    if (!this.#searched || round > ROUNDS || (round && this.painter.film.playback.playing)) return;
    const { track, step } = this.#searched;
    const about = this.#about;
    const take = (/** @type {Round} */ answer) => {
      if (about !== this.#about) return;
      this.#rounds[round] = answer;
      this.paint();
      this.#edit();
      this.#search();
    };
    this.part.ask(track, step, take, { query: { round } });
  }

  /** @param {number} round */
  #choose(round) {
    if (!this.#rounds[round]) return;
    this.#chosen = round === this.#rounds.length - 1 ? null : round;
    this.paint();
    this.#edit();
  }

  /** Asks for the picture that is looked at, moved along the directions. */
  #edit() {
    if (!this.#searched || !this.#rounds.length) return;
    const { track, step } = this.#searched;
    const round = this.#chosen ?? this.#rounds.length - 1;
    this.edits.ask(track, step, ({ tensors }) => show(this.edited, tensors.picture), { query: { round } });
  }

  paint() {
    if (!this.#searched || !this.#rounds.length) return;
    const { track, step } = this.#searched;
    const { size } = track.info;
    const room = Math.min(MOST, (this.main.clientWidth - 2 * GAP) / 3, this.painter.height - BELOW);
    const last = this.#rounds.length - 1;
    const looked = this.#rounds[this.#chosen ?? last];
    show(this.found, looked.tensors.picture);
    for (const canvas of [this.found, this.edited]) enlarge(canvas, size, Math.max(size, room));
    this.target.style.width = this.found.style.width;
    const most = this.#rounds[0].words.l1;
    this.cells.show(
      Array.from({ length: ROUNDS + 1 }, (_, i) => {
        const round = this.#rounds[i];
        return {
          paint: round ? picture(round.tensors.picture) : null,
          title: round ? `After ${round.words.steps} steps` : "Not there yet",
          word: round ? String(round.words.steps) : "",
          pressed: i === (this.#chosen ?? last),
          share: round ? round.words.l1 / most : 0,
          value: round ? percent(round.words.l1) : "",
        };
      }),
    );
    const { steps, l1 } = looked.words;
    this.said.textContent = steps
      ? `After ${steps} steps its picture is ${percent(l1)} off.`
      : `The search begins with the one of 256 generated pictures that is most like it: ${percent(l1)} off.`;
    this.caption.textContent =
      `${track.info.name}, snapshot of step ${count(step)}: the mean absolute difference in % of a pixel's range; ` +
      `300 steps of Adam on ${this.painter.options.space === "w" ? "one code for all layers" : "one code a layer"}, ` +
      "by the averaged generator with its fixed noise.";
  }
}

/** @param {Pictures} tensor (C, H, W) */
const picture = (tensor) => (/** @type {HTMLCanvasElement} */ canvas) => show(canvas, tensor);

/** @extends {Painter<Lane>} */
export default class Invert extends Painter {
  lane() {
    return new Lane(this);
  }
}
