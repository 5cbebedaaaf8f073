// Two small networks play against each other in the plane, on the server; here is what can be seen of it.

import { color, dots, draw } from "../../ui/static/canvas.js";
import { chart } from "../../ui/static/chart.js";
import { define, element } from "../../ui/static/dom.js";
import { count, short } from "../../ui/static/format.js";
import { LiveView } from "../../ui/static/live-view.js";
import { json, packet } from "../../ui/static/server.js";
import { heat, manifold, pull, scale } from "./duel.js";

/** @import { Packet, Point, Query } from "../../ui/static/types.d.ts" */
/** @import { Head as Shape } from "./duel.js" */

/**
 * @typedef {object} Moment
 * @property {number} step turns so far
 * @property {number[]} lengths of the parts of the answer, in points
 * @property {Record<string, number>} losses
 * @property {number} covered share of real points
 * @property {number | null} modes that are covered; null where the density has none
 * @property {number} of modes that there are
 * @property {boolean} finite
 * @property {string} density
 * @typedef {Moment & Shape} Head
 * @typedef {Record<string, string | number>} Rules
 * @typedef {{head: Head, fake: Float32Array, net: Float32Array, arrows: Float32Array, values: Uint8Array}} Shown
 */

/** @type {Record<string, string>} */
const WHY = {
  cure: "Turn by turn; every made point is compared with a real one, and the penalty keeps the discriminator flat where both agree. No single place is best for all points, so they spread.",
  collapse:
    "The generator makes 20 steps before the discriminator may look again. All of it runs to the one place that is judged most real; once that is found out, to the next.",
  wasserstein:
    "The discriminator measures how far the two clouds lie apart, with a slope held near 1, and gets three steps a turn for it.",
  own: "Knobs of your own; choose a game to get back.",
};
/** @type {Record<string, string>} */
const NAMES = { cure: "balanced", collapse: "collapse", wasserstein: "Wasserstein", own: "your own" };
const FIRST = "cure";
const NUMBERS = ["rate_g", "rate_d", "steps_g", "steps_d", "latent", "seed"];
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
    return packet("/gan/plane/step", { session: this.session, who: "both", ...query }, { method: "POST", body });
  }

  begun() {
    this.history = { covered: [], modes: [], discriminator: [], generator: [] };
  }

  /** @param {Packet<Head>} answer */
  read({ head, bytes }) {
    const [fake, net, arrows, real] = head.lengths.map(LiveView.points(bytes));
    const before = 8 * head.lengths.reduce((sum, n) => sum + n);
    this.shown = { head, fake, net, arrows, values: bytes.subarray(before, before + head.cells ** 2) };
    if (real) this.real = real;
    for (const [name, value] of Object.entries({ ...head.losses, covered: 100 * head.covered, modes: head.modes })) {
      const last = this.history[name].at(-1)?.[0] ?? -1;
      if (value !== null && last < head.step) this.history[name].push([head.step, value]);
    }
  }

  trouble() {
    if (this.shown?.head.finite !== false) return "";
    return "The points have run off to infinity; lower the learning rates and reset.";
  }

  paint() {
    if (!this.shown) return;
    const { head, fake, net, arrows, values } = this.shown;
    /** @param {string} what */
    const wanted = (what) => this.input(`ganplane-${what}`).checked;
    draw(this.board, (context, width) => {
      const place = scale(width, head.extent);
      const reach = head.extent;
      if (wanted("heat")) heat(context, width, values, head.cells);
      if (wanted("manifold")) manifold(context, net, head, color("--made"), place);
      dots(context, width, this.real, { reach, ink: color("--real"), size: 2.5, alpha: 0.75 });
      dots(context, width, fake, { reach, ink: color("--made"), size: 3 });
      if (wanted("arrows")) pull(context, width, fake, arrows, color("--ink"), place);
    });
    const covered =
      head.modes === null
        ? `${Math.round(100 * head.covered)}% of 512 real points covered`
        : `${head.modes} of ${head.of} modes covered`;
    this.part("toy-caption").textContent =
      `${head.density}, turn ${count(head.step)}, seed ${this.rules.seed}: ${covered}; 512 real and 512 made points. ` +
      (head.latent > 2 ? "The net shows the first two of the noise's dimensions. " : "") +
      "The arrows are the generator's gradient at 96 made points, on a common scale.";
  }

  curves() {
    if (!this.shown) return;
    const { step, modes, of } = this.shown.head;
    const counted = modes !== null;
    this.part("ganplane-covered-title").textContent = counted
      ? `How many of the ${of} modes are covered?`
      : "How much of the data is covered?";
    this.part("ganplane-covered-caption").textContent = counted
      ? "A mode counts when a tenth of its fair share of made points lies within three of its standard deviations."
      : "A real point counts when a made one is as near as its fifth nearest real neighbor.";
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
