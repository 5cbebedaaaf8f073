// Gradient inversion: the client's picture, and beside it what the server finds, by the noise in the gradient.

import { at } from "../../../ui/static/answer.js";
import { bar } from "../../../ui/static/bar.js";
import { enlarge, show } from "../../../ui/static/canvas.js";
import { element } from "../../../ui/static/dom.js";
import { count, percent } from "../../../ui/static/format.js";
import { Painter, Part } from "../../../ui/static/painter.js";
import { Rounds } from "../../../ui/static/rounds.js";
import { address } from "../../../ui/static/server.js";

/** @import { Track } from "../../../ui/static/track.js" */
/** @import { Answer } from "../../../ui/static/types.d.ts" */

/**
 * @typedef {{step: number, steps: number, noises: number[], label: number, classes: string[]}} Words
 * @typedef {{pictures: Uint8Array<ArrayBuffer>, l1: Float32Array, labels: Int32Array}} Found
 * @typedef {Answer<Words, Found>} Round
 */

const ROUNDS = 8;
const [GAP, BELOW, MOST] = [12, 132, 168]; // CSS pixels: between pictures, below them, and of a picture
const NARROW = 520; // and what is too narrow for all of them in a row

/** What noise of so many norms of the gradient is called. @param {number} noise */
const called = (noise) => (noise ? `noise × ${noise}` : "no noise");

/** One run's search. */
class Lane {
  /** @type {HTMLCanvasElement[]} */
  canvases = [];

  /** @param {Inversion} painter */
  constructor(painter) {
    this.painter = painter;
    this.rounds = /** @type {Rounds<Round>} */ (
      new Rounds(painter, new Part(painter, "found"), ROUNDS, () => this.paint())
    );
    this.target = element("img", { class: "tile", alt: "The client's picture" });
    const own = element("figure", {}, this.target, element("figcaption", {}, "the client’s picture"));
    this.found = element("div", { class: "leak-found" });
    this.pictures = element("div", { class: "leak" }, own, this.found);
    const choose = (/** @type {Event} */ { target }) =>
      this.rounds.choose(Number(/** @type {HTMLInputElement} */ (target).value));
    this.slider = element("input", {
      type: "range",
      min: 0,
      max: 0,
      "aria-label": "Round of the search",
      oninput: choose,
    });
    this.steps = element("output");
    this.walk = element(
      "label",
      { class: "leak-walk" },
      element("span", {}, "Steps of the search"),
      this.slider,
      this.steps,
    );
    this.bars = element("div", { class: "bars" });
    this.said = element("p", { class: "leak-said", "aria-live": "polite" });
    this.caption = element("p", { class: "caption" });
    this.root = element(
      "div",
      { class: "lane leaks" },
      element("div", { class: "lane-main" }, this.pictures, this.walk, this.said, this.bars, this.caption),
    );
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    const { picture } = this.painter.stage;
    this.target.src = address(`/pictures/${picture}.png`, { run: track.id });
    this.rounds.begin(track, step, picture);
  }

  /** A place for what is found with each noise. @param {number[]} noises */
  #places(noises) {
    this.canvases = noises.map((noise, i) => {
      const label = `What it finds with ${called(noise)}`;
      return element("canvas", { class: "tile", role: "img", "aria-label": label, "data-part": i ? null : "main" });
    });
    const figures = this.canvases.map((canvas, i) =>
      element("figure", {}, canvas, element("figcaption", {}, called(noises[i]))),
    );
    this.found.replaceChildren(...figures);
  }

  paint() {
    const { all, looked, round, where } = this.rounds;
    if (!looked || !where) return;
    const { noises, steps, label, classes } = looked.words;
    const { pictures, l1, labels } = looked.tensors;
    const columns = this.root.clientWidth < NARROW ? 3 : noises.length + 1;
    const across = this.root.clientWidth / columns - GAP;
    const room = Math.min(MOST, across, this.painter.height - BELOW);
    const size = pictures.shape[2];
    if (this.found.children.length !== noises.length) this.#places(noises);
    for (const [i, canvas] of this.canvases.entries()) {
      show(canvas, at(pictures, i));
      enlarge(canvas, size, Math.max(size, room));
    }
    this.target.style.width = this.target.style.height = this.canvases[0].style.width;
    this.slider.max = String(all.length - 1);
    this.slider.value = String(round);
    this.steps.textContent = count(steps);
    const most = Math.max(...all[0].tensors.l1.data);
    const bars = noises.map((noise, i) => {
      const one = bar(called(noise), { right: !i });
      one.set(l1.data[i] / most, percent(l1.data[i]));
      return one.root;
    });
    this.bars.replaceChildren(...bars);
    const name = classes[labels.data[0]];
    const wrong = noises.filter((_, i) => labels.data[i] !== label);
    const hidden = wrong.length ? `with ${wrong.map(called).join(" and ")} another one` : "with all noise, too";
    this.said.textContent = `The label that it reads off the gradient: ${name}; ${hidden}.`;
    this.caption.textContent =
      `How far what it finds is from the picture: the mean absolute difference in % of a pixel’s range. Noise is ` +
      `Gaussian, its norm so many times the gradient’s. ${this.painter.source(where.track, looked.words.step)}.`;
  }
}

/** @extends {Painter<Lane>} */
export default class Inversion extends Painter {
  lane() {
    return new Lane(this);
  }
}
