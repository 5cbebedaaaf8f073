// What linear probes read off the features of a clip: a compass of its directions, its speeds, and how right they are.

import { at } from "../../ui/static/answer.js";
import { color, draw, tile } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { count, percent } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { Compass } from "./compass.js";
import { accuracy, Confusion } from "./confusion.js";
import { Speeds } from "./speeds.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer } from "../../ui/static/types.d.ts" */

/** @typedef {{directions: string[], speeds: number[], direction: number, nearest: number}} Truth */
/** @typedef {{clip: Uint8Array<ArrayBuffer>, direction: Float32Array, speed: Float32Array}} Probabilities */
/** @typedef {Answer<Truth, Probabilities>} Motion */
/** @typedef {Answer<{step: number, labeled: number}, {directions: Int32Array, speeds: Int32Array}>} Known */
/** @typedef {Answer<{direction?: number, speed?: number, command?: string}, {}>} Supervised */

const PACE = 220; // milliseconds a frame
const REST = 2; // frames for which the last one stays, before the clip begins again
const COMPARED = 0.62; // of the height in sight is the compass's where two runs are compared
const FRAME = 40; // CSS pixels: the side of a frame in the strip, at most
const SPEED = { step: 0.25, most: 4 }; // of an arrow key, and the largest, in pixels a frame

/** The place of the largest value. @param {Float32Array} values */
const largest = (values) => values.indexOf(Math.max(...values));

/** One run's compass, and what stands beside it. */
class Lane {
  /** @type {{motion: Motion, speed: number, track: Track, step: number} | null} */
  #shown = null;
  /** @type {Known | null} */
  #known = null;
  /** What the first snapshot knows. @type {Known | null} */
  #start = null;

  /** @type {Supervised | null} */
  #supervised = null;

  /** @param {Motions} painter */
  constructor(painter) {
    this.painter = painter;
    this.supervised = /** @type {Part<Supervised>} */ (new Part(painter, "supervised"));
    this.motion = /** @type {Part<Motion>} */ (new Part(painter, "motion", { limit: 4 }));
    this.known = /** @type {Part<Known>} */ (new Part(painter, "known"));
    this.start = /** @type {Part<Known>} */ (new Part(painter, "known"));
    this.compass = new Compass({
      turn: (direction) => this.#turn(direction),
      by: (steps) => this.#turn((this.#shown?.motion.words.direction ?? 0) + steps),
      faster: (steps) => painter.speed(painter.options.speed + steps * SPEED.step),
    });
    this.speeds = new Speeds((speed) => painter.speed(speed));
    this.caption = element("p", { class: "caption" });
    this.confusion = new Confusion(this.caption);
    this.said = element(
      "p",
      { class: "motion-said", "aria-live": "polite" },
      "Probes are fitted; that takes a second.",
    );
    this.fast = element("p", { class: "motion-said" });
    this.strip = element("canvas", { class: "motion-strip", role: "img", "aria-label": "The frames that it sees" });
    this.table = element("table", { class: "label-table motion-table" });
    this.main = element("div", { class: "lane-main" }, this.compass.canvas);
    const parts = [this.said, this.strip, this.fast, this.speeds.canvas, this.table, this.confusion.root];
    this.side = element("div", { class: "lane-side" }, ...parts);
    this.root = element("div", { class: "lane abreast" }, this.main, this.side);
  }

  /** @param {number} direction counted on beyond the last one, or below the first */
  #turn(direction) {
    const names = this.#shown?.motion.words.directions;
    if (names) this.painter.turn(names[(direction + names.length) % names.length]);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    const first = track.snapshot(0);
    this.motion.ask(track, step, (motion, { speed }) => {
      this.#shown = { motion, speed: Number(speed), track, step };
      this.#renew();
    });
    this.known.ask(track, step, (known) => {
      this.#known = known;
      this.#renew();
    });
    this.start.ask(track, first, (known) => {
      this.#start = known;
      this.#renew();
    });
    this.supervised.ask(track, first, (supervised) => {
      this.#supervised = supervised;
      this.#renew();
    });
  }

  #renew() {
    if (!this.#shown) return;
    const { motion, speed } = this.#shown;
    const { directions, speeds, direction, nearest } = motion.words;
    const { clip, direction: ways, speed: paces } = motion.tensors;
    const [way, pace] = [largest(ways.data), largest(paces.data)];
    const truth = speed ? (way === direction ? "" : `; it moves ${directions[direction]}`) : "; it stands still";
    this.said.textContent = `The probe says ${directions[way]}, ${percent(ways.data[way])}${truth}`;
    const unit = `pixel${speeds[pace] === 1 ? "" : "s"} a frame`;
    this.fast.textContent =
      `${speeds[pace]} ${unit}, ${percent(paces.data[pace])}` +
      (speeds[pace] === speed ? "" : `; it moves at ${speed}`);
    this.compass.show({ probabilities: ways.data, direction, clip });
    this.speeds.show({ probabilities: paces.data, speeds, nearest, speed });
    if (this.#known && this.#start) this.#judge(this.#known, this.#start, this.#shown);
    this.paint();
  }

  /**
   * Says how right the probes are.
   * @param {Known} known
   * @param {Known} start
   * @param {{motion: Motion, track: Track, step: number}} shown
   */
  #judge({ tensors, words }, start, { motion, track, step }) {
    this.confusion.show(tensors.directions, motion.words.directions, motion.words.direction);
    const first = start.words.step;
    const { command, direction = 0, speed = 0 } = this.#supervised?.words ?? {};
    /** @type {[name: string, direction: number, speed: number][]} */
    const rows = [
      [`step ${count(words.step)}`, accuracy(tensors.directions), accuracy(tensors.speeds)],
      [
        first ? `step ${count(first)}` : "untrained",
        accuracy(start.tensors.directions),
        accuracy(start.tensors.speeds),
      ],
      ["chance", 1 / tensors.directions.shape[0], 1 / tensors.speeds.shape[0]],
    ];
    if (command) rows.push(["supervised", direction, speed]);
    const body = rows.map(([name, ...values]) => {
      const cells = values.map((value) => element("td", {}, (100 * value).toFixed(1)));
      return element("tr", {}, element("th", { scope: "row" }, name), ...cells);
    });
    const head = ["Accuracy in %", "direction", "speed"].map((text) => element("th", { scope: "col" }, text));
    this.table.replaceChildren(element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...body));
    const tests = tensors.speeds.data.reduce((sum, one) => sum + one, 0);
    const [frames] = motion.tensors.clip.shape;
    this.caption.textContent =
      `${track.info.name}, snapshot of step ${count(step)}: linear probes of its features of ${frames} frames, fitted to ` +
      `${count(words.labeled)} training clips whose motion is known; accuracy on ` +
      `${count(tests)} test clips of other pictures. Dashed is chance.` +
      (command ? ` “Supervised” learned from the labels of the same clips, measured by “${command}”.` : "");
  }

  paint() {
    if (!this.#shown) return;
    const { lanes, height } = this.painter;
    const room = this.painter.side(this.main);
    this.compass.paint(lanes.length > 1 ? Math.min(room, COMPARED * height) : room); // its words stand below it then
    this.speeds.paint();
    this.confusion.paint();
    const { clip } = this.#shown.motion.tensors;
    const [frames] = clip.shape;
    const side = Math.min(FRAME, Math.floor(this.side.clientWidth / frames) - 2);
    this.strip.style.width = `${frames * (side + 1) + 1}px`;
    this.strip.style.height = `${side + 2}px`;
    draw(this.strip, (context, width, height) => {
      context.fillStyle = color("--line"); // between frames, whose ground may be that of the page
      context.fillRect(0, 0, width, height);
      for (let i = 0; i < frames; i++) tile(context, at(clip, i), i * (side + 1) + 1, 1, side);
    });
  }

  /** The clip goes on. @param {number} ticks since it began */
  tick(ticks) {
    const frames = this.#shown?.motion.tensors.clip.shape[0] ?? 1;
    this.compass.tick(Math.min(frames - 1, ticks % (frames + REST)));
  }
}

/**
 * The clips of all lanes play in a loop, where moving pictures are welcome.
 * @extends {Painter<Lane>}
 */
export default class Motions extends Painter {
  /** @param {import("../../ui/static/stage.js").Stage} stage */
  constructor(stage) {
    super(stage);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    let ticks = 0;
    const timer = setInterval(() => {
      if (!this.film.visible) return;
      ticks++;
      for (const lane of this.lanes) lane.tick(ticks);
    }, PACE);
    this.signal.addEventListener("abort", () => clearInterval(timer));
  }

  /** @param {string} direction */
  turn(direction) {
    if (direction !== this.options.direction) this.set({ direction });
  }

  /** @param {number} wanted in pixels a frame */
  speed(wanted) {
    const speed = Math.max(0, Math.min(SPEED.most, wanted));
    if (speed !== this.options.speed) this.set({ speed });
  }

  lane() {
    return new Lane(this);
  }
}
