// How far each head of each block looks, at a snapshot and through training, and where to.

import { color } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { Frames } from "../../ui/static/frames.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { Cache } from "../../ui/static/requests.js";
import { tested } from "../../ui/static/run.js";
import { called, HeadMap } from "./head-map.js";
import { mean, Plot, span } from "./head-plot.js";
import { headMaps, largest, rows } from "./maps.js";
import { Table } from "./table.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer } from "../../ui/static/types.d.ts" */
/** @import { Frame, Head } from "./head-plot.js" */

/**
 * @typedef {{step: number, grid: number, size: number, pictures: number, uniform: number, has_class_token: boolean}} Words
 *   patches in a row, the picture's side and the distance of uniform attention in pixels
 * @typedef {{distance: Float32Array, entropy: Float32Array, class_token: Float32Array, maps: Float32Array}} Tensors
 *   (layers, heads), and (layers, heads, 2 grid - 1, 2 grid - 1)
 * @typedef {Answer<Words, Tensors>} Measured
 */

/** What the axis of a measure is called. @type {Record<string, string>} */
const NAMES = { distance: "Mean attention distance (pixels)", entropy: "Entropy of the attention (nats)" };
const [LOW, HIGH] = [240, 480]; // CSS pixels of the plot

/** One run's heads. */
class Lane {
  /** @type {{measured: Measured, track: Track, maps: ReturnType<typeof headMaps>} | null} */
  #shown = null;

  /** @param {Heads} painter */
  constructor(painter) {
    this.painter = painter;
    this.part = /** @type {Part<Measured>} */ (new Part(painter, "heads", { limit: 4, cache: painter.cache }));
    this.frames = new Frames(painter, this.part, painter.cache);
    const label = "The heads of each block; the arrow keys lead from one to another";
    this.canvas = element("canvas", {
      class: "head-plot",
      "data-part": "main",
      tabindex: 0,
      role: "application",
      "aria-label": label,
    });
    this.plot = new Plot(this.canvas);
    this.map = new HeadMap();
    this.table = new Table((layer, head) => painter.set({ layer, head }));
    const title = "Opens the view “Attention” on this head";
    this.button = element("button", { type: "button", title, onclick: () => this.#lead() }, "Show it on the picture");
    this.caption = element("p", { class: "caption" });
    this.main = element("div", { class: "lane-main" }, this.canvas, this.caption);
    this.map.words.append(this.button);
    this.side = element("div", { class: "lane-side" }, this.map.root, this.table.root);
    this.side.hidden = true; // until there is something to show
    this.root = element("div", { class: "lane" }, this.main, this.side);
    this.#listen();
  }

  #listen() {
    const { canvas, painter } = this;
    canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => painter.point(this.plot.at(offsetX, offsetY)));
    canvas.addEventListener("pointerleave", () => painter.point(null));
    canvas.addEventListener("click", ({ offsetX, offsetY }) => {
      const head = this.plot.at(offsetX, offsetY);
      if (head) painter.set({ ...head });
    });
    canvas.addEventListener("keydown", (event) => this.#press(event));
  }

  /** Left and right lead to another block, up and down to the block's next head by its value. @param {KeyboardEvent} event */
  #press(event) {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    const values = this.values;
    if (!by || !values) return;
    event.preventDefault();
    const { layer, head } = this.#within(this.painter.options);
    const row = values[layer];
    const order = [...row.keys()].sort((a, b) => row[a] - row[b]);
    const next = order[order.indexOf(head) + by[1]];
    if (by[0]) this.painter.set({ ...this.#within({ layer: layer + by[0], head }) });
    else if (next !== undefined) this.painter.set({ layer, head: next });
  }

  /** The head that is meant, where a network may have fewer. @param {Head} head @returns {Head} */
  #within({ layer, head }) {
    const [layers, heads] = this.#shown?.measured.tensors.distance.shape ?? [1, 1];
    return { layer: Math.max(0, Math.min(layer, layers - 1)), head: Math.min(head, heads - 1) };
  }

  /** Leads to the view that shows the head's attention over the picture. */
  #lead() {
    const { film, stage } = this.painter;
    const { layer, head } = this.#within(this.painter.options);
    const place = { run: film.track?.id, compare: film.tracks[1]?.id, align: film.aligned, picture: stage.picture };
    const step = film.following ? undefined : film.step;
    const network = stage.guest || undefined;
    const all = Object.entries({ ...place, step, network, view: "attention", layer, head }).filter(
      ([, value]) => value !== undefined,
    );
    film.visit(Object.fromEntries(all.map(([key, value]) => [key, String(value)])));
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    if (!this.painter.guest) this.frames.fetch(track, () => this.painter.paint());
    this.part.ask(track, step, (measured) => {
      this.#shown = { measured, track, maps: headMaps(measured.tensors.maps) };
      this.table.build({ layers: measured.tensors.distance.shape[0], heads: measured.tensors.distance.shape[1] });
      this.painter.paint(); // all lanes, as they have one scale
    });
  }

  /** What is plotted, by block and head; null as long as it is not there. */
  get values() {
    return this.#shown && this.#of(this.#shown.measured);
  }

  /** @param {Measured} measured */
  #of({ tensors }) {
    return rows(this.painter.options.measure === "entropy" ? tensors.entropy : tensors.distance);
  }

  get uniform() {
    if (!this.#shown) return 0;
    const { uniform, grid } = this.#shown.measured.words;
    return this.painter.options.measure === "entropy" ? Math.log(grid ** 2) : uniform;
  }

  /** What the axis has to hold: all heads at all snapshots, so that it stays while the film plays. */
  get range() {
    if (!this.#shown) return [];
    return [this.uniform, ...(this.values ?? []).flat(), ...this.#frames.flatMap(({ values }) => values.flat())];
  }

  /** The largest ratio to uniform in the maps. */
  get ratio() {
    return largest(this.#shown?.maps.map(({ values }) => values) ?? []);
  }

  /** @returns {Frame[]} */
  get #frames() {
    return this.frames.all.map(({ step, shown }) => ({ step, values: this.#of(shown) }));
  }

  paint() {
    const { painter } = this;
    if (!this.#shown) return;
    const { measured, track, maps } = this.#shown;
    const { step, grid, pictures, has_class_token: hasToken } = measured.words;
    const chosen = this.#within(painter.options);
    const pointed = painter.pointed && this.#within(painter.pointed);
    const lane = painter.lanes.indexOf(this);
    this.side.hidden = false;
    this.canvas.style.height = `${Math.max(LOW, Math.min(HIGH, painter.height - 24, this.main.clientWidth))}px`;
    this.plot.paint({
      now: { step, values: this.#of(measured) },
      frames: painter.options.plot === "training" && !painter.guest ? this.#frames : null,
      last: track.newest,
      uniform: this.uniform,
      digits: painter.options.measure === "entropy" ? 2 : 1,
      span: painter.span,
      name: NAMES[painter.options.measure],
      ink: color(lane ? "--second" : "--accent"),
      chosen,
      pointed,
    });
    const looked = pointed ?? chosen;
    const map = maps.find(({ layer, head }) => layer === looked.layer && head === looked.head);
    if (map) this.map.paint(measured, looked, map.values, painter.ratio);
    this.table.paint(maps, { most: painter.ratio, grid: 2 * grid - 1, ...chosen });
    this.button.setAttribute("aria-label", `Show it on the picture: ${called(chosen)}`);
    const values = this.#of(measured).map(mean);
    const unit = painter.options.measure === "entropy" ? "nats" : "pixels";
    this.caption.textContent =
      `${painter.source(track, step)}: means over all ${grid ** 2} queries of ` +
      `${tested(track.info, pictures, measured.words)}, of the attention among patches${hasToken ? " without the class token" : ""}. ` +
      `The mean of a block's heads goes from ${values[0].toFixed(1)} in the first to ${values[values.length - 1].toFixed(1)} ` +
      `${unit} in the last block.`;
  }
}

/** @extends {Painter<Lane>} */
export default class Heads extends Painter {
  /** The head under the pointer. @type {Head | null} */
  pointed = null;
  /** @type {Cache<Measured>} */
  cache = new Cache(120);

  lane() {
    return new Lane(this);
  }

  /** The ends of the axis of all lanes. */
  get span() {
    return span(
      this.lanes.flatMap(({ range }) => range),
      Math.max(...this.lanes.map(({ uniform }) => uniform)),
    );
  }

  /** The far end of the scale of all maps: equal colors say the same in each. */
  get ratio() {
    return Math.max(...this.lanes.map(({ ratio }) => ratio));
  }

  /** @param {Head | null} head */
  point(head) {
    if (JSON.stringify(head) === JSON.stringify(this.pointed)) return;
    this.pointed = head;
    this.paint();
  }
}
