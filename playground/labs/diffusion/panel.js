// One run with one setting: what the sampler has and what the network takes it for.

import { color, sheet } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { count } from "../../ui/static/format.js";
import { Newest } from "../../ui/static/requests.js";
import { packet } from "../../ui/static/server.js";

/** @import { News, Packet } from "../../ui/static/types.d.ts" */
/** @import { Track } from "../../ui/static/track.js" */
/** @import { SamplingView } from "./sampling.js" */
/** @import { Shared, Way } from "./settings.js" */

/**
 * @typedef {object} Head
 * @property {number} step of the snapshot
 * @property {number} channels
 * @property {number} size side of a picture in pixels
 * @property {number} pictures
 * @property {number[]} sigmas noise levels, from the beginning of the sampling to its end
 * @property {number[]} labels that were asked for
 * @property {boolean} conditional whether the network knows classes
 * @property {number} evaluations
 * @property {number} milliseconds
 * @typedef {Way & Shared & {run: string, step: number}} Query
 * @typedef {{query: Query, info: News, head: Head, bytes: Uint8Array}} Shown
 */

/** @type {Record<string, string>} */
const NAMES = {
  "dpm++": "DPM-Solver++(2M)",
  euler: "Euler",
  heun: "Heun",
  ddim: "DDIM",
  "ddim-half": "DDIM, eta 0.5",
  ddpm: "DDPM",
};
const SIDE = 4; // pictures in a row

/** The name of a setting, by its number. @param {number} way */
export const letter = (way) => "AB"[way];

export class Panel {
  #key = "";
  #asking = /** @type {Newest<Packet<Head>>} */ (new Newest(1));
  /** @type {number | null} the picture that lies beside training pictures */
  #chosen = null;
  /** The picture that the keys are at. */
  #focus = 0;
  /** @type {Shown | null} */
  shown = null;

  /**
   * @param {SamplingView} view
   * @param {number} way the number of the setting
   */
  constructor(view, way) {
    this.view = view;
    this.way = way;
    this.head = element("h3", { class: "beside" });
    /** @param {string} label @param {Record<string, unknown>} [more] */
    const canvas = (label, more) => element("canvas", { class: "sheet", role: "img", "aria-label": label, ...more });
    this.noisy = canvas("What the sampler has", { "data-part": "main" });
    const about = "What the network takes it for; choose a picture to see the nearest training pictures";
    this.guess = canvas(about, { tabindex: 0 });
    this.caption = element("p", { class: "caption" });
    const pair = element(
      "div",
      { class: "sampling-pair" },
      element("figure", {}, this.noisy, element("figcaption", {}, "x: what the sampler has")),
      element("figure", {}, this.guess, element("figcaption", {}, "x0: what the network takes it for")),
    );
    this.root = element("div", { class: "sampling-panel" }, this.head, pair, this.caption);
    this.#wire();
  }

  #wire() {
    const { guess } = this;
    guess.addEventListener("click", ({ offsetX, offsetY }) => {
      /** @param {number} offset @param {number} whole */
      const cell = (offset, whole) => Math.min(SIDE - 1, Math.floor((SIDE * offset) / whole));
      this.#choose(cell(offsetX, guess.clientWidth) + SIDE * cell(offsetY, guess.clientHeight));
    });
    guess.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -SIDE, ArrowDown: SIDE, Enter: 0 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      this.#choose((this.#focus + by + SIDE * SIDE) % (SIDE * SIDE));
    });
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    const { view } = this;
    const { shared, ways } = view.settings;
    this.head.hidden = ways.length < 2;
    this.head.textContent = this.head.hidden ? "" : letter(this.way);
    const query = { run: track.id, step, ...ways[this.way], class: shared.class, seed: shared.seed };
    const key = JSON.stringify(query);
    if (key === this.#key) return;
    this.#key = key;
    this.root.classList.add("waiting");
    this.#asking.ask(
      () => view.cache.get(key, () => packet("/diffusion/film", query)),
      ({ head, bytes }) => {
        this.shown = { query, info: track.info, head, bytes };
        this.#chosen = null;
        this.root.classList.toggle("waiting", key !== this.#key);
        view.complain("");
        view.paint();
      },
      (error) => {
        this.root.classList.remove("waiting");
        this.#key = "";
        view.complain(error.message);
      },
    );
  }

  /** How many steps the sampling has. */
  get steps() {
    return (this.shown?.head.sigmas.length ?? 1) - 1;
  }

  get #frame() {
    return Math.round(this.view.settings.at * this.steps);
  }

  /**
   * @param {Shown} shown
   * @param {number} which 0 is what the sampler has, 1 the guess
   */
  #bytes({ head: { channels, size, pictures }, bytes }, which) {
    const part = pictures * channels * size * size;
    const first = (2 * this.#frame + which) * part;
    return bytes.subarray(first, first + part);
  }

  paint() {
    const { shown } = this;
    if (!shown) return;
    sheet(this.noisy, this.#bytes(shown, 0), shown.head);
    const context = sheet(this.guess, this.#bytes(shown, 1), shown.head);
    if (this.#chosen !== null) {
      const side = shown.head.size + 1;
      context.strokeStyle = color("--accent");
      context.strokeRect((this.#chosen % SIDE) * side - 0.5, Math.floor(this.#chosen / SIDE) * side - 0.5, side, side);
    }
    this.caption.textContent = this.#describe(shown);
  }

  /** @param {Shown} shown */
  #describe({ query, info, head }) {
    const { steps } = this;
    const frame = this.#frame;
    const asked = query.class === "each" ? "classes in turn" : info.classes[Number(query.class)];
    const known = head.conditional ? (head.labels.length ? asked : "no class asked for") : "trained without classes";
    const guidance = head.labels.length ? `, guidance ${query.guidance}` : "";
    return (
      `${info.name}, snapshot of step ${count(head.step)}: ${NAMES[query.sampler]}, ${steps} step${steps > 1 ? "s" : ""}` +
      `${guidance}, ${known}; ${head.evaluations} network evaluations a picture, ${count(head.milliseconds)} ms for ` +
      `${head.pictures}; noise ${query.seed}. Here: after ${frame} of ${steps} steps, sigma ${head.sigmas[frame]}.`
    );
  }

  /** Lays a guess beside the training pictures. @param {number} index */
  #choose(index) {
    const { shown } = this;
    if (!shown) return;
    this.#chosen = this.#focus = index;
    const area = shown.head.channels * shown.head.size ** 2;
    this.view.near(shown, this.#bytes(shown, 1).slice(index * area, (index + 1) * area));
    this.view.paint();
  }
}
