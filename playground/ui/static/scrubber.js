// The curve that one moves through time on, its frames, and the buttons and keys that do the same.

import { color, draw } from "./canvas.js";
import { chart, LEFT, playheads, RIGHT } from "./chart.js";
import { element, find, whenDark, whenResized } from "./dom.js";
import { count } from "./format.js";
import { marks } from "./marks.js";
import { SPEEDS } from "./playback.js";
import { previews } from "./preview.js";
import { metric } from "./run.js";
import { strip, words } from "./trace.js";
import { Track } from "./track.js";

/** @import { Film } from "./film.js" */

export const SCRUBBER = `
<div class="film-time">
  <button class="film-back" aria-label="One frame back">‹</button>
  <button class="film-play primary" aria-label="Play the film">▶</button>
  <button class="film-on" aria-label="One frame on">›</button>
  <button class="film-follow" aria-pressed="false" title="Stays at the newest frame (End)">Follow</button>
  <select class="film-speed" aria-label="Speed of the film"></select>
  <label class="film-at">step <input class="film-typed" type="text" inputmode="numeric" aria-label="Step"></label>
  <output class="film-step"></output>
</div>
<div class="film-track" data-part="scrubber">
  <canvas class="film-chart" aria-hidden="true"></canvas>
  <p class="film-trace"></p>
  <input class="film-range" type="range" min="0" max="0" value="0" aria-label="Time: the steps of the training">
  <figure class="film-hover" hidden><div class="film-preview"></div><figcaption></figcaption></figure>
</div>`;

const STRIP = 36; // CSS pixels below the curve, for what runs say of what is on the stage
const HOVER = 104; // CSS pixels, half the width of a preview
/** What has a use of its own for the keys. */
const FIELDS = "input, textarea, select, button, canvas, summary, a, [role=option], [role=listbox], [contenteditable]";

export class Scrubber {
  /** Where a step lies on the chart. @type {((step: number) => number) | null} */
  #scale = null;

  /**
   * @param {HTMLElement} root
   * @param {Film} film
   * @param {AbortSignal} signal
   */
  constructor(root, film, signal) {
    this.root = root;
    this.film = film;
    this.track = this.#part("track");
    this.chart = find(root, ".film-chart", HTMLCanvasElement);
    this.range = find(root, ".film-range", HTMLInputElement);
    this.typed = find(root, ".film-typed", HTMLInputElement);
    this.play = this.#part("play");
    this.#buttons();
    this.#pointer();
    document.addEventListener("keydown", (event) => this.#press(event), { signal });
    for (const kind of ["run", "news", "time", "trace", "curve"]) {
      film.addEventListener(kind, () => this.show(), { signal });
    }
    film.addEventListener("play", () => this.#playing(), { signal });
    whenResized(this.chart, signal, () => this.paint());
    whenDark(signal, () => this.paint());
  }

  /** @param {string} name */
  #part(name) {
    return find(this.root, `.film-${name}`, HTMLElement);
  }

  #buttons() {
    const { film } = this;
    const speed = find(this.root, ".film-speed", HTMLSelectElement);
    speed.append(...SPEEDS.map((value) => element("option", { value, selected: value === 1 }, `${value}×`)));
    speed.addEventListener("change", () => {
      film.playback.speed = Number(speed.value);
    });
    this.play.addEventListener("click", () => film.playback.toggle());
    this.#part("back").addEventListener("click", () => this.#move(-1));
    this.#part("on").addEventListener("click", () => this.#move(1));
    this.#part("follow").addEventListener("click", () => film.follow());
    this.range.addEventListener("input", () => this.#seek(film.track?.steps[Number(this.range.value)]));
    this.typed.addEventListener("change", () => {
      const step = Number(this.typed.value.replaceAll(",", ""));
      if (Number.isFinite(step)) this.#seek(Track.upTo(film.track?.steps ?? [], step));
      this.typed.value = count(film.step); // while it has the focus, nothing else writes into it
    });
  }

  #pointer() {
    const { track } = this;
    track.addEventListener("pointerdown", (event) => {
      this.range.focus();
      track.setPointerCapture(event.pointerId);
      this.#seek(this.#frame(event));
    });
    track.addEventListener("pointermove", (event) => {
      if (event.buttons === 1) this.#seek(this.#frame(event));
      this.#hover(event);
    });
    track.addEventListener("pointerleave", () => {
      this.#part("hover").hidden = true;
    });
  }

  /** @param {number} by frames */
  #move(by) {
    this.film.playback.pause();
    this.film.move(by);
  }

  /** @param {number | undefined} step */
  #seek(step) {
    this.film.playback.pause();
    if (step !== undefined) this.film.seek(step);
  }

  /** The keys of the page that nothing else has a use for. @param {KeyboardEvent} event */
  #press(event) {
    const { film, range } = this;
    if (!film.visible || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const { target } = event;
    if (target !== range && target instanceof Element && target.closest(FIELDS)) return;
    const steps = film.track?.steps ?? [];
    const far = event.shiftKey ? Math.max(2, Math.round(steps.length / 5)) : 1;
    /** @type {Record<string, () => void>} */
    const acts = {
      " ": () => film.playback.toggle(),
      ArrowLeft: () => this.#move(-far),
      ArrowRight: () => this.#move(far),
      Home: () => this.#seek(steps[0]),
      End: () => film.follow(),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }

  /** The frame that is nearest to the pointer. @param {PointerEvent} event */
  #frame({ clientX }) {
    const { steps = [] } = this.film.track ?? {};
    const scale = this.#scale;
    if (!scale || !steps.length) return undefined;
    const x = clientX - this.chart.getBoundingClientRect().left;
    /** @param {number} step */
    const away = (step) => Math.abs(scale(step) - x);
    return steps.reduce((best, step) => (away(step) < away(best) ? step : best));
  }

  /** Shows the preview, the value and the marks of the frame below the pointer. @param {PointerEvent} event */
  #hover(event) {
    const hover = this.#part("hover");
    const step = this.#frame(event);
    const { tracks, term } = this.film;
    hover.hidden = step === undefined || event.pointerType === "touch";
    if (step === undefined || !this.#scale) return;
    previews(this.#part("preview"), tracks, step);
    const marked = tracks.flatMap((track) => marks(track, term)).filter((mark) => mark.step === step);
    const parts = [`step ${count(step)}`, this.film.valueAt(step), ...marked.map(({ name }) => name)];
    find(hover, "figcaption", HTMLElement).textContent = parts.filter(Boolean).join(" · ");
    hover.style.left = `${Math.max(HOVER, Math.min(this.chart.clientWidth - HOVER, this.#scale(step)))}px`;
  }

  #playing() {
    this.play.textContent = this.film.playback.playing ? "❚❚" : "▶";
    this.play.setAttribute("aria-label", this.film.playback.playing ? "Pause the film" : "Play the film");
  }

  /** Says where we are. */
  show() {
    const { track, step, following, traces } = this.film;
    if (!track) return;
    const frame = Track.upTo(track.steps, step) ?? 0;
    const trace = traces.get(track.id);
    const text = trace ? words(trace, frame) : "";
    this.range.max = String(Math.max(0, track.steps.length - 1));
    this.range.value = String(Math.max(0, track.steps.indexOf(frame)));
    const spoken = [`step ${frame}`, this.film.valueAt(frame), text];
    this.range.setAttribute("aria-valuetext", spoken.filter(Boolean).join(", "));
    if (document.activeElement !== this.typed) this.typed.value = count(frame);
    this.#part("trace").textContent = text;
    this.#part("trace").dataset.step = `step ${count(frame)}`;
    this.#part("step").textContent = `of ${count(track.newest)}`;
    this.#part("follow").setAttribute("aria-pressed", String(following));
    this.paint();
  }

  paint() {
    const { film } = this;
    const { tracks, term, traces } = film;
    if (!tracks.length) return;
    draw(this.chart, (context, width, height) => {
      const lines = tracks.map((track, i) => ({
        curves: track.lines(term),
        frames: track.steps,
        marks: marks(track, term).map(({ step }) => step),
        step: film.stepOf(track),
        ink: color(i ? "--second" : "--accent"),
      }));
      const drawn = tracks.flatMap((track, i) => {
        const trace = traces.get(track.id);
        return trace ? [{ trace, ink: lines[i].ink }] : [];
      });
      const below = drawn.length ? Math.min(STRIP, Math.round(height / 3)) : 0;
      const first = Math.min(...tracks.map((track) => track.steps[0] ?? 0));
      const last = Math.max(...tracks.map((track) => track.newest), 1);
      /** @param {number} value */
      const format = (value) => metric(tracks[0].info, term, value);
      const x = chart(context, { width, height: height - below, lines, first, last, format, ended: !tracks[0].live });
      this.#scale = x;
      const box = { top: height - below + 2, height: below - 3, left: LEFT, right: width - RIGHT };
      if (below) strip(context, drawn, x, box);
      playheads(context, lines, x, height);
    });
  }
}
