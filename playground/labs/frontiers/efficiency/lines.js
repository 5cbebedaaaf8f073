// The lines of one run's chart: each is asked for by itself, as it does not depend on the option that changes along it.

import { Part } from "../../../ui/static/painter.js";
import { FAMILIES, ink, without } from "./families.js";

/** @import { Point } from "../../../ui/static/front.js" */
/** @import { Painter } from "../../../ui/static/painter.js" */
/** @import { Cache } from "../../../ui/static/requests.js" */
/** @import { Track } from "../../../ui/static/track.js" */
/** @import { Answer } from "../../../ui/static/types.d.ts" */
/** @import { Family } from "./families.js" */
/** @import { Line } from "./pareto.js" */

/**
 * @typedef {{values: Float32Array, sizes: Int32Array, flops: Float32Array, right: Float32Array}} Along each (V,)
 * @typedef {Answer<{step: number}, Along>} Tested
 * @typedef {Answer<{step: number}, {line_milliseconds: Float32Array}>} Clocked (V,)
 */

/** One family's line through the compressed network of one run. */
class OfFamily {
  /** @type {Tested | null} */
  tested = null;
  /** @type {Clocked | null} */
  clocked = null;
  fresh = false;

  /**
   * @param {Painter<any>} painter
   * @param {Family} family
   * @param {Cache<any>} cache
   * @param {() => void} changed
   */
  constructor(painter, family, cache, changed) {
    this.painter = painter;
    this.family = family;
    this.changed = changed;
    this.line = /** @type {Part<Tested>} */ (new Part(painter, "line", { cache }));
    this.clock = /** @type {Part<Clocked>} */ (new Part(painter, "clock_line", { cache }));
    this.wanted = "";
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  ask(track, step) {
    const query = without(this.family);
    const wanted = track.key({ ...this.line.query(track, step), ...query });
    this.fresh = this.fresh && wanted === this.wanted;
    this.wanted = wanted;
    const take = (/** @type {Tested} */ tested) => {
      this.tested = tested;
      this.fresh = true;
      this.changed();
    };
    this.line.ask(track, step, take, { query });
    if (this.painter.options.across !== "latency") return;
    const took = (/** @type {Clocked} */ clocked) => {
      this.clocked = clocked;
      this.changed();
    };
    this.clock.ask(track, step, took, { query });
  }

  /** @returns {Line} */
  get drawn() {
    const { tested, clocked, family } = this;
    const { values, sizes, flops, right } = tested?.tensors ?? {};
    const costs = /** @type {Record<string, {data: ArrayLike<number>} | undefined>} */ ({
      size: sizes,
      flops,
      latency: clocked?.tensors.line_milliseconds,
    })[this.painter.options.across];
    /** @type {Point[]} */
    const points = Array.from(right?.data ?? [], (y, i) => ({ x: costs?.data[i] ?? Number.NaN, y }));
    return { points, values: [...(values?.data ?? [])], name: family.name, ink: ink(family), shape: family.shape };
  }
}

export class Lines {
  /**
   * @param {Painter<any>} painter
   * @param {Cache<any>} cache
   * @param {() => void} changed hears of each answer
   */
  constructor(painter, cache, changed) {
    this.all = FAMILIES.map((family) => new OfFamily(painter, family, cache, changed));
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  ask(track, step) {
    for (const one of this.all) one.ask(track, step);
  }

  /** Those that the network has and that have come, also where others are on their way. @returns {Line[]} */
  get drawn() {
    return this.all.map(({ drawn }) => drawn).filter(({ points }) => points.length);
  }

  /** Whether they are of what is on the stage. */
  get fresh() {
    return this.all.every(({ fresh }) => fresh);
  }
}
