// What the small trainings in the plane have in common: a density to choose, a play button, a beginning.

import { answer } from "./answer.js";
import { DensityChooser } from "./density.js";
import { find, say, whenDark, whenResized } from "./dom.js";
import { given, keep } from "./link.js";
import { Live } from "./live.js";

/** @import { Density } from "./density.js" */
/** @import { Answer, Query } from "./types.d.ts" */

const AHEAD = { auto: 1500, asked: 10_000 }; // steps until it pauses by itself
const READ = 4000; // milliseconds in which a sentence is read

export class LiveView {
  #beginning = 0;
  /** Until when a sentence stays, whatever is shown meanwhile. */
  #held = 0;
  #drawn = 0;
  session = "";

  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   * @param {{lab: string, density: string, label: string}} options the lab; the density that it begins with unless the
   *   address names one; what the play button says
   */
  constructor(root, signal, { lab, density, label }) {
    this.root = find(root, ".toy", HTMLElement);
    this.signal = signal;
    this.lab = lab;
    this.label = label;
    this.plain = density;
    const [name, option = ""] = (given(lab, "plane") ?? "").split(".");
    /** What the address says beside the density. */
    this.option = option;
    /** @type {Density} */
    this.density = { density: name || density };
    this.live = new Live(this.root, signal, {
      ask: (times) => this.step({ times }),
      show: (shown) => this.take(shown),
      renew: (sentence) => {
        this.complain(sentence, true);
        this.begin();
      },
      fail: (sentence) => this.complain(sentence),
      changed: () => this.mark(),
    });
    this.on("toy-play", "click", () => (this.live.playing ? this.live.pause() : this.live.play(AHEAD.asked)));
    this.on("toy-reset", "click", () => this.begin());
    const pace = find(root, ".toy-speed", HTMLSelectElement);
    pace.addEventListener("change", () => {
      this.live.pace = pace.value;
      this.live.pump();
    });
    const chosen = (/** @type {Density} */ density) => {
      this.density = density;
      this.restart();
    };
    const chooser = this.part("toy-chooser");
    this.chooser = new DensityChooser(chooser, signal, {
      path: `/${lab}/plane/densities`,
      first: this.density.density ?? density,
      chosen,
    });
    const paint = () => {
      this.paint();
      this.curves();
    };
    whenResized(this.root, signal, paint);
    whenDark(signal, paint);
  }

  /** @param {string} name of a class within the view */
  part(name) {
    return find(this.root, `.${name}`, HTMLElement);
  }
  /** @param {string} name */
  canvas(name) {
    return find(this.root, `.${name}`, HTMLCanvasElement);
  }
  /** @param {string} name */
  input(name) {
    return find(this.root, `.${name}`, HTMLInputElement);
  }
  /** @param {string} name */
  select(name) {
    return find(this.root, `.${name}`, HTMLSelectElement);
  }
  /** @param {string} name @param {string} kind @param {() => void} act */
  on(name, kind, act) {
    this.part(name).addEventListener(kind, act, { signal: this.signal });
  }

  /** Begins, and plays unless the visitor wants little to move. */
  async open() {
    await this.begin();
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.live.play(AHEAD.auto);
  }

  /** Something else was chosen to be looked at: begins with it and plays. */
  async restart() {
    this.remember();
    if (await this.begin()) this.live.play(AHEAD.asked);
  }

  /** A new training from the seed; one that played goes on playing. False where another was begun meanwhile. */
  async begin() {
    const number = ++this.#beginning;
    const { body, query } = this.settings();
    try {
      const content = JSON.stringify({ ...this.density, ...body, instead: this.session || undefined });
      for (;;) {
        const begun = await answer(`/${this.lab}/plane/new`, query, { method: "POST", body: content });
        if (number !== this.#beginning || this.signal.aborted) return false;
        if (!begun.words.busy) {
          this.session = begun.words.session;
          this.begun();
          this.live.begun(begun);
          return true;
        }
        await new Promise((resolve) => setTimeout(resolve, 1000 * begun.words.again));
        if (number !== this.#beginning) return false;
      }
    } catch (error) {
      if (number === this.#beginning) {
        this.live.pause();
        this.complain(/** @type {Error} */ (error).message);
      }
      return false;
    }
  }

  /** Keeps the density and the option in the address; a drawing cannot be kept. */
  remember() {
    if (!this.root.offsetParent) return;
    const { density = this.plain, strokes } = this.density;
    const option = this.chosen();
    const text = density === this.plain && !option.changed ? null : `${density}.${option.name}`;
    keep(this.lab, { plane: strokes ? null : text });
  }

  mark() {
    this.button("toy-play", this.live.playing, this.label, this.label);
  }

  /**
   * @param {string} name of the button
   * @param {boolean} going whether pressing it pauses
   * @param {string} words
   * @param {string} label
   */
  button(name, going, words, label) {
    const button = this.part(name);
    button.textContent = going ? "❚❚ Pause" : `▶ ${words}`;
    button.setAttribute("aria-label", going ? "Pause" : label);
  }

  /**
   * @param {string} sentence
   * @param {boolean} [calm] holds it long enough to be read
   */
  complain(sentence, calm = false) {
    say(this.part("toy-problem"), sentence, calm);
    this.#held = calm ? performance.now() + READ : 0;
  }

  /** @param {Answer<any, any>} shown */
  take(shown) {
    this.read(shown);
    if (performance.now() > this.#held) this.complain(this.trouble());
    this.paint();
    const now = performance.now();
    if (now - this.#drawn < 150 && this.live.playing) return; // curves change little
    this.#drawn = now;
    this.curves();
  }

  // What each view has of its own:

  /** @returns {{body: object, query: Query}} what a new training is asked for with, beside the density */
  settings() {
    return { body: {}, query: {} };
  }
  /** @returns {{name: string, changed: boolean}} what the address says beside the density */
  chosen() {
    return { name: "", changed: false };
  }
  /** @param {Query} _query @returns {Promise<Answer<any, any>>} trains some steps and looks */
  step(_query) {
    throw new Error("A live view has a step.");
  }
  /** A new training begins. */
  begun() {}
  /** @param {Answer<any, any>} _answer keeps what the server says */
  read(_answer) {}
  /** A sentence about what has gone wrong in the training, or none. */
  trouble() {
    return "";
  }
  paint() {}
  curves() {}
}
