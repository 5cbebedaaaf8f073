// Why a network gives its answer: maps by several methods, the class that they explain, and curves that test them.

import { draw, fitted, lay } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { number, percent } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { PictureLane, RAMP } from "../../ui/static/picture-lane.js";
import { Cache } from "../../ui/static/requests.js";
import { BOTH, conclusion, farthest, shown, taken, verdict } from "./explained.js";
import { Faithful } from "./faithful.js";
import { Methods, overlaid } from "./methods.js";
import { Predicted } from "./predicted.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer } from "../../ui/static/types.d.ts" */
/** @import { Method, Shown } from "./explained.js" */
/** @import { Curves } from "./faithful.js" */

/**
 * @typedef {{step: number, methods: Method[], target: number, score: number, gray: number, side: number, gradients: number, size: number,
 *   classes: string[]}} Words see `maps_view` of the server
 * @typedef {Answer<Words, Record<string, Float32Array>>} Raw a map (rows, columns) by method, and the probabilities
 * @typedef {{words: Words, probabilities: Float32Array, maps: Record<string, Shown>}} Explained
 */

const BELOW = 40; // CSS pixels: the scale, and what its caption has of more lines than others
const GRAY = "rgb(127.5, 127.5, 127.5)"; // 0 once pictures are normalized
const WORDS = { better: "better than random", alike: "no better than random", worse: "worse than random" };

/** @param {number} value */
const signed = (value) => number(value).replace("-", "−");

/** @param {Raw} answer @returns {Explained} */
const prepare = ({ words, tensors: { probabilities, ...maps } }) => ({
  words,
  probabilities: probabilities.data,
  maps: Object.fromEntries(words.methods.map((method) => [method.name, shown(method, maps[method.name])])),
});

class Lane extends PictureLane {
  /** @type {{explained: Explained, track: Track} | null} */
  #shown = null;
  /** @type {Curves | null} */
  #curves = null;
  /** What the maps, and the curves, that are shown were asked for with, and the curves that are wanted. */
  #mapped = "";
  #tested = "";
  #wanted = "";
  /** The class that the curves are about: it is that of the maps once the curves have followed these. */
  #name = "";

  /** @param {Relevance} painter */
  constructor(painter) {
    super(painter, { role: "img" });
    this.relevance = painter;
    this.part = /** @type {Part<Raw, Explained>} */ (new Part(painter, "relevance", { cache: painter.maps, prepare }));
    this.test = /** @type {Part<Curves>} */ (new Part(painter, "faithfulness", { limit: 1, cache: painter.curves }));
    this.methods = new Methods((map) => painter.set({ map }));
    this.predicted = new Predicted((target) => painter.explain(target, this.#shown?.explained.words.target));
    this.faithful = new Faithful(() => this.paint());
    this.said = element("p", { class: "relevance-said", "aria-live": "polite" }, "The curves follow the maps.");
    this.believe = element(
      "section",
      { class: "relevance-believe" },
      element("h3", {}, "Which map may I believe?"),
      this.faithful.canvas,
      this.said,
    );
    this.main.append(this.caption);
    const { main, methods, predicted, believe } = this;
    this.root = element("div", { class: "lane relevance" }, main, predicted.root, methods.root, believe);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    const mapped = track.key(this.part.query(track, step));
    this.#wanted = track.key(this.test.query(track, step));
    this.believe.classList.toggle("stale", this.#stale);
    this.part.ask(track, step, (explained, { run, picture, network }) => {
      this.#shown = { explained, track };
      this.#mapped = mapped;
      this.load(`/pictures/${picture}.png`, { run, network });
      this.painter.paint(); // all lanes, as they have one scale
      this.#test(track, step);
    });
    if (mapped === this.#mapped) this.#test(track, step); // they take longer than the maps, which are to be there first
  }

  /**
   * Asks for the curves.
   * @param {Track} track
   * @param {number} step
   */
  #test(track, step) {
    const tested = track.key(this.test.query(track, step));
    const words = this.#shown?.explained.words;
    this.test.ask(track, step, (curves) => {
      this.#curves = curves;
      this.#tested = tested;
      this.#name = words?.classes[words.target] ?? "";
      this.believe.classList.toggle("stale", this.#stale); // others may be wanted by now
      this.paint();
    });
  }

  /** Whether the curves are not those of the maps, or not yet. */
  get #stale() {
    return this.#tested !== this.#wanted;
  }

  /** What is shown of each method; empty as long as nothing is there. @returns {Record<string, Shown>} */
  get maps() {
    return this.#shown?.explained.maps ?? {};
  }

  /** The method whose map is laid large over the picture. */
  get #chosen() {
    const methods = this.#shown?.explained.words.methods ?? [];
    return methods.find(({ name }) => name === this.painter.options.map) ?? methods[methods.length - 1];
  }

  paint() {
    if (!this.#shown) return;
    const { words, probabilities, maps } = this.#shown.explained;
    const { canvas, main, painter, relevance, under: image } = this;
    const { strength } = painter.options;
    const { size, methods, classes, target } = words;
    const chosen = this.#chosen;
    const room = Math.min(painter.side(main), painter.height - BELOW);
    canvas.style.width = canvas.style.height = `${fitted(size, room)}px`;
    const map = maps[chosen.name];
    const most = relevance.most(chosen.name);
    const changed = this.#changed(chosen.name);
    draw(canvas, (context, width) => {
      if (changed) return this.#cut(context, width, changed);
      return overlaid(context, width, { image, map, most, strength });
    });
    this.methods.show(methods, chosen.name);
    for (const [i, { name }] of methods.entries()) {
      this.methods.paint(i, { image, map: maps[name], most: relevance.most(name), strength });
    }
    this.predicted.show(probabilities, { classes, target, label: painter.label });
    this.#scale(map, most, classes[target]);
    this.#tell();
    this.#describe(chosen);
  }

  /**
   * @param {Shown} map
   * @param {number} most
   * @param {string} name of the class
   */
  #scale({ signed }, most, name) {
    this.scale.hidden = false;
    this.ramp.style.background = `linear-gradient(90deg, ${signed ? BOTH : RAMP})`;
    this.least.textContent = signed ? `−${number(most)} against` : "the mean";
    this.most.textContent = signed ? `+${number(most)} for` : `${most.toFixed(1)}× the mean`;
    this.canvas.setAttribute("aria-label", `The picture, and what in it speaks for ${name} (${this.#chosen.title})`);
  }

  /** Where the cursor is on the curves: which cells have changed there. @param {string} name of the method */
  #changed(name) {
    const { point } = this.faithful;
    if (point === null || !this.#curves || this.#stale) return null;
    const { tensors, words } = this.#curves;
    const row = words.methods.indexOf(name);
    const share = tensors.shares.data[point];
    const [methods, cells] = tensors.rankings.shape;
    if (row < 0 || row >= methods) return null;
    const { grid, insert } = words;
    const ranking = tensors.rankings.data.subarray(row * cells, (row + 1) * cells);
    const probability = tensors.curves.data[row * tensors.shares.data.length + point];
    return { cells: taken(ranking, share), grid, insert, share, probability };
  }

  /**
   * Draws the picture as the network has it there.
   * @param {CanvasRenderingContext2D} context
   * @param {number} width
   * @param {{cells: Set<number>, grid: number, insert: boolean}} changed
   */
  #cut(context, width, { cells, grid, insert }) {
    lay(context, this.under, width);
    const side = width / grid;
    context.fillStyle = GRAY;
    for (let i = 0; i < grid * grid; i++) {
      if (cells.has(i) === insert) continue;
      context.fillRect((i % grid) * side, Math.floor(i / grid) * side, side, side);
    }
  }

  /** What the curves say. */
  #tell() {
    if (!this.#curves || !this.#shown) return;
    const { words } = this.#curves;
    const { methods } = this.#shown.explained.words;
    const name = this.#name;
    if (words.methods.join() !== methods.map(({ name }) => name).join()) return; // those of the run before
    const verdicts = words.areas.map((area) => verdict(area, words.chance, words.insert));
    this.methods.tell(verdicts.map((one, i) => `AUC ${words.areas[i].toFixed(3)}\n${WORDS[one]}`));
    this.faithful.show(this.#curves, this.#chosen.name, name);
    const act = words.insert ? "put on gray" : "grayed out";
    this.faithful.canvas.setAttribute(
      "aria-label",
      `Probability of ${name} while the picture is ${act} in the order of each map; arrow keys walk along`,
    );
    const changed = this.#changed(this.#chosen.name);
    this.said.textContent = changed
      ? `${percent(changed.share)} ${act} in the order of ${this.#chosen.title.toLowerCase()}: ${name} has ` +
        `${percent(changed.probability)}.`
      : conclusion(
          methods.map(({ title }, i) => ({ title, verdict: verdicts[i] })),
          words.chance.length,
        );
  }

  /** @param {Method} chosen */
  #describe(chosen) {
    if (!this.#shown) return;
    const { explained, track } = this.#shown;
    const { words } = explained;
    const name = words.classes[words.target];
    const added = explained.maps.integrated?.values.reduce((sum, value) => sum + value, 0) ?? 0;
    const what = {
      gradient: `Gradient of the logit of ${name} at each pixel, in ratio to its mean`,
      integrated:
        `What each pixel adds to the logit of ${name}, from ${signed(words.gray)} for gray to ` +
        `${signed(words.score)} (integrated gradients, the mean of ${words.gradients} on the way, summed over colors: ` +
        `${signed(added)} in all)`,
      occlusion: `By how much the logit of ${name} falls under a gray square of ${words.side} × ${words.side} pixels`,
      rollout:
        "Attention followed through all blocks to the output, in ratio to its mean; it is the same for each class",
      relevance: `Attention times its gradient for ${name}, added up through all blocks, in ratio to its mean`,
    }[chosen.name];
    this.caption.textContent = `${what}. ${this.painter.source(track, words.step)}.`;
  }
}

/** @extends {Painter<Lane>} */
export default class Relevance extends Painter {
  /** @type {Cache<Explained>} */
  maps = new Cache(60);
  /** @type {Cache<Curves>} */
  curves = new Cache(60);

  /** The far end of the scale of a method, for all lanes: equal colors say the same in each. @param {string} name */
  most(name) {
    return farthest(this.lanes.flatMap(({ maps }) => maps[name] ?? []));
  }

  /**
   * Explains a class, or the predicted one again where that is explained already.
   * @param {number} target
   * @param {number | undefined} current
   */
  explain(target, current) {
    this.set({ target: target === current ? -1 : target });
  }

  lane() {
    return new Lane(this);
  }

  /** @param {import("../../ui/static/types.d.ts").Values} changes */
  changed(changes) {
    if ("network" in changes && this.options.target !== -1) return this.set({ target: -1 }); // it has other classes
    super.changed(changes);
  }

  show() {
    const { target } = this.options;
    // classes have other numbers in other data
    if (!this.guest && this.fitting.some(({ info }) => target >= info.classes.length)) this.set({ target: -1 });
    else super.show();
  }
}
