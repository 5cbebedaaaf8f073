// Inversion: a picture, and what the generator draws that is most like it, while the search goes on.

import { enlarge, show } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { count, percent } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { Rounds } from "../../ui/static/rounds.js";
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
  /** @param {Invert} painter */
  constructor(painter) {
    this.painter = painter;
    this.edits = /** @type {Part<Edited>} */ (new Part(painter, "edited", { limit: 4 }));
    this.target = element("img", { class: "tile", alt: "The picture that is searched for" });
    this.found = element("canvas", { class: "tile", "data-part": "main", role: "img", "aria-label": "What it draws" });
    this.edited = element("canvas", { class: "tile", role: "img", "aria-label": "What it draws, edited" });
    const named = [this.target, this.found, this.edited].map((picture, i) =>
      element("figure", {}, picture, element("figcaption", { class: "caption" }, NAMES[i])),
    );
    this.cells = new Cells("What it draws after each round of the search", (i) => this.rounds.choose(i), "long");
    this.said = element("p", { class: "blind-said", "aria-live": "polite" });
    this.caption = element("p", { class: "caption" });
    this.pictures = element("div", { class: "blind-pair" }, ...named);
    this.main = element("div", { class: "lane-main" }, this.pictures, this.said, this.cells.root, this.caption);
    this.root = element("div", { class: "lane invert" }, this.main);
    const changed = () => {
      this.paint();
      this.#edit();
    };
    this.rounds = /** @type {Rounds<Round>} */ (new Rounds(painter, new Part(painter, "inverted"), ROUNDS, changed));
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    const { options, stage } = this.painter;
    this.target.src = address(`/pictures/${stage.picture}.png`, { run: track.id });
    if (!this.rounds.begin(track, step, stage.picture, options.space)) this.#edit();
  }

  /** Asks for the picture that is looked at, moved along the directions. */
  #edit() {
    const { round, where } = this.rounds;
    if (!where || round < 0) return;
    const { track, step } = where;
    this.edits.ask(track, step, ({ tensors }) => show(this.edited, tensors.picture), { query: { round } });
  }

  paint() {
    const { all, looked, where } = this.rounds;
    if (!where || !looked) return;
    const { track, step } = where;
    const { size } = track.info;
    const room = Math.min(MOST, (this.main.clientWidth - 2 * GAP) / 3, this.painter.height - BELOW);
    show(this.found, looked.tensors.picture);
    for (const canvas of [this.found, this.edited]) enlarge(canvas, size, Math.max(size, room));
    this.target.style.width = this.found.style.width;
    const most = all[0].words.l1;
    this.cells.show(
      Array.from({ length: ROUNDS + 1 }, (_, i) => {
        const round = all[i];
        return {
          paint: round ? picture(round.tensors.picture) : null,
          title: round ? `After ${round.words.steps} steps` : "Not there yet",
          word: round ? String(round.words.steps) : "",
          pressed: i === this.rounds.round,
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
