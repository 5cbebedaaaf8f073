// One run, as far as the page has fetched it.

import { count } from "./format.js";
import { request } from "./server.js";

/** @import { Knob, News, Point, TrainingEvent } from "./types.d.ts" */
/** @typedef {{step: number, label: string, knobs: Record<string, Knob>}} Mark */

/**
 * @typedef {object} Curve
 * @property {Point[]} train drawn as a line
 * @property {Point[]} test drawn as a line, with a dot at each frame
 * @property {Point[]} points of the two those that are told
 * @property {Point | undefined} end what all test examples say, where the others are of fewer: drawn by itself
 */

/** The curve that the part of a vector belongs to: "share" of "share.2". @param {string} name */
const whole = (name) => name.replace(/\.\d+$/, "");

export class Track {
  #position = 0;
  #sessions = 0; // how often the training was started or resumed
  #seen = "";
  /** @type {Promise<boolean> | null} */
  #asking = null;
  /** @type {number | undefined} how many numbers the network has */
  parameters;
  /** @type {Map<string, Point[]>} the training's curves by name */
  terms = new Map();
  /** How long it had trained by which step. @type {[step: number, seconds: number][]} */
  clock = [];
  /** What the training marked itself, and knobs that were turned. @type {Mark[]} */
  marked = [];
  /** @type {Map<string, Point[]>} the curves on test pictures by name */
  tests = new Map();
  /** @type {Map<string, Point>} the last evaluation where it is of other test examples than the curves are */
  ends = new Map();
  /** Of how many test examples the curves are. */
  tested = 0;

  /**
   * A run, fetched from the server; an Error with a sentence for a person where it cannot.
   * @param {string} id
   */
  static async load(id) {
    if (!/^[a-z0-9][a-z0-9-]*$/.test(id)) {
      throw new Error(`There is no run “${id.slice(0, 80)}” here. The address may be mistyped.`);
    }
    const response = await request(`/runs/${id}`, { since: 0 });
    return new Track(await response.json());
  }

  /** @param {News} news */
  constructor(news) {
    this.id = news.id;
    this.info = news;
    this.#take(news);
  }

  /** Asks what is new, once at a time; true when something was. */
  refresh() {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #ask() {
    const response = await request(`/runs/${this.id}`, { since: this.#position, seen: this.#seen });
    if (response.status === 204) return false;
    this.#take(await response.json());
    return true;
  }

  /** @param {News} news */
  #take(news) {
    if (news.position < this.#position) {
      this.#sessions++;
      this.marked = [];
      this.clock = [];
      for (const lines of [this.terms, this.tests, this.ends]) lines.clear();
    }
    for (const event of news.events) this.#apply(event);
    this.info = news;
    this.#position = news.position;
    this.#seen = news.seen;
  }

  /** @param {TrainingEvent} event */
  #apply({ event, step, values = {}, parameters, seconds, label = "", knobs = {}, n = 0, final }) {
    if (seconds !== undefined) this.clock.push([step, seconds]);
    if (event === "mark") this.marked.push({ step, label, knobs });
    if (event === "started") {
      this.#sessions++;
      this.parameters = parameters;
      this.marked = this.marked.filter((mark) => mark.step <= step);
      this.clock = this.clock.filter(([at]) => at <= step);
      this.ends.clear();
      for (const lines of [this.terms, this.tests]) {
        for (const [name, points] of lines)
          lines.set(
            name,
            points.filter((point) => point[0] <= step),
          ); // resumed
      }
    }
    const lines = event === "metrics" ? this.terms : event === "evaluated" ? this.tests : null;
    if (!lines) return;
    if (event === "evaluated" && !final) this.tested = n;
    const apart = final && this.tested && this.tested !== n; // of neighbors among more examples, say
    for (const [name, value] of Object.entries(values)) {
      if (apart) this.ends.set(name, [step, value]);
      if (apart) continue;
      const points = lines.get(name) ?? [];
      points.push([step, value]);
      lines.set(name, points);
    }
  }

  /**
   * What an answer about the run is kept by: a training that is resumed may write a step anew, with other weights.
   * @param {Record<string, unknown>} query
   */
  key(query) {
    return JSON.stringify([this.#sessions, query]);
  }

  /** Its knobs as they had been turned by a step. @param {number} step @returns {Record<string, Knob>} */
  knobsAt(step) {
    const turned = this.marked.filter((mark) => mark.step <= step).map(({ knobs }) => knobs);
    return Object.assign({}, this.info.knobs, ...turned);
  }

  get #names() {
    return [...new Set([...this.terms.keys(), ...this.tests.keys()])];
  }
  /** The names of its curves; the parts of a vector are one. */
  get curves() {
    return [...new Set(this.#names.map(whole))];
  }
  /**
   * What is drawn as one curve: of a vector, a line for each of its parts.
   * @param {string} name of the curve
   * @returns {Curve[]}
   */
  lines(name) {
    const parts = this.#names.filter((one) => whole(one) === name);
    return parts.map((part) => {
      const [train, test] = [this.terms.get(part) ?? [], this.tests.get(part) ?? []];
      return { train, test, points: test.length ? test : train, end: this.ends.get(part) };
    });
  }
  get snapshots() {
    return this.info.snapshots;
  }
  get previews() {
    return this.info.previews;
  }
  /** The frames: steps that everything can be seen of, ascending; as long as there are none, those of the previews. */
  get steps() {
    return this.snapshots.length ? this.snapshots : this.previews;
  }
  get newest() {
    return this.steps.at(-1) ?? 0;
  }
  get live() {
    return ["running", "queued"].includes(this.info.status.state);
  }
  /** Whether whoever looks at it may train it step by step. */
  get playable() {
    return this.info.playable && this.info.mine && !this.live;
  }

  /**
   * The last of the steps that is not beyond `step`, or the first.
   * @param {number[]} steps ascending
   * @param {number} step
   */
  static upTo(steps, step) {
    return steps.findLast((one) => one <= step) ?? steps[0];
  }
  /** @param {number} step */
  snapshot(step) {
    return Track.upTo(this.snapshots, step);
  }
  /** @param {number} step */
  preview(step) {
    return Track.upTo(this.previews, step);
  }

  /**
   * What is said where a view has nothing to show, as long as there is no snapshot.
   */
  get promise() {
    const { parent, status } = this.info;
    const first = `The view appears with the first snapshot, at step ${count(parent?.step ?? 0)}.`;
    if (this.live || status.state === "paused") return first;
    return "This run ended before its first snapshot; there is nothing to show. Choose another run.";
  }
}
