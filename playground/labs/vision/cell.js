// One head opened: what it computes for one query, from the picture to the output, with all numbers.

import { color, halo, outlined } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { menu } from "../../ui/static/fields.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { PictureLane } from "../../ui/static/picture-lane.js";
import { Cache } from "../../ui/static/requests.js";
import { largest } from "./maps.js";
import { Matrices } from "./matrices.js";
import { overPatches } from "./query.js";
import { largestOf, perplexity, stepsOf, told } from "./steps.js";

/** @import { Stage } from "../../ui/static/stage.js" */
/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer } from "../../ui/static/types.d.ts" */
/** @import { At } from "./steps.js" */

/**
 * @typedef {{step: number, grid: number, size: number, registers: number, layer: number, head: number, layers: number,
 *   heads: number}} Words see `cell_view`
 * @typedef {Answer<Words, {q: Float32Array, k: Float32Array, v: Float32Array}>} Opened
 */

/** One run's head. */
class Lane extends PictureLane {
  /** @type {Opened | null} */
  #shown = null;
  /** @type {Track | null} */
  #track = null;

  /** @param {Cell} painter */
  constructor(painter) {
    super(painter, { tabindex: 0, "aria-label": "The picture; every patch can be made the query with the arrow keys" });
    this.opened = painter;
    this.part = /** @type {Part<Opened>} */ (new Part(painter, "cell", { limit: 4, cache: painter.cache }));
    this.matrices = new Matrices((at) => painter.point(at));
    this.side.replaceChildren(this.matrices.root);
    this.side.hidden = true; // until there is something to show
    this.root.className = "lane opened"; // not abreast: the matrices need the width of a lane
    this.root.append(this.caption);
    overPatches(this.canvas, {
      grid: () => this.#grid,
      from: () => this.#query,
      hover: (patch) => painter.point(patch < 0 ? null : { part: "picture", patch, dim: 0 }),
      press: (query) => painter.set({ query }),
      walk: (query) => painter.set({ query }),
    });
  }

  get #grid() {
    return this.#shown?.words.grid ?? 0;
  }

  /** The patch that asks: where none was chosen, the one in the middle. */
  get #query() {
    const grid = this.#grid;
    const { query } = this.painter.options;
    return query < 0 ? Math.floor(grid / 2) * (grid + 1) : Math.min(query, grid ** 2 - 1);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (shown, { run, picture, network }) => {
      this.#shown = shown;
      this.#track = track;
      if (this.opened.lanes[0] === this) this.opened.offer(shown.words);
      this.load(`/pictures/${picture}.png`, { run, network });
      this.painter.paint(); // all lanes, as they have one scale
    });
  }

  /** How many tokens stand before the patches: the class token, where there is one, and registers. */
  get #prefix() {
    return this.#shown ? this.#shown.tensors.k.shape[0] - this.#grid ** 2 : 0;
  }

  /** @param {boolean} scaled */
  #computed(scaled) {
    return this.#shown && stepsOf(this.#shown.tensors, this.#query + this.#prefix, scaled);
  }

  /** What is computed for the query, and its weights over the picture; null as long as nothing is there. */
  get steps() {
    const steps = this.#computed(this.painter.options.scaled);
    if (!steps) return null;
    const { length } = steps.weights;
    return { steps, ratios: Float32Array.from(steps.weights.subarray(this.#prefix), (weight) => weight * length) };
  }

  paint() {
    this.opened.paint();
  }

  /**
   * @param {NonNullable<Lane["steps"]>} computed
   * @param {number} most the end of the scale over the picture
   */
  draw({ steps, ratios }, most) {
    if (!this.#shown) return;
    this.side.hidden = false;
    const { words, tensors } = this.#shown;
    const { pointed: at, options, lanes, height } = this.opened;
    const prefix = this.#prefix;
    const [tokens] = tensors.k.shape;
    const wanted = (at?.patch ?? Number.NaN) + prefix;
    const key = wanted >= 0 && wanted < tokens ? wanted : largestOf(steps.weights);
    const ink = color(lanes.indexOf(this) ? "--second" : "--accent");
    this.overlay(ratios, most, { ...words, unit: "uniform" }, (context, side) => {
      this.#frame(context, key - prefix, side, [[ink, 3]]);
      this.#frame(context, this.#query, side, halo(2));
    });
    this.matrices.paint(
      { cell: tensors, steps, scaled: options.scaled, prefix, key, at, ink },
      { width: this.side.clientWidth, height },
    );
    this.matrices.said.textContent = told(steps, tensors, {
      patch: key - prefix,
      prefix,
      registers: words.registers,
      at,
    });
    this.matrices.note.textContent = this.#spread(steps.weights);
    this.#describe();
  }

  /** How even the weights are, as they are and as the other choice of the switch would have them. @param {Float64Array} weights */
  #spread(weights) {
    const { scaled } = this.painter.options;
    const other = this.#computed(!scaled)?.weights ?? weights;
    const [here, there] = [weights, other].map((one) => perplexity(one).toFixed(1));
    return (
      `The weights are as even as over ${here} of ${weights.length} tokens (perplexity); ` +
      `${scaled ? "without the division by √d" : "divided by √d"} it would be ${there}. The dashed line is uniform.`
    );
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} patch
   * @param {number} side
   * @param {[ink: string, width: number][]} lines
   */
  #frame(context, patch, side, lines) {
    if (patch < 0) return; // what comes before the patches has no place
    const grid = this.#grid;
    outlined(context, lines, () => context.rect((patch % grid) * side, Math.floor(patch / grid) * side, side, side));
  }

  #describe() {
    if (!this.#shown) return;
    const { words, tensors } = this.#shown;
    const [tokens, d] = tensors.k.shape;
    this.caption.textContent =
      `What block ${words.layer + 1}, head ${words.head + 1} computes for patch ${this.#query + 1}, framed in white. ` +
      `${this.painter.source(this.#track, words.step)}; ${tokens} tokens, d = ${d}. Over the picture: the ` +
      "weights, where they are above uniform.";
  }
}

/** @extends {Painter<Lane>} */
export default class Cell extends Painter {
  /** @type {At | null} */
  pointed = null;
  /** @type {Cache<Opened>} */
  cache = new Cache(60);

  /** @param {Stage} stage */
  constructor(stage) {
    super(stage);
    this.block = this.#choice("Block", "layer");
    this.head = this.#choice("Head", "head");
    stage.extras.replaceChildren(element("div", { class: "inspect-controls" }, this.block.root, this.head.root));
  }

  /**
   * @param {string} label
   * @param {string} option
   */
  #choice(label, option) {
    const onchange = () => this.set({ [option]: Number(select.value) });
    const select = element("select", { "data-choice": option, onchange });
    const root = element("div", { class: "control" }, element("label", {}, element("span", {}, label), select));
    return { root, select };
  }

  /** Offers the blocks and heads that the first run has. @param {Words} words */
  offer({ layers, heads }) {
    const { layer, head } = this.options; // an answer may be older than the choice
    for (const [{ select }, size, value] of /** @type {const} */ ([
      [this.block, layers, layer],
      [this.head, heads, head],
    ])) {
      if (select.options.length !== size)
        menu(
          select,
          Array.from({ length: size }, (_, i) => [String(i), String(i + 1)]),
        );
      select.value = String(Math.min(value, size - 1));
    }
  }

  lane() {
    return new Lane(this);
  }

  /** Draws all lanes on one scale: equal colors over the picture say the same in each. */
  paint() {
    const all = this.lanes.map(({ steps }) => steps);
    const most = largest(all.map((one) => one?.ratios ?? new Float32Array()));
    for (const [i, lane] of this.lanes.entries()) {
      const computed = all[i];
      if (computed) lane.draw(computed, most);
    }
  }

  /** @param {At | null} at */
  point(at) {
    if (JSON.stringify(at) === JSON.stringify(this.pointed)) return;
    this.pointed = at;
    this.paint();
  }
}
