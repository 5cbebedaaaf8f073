// One run's phrases: at the point or along the path, or the visitor's own; what their code gives back; and the square.

import { element } from "../../ui/static/dom.js";
import { count, percent } from "../../ui/static/format.js";
import { Part } from "../../ui/static/painter.js";
import { pathOf } from "./path.js";
import { label } from "./performance.js";
import { agreement, FRAMES, phrasesOf, read, VOICES, written } from "./phrase.js";
import { INKS, Roll } from "./roll.js";
import { RollEditor } from "./roll-editor.js";
import { Square } from "./square.js";

/** @import { Answer } from "../../ui/static/types.d.ts" */
/** @import { Track } from "../../ui/static/track.js" */
/** @import { Note, Rolls } from "./phrase.js" */
/** @import Hear from "./hear.js" */

/** @typedef {Answer<{step: number}, Rolls>} Phrases */
/** @typedef {Answer<{names: string[], held_out: number}, Rolls>} Corners */
/** @typedef {"phrase" | "beside"} Piece */

const [MAIN, BESIDE] = [0.48, 0.28]; // of the height in sight
const SIDE = 280; // CSS pixels of the square, at most
const LEAST = 200; // CSS pixels of the main roll

export class Lane {
  /** Phrases at the point, or along the path. @type {Note[][]} */
  #blend = [];
  /** What they were asked by. */
  #blended = "";
  /** What stands beside the phrase, once it is known. @type {Note[] | null} */
  #second = null;
  /** The phrase of the path that is drawn. */
  #index = 0;
  /** @type {{track: Track, step: number} | null} */
  #shown = null;
  /** @type {Corners["words"]} */
  corners = { names: [], held_out: 0 };

  /** @param {Hear} painter */
  constructor(painter) {
    this.painter = painter;
    this.blend = /** @type {Part<Phrases>} */ (new Part(painter, "blend"));
    this.second = /** @type {Part<Phrases>} */ (new Part(painter, "second", { limit: 1 }));
    this.given = /** @type {Part<Corners>} */ (new Part(painter, "corners"));
    const label = "Piano roll of the phrase; a press plays from there";
    this.roll = new Roll({ "data-part": "main", tabindex: 0, role: "application", "aria-label": label });
    this.other = new Roll({ role: "img", "aria-label": "Piano roll of what stands beside it" });
    this.said = element("span", { class: "quiet", "aria-live": "polite" });
    this.editor = new RollEditor(this.roll, {
      edited: (notes) => painter.edit(notes),
      sought: (frame) => painter.seek(this, this.#index * FRAMES + frame),
      chose: (voice) => painter.choose(voice),
      said: (sentence) => {
        this.said.textContent = sentence;
      },
    });
    this.square = new Square({
      moved: (at) => painter.move(at),
      drawn: (path) => painter.draw(path),
      rested: () => painter.rest(),
    });
    this.parts = this.#parts();
    const { main, side, second } = this.parts;
    this.root = element("div", { class: "hear" }, main, side, second);
    this.root.addEventListener("keydown", (event) => painter.press(this, event));
    this.heard(null, 0);
  }

  /** Buttons, words, and what they stand in. */
  #parts() {
    const { painter, roll, other, square, said } = this;
    /** @param {string} text @param {() => void} onclick @param {string} title */
    const button = (text, onclick, title) => element("button", { type: "button", title, onclick }, text);
    /** @param {...Node} children */
    const bar = (...children) => element("div", { class: "hear-bar" }, ...children);
    const play = button("", () => painter.toggle(this, "phrase"), "Plays the phrase, or all along the path (Space)");
    play.classList.add("primary");
    const edit = button("Edit notes", () => painter.editing(!this.editor.on), "Click to add or remove a note, drag");
    const undo = button("Undo", () => painter.undo(), "Brings back what was replaced last");
    const voices = VOICES.map((name, voice) => {
      const title = `New notes are of this voice (key ${voice + 1})`;
      const chosen = button("", () => painter.choose(voice), title);
      chosen.append(element("i", { style: `background:${INKS[voice]}` }), name);
      return chosen;
    });
    const caption = element("p", { class: "caption" });
    const legend = element("div", { class: "hear-voices" }, ...voices);
    const main = element("div", { class: "hear-main" }, bar(play, edit, undo, legend), roll.root, said, caption);
    const point = button("Point", () => painter.turn(false), "Drag a point through the square");
    const path = button("Path", () => painter.turn(true), "Draw a path; its phrases are heard one after another");
    const where = element("p", { class: "caption" });
    const side = element("div", { class: "hear-side" }, bar(point, path), square.canvas, where);
    const playOther = button("", () => painter.toggle(this, "beside"), "Plays what stands beside the phrase");
    const take = () => painter.bring(written(this.#second ?? []));
    const takeOver = button("Take over", take, "What stands beside the phrase becomes the phrase");
    const about = element("span", { class: "hear-beside" });
    const second = element("div", { class: "hear-second" }, bar(playOther, takeOver, about), other.root);
    return { play, edit, undo, voices, caption, main, point, path, where, side, playOther, takeOver, about, second };
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.#shown = { track, step };
    this.given.ask(track, step, (corners) => {
      this.corners = corners.words;
      this.square.show(phrasesOf(corners));
      this.painter.told();
    });
    this.blend.ask(track, step, (blend, query) => {
      this.#blend = phrasesOf(blend);
      this.#blended = track.key(query);
      this.#renew();
    });
    this.#renew();
  }

  /** Asks for what stands beside the phrase that is drawn. */
  #ask() {
    if (!this.#shown || !this.painter.resting) return;
    const { track, step } = this.#shown;
    const current = this.#blended === track.key(this.blend.query(track, step));
    if (!this.painter.options.notes && !current) return; // its phrase is still to come
    const take = (/** @type {Phrases} */ second) => {
      [this.#second] = phrasesOf(second);
      this.#renew();
    };
    this.second.ask(track, step, take, { query: { notes: written(this.phrase) } });
  }

  /** What is on the stage, one phrase or those along the path. */
  get phrases() {
    const { notes } = this.painter.options;
    return notes ? [read(notes)] : this.#blend;
  }

  /** What a button plays. @param {Piece} piece @returns {Note[][]} */
  piece(piece) {
    if (piece === "phrase") return this.phrases;
    const second = this.#second ?? [];
    return this.painter.options.beside === "continuation" ? [this.phrase, second] : [second];
  }

  /** The phrase that is drawn. */
  get phrase() {
    return this.phrases[this.#index] ?? this.phrases[0] ?? [];
  }

  /** Draws all that may have changed. */
  #renew() {
    const { parts } = this;
    const { options } = this.painter;
    const { x, y, notes, beside } = options;
    const path = notes ? [] : pathOf(options.path);
    this.#index = Math.min(this.#index, Math.max(0, this.phrases.length - 1));
    parts.play.disabled = !this.phrases.length;
    parts.playOther.disabled = parts.takeOver.disabled = !this.#second;
    this.roll.show(this.phrase);
    this.square.put(path[this.#index] ?? [x, y], path);
    this.other.show(this.#second ?? []);
    parts.second.classList.toggle("waiting", !this.painter.resting);
    const share = percent(agreement(this.phrase, this.#second ?? []));
    const same = beside === "reconstruction" && this.#second ? `: ${share} of the pitches come back` : "";
    parts.about.textContent = `${beside[0].toUpperCase()}${beside.slice(1)}${same}`;
    const at = `(${x.toFixed(2)}, ${y.toFixed(2)})`;
    parts.where.textContent = path.length ? `A path of ${path.length}` : `The point is at ${at}`;
    this.#describe(path.length);
    this.mark();
    this.#ask();
    this.painter.renewed(this);
  }

  /** @param {number} places of the path */
  #describe(places) {
    if (!this.#shown) return;
    const { track, step } = this.#shown;
    const from = `${track.info.name}, snapshot of step ${count(step)}`;
    const what = this.painter.options.notes
      ? "your own notes"
      : places
        ? `phrase ${this.#index + 1} of the ${places} along the path, each decoded from a blend of the corners' codes`
        : "the phrase decoded from the spherical blend of the corners' codes at the point";
    this.parts.caption.textContent = `${from}: ${what}. Two bars, a column a sixteenth.`;
  }

  /** What is pressed and what can be. */
  mark() {
    const { painter, editor, square } = this;
    const { edit, undo, point, path, voices } = this.parts;
    if (!editor.on) this.said.textContent = "";
    edit.setAttribute("aria-pressed", String(editor.on));
    point.setAttribute("aria-pressed", String(!square.drawing));
    path.setAttribute("aria-pressed", String(square.drawing));
    undo.hidden = !painter.undoable;
    for (const [voice, button] of voices.entries()) {
      button.setAttribute("aria-pressed", String(editor.on && editor.voice === voice));
    }
  }

  /** Draws where the sound is. @param {Piece | null} piece that is played @param {number} frame of it */
  heard(piece, frame) {
    const total = piece ? this.piece(piece).length : 1;
    const index = Math.floor(frame / FRAMES) % total;
    const within = frame % FRAMES;
    label(this.parts.play, piece === "phrase");
    label(this.parts.playOther, piece === "beside");
    const onOther = piece === "beside" && index === total - 1;
    this.roll.at(piece && !onOther ? within : null);
    this.other.at(onOther ? within : null);
    if (piece !== "phrase" || index === this.#index) return;
    this.#index = index;
    this.#renew();
  }

  paint() {
    const { height } = this.painter;
    this.roll.paint(Math.max(LEAST, MAIN * height));
    this.other.paint(Math.max(LEAST * 0.6, BESIDE * height));
    this.square.paint(Math.min(SIDE, this.parts.side.clientWidth));
  }
}
