// A sampling step by step: from noise to pictures, one setting or two, one run or two, always from the same noise.

import { at } from "../../ui/static/answer.js";
import { element } from "../../ui/static/dom.js";
import { caption, tile, tiles } from "../../ui/static/nearest.js";
import { Part } from "../../ui/static/painter.js";
import { Cache } from "../../ui/static/requests.js";
import { Bar, Course } from "./course.js";
import { Panel } from "./panel.js";
import { layout } from "./sheets.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Nearest } from "../../ui/static/types.d.ts" */
/** @import { Sampled, Shown } from "./panel.js" */

const ROOM = 96; // CSS pixels for a training picture
const SECOND = ["sampler_b", "steps_b", "guidance_b", "schedule_b"];

/** One run: a panel for each setting, and the training pictures nearest to a sample. */
export class Lane {
  #run = "";

  /** @param {Sampling} painter */
  constructor(painter) {
    this.painter = painter;
    this.part = /** @type {Part<Nearest>} */ (new Part(painter, "nearest", { limit: 1 }));
    this.bar = new Bar(painter);
    this.nearest = element("div", { class: "sampling-nearest", "aria-live": "polite" });
    this.both = [new Panel(painter, this, "A"), new Panel(painter, this, "B")];
    this.pairs = element("div", { class: "sampling-panels" }, ...this.both.map(({ root }) => root));
    this.main = element("div", { class: "lane-main" }, this.pairs, this.bar.root);
    const side = element("div", { class: "lane-side" }, ...this.both.map((panel) => panel.caption), this.nearest);
    this.root = element("div", { class: "lane" }, this.main, side);
  }

  /** Those of the settings that are in sight. */
  get panels() {
    return this.both.slice(0, this.painter.options.second ? 2 : 1);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    if (track.id !== this.#run) this.#forget();
    this.#run = track.id;
    for (const panel of this.panels) panel.show(track, step);
  }

  get steps() {
    return Math.max(...this.panels.map((panel) => panel.steps));
  }

  paint() {
    const { panels } = this;
    const [, second] = this.both;
    this.main.hidden = !panels.some(({ shown }) => shown);
    second.root.hidden = second.caption.hidden = panels.length < 2;
    const { room, arrangement } = layout(this.painter, this.root, panels.length);
    this.pairs.dataset.arrangement = arrangement;
    for (const panel of panels) panel.paint(room);
    this.bar.paint();
  }

  #forget() {
    this.part.forget();
    this.nearest.replaceChildren();
  }

  /**
   * Shows the training pictures that are nearest to a sample.
   * @param {Shown} shown
   * @param {number} frame after how many steps
   * @param {number} sample its number
   */
  near({ query, track, tensors }, frame, sample) {
    const { nearest, painter } = this;
    const { info } = track;
    const words = `Searching the training pictures of ${info.data_title} …`;
    if (!nearest.children.length) nearest.append(element("p", { class: "quiet" }, words));
    /** @param {Nearest} answer */
    const show = (answer) => {
      if (track.id !== this.#run) return;
      const own = tile(at(at(tensors.x0, frame), sample), "the sample", ROOM);
      nearest.replaceChildren(
        element("h3", { class: "beside" }, "Memorized? Nearest training pictures"),
        element("div", { class: "nearest" }, own, ...tiles(answer, info, ROOM)),
        element("p", { class: "caption" }, caption(answer, info)),
      );
      nearest.scrollIntoView({ block: "nearest" });
    };
    /** @param {Error} error */
    const fail = ({ message }) => {
      this.#forget();
      painter.complain(message);
    };
    this.part.ask(track, query.step, show, { query: { ...query, frame, sample }, fail });
  }
}

/** @extends {Course<Lane>} */
export default class Sampling extends Course {
  /** @type {Cache<Sampled>} */
  cache = new Cache(24);

  lane() {
    return new Lane(this);
  }

  show() {
    const { controls, film, options, fitting } = this;
    if (!film.visible) return; // sampling takes long
    for (const name of SECOND) controls.hide(name, !options.second);
    const guided = fitting[0]?.info.conditional !== false && options.label !== "none";
    for (const name of ["guidance", "guidance_b"]) controls.disable(name, !guided);
    super.show();
    this.paint();
  }
}
