// Whether a code is disentangled: what each dimension tells of each factor, four scores, and a slider a factor.

import { bar } from "../../ui/static/bar.js";
import { element } from "../../ui/static/dom.js";
import { count } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { Cache } from "../../ui/static/requests.js";
import { Matrix } from "./matrix.js";
import { Pair } from "./pair.js";
import { Sliders } from "./sliders.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer } from "../../ui/static/types.d.ts" */

/**
 * @typedef {{step: number, names: string[], mig: number, pictures: number, gap: number, extent: number}} Words the
 *   names of the factors, the gap from which on one is held, and how far sliders go
 * @typedef {{shares: Float32Array, held: Int32Array, active: Int32Array, gaps: Float32Array}} Tensors
 * @typedef {Answer<Words, Tensors>} Known
 * @typedef {Answer<object, {picture: Uint8Array<ArrayBuffer>, mean: Float32Array}>} Turned
 * @typedef {Answer<Record<string, number>, {}>} Scored
 */

const TILE = 160; // CSS pixels of the two pictures
/** Of each score its name and what it says, by what the server calls it. */
const SCORES = Object.entries({
  mig: [
    "Mutual information gap (MIG)",
    "By how much the dimension that tells most of a factor leads, the mean over factors; codes that are perfect reach " +
      "0.94 on sprites, whose factors are continuous.",
  ],
  sap: ["SAP", "By how much the best dimension leads where a line in one dimension alone predicts a factor."],
  disentanglement: ["DCI disentanglement", "Whether a dimension matters for one factor only, to random forests."],
  completeness: ["DCI completeness", "Whether one dimension alone matters for a factor, to the same forests."],
  informativeness: ["DCI informativeness", "How often these forests name a factor's value."],
  factor_vae: [
    "FactorVAE score",
    "How often the dimension that varies least names the factor that pictures share; by chance one in as many as there " +
      "are factors.",
  ],
});

/** One run's matrix, scores and sliders. */
class Lane {
  /** @type {{known: Known, track: Track} | null} */
  #shown = null;
  /** @type {Turned | null} */
  #turned = null;
  #scored = false;

  /** @param {Factors} painter */
  constructor(painter) {
    this.painter = painter;
    this.matrix = new Matrix();
    this.known = /** @type {Part<Known>} */ (new Part(painter, "matrix", { cache: painter.cache }));
    this.decoder = /** @type {Part<Turned>} */ (new Part(painter, "turned", { limit: 4 }));
    this.scorer = /** @type {Part<Scored>} */ (new Part(painter, "scores", { limit: 1 }));
    this.said = element("p", { class: "latent-said" });
    this.pair = new Pair();
    this.sliders = new Sliders((turned) => painter.set({ turned }));
    this.scores = new Map(SCORES.map(([name, [label, title]]) => [name, bar(label, { title })]));
    for (const { set } of this.scores.values()) set(0, "…");
    this.scored = element("p", { class: "caption", role: "status" });
    this.caption = element("p", { class: "caption" });
    const bars = element("div", { class: "factor-scores" }, ...[...this.scores.values()].map(({ root }) => root));
    const parts = [this.said, this.pair.root, this.sliders.root, bars, this.scored, this.caption];
    this.side = element("div", { class: "lane-side" }, ...parts);
    this.root = element("div", { class: "lane abreast" }, this.matrix.root, this.side);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.known.ask(track, step, (known) => {
      this.#shown = { known, track };
      this.#describe(known, track);
      this.paint();
    });
    this.decoder.ask(track, step, (turned, query) => {
      this.#turned = turned;
      this.pair.give(query);
      this.pair.show(turned.tensors.picture);
      this.#stand();
    });
    if (!this.#scored) this.scored.textContent = "Computing SAP, DCI and the FactorVAE score …";
    this.scorer.ask(track, step, ({ words }) => {
      this.#scored = true;
      const { pictures, step: at } = words;
      for (const [name, value] of Object.entries(words)) this.scores.get(name)?.set(value, value.toFixed(2));
      this.scored.textContent =
        `SAP, DCI and the FactorVAE score at step ${count(at)}, of ${count(pictures)} training pictures; 1 is best in ` +
        "all of them.";
    });
  }

  /** Shows where the dimensions are, unless a slider has gone on since. */
  #stand() {
    const { turned } = this.painter.options;
    if (this.#turned && this.#shown) this.sliders.stand(this.#turned.tensors.mean.data, turned);
  }

  paint() {
    if (!this.#shown) return;
    const { known, track } = this.#shown;
    this.matrix.paint(known.tensors, known.words.names, this.painter.height);
    this.pair.fit(track.info.size, this.side.clientWidth, TILE);
  }

  /**
   * @param {Known} known
   * @param {Track} track
   */
  #describe({ words, tensors }, { info }) {
    const { names, mig, pictures, gap, extent, step } = words;
    this.scores.get("mig")?.set(mig, mig.toFixed(2));
    this.sliders.name(tensors, names, extent);
    this.#stand();
    const found = names.filter((_, f) => tensors.gaps.data[f] >= gap);
    this.said.textContent = found.length
      ? `One dimension leads in ${found.length} of ${names.length} factors: ${found.join(", ")}.`
      : "No factor is held by one dimension alone.";
    this.caption.textContent =
      `${info.name}, snapshot of step ${count(step)}: mutual information of dimension and factor over the factor's ` +
      `entropy, of ${count(pictures)} training pictures of ${info.data_title}. Framed: the dimension that holds a factor, ` +
      `for it leads the next one by ${gap} or more. Dead dimensions are gray and have no slider.`;
  }
}

/** @extends {Painter<Lane>} */
export default class Factors extends Painter {
  #looked = "";
  /** @type {Cache<Known>} */
  cache = new Cache(120);

  lane() {
    return new Lane(this);
  }

  show() {
    const { picture } = this.stage;
    const looked = `${picture} ${this.fitting.map(({ id }) => id).join()}`;
    const isOther = this.#looked && looked !== this.#looked;
    this.#looked = looked;
    // another picture has its own code, and another run its own dimensions
    if (isOther && this.options.turned) this.set({ turned: "" });
    else super.show();
  }
}
