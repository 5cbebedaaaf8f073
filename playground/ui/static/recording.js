// The film of the stage as a GIF: the stage at frame after frame, and below it the run, the step and the curve's value.

import { color, context2d } from "./canvas.js";
import { rgb } from "./colormap.js";
import { element, whenResized } from "./dom.js";
import { count } from "./format.js";
import { indexed } from "./palette.js";
import { raster } from "./raster.js";
import { differences } from "./run.js";
import { GIFEncoder } from "./vendor/gifenc.js";

/** @import { Stage } from "./stage.js" */

/**
 * A picture with at most 256 colors.
 * @typedef {object} Frame
 * @property {Uint8Array} index of a color for each pixel
 * @property {number[][]} palette
 * @property {number} width
 * @property {number} below how many of its rows, the lowest ones, are the lines below the stage
 */

const MOST = 60; // frames of a GIF
/** The colors of thin lines and of words. */
const THIN = ["--ink", "--quiet", "--line", "--accent", "--second"];
const [SHOWN, LAST] = [250, 2000]; // milliseconds for a frame, and for the last one
const NARROW = 500; // CSS pixels: a stage that is no wider is drawn with two pixels for each
const SCROLLBAR = 24; // CSS pixels: it may come where a caption takes a line more, and is no other size of the stage
const LINE = 20; // CSS pixels, of text
const PAD = 8; // and above and below it
const TIME = 2; // CSS pixels: how thick the line is that grows through the film

/**
 * Evenly spread ones of the steps, the first and the last among them; all of them where they are not too many.
 * @param {number[]} steps
 */
export function spread(steps, most = MOST) {
  if (steps.length <= most) return steps;
  return Array.from({ length: most }, (_, i) => steps[Math.round((i * (steps.length - 1)) / (most - 1))]);
}

/**
 * Frames of one height: a caption may take a line more at some steps, so there is space below the shorter pictures.
 * @param {Frame[]} frames of one width
 * @returns {Frame[]}
 */
export function level(frames) {
  const size = Math.max(...frames.map(({ index }) => index.length));
  return frames.map((frame) => {
    const { index, width, below } = frame;
    const own = index.length - below * width; // pixels of the stage
    const whole = new Uint8Array(size).fill(index[0]); // the color of its margin
    whole.set(index.subarray(0, own));
    whole.set(index.subarray(own), size - below * width);
    return { ...frame, index: whole };
  });
}

/** A GIF that plays for ever. @param {Frame[]} frames */
function encode(frames) {
  const gif = GIFEncoder();
  for (const [i, { index, palette, width }] of level(frames).entries()) {
    const delay = i < frames.length - 1 ? SHOWN : LAST;
    gif.writeFrame(index, width, index.length / width, { palette, delay });
  }
  gif.finish();
  return new Blob([gif.bytes()], { type: "image/gif" });
}

/** One film of a stage, while it is being made. It ends without one as soon as the visitor changes what is shown. */
export class Recording {
  #control = new AbortController();
  /** Whether the film moves because of this recording. */
  #going = false;
  /** Whether the visitor has gone to another step or run, and wants to be there. */
  #left = false;
  /** Of all frames, in pixels. */
  #width = 0;
  /** Why there is no film, for the visitor. */
  problem = "";

  /**
   * @param {Stage} stage
   * @param {(frame: number, of: number) => void} report hears which frame is being drawn, from 1 on
   */
  constructor(stage, report) {
    this.stage = stage;
    this.report = report;
    this.density = stage.section.clientWidth > NARROW ? 1 : 2;
    /** Is aborted at the end. */
    this.signal = this.#control.signal;
  }

  cancel() {
    this.#control.abort();
  }

  /** The film; null where there is none, and then `problem` says why, unless the visitor wants none. */
  async make() {
    const { film } = this.stage;
    const { step, following } = film;
    film.playback.pause();
    this.#watch();
    try {
      return await this.#frames();
    } catch (error) {
      if (this.signal.aborted) return null;
      console.warn(error);
      this.problem = "The film was not saved, as a frame of it could not be drawn.";
      return null;
    } finally {
      this.cancel();
      if (following && !this.#left) film.follow();
      else if (!this.#left) this.#show(step);
    }
  }

  /** Cancels when something else is shown: another step, run, view or choice, the stage in another size, another lab. */
  #watch() {
    const { signal, stage } = this;
    const { section, film } = stage;
    for (const kind of ["run", "time", "play", "curve"]) {
      const leave = () => {
        if (this.#going) return;
        this.#left = true;
        this.cancel();
      };
      film.addEventListener(kind, leave, { signal });
    }
    const changed = () => {
      this.problem = "The film was not saved, as something on the stage was changed meanwhile.";
      this.cancel();
    };
    film.addEventListener("chosen", changed, { signal });
    stage.signal.addEventListener("abort", () => this.cancel(), { signal });
    const { clientWidth } = section;
    whenResized(section, signal, () => {
      if (!section.clientWidth) this.cancel();
      else if (Math.abs(section.clientWidth - clientWidth) > SCROLLBAR) changed();
    });
  }

  /** Goes to a step; the address stays as it is, and frames that a training adds are not followed. @param {number} step */
  #show(step) {
    const { film } = this.stage;
    this.#going = true;
    Object.assign(film, { step, following: false });
    film.emit("time");
    this.#going = false;
  }

  async #frames() {
    const { signal, stage } = this;
    const steps = spread(stage.film.track?.steps ?? []);
    const canceled = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    canceled.catch(() => {}); // it may be canceled where nobody waits
    /** @type {Frame[]} */
    const frames = [];
    stage.place.inert = true; // what is below the pointer would be another thing in each frame
    try {
      for (const [i, step] of steps.entries()) {
        this.report(i + 1, steps.length);
        this.#show(step);
        await Promise.race([stage.painter?.settled(), canceled]);
        const picture = await Promise.race([raster(stage, this.density), canceled]);
        frames.push(this.#frame(picture, (i + 1) / steps.length));
      }
    } finally {
      stage.place.inert = false;
    }
    return encode(frames);
  }

  /**
   * A picture of the stage, with a line for each run below it.
   * @param {HTMLCanvasElement} picture
   * @param {number} share of the film that has passed
   * @returns {Frame}
   */
  #frame(picture, share) {
    const { density } = this;
    this.#width ||= picture.width;
    const width = this.#width;
    const lines = this.#lines();
    const below = density * (2 * PAD + LINE * lines.length);
    const canvas = element("canvas", { width, height: picture.height + below });
    const context = context2d(canvas);
    context.fillStyle = color("--ground");
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0);
    context.translate(0, picture.height);
    context.scale(density, density);
    for (const [name, part] of /** @type {const} */ ([
      ["--line", 1],
      ["--accent", share],
    ])) {
      context.fillStyle = color(name);
      context.fillRect(0, 0, (part * width) / density, TIME);
    }
    const { fontFamily, paddingLeft } = getComputedStyle(this.stage.section);
    const left = Number.parseFloat(paddingLeft);
    context.textBaseline = "middle";
    for (const [i, { name, ink, words }] of lines.entries()) {
      const y = PAD + LINE * (i + 0.5);
      context.font = `600 13px ${fontFamily}`;
      context.fillStyle = ink;
      context.fillText(name, left, y);
      const x = left + context.measureText(name).width;
      context.font = `13px ${fontFamily}`;
      context.fillStyle = color("--ink");
      context.fillText(words, x, y);
    }
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const kept = THIN.map((name) => {
      context.fillStyle = color(name);
      return rgb(String(context.fillStyle)); // of six digits, however the style has it
    });
    return { ...indexed(data, kept), width, below };
  }

  /** What each run is called, and where in its training it is. */
  #lines() {
    const { film, painter } = this.stage;
    const tracks = painter?.fitting ?? [];
    const others = differences(tracks.map(({ info }) => info));
    return tracks.map((track, i) => {
      const step = track.snapshot(film.stepOf(track));
      const parts = [`, step ${count(step)}`, film.valueAt(step, track)];
      return {
        name: [...new Set([track.info.name, others[i]])].join(", "),
        ink: color(i ? "--second" : tracks.length > 1 ? "--accent" : "--ink"),
        words: parts.filter(Boolean).join(" · "),
      };
    });
  }
}
