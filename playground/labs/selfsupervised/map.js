// The map of an encoder's features: a dot for each test picture, the visitor's own one, and those that are selected.

import { legend } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { count, percent } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { Cache } from "../../ui/static/requests.js";
import { tested } from "../../ui/static/run.js";
import { sheetOf, tiles } from "../../ui/static/sheet.js";
import { Dots } from "./dots.js";
import { Selected } from "./selected.js";
import { packed, unpacked } from "./selection.js";

/** @import { Sheet } from "../../ui/static/sheet.js" */
/** @import { Answer } from "../../ui/static/types.d.ts" */
/** @import { Track } from "../../ui/static/track.js" */

/**
 * @typedef {Answer<{explained_variance: number, extent: number}, {points: Float32Array, labels: Int32Array}>} Map
 * @typedef {Answer<object, {at: Float32Array, nearest: Int32Array, similarity: Float32Array}>} Place
 */

const TILE = 64; // CSS pixels of a picture beside the map

/** One run's map. */
class Lane {
  /** @type {{track: Track, step: number, map: Map} | null} */
  #shown = null;
  /** @type {Place | null} */
  #place = null;
  /** @type {Sheet | null} */
  #sheet = null;

  /** @param {EmbeddingMap} painter */
  constructor(painter) {
    this.painter = painter;
    this.map = /** @type {Part<Map>} */ (new Part(painter, "map", { cache: new Cache(60) }));
    this.place = /** @type {Part<Place>} */ (new Part(painter, "place", { cache: new Cache(60) }));
    this.sheet = /** @type {Part<any, Sheet>} */ (new Part(painter, "sheet", { prepare: sheetOf }));
    const select = (/** @type {number[]} */ numbers) => painter.select(numbers);
    this.dots = new Dots(painter, { point: () => this.list(), select });
    this.selected = new Selected({ neighbors: () => this.dots.neighbors(), clear: () => select([]) });
    this.pointed = element("canvas", {
      class: "tile",
      width: 1,
      role: "img",
      "aria-label": "The picture that is pointed at",
    });
    this.name = element("p", { class: "quiet", "aria-live": "polite" });
    this.near = element("div", { class: "map-near" });
    this.caption = element("p", { class: "caption" });
    const side = [
      element("figure", { class: "map-pointed" }, this.pointed, this.name),
      this.selected.root,
      element("h3", { class: "beside" }, "Nearest to the picture"),
      this.near,
      this.caption,
    ];
    this.beside = element("div", { class: "lane-side waiting" }, ...side);
    this.root = element("div", { class: "lane abreast" }, this.dots.root, this.beside);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.sheet.ask(track, step, (sheet) => {
      this.#sheet = sheet;
      this.#beside();
      this.list();
    });
    this.map.ask(track, step, (map) => {
      this.#shown = { track, step, map };
      this.beside.classList.remove("waiting");
      this.dots.show(map.tensors.points.data, map.tensors.labels.data, map.words.extent);
      this.#describe();
      this.list();
    });
    this.place.ask(track, step, (place) => {
      this.#place = place;
      this.dots.own = [place.tensors.at.data, place.tensors.nearest.data];
      this.#beside();
      this.paint();
    });
  }

  /** Shows the picture that is pointed at and its class, and what is selected. */
  list() {
    const { track, map } = this.#shown ?? {};
    if (!track || !map) return;
    const { classes } = track.info;
    const { data: labels } = map.tensors.labels;
    const { pointed } = this.dots;
    const found = pointed >= 0 && this.#sheet;
    this.pointed.hidden = !found;
    if (found) this.#tile(this.pointed, pointed);
    this.name.textContent = found
      ? (classes[labels[pointed]] ?? "")
      : "Point at a dot to see its picture; with the keyboard, move with the arrow keys.";
    const selection = this.painter.same(track) ? this.painter.selection.filter((i) => i < labels.length) : [];
    this.selected.show(selection, labels, classes, this.#sheet, pointed >= 0);
    this.dots.selection = selection;
  }

  /** The test pictures most like the visitor's own one. */
  #beside() {
    const sheet = this.#sheet;
    const place = this.#place;
    if (!sheet || !place) return;
    const figures = [...place.tensors.nearest.data].map((index, i) => {
      const canvas = element("canvas", { class: "tile" });
      this.#tile(canvas, index);
      const similarity = `cosine ${place.tensors.similarity.data[i].toFixed(2)}`;
      return element("figure", {}, canvas, element("figcaption", {}, similarity));
    });
    this.near.replaceChildren(...figures);
  }

  /** @param {HTMLCanvasElement} canvas @param {number} index of a test picture */
  #tile(canvas, index) {
    if (this.#sheet) tiles(canvas, this.#sheet, [index], 1, TILE);
  }

  paint() {
    this.dots.paint();
  }

  #describe() {
    if (!this.#shown) return;
    const { track, step, map } = this.#shown;
    const { info } = track;
    const { extent } = map.words;
    const beyond = map.tensors.points.data.reduce((sum, at, i, all) => {
      return sum + (i % 2 ? Number(Math.max(Math.abs(at), Math.abs(all[i - 1])) > extent) : 0);
    }, 0);
    this.caption.textContent =
      `${info.name}, snapshot of step ${count(step)}: ${tested(info, map.tensors.labels.data.length, map.words)} ` +
      `at the first two principal components of their normalized features, which explain ` +
      `${percent(map.words.explained_variance)} of the variance; each snapshot is turned to lie as the one before.` +
      (beyond ? ` ${count(beyond)} of them lie beyond the frame, and are drawn at its edge.` : "");
  }
}

/** @extends {Painter<Lane>} */
export default class EmbeddingMap extends Painter {
  /** The data whose pictures are selected. */
  #data = "";
  #unpacked = { text: "", numbers: /** @type {number[]} */ ([]) };

  lane() {
    return new Lane(this);
  }

  /** The numbers of the pictures that are selected, on all maps. */
  get selection() {
    const text = String(this.options.selection);
    if (text !== this.#unpacked.text) this.#unpacked = { text, numbers: unpacked(text) };
    return this.#unpacked.numbers;
  }

  /** @param {number[]} numbers */
  select(numbers) {
    this.set({ selection: packed(numbers) });
  }

  /** Whether a run's pictures are those that are selected. @param {Track} track */
  same({ info }) {
    return `${info.data} ${info.size}` === this.#data;
  }

  show() {
    const track = this.fitting[0];
    const others = track && this.#data && !this.same(track);
    if (track) this.#data = `${track.info.data} ${track.info.size}`;
    if (others && this.options.selection) this.select([]);
    super.show();
    for (const lane of this.lanes) lane.list();
    this.stage.extras.replaceChildren(legend(track?.info.classes ?? []));
  }
}
