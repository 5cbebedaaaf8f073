// What comes in and goes out: the phrases at the corners, the volume, MIDI files of one's own, and files to take away.

import { element } from "../../ui/static/dom.js";
import { address, json, sentence } from "../../ui/static/server.js";
import { read, written } from "./phrase.js";
import { rendered } from "./synth.js";
import { wav } from "./wav.js";

/** @import { Corners } from "./hear-lane.js" */
/** @import Hear from "./hear.js" */

const NAMES = { nw: "Upper left", ne: "Upper right", sw: "Lower left", se: "Lower right" };
const MOST_BYTES = 200_000; // of a MIDI file, as on the server
const [SLOWEST, FASTEST] = [40, 160]; // beats a minute that the page plays

/** The panel's part of the view. */
export class Exchange {
  /** @type {HTMLElement[]} */
  #names = [];
  #heldOut = 0;

  /** @param {Hear} painter */
  constructor(painter) {
    this.painter = painter;
    const accept = ".mid,.midi,audio/midi,audio/x-midi";
    this.file = element("input", { type: "file", accept, hidden: true, onchange: () => this.#bring() });
    this.bars = element("select", { hidden: true, "aria-label": "Bars of the file", onchange: () => this.#choose() });
    const act = (/** @type {string} */ text, /** @type {() => void} */ onclick, /** @type {string} */ title) =>
      element("button", { type: "button", title, onclick }, text);
    const files = element(
      "div",
      { class: "hear-bar" },
      act("Save MIDI", () => this.#midi(), "The phrase, or all along the path, as a MIDI file"),
      act("Save WAV", () => this.#wav(), "The same as sound: 44.1 kHz, 16 bits, stereo"),
      act("Open MIDI", () => this.file.click(), "Takes notes from a file of yours, two bars at a time"),
      this.bars,
      this.file,
    );
    this.root = element("div", { class: "hear-exchange" }, this.#corners(), painter.performance.volume(), files);
  }

  #corners() {
    const rows = Object.entries(NAMES).map(([corner, name]) => {
      const label = element("b", {});
      this.#names.push(label);
      const another = () => this.painter.corner(corner, String(Math.floor(Math.random() * this.#heldOut)));
      const use = () => this.#use(corner);
      const [other, own] = ["Another held-out phrase", "The phrase on the stage becomes this corner"];
      return element(
        "div",
        { class: "hear-corner" },
        element("span", {}, name, label),
        element("button", { type: "button", title: other, "aria-label": `${other}: ${name}`, onclick: another }, "↻"),
        element("button", { type: "button", title: own, "aria-label": `${own}: ${name}`, onclick: use }, "Use"),
      );
    });
    return element("div", {}, ...rows);
  }

  /** @param {Corners["words"] | undefined} corners */
  show(corners) {
    if (!corners) return;
    this.#heldOut = corners.held_out;
    for (const [i, label] of this.#names.entries()) label.textContent = corners.names[i];
  }

  /** The phrase on the stage becomes a corner. @param {string} corner */
  #use(corner) {
    const notes = this.painter.lanes[0]?.phrase;
    if (notes) this.painter.corner(corner, written(notes));
  }

  /** Reads a file of the visitor's. */
  async #bring() {
    const [file] = this.file.files ?? [];
    this.file.value = "";
    if (!file) return;
    try {
      if (file.size > MOST_BYTES) throw new Error("This file is larger than 200 kB. Give a shorter piece.");
      const { phrases, tempo } = await json("/vae/midi", {}, { method: "POST", body: file });
      const options = phrases.map((/** @type {string} */ text, /** @type {number} */ i) =>
        element("option", { value: text }, `bars ${2 * i + 1} and ${2 * i + 2}`),
      );
      this.bars.replaceChildren(...options);
      this.bars.hidden = phrases.length < 2;
      const kept = Math.max(SLOWEST, Math.min(FASTEST, tempo));
      this.painter.bring(phrases[0], { tempo: kept });
    } catch (error) {
      this.painter.stage.note(sentence(error));
    }
  }

  #choose() {
    if (read(this.bars.value).length) this.painter.bring(this.bars.value);
    else this.painter.stage.note("These bars are silent; choose others.");
  }

  /** @param {string} href @param {string} suffix */
  #download(href, suffix) {
    const { film, options } = this.painter;
    const name = options.notes ? "own" : options.path ? "path" : "phrase";
    element("a", { href, download: `${film.track?.id ?? "phrase"}-${name}.${suffix}` }).click();
  }

  #midi() {
    const notes = this.painter.taken.map(written).join("");
    this.#download(address("/vae/phrases.mid", { notes, tempo: this.painter.options.tempo }), "mid");
  }

  async #wav() {
    try {
      const { channels, rate } = await rendered(this.painter.taken, Number(this.painter.options.tempo));
      const href = URL.createObjectURL(new Blob([wav(channels, rate)], { type: "audio/wav" }));
      this.#download(href, "wav");
      URL.revokeObjectURL(href);
    } catch (error) {
      this.painter.stage.note(`The sound cannot be rendered here: ${sentence(error)}`);
    }
  }
}
