// Attention over a picture: the patch under the pointer is the query, for all layers and heads.

import { halo, outlined } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { PictureLane } from "../../ui/static/picture-lane.js";
import { Cache } from "../../ui/static/requests.js";
import { Maps } from "./maps.js";
import { overPatches } from "./query.js";
import { Table } from "./table.js";

/** @import { Stage } from "../../ui/static/stage.js" */
/** @import { Track } from "../../ui/static/track.js" */

/** One run's picture, its maps and the predicted classes. */
class Lane extends PictureLane {
  /** @type {Maps | null} */
  shown = null;

  /** @param {Attention} painter */
  constructor(painter) {
    super(painter, { tabindex: 0, "aria-label": "The picture; every patch can be made the query with the arrow keys" });
    this.attention = painter;
    const prepare = (/** @type {any} */ answer) => new Maps(answer);
    this.part = /** @type {Part<any, Maps>} */ (new Part(painter, "attention", { cache: painter.cache, prepare }));
    this.table = new Table((layer, head) => painter.set({ layer, head }));
    this.side.prepend(this.table.root);
    overPatches(this.canvas, {
      grid: () => this.#grid,
      from: () => Math.max(0, painter.options.query),
      hover: (patch, pressed) => (painter.pinned && pressed ? painter.pin(patch, true) : painter.hover(patch)),
      press: (patch) => painter.pin(patch),
      walk: (patch) => painter.pin(patch, true),
    });
  }

  /** The patches in a row; 0 as long as none are there. */
  get #grid() {
    return this.shown?.words.grid ?? 0;
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (shown, { run, picture, network }) => {
      this.#take(shown, track);
      this.load(`/pictures/${picture}.png`, { run, network });
    });
  }

  /**
   * @param {Maps} shown
   * @param {Track} track
   */
  #take(shown, track) {
    this.shown = shown;
    this.track = track;
    this.table.build(shown);
    this.paint();
  }

  /** All maps of the query, and the largest value in them; null as long as none are there. */
  all() {
    return this.shown?.all(Math.min(this.attention.query, this.#grid ** 2 - 1)) ?? null;
  }

  /** Draws all lanes, as they have one scale. */
  paint() {
    this.attention.paint();
  }

  /**
   * @param {ReturnType<Maps["all"]> | null} all
   * @param {number} most the end of the scale
   */
  draw(all, most) {
    const { shown, attention } = this;
    if (!shown || !all) return;
    const { layers, heads, words } = shown;
    const { grid } = words;
    const { options } = attention;
    const layer = Math.min(options.layer, layers - 1);
    const head = options.head >= heads ? -1 : options.head;
    const query = Math.min(attention.query, grid ** 2 - 1);
    this.table.paint(all.maps, { most, grid, layer, head });
    this.overlay(shown.values(layer, head, query), most, { ...words, unit: "uniform" }, (context, side) => {
      if (query < 0) return;
      const [x, y] = [(query % grid) * side, Math.floor(query / grid) * side];
      outlined(context, halo(2), () => context.rect(x, y, side, side));
    });
    this.predictions(shown.probabilities, words.classes, attention.label);
    this.#describe(shown, layer, head, query);
  }

  /**
   * @param {Maps} shown
   * @param {number} layer
   * @param {number} head
   * @param {number} query
   */
  #describe({ words: { step, grid, class_token } }, layer, head, query) {
    const token = class_token ? "the class token attends to" : "all patches attend to on average";
    const subject = query >= 0 ? `patch ${query + 1} attends to` : token;
    const where = `block ${layer + 1}, ${head < 0 ? "mean of its heads" : `head ${head + 1}`}`;
    this.caption.textContent = `What ${subject} in ${where}, above uniform attention. ${this.attention.source(this.track, step)}; ${grid} × ${grid} patches.`;
  }
}

/** @extends {Painter<Lane>} */
export default class Attention extends Painter {
  /** The patch under the pointer, while none is held. */
  #hovered = -1;
  /** @type {Cache<Maps>} */
  cache = new Cache(60);

  /** @param {Stage} stage */
  constructor(stage) {
    super(stage);
    const onclick = () => this.pin(-1, true);
    const all = element("button", { title: "Shows the attention of all patches again", onclick }, "All patches");
    stage.extras.replaceChildren(all);
  }

  /** Whether a patch stays the query when the pointer leaves. */
  get pinned() {
    return this.options.query >= 0;
  }

  /** The query patch; -1 is the class token, or all patches. @returns {number} */
  get query() {
    return this.pinned ? this.options.query : this.#hovered;
  }

  lane() {
    return new Lane(this);
  }

  /** Draws all lanes on one scale: equal colors say the same in each. */
  paint() {
    const all = this.lanes.map((lane) => lane.all());
    const most = Math.max(...all.map((one) => one?.most ?? 0));
    for (const [i, lane] of this.lanes.entries()) lane.draw(all[i], most);
  }

  /**
   * Makes a patch the query as long as the pointer is over it.
   * @param {number} patch -1 for none
   */
  hover(patch) {
    if (patch === this.#hovered) return;
    this.#hovered = patch;
    if (!this.pinned) this.paint();
  }

  /**
   * Makes a patch the query; what is pinned already is let go of.
   * @param {number} patch -1 for none
   * @param {boolean} [keep] whether it stays pinned
   */
  pin(patch, keep = false) {
    this.#hovered = patch;
    this.set({ query: patch === this.options.query && !keep ? -1 : patch });
  }
}
