// The dimensions of a code by how much they are used, and what the decoder draws while each of them alone changes.

import { decoded } from "../../ui/static/answer.js";
import { bar } from "../../ui/static/bar.js";
import { color, draw } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { count, number, percent } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { Cache } from "../../ui/static/requests.js";
import { tested } from "../../ui/static/run.js";
import { Pair } from "./pair.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer } from "../../ui/static/types.d.ts" */

/**
 * @typedef {{step: number, nats: boolean, pictures: number, threshold: number}} Words whether values are nats, or shares
 *   of the variance; what is dead varies less than the threshold
 * @typedef {Answer<Words, {values: Float32Array, active: Int32Array}>} Usage (D,) each
 * @typedef {{jpeg: Uint8Array<ArrayBuffer>, mean: Float32Array, deviation: Float32Array,
 *   picture: Uint8Array<ArrayBuffer>}} Tensors
 * @typedef {Answer<{extent: number, frames: number}, Tensors> & {image: ImageBitmap}} Traversal
 */

const [LOW, HIGH] = [20, 64]; // CSS pixels of a frame
const BARS = 132; // beside a strip, at the least
const MARK = 6; // below a strip, where the posterior is drawn
const GAP = 2; // between two rows
const HEAD = 24;
const FRAMES = 7; // until the server says how many
const LARGE = 64; // of a frame of the dimension that is chosen, at the most
const WORDS = 32; // below it

/**
 * The dimensions in the order in which they are shown.
 * @param {Float32Array} values
 * @param {string} order "use" or "number"
 */
export function ranked(values, order) {
  const all = [...values.keys()];
  return order === "use" ? all.sort((a, b) => values[b] - values[a]) : all;
}

/** One run's dimensions. */
class Lane {
  /** @type {{usage: Usage, track: Track} | null} */
  #shown = null;
  /** @type {Traversal | null} */
  #strips = null;
  /** @type {{root: HTMLElement, bar: ReturnType<typeof bar>, strip: HTMLCanvasElement}[]} */
  #rows = [];

  /** @param {Dimensions} painter */
  constructor(painter) {
    this.painter = painter;
    const { usages, traversals } = painter;
    const prepare = async (/** @type {any} */ answer) => ({ ...answer, image: await decoded(answer.tensors.jpeg) });
    this.usage = /** @type {Part<Usage>} */ (new Part(painter, "usage", { cache: usages }));
    this.traversal = /** @type {Part<any, Traversal>} */ (
      new Part(painter, "traversal", { limit: 3, cache: traversals, prepare })
    );
    this.unit = element("span");
    this.ends = element("span", { class: "traversal-ends" }, ...["−3", "0", "3"].map((end) => element("b", {}, end)));
    this.head = element("div", { class: "dimension-head", role: "presentation" }, this.unit, this.ends);
    this.list = element("div", { class: "dimensions", role: "listbox" }, this.head);
    this.pair = new Pair();
    this.said = element("p", { class: "latent-said" });
    this.large = element("canvas", { class: "traversal-large", role: "img", "data-part": "main" });
    this.chosen = element("figcaption");
    const chosen = element("figure", {}, this.large, this.chosen);
    this.caption = element("p", { class: "caption" });
    this.main = element("div", { class: "lane-main" }, chosen, this.list);
    this.side = element("div", { class: "lane-side" }, this.said, this.pair.root, this.caption);
    this.root = element("div", { class: "lane abreast" }, this.main, this.side);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.usage.ask(track, step, (usage) => {
      this.#shown = { usage, track };
      this.paint();
    });
    this.traversal.ask(track, step, (strips, query) => {
      this.#strips = strips;
      this.pair.give(query);
      this.pair.show(strips.tensors.picture);
      this.paint();
    });
  }

  paint() {
    if (!this.#shown) return;
    const { usage, track } = this.#shown;
    const { values, active } = usage.tensors;
    const { nats } = usage.words;
    const order = ranked(values.data, this.painter.options.order);
    const rows = this.#fill(order);
    const most = nats ? Math.max(1, ...values.data) : Math.max(...values.data); // less than a nat is little
    const side = this.#side(order.length, track.info.size);
    const chosen = this.#chosen(ranked(values.data, "use"));
    this.ends.style.width = `${this.#frames * side}px`;
    for (const d of order) {
      const { root, bar, strip } = rows[d];
      const live = active.data[d] > 0;
      const told = nats ? values.data[d].toFixed(2) : percent(values.data[d]);
      bar.root.title = `Dimension ${d + 1}: ${told}${nats ? " nats" : ""}${live ? "" : ", dead"}`;
      bar.root.classList.toggle("right", live);
      bar.set(values.data[d] / (most || 1), live ? told : "dead");
      root.classList.toggle("dead", !live);
      root.setAttribute("aria-selected", String(d === chosen));
      this.#draw(strip, d, side);
    }
    this.#draw(this.large, chosen, this.#large);
    const change = "from −3 to 3 standard deviations, all others being the picture's own";
    this.chosen.textContent = `z${chosen + 1} ${change}`;
    this.large.setAttribute("aria-label", this.chosen.textContent);
    this.pair.fit(track.info.size, this.side.clientWidth);
    this.#describe(usage, track);
  }

  get #frames() {
    return this.#strips?.words.frames ?? FRAMES;
  }

  /** The side of a frame of the dimension that is shown large. */
  get #large() {
    return Math.min(LARGE, Math.floor(this.main.clientWidth / this.#frames));
  }

  /** The dimension that is shown large. @param {number[]} order by use */
  #chosen(order) {
    const { dimension } = this.painter.options;
    return dimension && dimension <= order.length ? dimension - 1 : order[0];
  }

  /**
   * @param {HTMLCanvasElement} strip
   * @param {number} d
   * @param {number} side of a frame
   */
  #draw(strip, d, side) {
    if (!this.#strips || d >= this.#strips.tensors.mean.shape[0]) return; // of the run that was here before
    Object.assign(strip.style, { width: `${this.#strips.words.frames * side}px`, height: `${side + MARK}px` });
    drawn(strip, this.#strips, d, side);
  }

  /** Rows in an order, as many as there are dimensions. @param {number[]} order */
  #fill(order) {
    while (this.#rows.length < order.length) {
      const dimension = this.#rows.length + 1;
      const one = bar(`z${dimension}`);
      const strip = element("canvas", { "aria-hidden": "true" });
      const choose = () => this.painter.set({ dimension });
      const onkeydown = (/** @type {KeyboardEvent} */ { key }) => key === "Enter" && choose();
      const attributes = { class: "dimension", role: "option", tabindex: 0, onclick: choose, onkeydown };
      this.#rows.push({ root: element("div", attributes, one.root, strip), bar: one, strip });
    }
    const roots = order.map((d) => this.#rows[d].root);
    const inPlace = roots.length === this.list.children.length - 1;
    if (!inPlace || roots.some((root, i) => root !== this.list.children[i + 1])) {
      this.list.replaceChildren(this.head, ...roots);
    }
    return this.#rows;
  }

  /**
   * The side of a frame: all rows are in sight where that leaves them large enough to be seen.
   * @param {number} dimensions
   * @param {number} size of a picture in its own pixels
   */
  #side(dimensions, size) {
    const frames = this.#frames;
    const high = (this.painter.height - this.#large - MARK - WORDS - HEAD) / dimensions - MARK - GAP;
    const wide = (this.main.clientWidth - BARS) / frames;
    const room = Math.min(HIGH, wide, Math.max(LOW, high));
    return room < size ? Math.floor(room) : Math.floor(room / size) * size; // whole multiples are crisp
  }

  /**
   * @param {Usage} usage
   * @param {Track} track
   */
  #describe({ words, tensors }, { info }) {
    const { step, nats, pictures, threshold } = words;
    const { values, active } = tensors;
    const dimensions = values.data.length;
    const live = active.data.reduce((sum, one) => sum + one, 0);
    const total = values.data.reduce((sum, one) => sum + one, 0);
    this.unit.textContent = nats ? "KL divergence (nats)" : "Share of the variance";
    this.said.textContent = nats
      ? `${live} of ${dimensions} dimensions are active; a code costs ${number(total)} nats.`
      : `All ${dimensions} dimensions are free: without a prior, none is drawn to it.`;
    const measure = nats
      ? `the divergence of posterior and prior, the mean over ${tested(info, pictures, words)}. ` +
        `Dead, in gray, is a dimension whose posterior mean has a variance of ${threshold} or less over them. `
      : `the share of the codes' variance over ${tested(info, pictures, words)}; an autoencoder ` +
        "has no prior, so there are no nats and no dead dimensions. ";
    this.caption.textContent =
      `${info.name}, snapshot of step ${count(step)}: ${measure}Each strip decodes the picture's own code with one ` +
      `dimension at −3 to 3 standard deviations of ${nats ? "the prior" : "the codes"}; framed is what lies nearest to ` +
      `the picture's own${nats ? ", the line below is one standard deviation of its posterior" : ""}.`;
  }
}

/**
 * Draws the traversal of a dimension, and where the picture's own posterior lies on it.
 * @param {HTMLCanvasElement} strip
 * @param {Traversal} traversal
 * @param {number} d
 * @param {number} side of a frame
 */
function drawn(strip, { image, tensors, words: { extent, frames } }, d, side) {
  const size = image.width / frames;
  const [mean, deviation] = [tensors.mean.data[d], tensors.deviation.data[d]];
  draw(strip, (context, width) => {
    /** @param {number} value */
    const x = (value) => side / 2 + ((value + extent) / (2 * extent)) * (frames - 1) * side;
    const within = (/** @type {number} */ value) => Math.max(2, Math.min(width - 2, value));
    context.imageSmoothingEnabled = side < size;
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, d * size, image.width, size, 0, 0, width, side);
    const nearest = Math.max(0, Math.min(frames - 1, Math.round(x(mean) / side - 0.5)));
    context.strokeStyle = context.fillStyle = color("--accent");
    context.lineWidth = 2;
    context.strokeRect(nearest * side + 1, 1, side - 2, side - 2);
    const at = within(x(mean));
    context.fillRect(at - 1, side + 1, 2, MARK - 2);
    const [from, to] = [within(x(mean - deviation)), within(x(mean + deviation))];
    context.fillRect(from, side + MARK / 2 - 1, to - from, 2);
  });
}

/** @extends {Painter<Lane>} */
export default class Dimensions extends Painter {
  /** @type {Cache<Usage>} */
  usages = new Cache(120);
  /** @type {Cache<Traversal>} */
  traversals = new Cache(60);

  lane() {
    return new Lane(this);
  }
}
