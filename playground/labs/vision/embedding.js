// What a network knows of places and edges: how alike its position codes are, and the filters that read the pixels.

import { element } from "../../ui/static/dom.js";
import { count } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { Cache } from "../../ui/static/requests.js";
import { FirstFilters } from "./first-filters.js";
import { Similarity } from "./similarity.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer } from "../../ui/static/types.d.ts" */

/**
 * @typedef {{step: number, grid: number, every: number, learned: boolean, patch: number | null,
 *   count: number, places: "codes" | "rotary" | "layers" | "nothing"}} Words see `embedding_view`
 * @typedef {{similarity: Float32Array, filters: Float32Array, components: Float32Array,
 *   explained: Float32Array}} Tensors
 * @typedef {Answer<Words, Tensors>} Embedded
 */

const COLUMNS = 3; // of figures, where there is room
const GAP = 32; // CSS pixels between two of them
const WORDS = 72; // below a map
const NARROW = 400; // below this width each figure has a row of its own
const WIDE = 860; // from here on all of them have one
/** What is said where no codes are added that could be compared, by what says places instead. */
const NONE = {
  codes: "",
  rotary: "Rotary position codes turn queries and keys by fixed angles: none are added to the patches, to be compared.",
  layers: "No position codes: where a patch is, the network knows from its layers alone.",
  nothing: "No position codes: this transformer sees a bag of patches, and cannot know where one is.",
};

/** One run's codes and filters. */
class Lane {
  /** @type {{embedded: Embedded, track: Track} | null} */
  #shown = null;

  /** @param {Embedding} painter */
  constructor(painter) {
    this.painter = painter;
    this.part = /** @type {Part<Embedded>} */ (new Part(painter, "embedding", { cache: painter.cache }));
    this.similarity = new Similarity({
      hover: (place) => painter.hover(place),
      hold: (place) => painter.set({ place }),
    });
    this.filters = new FirstFilters();
    this.none = element("p", { class: "embedding-none", hidden: true });
    this.caption = element("p", { class: "caption" });
    const text = element("div", { class: "embedding-text" }, this.none, this.caption);
    this.root = element("div", { class: "lane embedding" }, ...this.similarity.figures, this.filters.root, text);
  }

  /** Places in a row; 0 where there are no codes. */
  get grid() {
    return this.#shown?.embedded.words.grid ?? 0;
  }

  /** Whether the first layer cuts the picture into patches. */
  get patches() {
    return this.#shown?.embedded.words.patch ?? null;
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (embedded) => {
      this.#shown = { embedded, track };
      const { similarity, filters, components, explained } = embedded.tensors;
      this.similarity.show(similarity);
      this.filters.show(explained.data.length ? components : filters, explained, embedded.words);
      this.#arrange();
      this.painter.offer();
      this.paint();
      this.#describe();
    });
  }

  /** Without codes the filters are all that there is. */
  #arrange() {
    const bare = !this.grid;
    for (const figure of this.similarity.figures) figure.hidden = bare;
    this.none.hidden = !bare;
    this.none.textContent = NONE[this.#shown?.embedded.words.places ?? "codes"];
    this.root.classList.toggle("bare", bare);
    const [main, other] = [this.similarity.one, this.filters.canvas][bare ? "reverse" : "slice"]();
    main.dataset.part = "main";
    delete other.dataset.part;
  }

  paint() {
    if (!this.#shown) return;
    const { grid, painter, root } = this;
    const width = root.clientWidth;
    const columns = width < NARROW ? 1 : width < WIDE ? 2 : COLUMNS;
    const column = Math.floor((width - (columns - 1) * GAP) / columns);
    const room = painter.height - WORDS;
    const side = Math.max(160, Math.min(column, room));
    if (grid) this.similarity.paint(this.#place, side);
    const wide = grid && columns === COLUMNS ? column : width;
    this.filters.paint(wide, grid && columns === COLUMNS ? Math.max(side, 160) : Math.max(240, room));
    this.#tell();
  }

  /** The place whose map is large: that under the pointer, the one that is held, or one in the middle. */
  get #place() {
    const { grid } = this;
    const { pointed } = this.painter;
    return pointed < 0 ? Math.floor(grid / 2) * grid + Math.floor(grid / 2) : Math.min(pointed, grid ** 2 - 1);
  }

  /** Says of which patch the code is compared. */
  #tell() {
    if (!this.#shown || !this.grid) return;
    const { grid, every } = this.#shown.embedded.words;
    const [column, row] = [this.#place % grid, Math.floor(this.#place / grid)];
    this.similarity.told.textContent = `Row ${every * row + 1}, column ${every * column + 1}: its code with all others`;
    this.similarity.counted.textContent = `The same for each of ${count(grid ** 2)} patches`;
  }

  #describe() {
    if (!this.#shown) return;
    const { embedded, track } = this.#shown;
    const { grid, every, learned, step } = embedded.words;
    const kind = learned ? "Learned position codes" : "Fixed position codes";
    const some = every > 1 ? `, of which one in ${every} in each direction is compared` : "";
    const codes = grid
      ? `${kind} are added to the patches${some}; a cosine of 0, as of random codes, is not drawn. `
      : "";
    this.caption.textContent = `${codes}${this.painter.source(track, step)}.`;
  }
}

/** @extends {Painter<Lane>} */
export default class Embedding extends Painter {
  /** The place under the pointer. @type {number | null} */
  #hovered = null;
  /** @type {Cache<Embedded>} */
  cache = new Cache(60);

  /** The place that is looked at; -1 is one in the middle. @returns {number} */
  get pointed() {
    return this.#hovered ?? this.options.place;
  }

  /** @param {number | null} place */
  hover(place) {
    if (place === this.#hovered) return;
    this.#hovered = place;
    this.paint();
  }

  lane() {
    return new Lane(this);
  }

  /** Filters can be shown one by one or by their components where they embed patches. */
  offer() {
    this.controls.hide("raw", !this.options.raw && !this.lanes.some(({ patches }) => patches));
  }
}
