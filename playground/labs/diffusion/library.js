// The library diffusers: its schedulers on this run, or a pipeline of others, sampled in the background.

import { background } from "../../ui/static/answer.js";
import { element } from "../../ui/static/dom.js";
import { count, short } from "../../ui/static/format.js";
import { json } from "../../ui/static/server.js";
import { Bar, Course } from "./course.js";
import { layout, Sheets } from "./sheets.js";

/** @import { Stage } from "../../ui/static/stage.js" */
/** @import { Answer, Values } from "../../ui/static/types.d.ts" */
/** @import { Tensors } from "./sheets.js" */

/**
 * @typedef {{waiting?: string, progress: number, title: string, milliseconds: number, evaluations: number}} Words what is
 *   being done and its progress, or what was sampled
 * @typedef {Answer<Words, Tensors>} Sampled without tensors while it waits
 */

const HUB = "hub:";

/** What was sampled last. */
class Lane {
  #sheets = new Sheets(true);
  /** @type {(Sampled & {query: Values}) | null} */
  shown = null;

  /** @param {Diffusers} painter */
  constructor(painter) {
    this.painter = painter;
    this.bar = new Bar(painter);
    this.caption = element("p", { class: "caption" }, "Choose a network and a scheduler, and press “Sample”.");
    this.main = element("div", { class: "lane-main", hidden: true }, this.#sheets.root, this.bar.root);
    this.root = element("div", { class: "lane" }, this.main, element("div", { class: "lane-side" }, this.caption));
  }

  show() {} // only the button asks

  get steps() {
    return (this.shown?.tensors.sigmas.data.length ?? 1) - 1;
  }

  paint() {
    const { shown, painter, steps } = this;
    this.main.hidden = !shown;
    if (!shown) return;
    const { words, tensors, query } = shown;
    const { frame, controls } = painter;
    this.#sheets.paint(tensors, frame, layout(painter, this.root, 1).room);
    this.bar.paint();
    this.caption.textContent =
      `${words.title}: ${controls.label("scheduler", query.scheduler)} of diffusers, ${words.evaluations} network ` +
      `evaluations a picture, ${count(words.milliseconds)} ms for ${tensors.x.shape[1]}; noise ${query.seed}. Here: ` +
      `after ${frame} of ${steps}, sigma ${short(tensors.sigmas.data[frame])}.`;
  }
}

/** @extends {Course<Lane>} */
export default class Diffusers extends Course {
  /** Counts samplings: only the last one is shown. */
  #turn = 0;
  /** The pipelines that lie in folders beside the runs. @type {[value: string, label: string][]} */
  #folders = [];

  /** @param {Stage} stage */
  constructor(stage) {
    super(stage);
    const name = { type: "text", placeholder: "owner/name", "aria-label": "Name on the Hub" };
    this.repo = element("input", { ...name, onchange: () => this.set({ network: HUB + this.repo.value.trim() }) });
    this.other = element("label", { class: "library-repo" }, "Name on the Hub", this.repo);
    this.message = element("p", { class: "library-message quiet", "aria-live": "polite" });
    const begin = element("button", { class: "library-begin primary", onclick: () => this.#sample() }, "Sample");
    stage.extras.replaceChildren(begin, this.message, this.other);
    this.#list();
  }

  lane() {
    return new Lane(this);
  }

  show() {
    this.fill(this.fitting.slice(0, 1));
    this.#offer();
  }

  async #list() {
    try {
      const { folders, place } = await json("/diffusion/folders");
      if (this.signal.aborted) return;
      this.#folders = folders.map((/** @type {string} */ name) => [`folder:${name}`, `${name} (folder ${place})`]);
      this.#offer();
    } catch (error) {
      if (!this.signal.aborted) this.complain(/** @type {Error} */ (error).message);
    }
  }

  /** Offers the networks that are known, the one that is chosen, and the choice of another one by its name. */
  #offer() {
    const { controls, film, options, repo, view } = this;
    /** @type {string} */
    const network = options.network;
    const names = view.options.find(({ name }) => name === "network")?.names ?? {};
    const known = [...Object.entries(names), ...this.#folders];
    const isKnown = known.some(([value]) => value === network);
    if (!isKnown && network !== HUB) known.push([network, network.replace(HUB, "")]);
    controls.offer("network", [...known, [HUB, "another one on the Hub …"]]);
    controls.disable("guidance", network !== "run" || film.track?.info.conditional === false);
    this.other.hidden = isKnown || !network.startsWith(HUB);
    if (!this.other.hidden && network !== HUB) repo.value = network.replace(HUB, "");
  }

  /** Requests a sampling, and polls until it is done. */
  async #sample() {
    const { track, step } = this.film;
    const query = { ...this.options, ...(track ? { run: track.id, step: track.snapshot(step) } : {}) };
    if (query.network === HUB) query.network += this.repo.value.trim();
    const turn = ++this.#turn;
    const isOver = () => turn !== this.#turn || this.signal.aborted;
    this.complain("");
    this.message.textContent = "Sampling is requested.";
    try {
      const report = (/** @type {string} */ message) => {
        this.message.textContent = message;
      };
      const sampled = /** @type {Sampled | null} */ (await background("/diffusion/library", query, report, isOver));
      if (!sampled) return;
      for (const lane of this.lanes) lane.shown = { ...sampled, query };
      this.set({ at: 1 });
    } catch (error) {
      if (isOver()) return;
      this.complain(/** @type {Error} */ (error).message);
    }
    this.message.textContent = "";
  }
}
