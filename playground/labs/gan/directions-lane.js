// One run's picture, moved along directions, and the directions that its snapshot has.

import { decoded } from "../../ui/static/answer.js";
import { element } from "../../ui/static/dom.js";
import { fixed, percent } from "../../ui/static/format.js";
import { Part } from "../../ui/static/painter.js";
import { Compared } from "./compared.js";
import { caption, nameless } from "./directions-words.js";
import { accuracies, brief, Effect } from "./effects.js";
import { movesOf, steers } from "./moves.js";
import { Strip } from "./strip.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer, Query } from "../../ui/static/types.d.ts" */
/** @import Directions from "./directions.js" */
/** @import { Words } from "./directions-words.js" */
/** @import { Measured } from "./effects.js" */

/**
 * @typedef {{jpeg: Uint8Array<ArrayBuffer>, shares: Float32Array, explained: Float32Array, left: Float32Array}} Tensors
 * @typedef {{words: Words, tensors: Partial<Answer<Words, Tensors>["tensors"]>, image: ImageBitmap | null}} Found there
 *   is no image where no direction has a name
 * @typedef {Answer<object, {picture: Uint8Array<ArrayBuffer>}>} Drawn
 */

const [LEAST, MOST] = [36, 64]; // CSS pixels of a picture in a strip
const BESIDE = 192; // and of what stands beside a strip
const NARROW = 480; // of a column in which it stands above the strip
const PHONE = 520; // of a lane that is one column, as the style has it
const STUCK = 192; // of the picture there: it stays in sight
const EFFECT = 208; // of what stands below the picture where directions have names

export class Lane {
  /** @type {{found: Found, track: Track} | null} */
  #shown = null;
  /** @type {Measured | null} */
  #measured = null;
  /** @type {{track: Track, step: number} | null} */
  #asked = null;
  /** All that were ever shown, by their names in a link. @type {Map<string, Strip>} */
  #strips = new Map();
  /** Those that are shown, from the first row on. @type {Strip[]} */
  #rows = [];

  /** @param {Directions} painter */
  constructor(painter) {
    this.painter = painter;
    const prepare = async (/** @type {any} */ answer) => ({
      ...answer,
      image: answer.tensors.jpeg ? await decoded(answer.tensors.jpeg) : null,
    });
    const strips = { cache: painter.strips, prepare };
    this.sefa = /** @type {Part<any, Found>} */ (new Part(painter, "sefa", strips));
    this.attributes = /** @type {Part<any, Found>} */ (new Part(painter, "attributes", strips));
    this.effects = /** @type {Part<Measured>} */ (new Part(painter, "effects", { limit: 1, cache: painter.effects }));
    this.moved = /** @type {Part<Drawn>} */ (new Part(painter, "moved", { limit: 4 }));
    this.steered = /** @type {Part<Drawn>} */ (new Part(painter, "steered", { limit: 4 }));
    this.original = /** @type {Part<Drawn>} */ (new Part(painter, "moved"));
    this.compared = new Compared(() => painter.set({ moved: "" }));
    this.effect = new Effect();
    this.tabs = Object.entries({ sefa: "Found without labels", attributes: "Named by attributes" }).map(
      ([found, name]) =>
        element("button", { type: "button", "data-found": found, onclick: () => painter.set({ found }) }, name),
    );
    this.said = element("p", { class: "direction-said", role: "status" });
    this.list = element("div");
    this.labeler = element("details", { class: "direction-labeler", hidden: true });
    this.caption = element("p", { class: "caption" });
    const tabs = element("div", { class: "direction-tabs", role: "group", "aria-label": "Directions" }, ...this.tabs);
    const parts = [tabs, this.said, this.list, this.labeler, this.caption];
    this.main = element("div", { class: "lane-main" }, this.compared.root, this.effect.root);
    this.side = element("div", { class: "lane-side" }, ...parts);
    this.root = element("div", { class: "lane directions" }, this.main, this.side);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.#asked = { track, step };
    const { named } = this.painter;
    for (const tab of this.tabs) {
      tab.setAttribute("aria-pressed", String((tab.dataset.found === "attributes") === named));
    }
    const before = { query: { moved: "" } };
    this.original.ask(track, step, ({ tensors }) => this.compared.from(tensors.picture), before);
    this.move();
    const [part, other] = named ? [this.attributes, this.sefa] : [this.sefa, this.attributes];
    other.forget(); // what one turns back to is shown again
    const turned = Boolean(this.#shown?.found.words.names) !== named;
    if (named && (turned || !this.#shown)) this.#wait();
    part.ask(track, step, (found) => {
      if (named !== this.painter.named) return;
      this.#shown = { found, track };
      this.#measured = null;
      this.#fill(found);
      this.paint();
      if (named && found.image) this.#measure(track, step);
    });
  }

  /** Named directions take seconds. */
  #wait() {
    this.#shown = null;
    this.#rows = [];
    this.list.replaceChildren();
    this.#say("Generated pictures are being labeled …");
    this.effect.root.hidden = this.labeler.hidden = true;
  }

  /** @param {string} sentence */
  #say(sentence) {
    this.said.textContent = sentence;
    this.said.hidden = !sentence;
  }

  /** Asks what the named directions do to other pictures. @param {Track} track @param {number} step */
  #measure(track, step) {
    this.effects.forget();
    this.effects.ask(track, step, (measured) => {
      if (!this.painter.named) return;
      this.#measured = measured;
      this.#tell();
    });
  }

  /** Asks for the picture where the sliders are. */
  move() {
    if (!this.#asked) return;
    const { track, step } = this.#asked;
    const start = performance.now();
    const current = () => steers(this.painter.options.moved);
    const [part, other] = current() ? [this.steered, this.moved] : [this.moved, this.steered];
    other.forget();
    /** @param {Drawn} drawn @param {Query} query */
    const take = ({ tensors }, { moved }) => {
      if (steers(String(moved)) !== current()) return; // the other part has overtaken it
      this.compared.show(tensors.picture);
      this.painter.measured?.(performance.now() - start);
    };
    part.ask(track, step, take);
    this.#stand();
  }

  /** Shows where the sliders are. */
  #stand() {
    const moves = movesOf(this.painter.options.moved);
    this.compared.back.disabled = !moves.size;
    for (const strip of this.#rows) strip.stand(moves.get(strip.name) ?? 0);
    this.#strip();
    this.#tell();
  }

  /** The rows of what was found. @param {Found} found */
  #fill({ words: { names, numbers, attributes, extent }, tensors }) {
    const shares = tensors.shares?.data ?? [];
    const known = names ?? Array.from(shares, (_, row) => `Direction ${row + 1}`);
    this.#rows = known.map((name, row) => {
      const strip = this.#of(numbers ? `a${numbers[row]}` : `d${row + 1}`);
      const [fit, left] = [tensors.explained?.data[row] ?? 0, tensors.left?.data[row] ?? 0];
      const note = `R² ${fixed(fit, 2)}${this.painter.options.keep ? `, ${percent(left)} of it left` : ""}`;
      strip.call(name, names ? note : `${percent(shares[row])} of all change`, extent);
      return strip;
    });
    // one that is being dragged must not leave the page
    const { children } = this.list;
    const inPlace = this.#rows.length === children.length && this.#rows.every(({ root }, i) => root === children[i]);
    if (!inPlace) this.list.replaceChildren(...this.#rows.map(({ root }) => root));
    if (attributes && this.painter.lanes[0] === this) this.painter.offer(attributes.map(({ name }) => name));
    this.#stand();
  }

  /** @param {string} name of a direction, in a link */
  #of(name) {
    const strip = this.#strips.get(name) ?? new Strip(name, (value) => this.painter.move(name, value));
    this.#strips.set(name, strip);
    return strip;
  }

  paint() {
    if (!this.#asked) return;
    const { painter, root } = this;
    const height = root.clientWidth <= PHONE ? STUCK : painter.height - (painter.named ? EFFECT : 0);
    this.compared.fit(this.#asked.track.info.size, height);
    this.#strip();
    this.#describe();
  }

  /** Draws the strips. */
  #strip() {
    const { found } = this.#shown ?? {};
    if (!found?.image) return;
    const { frames, extent } = found.words;
    const width = this.side.clientWidth;
    const room = (width < NARROW ? width : width - BESIDE) / frames;
    const side = Math.floor(Math.max(LEAST, Math.min(MOST, room)));
    for (const [row, strip] of this.#rows.entries()) strip.paint({ image: found.image, frames, extent }, row, side);
  }

  /** What each named direction does, and in full what the one does that was moved last, or stands first. */
  #tell() {
    const measured = this.#measured;
    const names = this.#shown?.found.words.names ?? [];
    this.effect.root.hidden = !measured || !names.length;
    if (!measured || !names.length) return;
    for (const [row, strip] of this.#rows.entries()) strip.effect.textContent = brief(measured, row, names[row]);
    const moves = [...movesOf(this.painter.options.moved).keys()];
    const last = moves.findLast((name) => this.#rows.some((strip) => strip.name === name));
    const row = Math.max(
      0,
      this.#rows.findIndex(({ name }) => name === last),
    );
    this.effect.show(measured, row, names[row]);
  }

  #describe() {
    if (!this.#shown) return;
    const { found, track } = this.#shown;
    const { words } = found;
    this.#say(nameless(words, track.info.data_title));
    this.labeler.hidden = !words.attributes?.length;
    if (words.attributes?.length) this.labeler.replaceChildren(...accuracies(words.attributes, words.agree ?? []));
    this.caption.textContent = caption(track.info, words, this.painter.options.layers);
  }
}
