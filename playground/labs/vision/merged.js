// The tokens that patches were merged into, over the picture, and what merging costs and saves.

import { draw, halo, outlined } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { count, percent } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { PictureLane } from "../../ui/static/picture-lane.js";
import { Cache } from "../../ui/static/requests.js";
import { borders, cells, groups, means } from "./groups.js";
import { nearest, tradeoff } from "./tradeoff.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer } from "../../ui/static/types.d.ts" */

/**
 * @typedef {{step: number, grid: number, size: number, classes: string[], share: number}} Words
 * @typedef {Answer<Words, {owners: Int32Array, probabilities: Float32Array}>} Merged (blocks, patches), (2, K)
 * @typedef {Answer<{n: number, step: number}, {rates: Int32Array, accuracy: Float32Array, shares: Float32Array}>} Rates
 */

/** One run's picture and its tokens. */
class Lane extends PictureLane {
  /** @type {Merged | null} */
  shown = null;
  /** @type {Rates | null} */
  rates = null;
  /** The run that these are of. */
  #tested = "";
  /** The patch under the pointer. */
  #patch = -1;

  /** @param {Merging} painter */
  constructor(painter) {
    super(painter, { tabindex: 0, "aria-label": "The picture and its tokens; the arrow keys go from patch to patch" });
    this.part = /** @type {Part<Merged>} */ (new Part(painter, "merged", { cache: painter.cache, limit: 3 }));
    this.tried = /** @type {Part<Rates>} */ (new Part(painter, "rates", { cache: painter.tried }));
    this.said = element("p", { class: "merging-said" });
    this.chart = element("canvas", { class: "tradeoff", role: "img" });
    this.below = element("p", { class: "caption" });
    this.side.prepend(this.said);
    this.bars.after(this.chart, this.below);
    this.#wire();
  }

  #wire() {
    const { canvas } = this;
    const grid = () => this.shown?.words.grid ?? 1;
    const at = (/** @type {PointerEvent} */ { offsetX, offsetY }) => {
      const [column, row] = [offsetX, offsetY].map((part) => Math.floor((part / canvas.clientWidth) * grid()));
      this.#point(column >= 0 && row >= 0 && column < grid() && row < grid() ? row * grid() + column : -1);
    };
    canvas.addEventListener("pointermove", at);
    canvas.addEventListener("pointerdown", at);
    canvas.addEventListener("pointerleave", () => this.#point(-1));
    canvas.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -grid(), ArrowDown: grid() }[event.key];
      if (!by) return;
      event.preventDefault();
      const goal = Math.max(0, this.#patch) + by;
      if (goal >= 0 && goal < grid() ** 2) this.#point(goal);
    });
    this.chart.addEventListener("click", ({ offsetX }) => {
      if (this.rates) this.painter.set({ merge: nearest(this.rates.tensors, this.chart.clientWidth, offsetX) });
    });
  }

  /** @param {number} patch */
  #point(patch) {
    if (patch === this.#patch) return;
    this.#patch = patch;
    this.paint();
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (shown, { run, picture }) => {
      this.shown = shown;
      this.track = track;
      this.load(`/pictures/${picture}.png`, { run });
      this.paint();
    });
    this.tried.ask(track, step, (rates, { run }) => {
      this.rates = rates;
      this.#tested = run;
      this.paint();
    });
  }

  paint() {
    const { shown, painter } = this;
    if (!shown) return;
    const { owners, probabilities } = shown.tensors;
    const { grid, size, classes } = shown.words;
    const [blocks, patches] = owners.shape;
    const block = Math.min(painter.options.block, blocks - 1);
    const owner = owners.data.subarray(block * patches, (block + 1) * patches);
    const tokens = groups(owner);
    this.picture(size, (context, width) => {
      const side = width / grid;
      if (this.image) {
        const colors = means(cells(this.image, grid), owner);
        for (const [patch, token] of owner.entries()) {
          if ((tokens.get(token)?.length ?? 0) < 2) continue;
          context.fillStyle = colors[patch];
          context.fillRect((patch % grid) * side, Math.floor(patch / grid) * side, side + 0.5, side + 0.5);
        }
      }
      const lines = (/** @type {(token: number) => boolean} */ wanted) => () => {
        for (const [x0, y0, x1, y1] of borders(owner, grid, wanted)) {
          context.moveTo(x0 * side, y0 * side);
          context.lineTo(x1 * side, y1 * side);
        }
      };
      outlined(
        context,
        [["rgba(255, 255, 255, 0.7)", 1]],
        lines(() => true),
      );
      const pointed = owner[this.#patch];
      if (pointed !== undefined)
        outlined(
          context,
          halo(2),
          lines((token) => token === pointed),
        );
    });
    this.predictions(
      { data: probabilities.data.subarray(classes.length), shape: [classes.length] },
      classes,
      painter.stage.pictures.label,
    );
    this.#describe(shown, block, tokens, owner);
    this.#plot();
  }

  /**
   * @param {Merged} shown
   * @param {number} block
   * @param {Map<number, number[]>} tokens
   * @param {Int32Array} owner
   */
  #describe({ words: { classes, share, step, grid }, tensors: { probabilities } }, block, tokens, owner) {
    const named = (/** @type {number} */ row) => {
      const values = probabilities.data.subarray(row * classes.length, (row + 1) * classes.length);
      const best = values.indexOf(Math.max(...values));
      return `${classes[best]} ${percent(values[best])}`;
    };
    this.said.textContent =
      `Behind block ${block + 1}: ${tokens.size} of ${grid ** 2} tokens are left. ${percent(share)} of the arithmetic; ` +
      `without merging ${named(0)}, with it ${named(1)}.`;
    const members = tokens.get(owner[this.#patch])?.length;
    const pointed = members ? ` Patch ${this.#patch + 1} is part of a token of ${members}.` : "";
    this.caption.textContent = `The picture as tokens, each in the mean color of its patches.${pointed} ${this.track?.info.name}, snapshot of step ${count(step)}; ${grid} × ${grid} patches.`;
  }

  #plot() {
    if (!this.rates) return;
    const { tensors, words } = this.rates;
    draw(this.chart, (context, width, height) => tradeoff(context, width, height, tensors, this.painter.options.merge));
    const [plain] = tensors.accuracy.data;
    const isOther = this.#tested !== this.track?.id || words.step !== this.shown?.words.step;
    this.chart.classList.toggle("stale", isOther); // of the run, or of the snapshot, before
    const label = [...tensors.rates.data]
      .map((rate, i) => `r = ${rate}: ${percent(tensors.accuracy.data[i])}`)
      .join(", ");
    this.chart.setAttribute("aria-label", `Accuracy on test pictures by rate: ${label}`);
    this.below.textContent = `Accuracy on ${count(words.n)} test pictures against the arithmetic of one picture, for several r; without merging ${percent(plain)}. Choose a dot to take its r.`;
  }
}

/** @extends {Painter<Lane>} */
export default class Merging extends Painter {
  /** @type {Cache<Merged>} */
  cache = new Cache(60);
  /** @type {Cache<Rates>} */
  tried = new Cache(20);

  lane() {
    return new Lane(this);
  }
}
