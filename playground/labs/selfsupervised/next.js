// A picture that moves, and the frames that a network predicts: as one player that loops, and as a strip.

import { at } from "../../ui/static/answer.js";
import { color, draw, enlarge, show, tile } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { count } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { brancher } from "./branch.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer, Values } from "../../ui/static/types.d.ts" */

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/**
 * @typedef {Answer<
 *   {given: number, psnr: number, copy: number, sharpness: number},
 *   {true: Bytes, predicted: Bytes, psnr: Float32Array, copy: Float32Array, sharpness: Float32Array}
 * >} Next
 */

const PACE = 220; // milliseconds a frame
const GAP = 1; // CSS pixels between frames
const CURVE = 88; // and of the curve's height
const TOP = 18; // of which words take so many
const MOST = 40; // decibels at its upper end
const PLAYERS = 0.4; // of the height that is in sight is theirs
/** Of a loss its name, and for what it asks where several futures are possible. @type {Record<string, string[]>} */
const LOSSES = {
  mse: ["squared error (MSE)", "for the mean of all possible futures"],
  l1: ["absolute error (L1)", "for the median of all possible futures"],
  "l1, gradients": ["absolute error and gradient difference", "for their median, with edges as sharp as the true ones"],
};
const TEXT = "12px system-ui, sans-serif";

const EXACT = 99; // decibels at which not even a rounding error is left
const decibels = (/** @type {number} */ psnr) => (psnr > EXACT ? "no limit, as it is exact" : `${psnr.toFixed(1)} dB`);
/** @param {number} share */
const percent = (share) => `${Math.round(100 * share)}%`;

/** One run's prediction. */
class Lane {
  /** @type {Next | null} */
  #next = null;

  /** @param {NextFrames} painter */
  constructor(painter) {
    this.painter = painter;
    this.part = /** @type {Part<Next>} */ (new Part(painter, "next", { limit: 4 }));
    const [real, made] = ["The picture as it moves", "The frames as they are predicted"].map((label) =>
      element("canvas", { class: "tile", role: "img", "aria-label": label }),
    );
    this.players = [real, made];
    this.now = element("figcaption");
    const label = "All frames, the true ones above and the predicted ones below; the arrow keys choose one";
    this.strip = element("canvas", { class: "next-strip", "data-part": "main", tabindex: 0, "aria-label": label });
    this.play = element("button", { class: "next-play", onclick: () => painter.toggle() });
    const oninput = () => painter.move(Number(this.range.value));
    this.range = element("input", { class: "next-range", type: "range", min: 1, "aria-label": "Frame", oninput });
    const captions = [element("figcaption", {}, "as it moves"), this.now];
    const figures = this.players.map((canvas, i) => element("figure", {}, canvas, captions[i]));
    this.time = element("div", { class: "next-time" }, this.play, this.range);
    this.main = element("div", { class: "lane-main" }, element("div", { class: "next-pair" }, ...figures), this.strip);
    this.main.append(this.time);
    this.words = element("p", { class: "same-words" });
    this.loss = element("p", { class: "next-loss" });
    this.caption = element("p", { class: "caption" });
    const side = element("div", { class: "lane-side" }, this.words, this.loss, this.caption);
    this.root = element("div", { class: "lane abreast" }, this.main, side);
    this.strip.addEventListener("pointerdown", ({ offsetX }) => this.#choose(offsetX));
    this.strip.addEventListener("keydown", (event) => this.#key(event));
  }

  /** How many frames there are. */
  get frames() {
    return this.#next?.tensors.true.shape[0] ?? 1;
  }

  /** The first frame that is predicted, counted from 1. */
  get first() {
    return (this.#next?.words.given ?? 0) + 1;
  }

  /** @param {number} x from the strip's left, in CSS pixels */
  #choose(x) {
    this.painter.move(Math.ceil((x / this.strip.clientWidth) * this.frames));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way) return;
    event.preventDefault();
    this.painter.move(this.painter.frame + way);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.#offer(track);
    this.part.ask(track, step, (next) => {
      this.#next = next;
      this.paint();
      const { given, psnr, copy, sharpness } = next.words;
      const n = Math.min(given, next.tensors.psnr.data.length);
      this.words.textContent =
        `${n === 1 ? "The first predicted frame has" : `The first ${n} predicted frames have`} a signal-to-noise ratio ` +
        `(PSNR) of ${decibels(psnr)}; a copy of the last frame given (dashed) has ${decibels(copy)}. ` +
        `The higher, the nearer to the truth. Edges are ${percent(sharpness)} as sharp as the true ones.`;
      this.caption.textContent =
        `${track.info.name}, snapshot of step ${count(step)}: it is given ${given} frames and was trained to predict ` +
        `the next ${given}; for those further on it is given its own predictions.`;
    });
  }

  /** Says what the loss asks for, and branches with the other kind of error. @param {Track} track */
  #offer(track) {
    const { stage, film } = this.painter;
    const loss = String(track.info.knobs.loss);
    const other = loss === "mse" ? "l1" : "mse";
    const [name, asks] = LOSSES[loss];
    const button = brancher(stage, `Branch with the ${LOSSES[other][0]}`, { loss: other });
    this.loss.replaceChildren(`The loss is the ${name}; it asks ${asks}. `, track === film.track ? button : "");
  }

  paint() {
    const next = this.#next;
    if (!next) return;
    this.#tick(next);
    const { true: real, predicted: made } = next.tensors;
    const { given } = next.words;
    const width = this.main.clientWidth;
    const cell = width / this.frames;
    this.strip.style.width = `${width}px`;
    this.strip.style.height = `${2 * cell + CURVE}px`;
    draw(this.strip, (context) => {
      context.fillStyle = color("--line"); // between frames, whose ground may be that of the page
      context.fillRect(0, 0, width, cell);
      context.fillRect(given * cell - GAP, cell, width, cell);
      for (let i = 0; i < this.frames; i++) {
        tile(context, at(real, i), i * cell, 0, cell - GAP);
        if (i >= given) tile(context, at(made, i - given), i * cell, cell, cell - GAP);
      }
      context.fillStyle = color("--quiet");
      context.font = TEXT;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText("given", (given * cell) / 2, 1.5 * cell, given * cell);
      this.#curve(context, cell, 2 * cell);
    });
  }

  /**
   * The signal-to-noise ratio of each frame, below it.
   * @param {CanvasRenderingContext2D} context
   * @param {number} cell
   * @param {number} top
   */
  #curve(context, cell, top) {
    const { tensors, words } = /** @type {Next} */ (this.#next);
    const { given } = words;
    const y = (/** @type {number} */ value) => top + CURVE - 1 - (Math.min(value, MOST) / MOST) * (CURVE - TOP - 1);
    const right = cell * this.frames - GAP;
    context.lineWidth = 1;
    context.textBaseline = "bottom";
    for (const level of [0, MOST / 2, MOST]) {
      context.fillStyle = color("--line");
      context.fillRect(given * cell, Math.round(y(level)), right - given * cell, 1);
      context.fillStyle = color("--quiet");
      context.textAlign = "right";
      context.fillText(level === MOST ? `≥ ${level} dB` : `${level}`, given * cell - 6, y(level) + (level ? 7 : 0));
    }
    context.textAlign = "left";
    if (this.frames > 2 * given) {
      context.fillText("further than trained", 2 * given * cell + 4, top + TOP - 4, right - 2 * given * cell - 4);
      context.fillRect(Math.round(2 * given * cell - GAP / 2), top, 1, CURVE);
    }
    const lines = [
      { values: tensors.copy.data, ink: color("--quiet"), dash: [3, 3] },
      { values: tensors.psnr.data, ink: color(this.painter.lanes[1] === this ? "--second" : "--accent"), dash: [] },
    ];
    for (const { values, ink, dash } of lines) {
      context.strokeStyle = context.fillStyle = ink;
      context.lineWidth = 2;
      context.setLineDash(dash);
      context.beginPath();
      values.forEach((value, i) => {
        const x = (given + i + 0.5) * cell - GAP / 2;
        context.lineTo(x, y(value));
        if (!dash.length) context.fillRect(x - 2, y(value) - 2, 4, 4);
      });
      context.stroke();
    }
    context.setLineDash([]);
  }

  /** Draws what changes from frame to frame. */
  tick() {
    if (this.#next) this.#tick(this.#next);
  }

  /** @param {Next} next */
  #tick({ tensors, words }) {
    const { frame, playing } = this.painter;
    const shown = Math.min(frame, this.frames) - 1;
    const made = shown >= words.given;
    show(this.players[0], at(tensors.true, shown));
    show(this.players[1], made ? at(tensors.predicted, shown - words.given) : at(tensors.true, shown));
    const size = tensors.true.shape[2];
    const room = Math.min(this.painter.height * PLAYERS, (this.main.clientWidth - 16) / 2);
    for (const player of this.players) enlarge(player, size, Math.max(96, room));
    const sharp = made ? percent(tensors.sharpness.data[shown - words.given]) : "";
    this.now.textContent = made ? `predicted, ${sharp} as sharp` : "given";
    this.range.max = String(this.frames); // before the value, which it would cut off
    this.range.value = String(shown + 1);
    this.range.setAttribute("aria-valuetext", `frame ${shown + 1} of ${this.frames}, ${made ? "predicted" : "given"}`);
    this.play.textContent = playing ? "❚❚" : "▶";
    this.play.setAttribute("aria-label", playing ? "Pause the clip" : "Play the clip");
  }
}

/**
 * All lanes show the same frame; while it is 0 they play, where moving pictures are welcome.
 * @extends {Painter<Lane>}
 */
export default class NextFrames extends Painter {
  #timer = 0;
  #frame = 0;

  /** @param {import("../../ui/static/stage.js").Stage} stage */
  constructor(stage) {
    super(stage);
    this.signal.addEventListener("abort", () => clearInterval(this.#timer));
    if (!this.options.frame && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.#loop();
  }

  get playing() {
    return this.#timer > 0;
  }

  /** The frame that is shown, counted from 1; at rest it is the first predicted one until another is chosen. */
  get frame() {
    return this.playing ? this.#frame + 1 : this.options.frame || (this.lanes[0]?.first ?? 1);
  }

  get frames() {
    return Math.max(1, ...this.lanes.map(({ frames }) => frames));
  }

  #loop() {
    this.#timer = setInterval(() => {
      if (!this.film.visible) return;
      this.#frame = (this.#frame + 1) % this.frames;
      for (const lane of this.lanes) lane.tick();
    }, PACE);
  }

  #pause() {
    clearInterval(this.#timer);
    this.#timer = 0;
  }

  /** Plays in a loop, or stays at the frame that is shown. */
  toggle() {
    if (this.playing) return this.move(this.frame);
    this.#frame = this.frame - 1;
    this.#loop();
    this.set({ frame: 0 });
  }

  /** Stays at a frame. @param {number} frame counted from 1 */
  move(frame) {
    this.#pause();
    this.set({ frame: Math.max(1, Math.min(this.frames, frame)) });
  }

  /** @param {Values} changes */
  changed(changes) {
    if (Object.keys(changes).some((name) => name !== "frame")) super.changed(changes);
    else for (const lane of this.lanes) lane.tick();
  }

  lane() {
    return new Lane(this);
  }
}
