// The confusion matrix of the test pictures, and the pictures behind one of its cells.

import { draw, fit } from "../../ui/static/canvas.js";
import { counted, differing, layout, matrix, members, worst } from "../../ui/static/confusions.js";
import { element } from "../../ui/static/dom.js";
import { count, percent } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { Cache } from "../../ui/static/requests.js";
import { tested } from "../../ui/static/run.js";
import { sheetOf, tiles } from "../../ui/static/sheet.js";

/** @import { Stage } from "../../ui/static/stage.js" */
/** @import { Sheet } from "../../ui/static/sheet.js" */
/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer } from "../../ui/static/types.d.ts" */
/** @import { Cell } from "../../ui/static/confusions.js" */

/**
 * @typedef {Answer<{step: number, classes: string[]},
 *   {labels: Int32Array, taken: Int32Array, confidence: Float32Array}>} Answers (N,) each
 * @typedef {{labels: Int32Array, taken: Int32Array, confidence: Float32Array, classes: string[], counts: Int32Array,
 *   step: number, stand_ins?: boolean}} Known
 */

const MOST = 40; // pictures that are shown
const COLUMNS = 8;
const TILE = 40; // CSS pixels of one
const WORDS = 40; // below it, where two networks are compared

/** What is counted of an answer. @param {Answers} answer @returns {Known} */
function known({ words: { classes, step, stand_ins }, tensors }) {
  const [labels, taken, confidence] = [tensors.labels.data, tensors.taken.data, tensors.confidence.data];
  return { labels, taken, confidence, classes, step, stand_ins, counts: counted(labels, taken, classes.length) };
}

/** One run's matrix. */
class Lane {
  /** @type {Known | null} */
  known = null;
  /** @type {{sheet: Sheet, run: string} | null} */
  #sheet = null;
  /** @type {Track | null} */
  track = null;

  /** @param {Mistakes} painter */
  constructor(painter) {
    this.painter = painter;
    this.part = /** @type {Part<Answers, Known>} */ (
      new Part(painter, "answers", { cache: painter.cache, prepare: known })
    );
    this.sheet = /** @type {Part<any, Sheet>} */ (
      new Part(painter, "sheet", { cache: painter.sheets, prepare: sheetOf })
    );
    const label = "The confusion matrix; the arrow keys go from cell to cell";
    this.canvas = element("canvas", { class: "confusions", "data-part": "main", tabindex: 0, "aria-label": label });
    this.said = element("p", { class: "confusions-said", "aria-live": "polite" });
    this.shown = element("canvas", { class: "tile", width: 1, role: "img" });
    this.list = element("div", { class: "confusions-list" });
    this.caption = element("p", { class: "caption" });
    this.main = element("div", { class: "lane-main" }, this.canvas);
    this.side = element("div", { class: "lane-side waiting" }, this.said, this.shown, this.list, this.caption);
    this.root = element("div", { class: "lane abreast" }, this.main, this.side);
    this.canvas.addEventListener("click", ({ offsetX, offsetY }) => this.#choose(offsetX, offsetY));
    this.canvas.addEventListener("keydown", (event) => this.#press(event));
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (answers) => {
      this.known = answers;
      this.track = track;
      this.side.classList.remove("waiting");
      this.painter.paint(); // all lanes, as they are compared
    });
    this.sheet.ask(track, step, (sheet, { run }) => {
      this.#sheet = { sheet, run };
      this.paint();
    });
  }

  /** The pictures that the answers are about; null as long as those of another run are there. */
  get #pictures() {
    return this.#sheet && this.#sheet.run === this.track?.id ? this.#sheet.sheet : null;
  }

  /** The cell that is chosen; the worst one where none is, or no such. @returns {Cell} */
  get cell() {
    const { truth, taken } = this.painter.options;
    const { counts, classes } = /** @type {Known} */ (this.known);
    const k = classes.length;
    return truth >= 0 && taken >= 0 && truth < k && taken < k ? { truth, taken } : worst(counts, k);
  }

  /** @param {number} x @param {number} y */
  #choose(x, y) {
    if (!this.known) return;
    const k = this.known.classes.length;
    const { left, top, side } = layout(this.canvas.clientWidth, k);
    const [taken, truth] = [Math.floor((x - left) / side), Math.floor((y - top) / side)];
    if (taken >= 0 && truth >= 0 && taken < k && truth < k) this.painter.set({ truth, taken, differ: false });
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!by || !this.known) return;
    event.preventDefault();
    const last = this.known.classes.length - 1;
    const [truth, taken] = [this.cell.truth + by[0], this.cell.taken + by[1]].map((i) =>
      Math.max(0, Math.min(last, i)),
    );
    this.painter.set({ truth, taken, differ: false });
  }

  paint() {
    const { known, painter } = this;
    if (!known) return;
    fit(this.canvas, painter.side(this.main));
    draw(this.canvas, (context, width) => matrix(context, width, known.counts, known.classes, this.cell));
    const pair = painter.pair;
    if (pair) this.#compare(pair);
    else this.#open(known);
    const right = known.labels.filter((label, i) => label === known.taken[i]).length;
    this.caption.textContent =
      `${this.track ? tested(this.track.info, known.labels.length, known) : ""}, ${percent(right / known.labels.length)} ` +
      `named right. Rows are classes, columns what they are taken for; colors are shares of a row. ` +
      `${this.track?.info.name}, snapshot of step ${count(known.step)}.`;
  }

  /** Shows the pictures of the cell. @param {Known} known */
  #open(known) {
    const { truth, taken } = this.cell;
    const found = members(known, this.cell);
    const total = known.labels.filter((label) => label === truth).length;
    const [name, other] = [known.classes[truth], known.classes[taken]];
    const many = `${count(found.length)} of ${count(total)} pictures of “${name}”`;
    const verb = found.length === 1 ? "is" : "are";
    this.said.textContent = truth === taken ? `${many} ${verb} named right.` : `${many} ${verb} taken for “${other}”.`;
    if (found.length > MOST) this.said.textContent += ` The ${MOST} surest are shown.`;
    this.list.hidden = true;
    const sheet = this.#pictures;
    this.shown.hidden = !found.length || !sheet;
    this.shown.setAttribute("aria-label", this.said.textContent);
    if (sheet && found.length) tiles(this.shown, sheet, found.slice(0, MOST), this.#columns, TILE);
  }

  /** Pictures in a row of the lane. */
  get #columns() {
    return Math.max(3, Math.min(COLUMNS, Math.floor(this.side.clientWidth / TILE)));
  }

  /** Shows the pictures that two networks answer differently, with the answers. @param {Known[]} pair */
  #compare(pair) {
    const found = differing(pair);
    const known = /** @type {Known} */ (this.known);
    const mine = found.filter((i) => known.taken[i] === known.labels[i]).length;
    const share = percent(found.length / known.labels.length);
    this.said.textContent = `${count(found.length)} pictures (${share}) are answered differently; here this network is right in ${count(mine)}.`;
    this.shown.hidden = true;
    this.list.hidden = false;
    const sheet = this.#pictures;
    const rows = found.slice(0, MOST).map((i) => {
      const tile = element("canvas", { class: "tile", width: 1 });
      if (sheet) tiles(tile, sheet, [i], 1, TILE);
      const right = known.taken[i] === known.labels[i];
      const words = `${known.classes[known.taken[i]]} ${percent(known.confidence[i])}${right ? " ✓" : ""}`;
      return element(
        "figure",
        { style: `width:${TILE + WORDS}px`, class: right ? "right" : "" },
        tile,
        element("figcaption", {}, words),
      );
    });
    this.list.replaceChildren(...rows);
  }
}

/** @extends {Painter<Lane>} */
export default class Mistakes extends Painter {
  /** @type {Cache<Known>} */
  cache = new Cache(60);
  /** @type {Cache<Sheet>} */
  sheets = new Cache(4);

  /** @param {Stage} stage */
  constructor(stage) {
    super(stage);
    const onclick = () => this.set({ differ: !this.options.differ });
    this.toggle = element("button", { type: "button", onclick, hidden: true }, "Where they differ");
    stage.extras.replaceChildren(this.toggle);
  }

  lane() {
    return new Lane(this);
  }

  /** What two networks answer of the same pictures; null where they are not compared. @returns {Known[] | null} */
  get pair() {
    const both = this.#both;
    return both && this.options.differ ? both : null;
  }

  /** @returns {Known[] | null} */
  get #both() {
    const [one, other] = this.lanes.map(({ known }) => known);
    const [first, second] = this.lanes.map(({ track }) => track?.info.data);
    return one && other && first === second && one.labels.length === other.labels.length ? [one, other] : null;
  }

  paint() {
    this.toggle.hidden = !this.#both;
    this.toggle.setAttribute("aria-pressed", String(Boolean(this.pair)));
    super.paint();
  }
}
