// Phrases of a music VAE to see and to hear: between four corners, along a path, beside what their code gives back.

import { Painter } from "../../ui/static/painter.js";
import { Exchange } from "./exchange.js";
import { Lane } from "./hear-lane.js";
import { pathText } from "./path.js";
import { Performance } from "./performance.js";
import { written } from "./phrase.js";

/** @import { Values } from "../../ui/static/types.d.ts" */
/** @import { Piece } from "./hear-lane.js" */
/** @import { Note } from "./phrase.js" */
/** @import { Place } from "./path.js" */

/** The corners by their options, and where they are. @type {Record<string, Place>} */
export const CORNERS = { nw: [0, 0], ne: [1, 0], sw: [0, 1], se: [1, 1] };

/** @extends {Painter<Lane>} */
export default class Hear extends Painter {
  /** What is played. @type {{lane: Lane, piece: Piece} | null} */
  #played = null;
  /** What was edited or moved away, the last one at the end. @type {Values[]} */
  #past = [];
  /** Whether no finger drags the point: what stands beside the phrase waits for that. */
  resting = true;
  drawing = false;
  editable = false;
  voice = 0;

  /** @param {import("../../ui/static/stage.js").Stage} stage */
  constructor(stage) {
    super(stage);
    this.performance = new Performance(this);
    this.exchange = new Exchange(this);
  }

  lane() {
    const lane = new Lane(this);
    this.#equip(lane);
    return lane;
  }

  show() {
    super.show();
    const { temperature, beside } = this.options;
    this.controls.hide("seed", temperature === 0 && beside === "reconstruction"); // nothing is drawn
    const lane = this.#played?.lane;
    if (lane && !this.lanes.includes(lane)) this.stop();
    const { extras } = this.stage;
    if (this.exchange.root.parentElement !== extras) extras.replaceChildren(this.exchange.root); // a slider may be held
  }

  /** The corners have names. */
  told() {
    this.exchange.show(this.lanes[0]?.corners);
  }

  /** @param {Lane} lane */
  #equip(lane) {
    lane.editor.voice = this.voice;
    lane.square.turn(this.drawing);
    if (lane.editor.on !== this.editable) lane.editor.turn(this.editable);
    lane.mark();
  }

  #equipAll() {
    for (const lane of this.lanes) this.#equip(lane);
  }

  /** What is played now. @param {Lane} lane @param {Piece} piece */
  #score(lane, piece) {
    const { tempo, loop } = this.options;
    return { phrases: lane.piece(piece), tempo: Number(tempo), loop: Boolean(loop) };
  }

  /** Plays, or stops what is played. @param {Lane} lane @param {Piece} piece */
  toggle(lane, piece) {
    if (this.#played?.lane === lane && this.#played.piece === piece) return this.stop();
    return this.#play(lane, piece, 0);
  }

  /** Plays the phrase from a frame on. @param {Lane} lane @param {number} frame */
  seek(lane, frame) {
    this.#play(lane, "phrase", frame);
  }

  /** @param {Lane} lane @param {Piece} piece @param {number} from */
  #play(lane, piece, from) {
    const heard = (/** @type {number | null} */ frame) => {
      if (frame === null) this.#played = null;
      lane.heard(frame === null ? null : piece, frame ?? 0);
    };
    this.stop();
    if (lane.piece(piece).length) this.#played = { lane, piece };
    this.performance.play(this.#score(lane, piece), from, heard);
  }

  stop() {
    this.performance.stop();
  }

  /** What a lane shows has changed: so does what is heard. @param {Lane} lane */
  renewed(lane) {
    if (this.#played?.lane === lane) this.performance.change(this.#score(lane, this.#played.piece));
  }

  /** @param {Lane} lane @param {KeyboardEvent} event */
  press(lane, event) {
    if (event.defaultPrevented || !(event.target instanceof HTMLCanvasElement)) return;
    if (event.key === " ") this.toggle(lane, this.#played?.lane === lane ? this.#played.piece : "phrase");
    else if (event.key === "z" && (event.ctrlKey || event.metaKey)) this.undo();
    else return;
    event.preventDefault();
  }

  /** @param {Values} changes */
  changed(changes) {
    super.changed(changes);
    if (this.#played) this.renewed(this.#played.lane);
  }

  /** Notes of one's own, a path or a corner give way to something else and can be had back. @param {Values} changes */
  #replace(changes) {
    const { options } = this;
    const corner = Object.keys(CORNERS).some((name) => name in changes);
    if (options.notes || options.path || changes.notes || corner) {
      const names = ["notes", "path", ...Object.keys(changes)];
      this.#past.push(Object.fromEntries(names.map((name) => [name, options[name]])));
    }
    this.set(changes);
  }

  get undoable() {
    return this.#past.length > 0;
  }

  undo() {
    const last = this.#past.pop();
    if (last) this.set(last);
  }

  /** The point was dragged, or led by a key. @param {Place} at */
  move([x, y]) {
    this.resting = false;
    const place = { x: Number(x.toFixed(4)), y: Number(y.toFixed(4)) };
    const { notes, path } = this.options;
    if (notes || path) this.#replace({ ...place, notes: "", path: "" });
    else this.set(place);
  }

  rest() {
    this.resting = true;
    this.show();
  }

  /** @param {Place[]} path */
  draw(path) {
    this.#replace({ path: pathText(path), notes: "" });
  }

  /** @param {Note[]} notes */
  edit(notes) {
    this.#replace({ notes: written(notes) });
  }

  /** A phrase of one's own takes the place of that on the stage. @param {string} notes @param {Values} [more] */
  bring(notes, more = {}) {
    this.#replace({ ...more, notes });
  }

  /** A phrase becomes a corner, and the point goes there. @param {string} corner @param {string} text */
  corner(corner, text) {
    const [x, y] = CORNERS[corner];
    const own = text.length > 4; // else it is a number
    this.#replace(own ? { [corner]: text, x, y, notes: "", path: "" } : { [corner]: text });
  }

  /** @param {boolean} drawing */
  turn(drawing) {
    this.drawing = drawing;
    this.#equipAll();
  }

  /** @param {boolean} on */
  editing(on) {
    this.editable = on;
    this.#equipAll();
  }

  /** @param {number} voice of new notes */
  choose(voice) {
    this.voice = voice;
    this.editable = true;
    this.#equipAll();
  }

  /** What is taken away: what the first lane shows. @returns {Note[][]} */
  get taken() {
    return (this.#played?.lane ?? this.lanes[0])?.piece(this.#played?.piece ?? "phrase") ?? [];
  }
}
