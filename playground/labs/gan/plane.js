// A small GAN that trains on points of the plane, on the server; here is what can be seen of it.

import { answer } from "../../ui/static/answer.js";
import { color, dots, draw } from "../../ui/static/canvas.js";
import { chart } from "../../ui/static/chart.js";
import { define, element } from "../../ui/static/dom.js";
import { count, short } from "../../ui/static/format.js";
import { LiveView } from "../../ui/static/live-view.js";
import { json } from "../../ui/static/server.js";
import { heat, manifold, pull, scale } from "./duel.js";

/** @import { Answer, Point, Query } from "../../ui/static/types.d.ts" */
/** @import { Shape } from "./duel.js" */

/**
 * @typedef {object} Moment
 * @property {number} step turns so far
 * @property {Record<string, number>} losses
 * @property {number} covered share of real points
 * @property {number | null} modes that are covered; null where the density has none
 * @property {number} of modes that there are
 * @property {boolean} finite
 * @property {string} density
 * @typedef {object} Tensors
 * @property {Float32Array} fake (512, 2)
 * @property {Float32Array} manifold (grid * grid, 2)
 * @property {Float32Array} arrows (n, 2), of the first fake points
 * @property {Uint8Array<ArrayBuffer>} heat (cells, cells), the lowest row first
 * @property {Float32Array} real (512, 2), only where the training is new
 * @typedef {Answer<Moment & Shape, Tensors>} Shown
 * @typedef {Record<string, string | number>} Rules
 */

/** @type {Record<string, string>} */
const WHY = {
  cure: "One step each in turn, without momentum; every generated point is compared with a real one, and the penalty keeps the discriminator flat where both agree. No single place is best for all points, so they spread. The points come from a moving average of the generator's weights, which is steadier than the generator itself.",
  collapse:
    "The generator makes 20 steps with momentum for each step of the discriminator. All its points run as one clump to the place that gets the highest score, and on to the next once the discriminator has caught up: mode collapse. Of eight Gaussians it covers two at most.",
  wasserstein:
    "The discriminator measures how far the two clouds lie apart, with a slope held near 1, and gets three steps a turn for it.",
  own: "Settings of your own; choose a preset to get back.",
};
/** @type {Record<string, string>} */
const NAMES = { cure: "balanced", collapse: "collapse", wasserstein: "Wasserstein", own: "your own" };
const FIRST = "cure";
const NUMBERS = ["rate_g", "rate_d", "steps_g", "steps_d", "beta1", "averaging", "latent", "seed"];
const WORDS = ["loss", "penalty"];

class GanPlane extends LiveView {
  preset = FIRST;
  /** @type {Record<string, Rules>} */
  presets = {};
  /** @type {Rules} */
  rules = {};
  /** @type {Record<string, Point[]>} */
  history = {};
  /** @type {Shown | null} */
  shown = null;
  /** @type {Float32Array} */
  real = new Float32Array();

  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(root, signal) {
    super(root, signal, { lab: "gan", density: "gaussians", label: "Play" });
    this.board = this.canvas("ganplane-canvas");
    this.games = this.select("ganplane-preset");
    this.#wire();
    this.#load();
  }

  async #load() {
    try {
      this.presets = await json("/gan/plane/presets");
    } catch (error) {
      return this.complain(/** @type {Error} */ (error).message);
    }
    const options = [...Object.keys(this.presets), "own"].map((name) =>
      element("option", { value: name }, NAMES[name] ?? name),
    );
    options[options.length - 1].hidden = true;
    this.games.replaceChildren(...options);
    this.#apply(this.presets[this.option] ? this.option : FIRST);
    await this.open();
  }

  /** The field of a knob, where it has one. @param {string} knob */
  #field(knob) {
    const field = this.root.querySelector(`.ganplane-${knob}`);
    return field instanceof HTMLInputElement || field instanceof HTMLSelectElement ? field : null;
  }

  /** Sets all knobs as a preset has them. @param {string} name */
  #apply(name) {
    this.preset = name;
    this.rules = { ...this.presets[name], seed: Number(this.#field("seed")?.value) };
    for (const [knob, value] of Object.entries(this.rules)) {
      const field = this.#field(knob);
      if (field) field.value = String(value);
    }
    this.#explain();
  }

  #explain() {
    this.games.value = this.preset;
    this.part("toy-why").textContent = WHY[this.preset] ?? "";
  }

  #wire() {
    for (const who of ["discriminator", "generator", "both"]) {
      this.on(`toy-${who}`, "click", () => {
        this.live.pause();
        this.live.send(() => this.step({ who, times: 1 }));
      });
    }
    this.games.addEventListener("change", () => {
      this.#apply(this.games.value);
      this.restart();
    });
    for (const knob of [...WORDS, ...NUMBERS]) this.on(`ganplane-${knob}`, "change", () => this.#turn(knob));
    for (const what of ["heat", "manifold", "arrows"]) this.on(`ganplane-${what}`, "change", () => this.paint());
  }

  /** A knob was turned. @param {string} knob */
  #turn(knob) {
    const value = this.#field(knob)?.value ?? "";
    this.rules[knob] = WORDS.includes(knob) ? value : Number(value);
    if (knob === "penalty") this.rules.weight = value === "gp" ? 1 : this.presets[FIRST].weight;
    if (knob !== "seed") this.preset = "own";
    this.#explain();
    if (["latent", "seed"].includes(knob)) this.begin();
  }

  settings() {
    return { body: { rules: this.rules }, query: {} };
  }

  chosen() {
    return { name: this.preset, changed: this.preset !== FIRST };
  }

  /** @param {Query} query */
  step(query) {
    const { seed, latent, ...rules } = this.rules; // these two are of the whole game
    const body = JSON.stringify({ rules });
    return answer("/gan/plane/step", { session: this.session, who: "both", ...query }, { method: "POST", body });
  }

  begun() {
    this.history = { covered: [], modes: [], discriminator: [], generator: [] };
  }

  /** @param {Shown} shown */
  read(shown) {
    const { words, tensors } = shown;
    this.shown = shown;
    if (tensors.real) this.real = tensors.real.data;
    for (const [name, value] of Object.entries({ ...words.losses, covered: 100 * words.covered, modes: words.modes })) {
      const last = this.history[name].at(-1)?.[0] ?? -1;
      if (value !== null && last < words.step) this.history[name].push([words.step, value]);
    }
  }

  trouble() {
    if (this.shown?.words.finite !== false) return "";
    return "The points have run off to infinity; lower the learning rates and reset.";
  }

  paint() {
    if (!this.shown) return;
    const { words, tensors } = this.shown;
    const [fake, arrows] = [tensors.fake.data, tensors.arrows.data];
    /** @param {string} what */
    const wanted = (what) => this.input(`ganplane-${what}`).checked;
    draw(this.board, (context, width) => {
      const place = scale(width, words.extent);
      const reach = words.extent;
      if (wanted("heat")) heat(context, width, tensors.heat.data, words.cells);
      if (wanted("manifold")) manifold(context, tensors.manifold.data, words, color("--made"), place);
      dots(context, width, this.real, { reach, ink: color("--real"), size: 2.5, alpha: 0.75 });
      dots(context, width, fake, { reach, ink: color("--made"), size: 3 });
      if (wanted("arrows")) pull(context, width, fake, arrows, color("--ink"), place);
    });
    const covered =
      words.modes === null
        ? `${Math.round(100 * words.covered)}% of 512 real points covered`
        : `${words.modes} of ${words.of} modes covered`;
    this.part("toy-caption").textContent =
      `${words.density}, turn ${count(words.step)}, seed ${this.rules.seed}: ${covered}; 512 real and 512 generated points. ` +
      (words.latent > 2 ? "The net shows the first two of the noise's dimensions. " : "") +
      "The arrows are the generator's gradient at 96 generated points, on a common scale.";
  }

  curves() {
    if (!this.shown) return;
    const { step, modes, of } = this.shown.words;
    const counted = modes !== null;
    this.part("ganplane-covered-title").textContent = counted
      ? `How many of the ${of} modes are covered?`
      : "How much of the data is covered?";
    this.part("ganplane-covered-caption").textContent = counted
      ? "A mode counts when a tenth of its fair share of generated points lies within three of its standard deviations."
      : "A real point counts when a generated one is as near as its fifth nearest real neighbor.";
    const percents = (/** @type {number} */ value) => `${Math.round(value)}%`;
    this.#chart("coverage", step, counted ? short : percents, [[counted ? "modes" : "covered", "--accent"]]);
    this.#chart("losses", step, short, [
      ["discriminator", "--real"],
      ["generator", "--made"],
    ]);
  }

  /**
   * @param {string} name of the canvas
   * @param {number} step
   * @param {(value: number) => string} format
   * @param {[name: string, color: string][]} terms
   */
  #chart(name, step, format, terms) {
    draw(this.canvas(`ganplane-${name}`), (context, width, height) => {
      /** @type {Point[]} */
      const test = [];
      const lines = terms.map(([term, ink]) => ({ train: this.history[term], test, ink: color(ink) }));
      chart(context, { width, height, lines, step, last: Math.max(10, step), format });
    });
  }
}
define("gan-plane", GanPlane);
