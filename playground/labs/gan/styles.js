// Style mixing: some layers of the generator take the code of picture A, the others that of picture B.

import { decoded } from "../../ui/static/answer.js";
import { enlarge, show } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { another } from "../../ui/static/fields.js";
import { count, percent } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { Cache } from "../../ui/static/requests.js";
import { Cells, part } from "./cells.js";
import { effective, ends, named, spanned } from "./layers.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer, Query } from "../../ui/static/types.d.ts" */
/** @import { Layers, Range } from "./layers.js" */

/**
 * @typedef {{jpeg: Uint8Array<ArrayBuffer>}} Jpeg
 * @typedef {Layers & {image: ImageBitmap}} Strips all crossovers from A to B, then A with each layer alone from B
 * @typedef {{psis: number[], image: ImageBitmap}} Truncation
 * @typedef {Answer<{pairs: number}, {values: Float32Array}>} Influence
 * @typedef {Answer<{step: number}, {picture: Uint8Array<ArrayBuffer>}>} Mixed
 */

const LARGEST = 448; // CSS pixels of the large picture, so that the strips have room beside it

/** What a part keeps of an answer that is a strip of pictures. @param {any} answer */
const withImage = async ({ words, tensors }) => ({ ...words, image: await decoded(tensors.jpeg) });

/** One run's mixtures. */
class Lane {
  /** @type {{mixed: Mixed, track: Track, query: Query} | null} */
  #shown = null;
  /** @type {Strips | null} */
  #strips = null;
  /** @type {Truncation | null} */
  #truncation = null;
  /** @type {Influence | null} */
  #influence = null;

  /** @param {Styles} painter */
  constructor(painter) {
    this.painter = painter;
    this.mixed = /** @type {Part<Mixed>} */ (new Part(painter, "mixed", { limit: 4 }));
    this.strips = /** @type {Part<any, Strips>} */ (
      new Part(painter, "strips", { cache: painter.strips, prepare: withImage })
    );
    this.truncation = /** @type {Part<any, Truncation>} */ (new Part(painter, "truncation", { prepare: withImage }));
    this.influence = /** @type {Part<Influence>} */ (new Part(painter, "influence", { cache: painter.influences }));
    this.large = element("canvas", { class: "tile", role: "img", "data-part": "main", "aria-label": "The mixture" });
    this.caption = element("p", { class: "caption" });
    this.groups = element("div", { class: "style-ways", role: "group", "aria-label": "Layers from B" });
    const set = (/** @type {Range | null} */ range) => range && painter.set(range);
    this.crossovers = new Cells("Crossovers from picture A to picture B", (i) => set(this.#crossover(i)), "long");
    this.singles = new Cells("Picture A with one layer from B", (i) => set({ first: i + 1, last: i + 1 }), "long");
    const label = "The mixture at several truncations";
    this.psis = new Cells(label, (i) => painter.set({ psi: this.#truncation?.psis[i] ?? 1 }));
    this.unit = element("p", { class: "caption" });
    this.main = element("div", { class: "lane-main" }, this.large, this.caption);
    this.side = element(
      "div",
      { class: "lane-side" },
      element("div", { class: "style-ways" }, ...painter.sources(), this.groups),
      heading("So many layers from A, the finer ones from B"),
      this.crossovers.root,
      heading("A with one layer alone from B, and how much it changes"),
      this.singles.root,
      this.unit,
      heading("Truncation ψ of the mixture"),
      this.psis.root,
    );
    this.root = element("div", { class: "lane styles" }, this.main, this.side);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.mixed.ask(track, step, (mixed, query) => {
      this.#shown = { mixed, track, query };
      this.paint();
    });
    this.strips.ask(track, step, (strips) => {
      this.#strips = strips;
      for (const name of ["first", "last"]) this.painter.controls.bound(name, strips.layers);
      this.paint();
    });
    this.truncation.ask(track, step, (truncation) => {
      this.#truncation = truncation;
      this.paint();
    });
    this.influence.ask(track, step, (influence) => {
      this.#influence = influence;
      this.paint();
    });
  }

  /** The range of B at a crossover: from none of its layers on to all. @param {number} index */
  #crossover(index) {
    const layers = this.#strips?.layers ?? 0;
    return index ? { first: layers - index + 1, last: layers } : { first: 1, last: 0 };
  }

  paint() {
    if (this.#shown) {
      const { mixed, track } = this.#shown;
      show(this.large, mixed.tensors.picture);
      enlarge(this.large, track.info.size, Math.min(LARGEST, this.painter.side(this.main)));
    }
    this.#describe();
    this.#mix();
    this.#truncate();
  }

  /** Says what the large picture is. */
  #describe() {
    if (!this.#shown || !this.#strips) return;
    const { mixed, track, query } = this.#shown;
    const range = effective(/** @type {any} */ (query), this.#strips.layers);
    const from = range ? `${spanned(range, this.#strips)} from B, all others from A` : "all layers from A";
    const noise = { fixed: "fixed noise", fresh: `noise of seed ${query.grain}`, off: "no noise" }[String(query.noise)];
    this.caption.textContent =
      `${track.info.name}, snapshot of step ${count(mixed.words.step)}: ${from}; A is seed ${query.a}, B seed ` +
      `${query.b}, ψ ${Number(query.psi)}, ${noise}; by the averaged generator.`;
  }

  /** The strips of crossovers and of single layers, and the buttons of groups. */
  #mix() {
    const strips = this.#strips;
    if (!strips) return;
    const { layers, image } = strips;
    const { options } = this.painter;
    const range = effective(options, layers);
    const same = (/** @type {Range} */ one) => {
      const other = effective(one, layers);
      return other === range || (other?.first === range?.first && other?.last === range?.last);
    };
    const values = this.#influence?.tensors.values.data;
    const most = values ? Math.max(...values) : 1;
    this.crossovers.show(
      Array.from({ length: layers + 1 }, (_, i) => ({
        paint: part(image, i),
        title: i ? `B from layer ${layers - i + 1} on` : "Picture A",
        word: ends(layers - i, layers),
        pressed: same(this.#crossover(i)),
      })),
    );
    this.singles.show(
      Array.from({ length: layers }, (_, i) => ({
        paint: part(image, layers + 1 + i),
        title: `Layer ${i + 1} alone from B: ${named(strips.sides[i])}`,
        word: strips.sides[i].join("–"),
        pressed: same({ first: i + 1, last: i + 1 }),
        share: values ? values[i] / (most || 1) : 0,
        value: values ? percent(values[i]) : "",
      })),
    );
    const pairs = this.#influence?.words.pairs;
    const over = pairs ? `, over ${pairs} pairs of seeds` : "";
    this.unit.textContent = `px that it reaches; mean absolute difference in % of a pixel's range${over}`;
    this.#offer(strips, same);
  }

  /**
   * The buttons that choose the layers of a group.
   * @param {Strips} strips
   * @param {(range: Range) => boolean} chosen
   */
  #offer(strips, chosen) {
    const all = Object.entries(strips.groups);
    const choices = all.map(([name, [first, last]]) => ({ name, range: { first, last } }));
    const key = JSON.stringify(choices);
    if (this.groups.dataset.choices !== key) {
      const buttons = choices.map(({ name, range }) => {
        const title = `B gives ${spanned(range, strips)}`;
        return element("button", { type: "button", title, onclick: () => this.painter.set(range) }, name);
      });
      this.groups.replaceChildren("From B", ...buttons);
      this.groups.dataset.choices = key;
    }
    for (const [i, button] of this.groups.querySelectorAll("button").entries()) {
      button.setAttribute("aria-pressed", String(chosen(choices[i].range)));
    }
  }

  #truncate() {
    if (!this.#truncation) return;
    const { psis, image } = this.#truncation;
    this.psis.show(
      psis.map((psi, i) => ({
        paint: part(image, i),
        title: psi ? `Truncation ψ of ${psi}` : "ψ of 0: the picture of the average code",
        word: String(psi),
        pressed: psi === Number(this.painter.options.psi),
      })),
    );
  }
}

/** @param {string} text */
const heading = (text) => element("h3", { class: "beside" }, text);

/** @extends {Painter<Lane>} */
export default class Styles extends Painter {
  /** @type {Cache<Strips>} */
  strips = new Cache(40);
  /** @type {Cache<Influence>} */
  influences = new Cache(40);

  lane() {
    return new Lane(this);
  }

  /** What draws other pictures A and B. */
  sources() {
    return ["A", "B"].map((name) => {
      const take = (/** @type {string} */ seed) => this.set({ [name.toLowerCase()]: Number(seed) });
      return element("span", { class: "style-source" }, name, another(`picture ${name}`, take));
    });
  }

  show() {
    this.controls.hide("grain", this.options.noise !== "fresh");
    super.show();
  }
}
