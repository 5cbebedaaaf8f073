// Where in a sampling we are, the same for all that are in sight: each lane has a bar that moves and plays it.

import { element } from "../../ui/static/dom.js";
import { Painter } from "../../ui/static/painter.js";

/** @import { Lane } from "../../ui/static/painter.js" */
/** @import { Values } from "../../ui/static/types.d.ts" */

const PACE = { frame: 250, least: 1500, most: 8000 }; // milliseconds

/**
 * Draws samplings; its view has the option `at`.
 * @template {Lane & {steps: number}} L
 * @extends {Painter<L>}
 */
export class Course extends Painter {
  playing = false;

  /** How many steps the longest sampling has. */
  get steps() {
    return Math.max(1, ...this.lanes.map((lane) => lane.steps));
  }

  /** After how many of them we are. */
  get frame() {
    return Math.round(this.options.at * this.steps);
  }

  /** @param {Values} changes */
  changed(changes) {
    if (Object.keys(changes).some((name) => name !== "at")) super.changed(changes);
    else this.paint();
  }

  /** @param {number} frame */
  move(frame) {
    this.playing = false;
    this.set({ at: frame / this.steps });
  }

  /** Plays on from where we are, or pauses. */
  toggle() {
    this.playing = !this.playing;
    this.paint();
    if (!this.playing) return;
    const began = performance.now();
    const span = Math.max(PACE.least, Math.min(PACE.most, PACE.frame * (1 + this.steps)));
    const from = this.options.at < 1 ? this.options.at : 0;
    /** @param {number} now */
    const next = (now) => {
      if (!this.playing || this.signal.aborted) return;
      const at = Math.min(1, from + Math.max(0, now - began) / span);
      this.playing = at < 1;
      this.set({ at });
      if (this.playing) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  }
}

export class Bar {
  /** @param {Course<any>} course */
  constructor(course) {
    this.course = course;
    const label = "Time: the steps of the sampling";
    const oninput = () => course.move(Number(this.range.value));
    this.play = element("button", { class: "sampling-play primary", onclick: () => course.toggle() });
    this.range = element("input", { class: "sampling-range", type: "range", min: 0, "aria-label": label, oninput });
    this.output = element("output");
    this.root = element("div", { class: "sampling-time" }, this.play, this.range, this.output);
  }

  paint() {
    const { playing, frame, steps } = this.course;
    this.play.textContent = playing ? "❚❚" : "▶";
    this.play.setAttribute("aria-label", playing ? "Pause the sampling" : "Play the sampling");
    this.range.max = String(steps); // before the value, which it would cut off
    this.range.value = String(frame);
    this.output.textContent = `${frame} of ${steps} steps`;
    this.range.setAttribute("aria-valuetext", this.output.textContent);
  }
}
