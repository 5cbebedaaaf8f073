// Each patch of a picture in the color of the expert that is asked for it, and what all experts are asked for.

import { at } from "../../../ui/static/answer.js";
import { halo, outlined } from "../../../ui/static/canvas.js";
import { PALETTE } from "../../../ui/static/colormap.js";
import { count, percent } from "../../../ui/static/format.js";
import { Painter, Part } from "../../../ui/static/painter.js";
import { PictureLane } from "../../../ui/static/picture-lane.js";
import { Cache } from "../../../ui/static/requests.js";
import { ExpertList, mostly } from "./expert-list.js";
import { PatchRow } from "./patch-row.js";

/** @import { Track } from "../../../ui/static/track.js" */
/** @import { Answer } from "../../../ui/static/types.d.ts" */

/**
 * @typedef {{step: number, grid: number, size: number, classes: string[], experts: number, blocks: number[]}} Words
 * @typedef {Answer<Words, {chosen: Int32Array, gates: Float32Array, probabilities: Float32Array}>} Routed (R, P, top)
 * @typedef {{load: Float32Array, places: Float32Array, classes: Float32Array, patches: Uint8Array<ArrayBuffer>, shown: Int32Array}} Tested
 * @typedef {Answer<{n: number, names: string[], step: number}, Tested>} Experts (R, experts, ...)
 */

/** One run's picture and its experts. */
class Lane extends PictureLane {
  /** @type {Routed | null} */
  shown = null;
  /** @type {Experts | null} */
  #tested = null;
  /** @type {Track | null} */
  #track = null;
  /** The patch under the pointer. */
  #patch = -1;

  /** @param {ExpertsPainter} painter */
  constructor(painter) {
    super(painter, {
      tabindex: 0,
      "aria-label": "The picture and whom its patches ask; the arrow keys go from patch to patch",
    });
    this.part = /** @type {Part<Routed>} */ (new Part(painter, "routed", { cache: painter.cache, limit: 3 }));
    this.test = /** @type {Part<Experts>} */ (new Part(painter, "experts", { cache: painter.tests }));
    this.list = /** @type {ExpertList<PatchRow>} */ (new ExpertList(painter, PatchRow));
    this.main.append(this.caption, this.bars);
    this.side.replaceChildren(...this.list.parts);
    this.root.classList.add("experts");
    this.#wire();
  }

  #wire() {
    const { canvas } = this;
    const grid = () => this.shown?.words.grid ?? 1;
    const place = (/** @type {PointerEvent | MouseEvent} */ { offsetX, offsetY }) => {
      const [column, row] = [offsetX, offsetY].map((part) => Math.floor((part / canvas.clientWidth) * grid()));
      return column >= 0 && row >= 0 && column < grid() && row < grid() ? row * grid() + column : -1;
    };
    canvas.addEventListener("pointermove", (event) => this.#point(place(event)));
    canvas.addEventListener("pointerleave", () => this.#point(-1));
    canvas.addEventListener("click", (event) => {
      const patch = place(event);
      if (patch >= 0) this.list.choose(this.#expert(patch));
    });
    canvas.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -grid(), ArrowDown: grid() }[event.key];
      if (!by) return;
      event.preventDefault();
      const goal = Math.max(0, this.#patch) + by;
      if (goal >= 0 && goal < grid() ** 2) this.#point(goal);
    });
  }

  /** @param {number} patch */
  #point(patch) {
    if (patch === this.#patch) return;
    this.#patch = patch;
    this.paint();
  }

  /** The router that is looked at. */
  get #router() {
    return Math.min(this.painter.options.router, (this.shown?.words.blocks.length ?? 1) - 1);
  }

  /** Whom a patch asks first. @param {number} patch */
  #expert(patch) {
    return this.shown ? at(at(this.shown.tensors.chosen, this.#router), patch).data[0] : -1;
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (shown, { run, picture }) => {
      this.shown = shown;
      this.#track = track;
      this.load(`/pictures/${picture}.png`, { run });
      this.paint();
    });
    this.test.ask(track, step, (tested) => {
      this.#tested = tested;
      this.paint();
    });
  }

  paint() {
    const { shown, painter } = this;
    if (!shown) return;
    const { grid, size, classes, experts, blocks, step } = shown.words;
    const { expert, strength } = painter.options;
    this.list.offer(blocks, this.#router);
    const asked = Array.from({ length: grid ** 2 }, (_, patch) => this.#expert(patch));
    this.picture(size, (context, width) => {
      const edge = (/** @type {number} */ i) => Math.round((i * width) / grid); // patches meet without a seam
      for (const [patch, one] of asked.entries()) {
        const [column, row] = [patch % grid, Math.floor(patch / grid)];
        const [x, y] = [edge(column), edge(row)];
        context.globalAlpha = strength * (expert < 0 || one === expert ? 1 : 0.15);
        context.fillStyle = PALETTE[one];
        context.fillRect(x, y, edge(column + 1) - x, edge(row + 1) - y);
      }
      context.globalAlpha = 1;
      if (this.#patch < 0) return;
      const [x, y] = [edge(this.#patch % grid), edge(Math.floor(this.#patch / grid))];
      outlined(context, halo(2), () => context.rect(x, y, edge(1), edge(1)));
    });
    this.predictions(shown.tensors.probabilities, classes, painter.label);
    this.caption.textContent = `${this.#pointed(experts)}${painter.source(this.#track, step)}; ${grid} × ${grid} patches.`;
    this.#list();
  }

  /** What the patch under the pointer asks. @param {number} experts */
  #pointed(experts) {
    if (!this.shown || this.#patch < 0) return `${experts} experts; a patch has the color of the one that it asks. `;
    const { chosen, gates } = this.shown.tensors;
    const who = at(at(chosen, this.#router), this.#patch).data;
    const gate = at(at(gates, this.#router), this.#patch).data;
    const words = [...who].map((one, rank) => `expert ${one + 1} (gate ${percent(gate[rank])})`);
    return `Patch ${this.#patch + 1} asks ${words.join(" and ")}. `;
  }

  /** The experts of a router, as the test pictures ask them. */
  #list() {
    if (!this.#tested) return;
    const { n, names, step } = this.#tested.words;
    const { load, places, classes, patches, shown } = this.#tested.tensors;
    const router = Math.min(this.#router, load.shape[0] - 1);
    this.list.show(load.shape[1], (row, i) => {
      row.show(at(load, router).data[i], load.shape[1], mostly(at(at(classes, router), i).data, names, 2));
      row.picture(at(at(places, router), i), at(at(patches, router), i), at(shown, router).data[i]);
    });
    this.list.heading.textContent = `Asked by ${count(n)} test pictures`;
    this.list.below.textContent = `Load, where in the picture, the patches that the router is surest of (none of a single color), and the classes that most of it comes from; the mark is an equal share. Snapshot of step ${count(step)}.`;
  }
}

/** @extends {Painter<Lane>} */
export default class ExpertsPainter extends Painter {
  /** @type {Cache<Routed>} */
  cache = new Cache(60);
  /** @type {Cache<Experts>} */
  tests = new Cache(20);

  lane() {
    return new Lane(this);
  }
}
