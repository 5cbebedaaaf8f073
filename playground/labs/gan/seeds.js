// The square between four seeds: the generator's output at every place of it, and a point to drag.

import { define, element, find, whenResized } from "../../ui/static/dom.js";
import { FilmView } from "../../ui/static/film-view.js";
import { given } from "../../ui/static/link.js";
import { Cache } from "../../ui/static/requests.js";
import { conditional, Lane } from "./lane.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Place } from "./lane.js" */

/** @param {number} value */
const within = (value) => Math.max(0, Math.min(1, value));

/** @param {string | null} text a number that may be missing or mistyped */
const whole = (text) => (/^\d{1,9}$/.test(text ?? "") ? Number(text) : 0);

/** @extends {FilmView<Lane>} */
export class SeedsView extends FilmView {
  /** The classes that are offered, as one text. */
  #offered = "";
  /** @type {Cache<ImageBitmap>} */
  cache = new Cache(60);
  /** @type {((milliseconds: number) => void) | undefined} is called with how long each picture took, in benchmarks */
  measured;

  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(root, signal) {
    super(root, signal, { lab: "gan", name: "seeds", what: "The square appears", view: "square" });
    this.kinds = find(root, '[data-knob="label"]', HTMLSelectElement);
    this.number = find(root, '[data-knob="seeds"]', HTMLInputElement);
    const [x, y, ...more] = (given("gan", "view") ?? "").split(",").map(Number);
    /** Whether the visitor has chosen anything. */
    this.touched = Number.isFinite(x) && Number.isFinite(y) && !more.length;
    /** @type {Place} */
    this.at = this.touched ? [within(x), within(y)] : [0.5, 0.5];
    this.label = whole(given("gan", "label") ?? given("gan", "class"));
    this.seeds = whole(given("gan", "seeds"));
    this.number.value = String(this.seeds);
    this.kinds.addEventListener("change", () => this.choose({ label: Number(this.kinds.value) }));
    this.number.addEventListener("change", () => this.choose({ seeds: whole(this.number.value) }));
    const other = find(root, ".seeds-other", HTMLElement);
    other.addEventListener("click", () => this.choose({ seeds: Math.floor(1e6 * Math.random()) }));
    whenResized(root, signal, () => this.paint());
    this.show();
  }

  lane() {
    return new Lane(this);
  }

  show() {
    if (this.fitting.length) this.#offer(this.fitting);
    super.show();
  }

  /** Offers the classes of the first class-conditional run. @param {Track[]} tracks */
  #offer(tracks) {
    const classes = tracks.find(conditional)?.info.classes ?? [];
    const key = classes.join() || "none";
    if (key !== this.#offered) {
      this.#offered = key;
      const options = classes.map((name, i) => element("option", { value: i }, name));
      this.kinds.replaceChildren(...(options.length ? options : [element("option", {}, "unconditional")]));
      this.kinds.disabled = !options.length;
    }
    if (!classes.length) return;
    if (this.label >= classes.length) this.label = 0;
    this.kinds.value = String(this.label);
  }

  /** @param {{label?: number, seeds?: number}} change */
  choose({ label = this.label, seeds = this.seeds }) {
    this.label = label;
    this.seeds = seeds;
    this.touched = true;
    this.number.value = String(seeds);
    this.show();
    this.remember();
  }

  /**
   * The finger or a key chose a place; it stays within the square.
   * @param {Place} place
   */
  move([x, y]) {
    this.at = [within(x), within(y)];
    this.touched = true;
    for (const lane of this.lanes) {
      lane.draw();
      lane.paint();
    }
  }

  settle() {
    for (const lane of this.lanes) lane.settle();
    this.remember();
  }

  front() {
    if (this.touched) this.remember();
    this.paint();
  }

  remember() {
    const view = this.at.map((value) => value.toFixed(2)).join(",");
    this.keep({ view, label: this.label || null, class: null, seeds: this.seeds || null });
  }

  paint() {
    for (const lane of this.lanes) lane.paint();
  }
}
define("seeds-view", SeedsView);
