// A run as a film: where in it we are, and what lies beside it.

import { astray, keep, opening, whenReturned } from "./link.js";
import { Playback } from "./playback.js";
import { told } from "./run.js";
import { AGAIN, json, later, sentence } from "./server.js";
import { Track } from "./track.js";
import { Updates } from "./updates.js";

/** @import { Summary, Trace } from "./types.d.ts" */

export const OWN_DATA = "own-data"; // an event of the document: the visitor's data sets changed, and runs went with them

/** How a second run is laid beside the first: at the same step, after the same time, or both at their end. */
export const ALIGNMENTS = ["step", "time", "end"];

/**
 * What one lab looks at: a run, perhaps a second one to compare with, and a step. Its events: "list" when the runs or a
 * problem have changed, "visit" when `place` has changed, "run" when others are looked at, "time" when the step has
 * changed, "news" when the training has reported something, "trace" when `traces` has changed, "curve" when another one
 * is shown, "chosen" when options or inputs of the view have changed, "play" when the film begins or pauses, "front" when
 * the lab has come to the front.
 */
export class Film extends EventTarget {
  /** The first visit, once it has begun. @type {Promise<void> | undefined} */
  #started;
  /** Counts openings: a run that comes after another one was asked for is dropped. */
  #turn = 0;
  #term = "";
  #remembering = 0;
  /** @type {Track[]} */
  tracks = [];
  /** @type {Summary[]} */
  runs = [];
  step = 0;
  /** Whether the newest step is shown as it comes. */
  following = true;
  /** The address that was gone to last, by key: the page was opened with it, or a lesson led there. */
  place = /** @type {Record<string, string>} */ ({});
  /** By run. @type {Map<string, Trace>} */
  traces = new Map();
  /** Whether it is known which runs there are. */
  listed = false;
  playback = new Playback(this);
  updates = new Updates(this);
  /** One of ALIGNMENTS. */
  aligned = "step";
  visible = false;
  /** Why the last request failed. */
  problem = "";

  /** @param {string} lab */
  constructor(lab) {
    super();
    this.lab = lab;
  }

  get track() {
    return /** @type {Track | undefined} */ (this.tracks[0]);
  }

  /** The runs that have something to show. */
  get shown() {
    return this.tracks.filter((track) => track.snapshots.length);
  }

  /** @param {string} what */
  emit(what) {
    this.dispatchEvent(new Event(what));
  }

  /** Opens what the address names, or the first shipped run, the first time that it is called. */
  start() {
    this.#started ??= this.#begin();
    return this.#started;
  }

  async #begin() {
    while (!(await this.list())) await later(AGAIN);
    const place = opening(this.lab);
    await this.#go(place);
    const lost = astray(this.lab);
    if (lost) this.complain([lost, this.problem].filter(Boolean).join(" "));
    if (!place.run && !place.step && !place.lesson) this.playback.welcome();
    this.updates.poll();
  }

  /**
   * Goes where an address leads: to a run, or the first shipped one, at a step, or its newest one; compared with another
   * one; and the stage to its view.
   * @param {Record<string, string>} place
   */
  async visit(place) {
    await this.start();
    await this.#go(place);
  }

  /** @param {Record<string, string>} place */
  async #go(place) {
    this.place = place;
    this.emit("visit");
    const id = place.run || this.runs.find((run) => run.shipped)?.id || this.runs[0]?.id;
    const step = Number(place.step ?? Number.NaN);
    this.tracks = this.tracks.slice(0, 1);
    this.aligned = ALIGNMENTS.find((way) => way === place.align) ?? "step";
    this.#term = place.curve ?? "";
    if (id) await this.open(id, Number.isFinite(step) ? step : null);
    if (place.compare && place === this.place) await this.compare(place.compare);
  }

  /** Asks which runs there are; whether that is known now. */
  async list() {
    const answer = await json("/runs", { lab: this.lab }).catch((error) => ({ problem: sentence(error) }));
    this.runs = answer.runs ?? this.runs;
    this.listed ||= Boolean(answer.runs);
    this.updates.problem = answer.problem ?? "";
    this.emit("list");
    return !this.updates.problem;
  }

  /** Says what went wrong. @param {string} problem */
  complain(problem) {
    this.problem = problem;
    this.emit("list");
  }

  /**
   * Shows a run at a step, or at its newest one.
   * @param {string} id
   * @param {number | null} [step]
   */
  async open(id, step = null) {
    this.playback.pause();
    this.problem = "";
    const turn = ++this.#turn;
    try {
      const track = await this.#load(id);
      if (!this.runs.some((run) => run.id === id)) await this.list();
      if (turn !== this.#turn) return;
      this.tracks = [track, ...this.tracks.slice(1).filter((other) => other.id !== id)];
      this.following = step === null;
      this.step = step === null ? track.newest : Math.max(0, Math.min(step, track.newest));
    } catch (error) {
      if (turn !== this.#turn) return;
      const other = this.tracks.length ? undefined : this.runs[0]?.id;
      if (other && other !== id) await this.open(other);
      return this.complain(sentence(error));
    }
    this.#changed();
  }

  /** A run of this lab. @param {string} id */
  async #load(id) {
    const track = await Track.load(id);
    if (track.info.lab === this.lab) return track;
    throw new Error(`The run “${id}” belongs to another lab, “${track.info.lab}”; open it there.`);
  }

  /**
   * Compares the run with a second one, or with none.
   * @param {string} id empty for none
   */
  async compare(id) {
    this.problem = "";
    this.tracks = this.tracks.slice(0, 1);
    if (id && id !== this.track?.id) {
      try {
        this.tracks.push(await this.#load(id));
      } catch (error) {
        this.complain(sentence(error));
      }
    }
    this.#changed();
  }

  #changed() {
    this.emit("run");
    this.emit("time");
    this.remember();
  }

  /** @param {number} step */
  seek(step) {
    if (!this.track) return;
    const goal = Math.max(this.track.steps[0] ?? 0, Math.min(step, this.track.newest));
    this.following = (this.track.live || this.track.playable) && goal >= this.track.newest;
    if (goal === this.step) return;
    this.step = goal;
    this.emit("time");
    this.remember();
  }

  /**
   * The step of a run that is looked at: that of the film, or its counterpart in a run of another length.
   * @param {Track} track
   */
  stepOf(track) {
    const { track: first, step, aligned } = this;
    if (!first || track === first || aligned === "step") return step;
    if (aligned === "end") return Math.round((step * track.newest) / Math.max(1, first.newest));
    const seconds = first.clock.findLast(([at]) => at <= step)?.[1] ?? 0;
    return track.clock.findLast(([, time]) => time <= seconds)?.[0] ?? 0;
  }

  /** The curve that matters most. */
  get #usual() {
    const { curves = [], info } = this.track ?? {};
    return [info?.watched[0], curves[0]].find((name) => name !== undefined && curves.includes(name)) ?? "";
  }

  /** The curve that is shown: the one that was chosen, if there is one of that name. */
  get term() {
    return this.track?.curves.includes(this.#term) ? this.#term : this.#usual;
  }

  /** @param {string} term a curve's name */
  plot(term) {
    this.#term = term;
    this.emit("curve");
    this.remember();
  }

  /** What the curve of a run says at a step, the last value up to it, in words. @param {number} step */
  valueAt(step, track = this.track) {
    return track ? told(track, this.term, step) : "";
  }

  /**
   * What runs say, frame by frame, of what is on the stage.
   * @param {Track[]} tracks
   * @param {(Trace | null)[]} traces null where a run says nothing
   */
  traced(tracks, traces) {
    this.traces = new Map(tracks.flatMap((track, i) => (traces[i] ? [[track.id, traces[i]]] : [])));
    this.emit("trace");
  }

  /** @param {string} way one of ALIGNMENTS */
  align(way) {
    this.aligned = way;
    this.emit("time");
    this.remember();
  }

  /** Goes to the newest frame, and stays at the newest one. */
  follow() {
    if (!this.track) return;
    this.playback.pause();
    this.following = true;
    this.step = this.track.newest;
    this.emit("time");
    this.remember();
  }

  /**
   * Goes some frames on, or back.
   * @param {number} by
   */
  move(by) {
    const steps = this.track?.steps ?? [];
    const index = steps.indexOf(Track.upTo(steps, this.step));
    const goal = steps[Math.max(0, Math.min(steps.length - 1, index + by))];
    if (goal !== undefined) this.seek(goal);
  }

  /** Puts what is looked at into the address bar, once it rests. */
  remember() {
    clearTimeout(this.#remembering);
    this.#remembering = setTimeout(() => {
      if (!this.visible || !this.track) return;
      const atEnd = this.following || this.step === this.track.newest;
      const [track, second] = this.tracks;
      keep(this.lab, {
        run: track.id,
        step: atEnd ? null : this.step,
        compare: second?.id,
        align: second && this.aligned !== "step" ? this.aligned : null,
        curve: this.term === this.#usual ? null : this.term,
      });
    }, 200);
  }
}

/** @type {Map<string, Film>} */
const films = new Map();

/**
 * The film of a lab; all parts of its tab share it.
 * @param {string} lab
 */
export function film(lab) {
  const instance = films.get(lab) ?? new Film(lab);
  films.set(lab, instance);
  return instance;
}

whenReturned((lab, place) => film(lab).visit(place));
