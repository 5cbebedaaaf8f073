// What a teacher says of a picture, and of each class on average, beside what its student says.

import { at } from "../../../ui/static/answer.js";
import { bar } from "../../../ui/static/bar.js";
import { draw } from "../../../ui/static/canvas.js";
import { layout, matrix } from "../../../ui/static/confusions.js";
import { element } from "../../../ui/static/dom.js";
import { count, percent } from "../../../ui/static/format.js";
import { Painter, Part } from "../../../ui/static/painter.js";
import { PictureLane } from "../../../ui/static/picture-lane.js";
import { Cache } from "../../../ui/static/requests.js";

/** @import { Track } from "../../../ui/static/track.js" */
/** @import { Answer } from "../../../ui/static/types.d.ts" */
/** @import { Cell } from "../../../ui/static/confusions.js" */

/**
 * @typedef {{step: number, classes: string[], size: number, teacher: string}} Words
 * @typedef {Answer<Words, {probabilities: Float32Array}>} Softened (2, K), of the teacher and of the student
 * @typedef {{step: number, n: number, agree: number, distance: number}} Told
 * @typedef {Answer<Told, {means: Float32Array, accuracy: Float32Array}>} Similar (2, K, K) and (2,)
 */

const WHO = ["Teacher", "Student"];
const SHOWN = 6; // classes

/** One run's picture, and what both say. */
class Lane extends PictureLane {
  /** @type {Softened | null} */
  #shown = null;
  /** @type {Similar | null} */
  #similar = null;
  /** @type {Track | null} */
  #track = null;

  /** @param {Teacher} painter */
  constructor(painter) {
    super(painter, { role: "img", "aria-label": "The picture that both are asked about" });
    this.pointing = painter;
    this.part = /** @type {Part<Softened>} */ (new Part(painter, "softened", { cache: painter.cache, limit: 3 }));
    this.test = /** @type {Part<Similar>} */ (new Part(painter, "similar", { cache: painter.tests }));
    this.matrices = WHO.map((who) =>
      element("canvas", {
        class: "teacher-matrix",
        tabindex: 0,
        role: "application",
        "aria-label": `${who}: what the pictures of each class look like; the arrow keys go from cell to cell`,
      }),
    );
    this.heading = element("h3", { class: "beside" }, "What each class looks like to them");
    this.said = element("p", { class: "teacher-said", "aria-live": "polite" });
    this.below = element("p", { class: "caption" });
    const figures = WHO.map((who, i) => element("figure", {}, element("figcaption", {}, who), this.matrices[i]));
    this.main.append(this.caption, this.bars);
    this.side.replaceChildren(
      this.heading,
      element("div", { class: "teacher-pair" }, ...figures),
      this.said,
      this.below,
    );
    this.root.classList.add("teacher");
    for (const canvas of this.matrices) this.#wire(canvas);
  }

  /** @param {HTMLCanvasElement} canvas */
  #wire(canvas) {
    const k = () => this.#shown?.words.classes.length ?? 1;
    canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => {
      const { left, top, side } = layout(canvas.clientWidth, k());
      const [taken, truth] = [Math.floor((offsetX - left) / side), Math.floor((offsetY - top) / side)];
      if (taken >= 0 && truth >= 0 && taken < k() && truth < k()) this.pointing.point({ truth, taken });
    });
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (!step) return;
      event.preventDefault();
      const { truth, taken } = this.pointing.cell;
      const within = (/** @type {number} */ i) => Math.max(0, Math.min(k() - 1, i));
      this.pointing.point({ truth: within(truth + step[0]), taken: within(taken + step[1]) });
    });
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (shown, { run, picture }) => {
      this.#shown = shown;
      this.#track = track;
      this.load(`/pictures/${picture}.png`, { run });
      this.paint();
    });
    this.test.ask(track, step, (similar) => {
      this.#similar = similar;
      this.paint();
    });
  }

  paint() {
    if (!this.#shown) return;
    const { classes, size, step, teacher } = this.#shown.words;
    this.picture(size, () => {});
    this.#bars(classes);
    this.caption.textContent =
      `Of each class, what the teacher, ${teacher}, says of this picture, and below what the student says. ` +
      `${this.painter.source(this.#track, step)}.`;
    this.#compare(classes);
  }

  /** @param {string[]} classes */
  #bars(classes) {
    if (!this.#shown) return;
    const [theirs, ours] = [0, 1].map(
      (who) => at(/** @type {Softened} */ (this.#shown).tensors.probabilities, who).data,
    );
    const order = [...classes.keys()].sort((a, b) => theirs[b] - theirs[a]).slice(0, SHOWN);
    const rows = order.flatMap((i) => {
      const right = classes[i] === this.painter.label;
      const [first, second] = [
        bar(right ? `${classes[i]} ✓` : classes[i], { right }),
        bar("", { title: `${classes[i]}, student` }),
      ];
      first.set(theirs[i], percent(theirs[i]));
      second.set(ours[i], percent(ours[i]));
      second.root.classList.add("of-student");
      return [first.root, second.root];
    });
    this.bars.replaceChildren(...rows);
  }

  /** @param {string[]} classes */
  #compare(classes) {
    if (!this.#similar) return;
    const { tensors, words } = this.#similar;
    const k = classes.length;
    const cell = { truth: Math.min(this.pointing.cell.truth, k - 1), taken: Math.min(this.pointing.cell.taken, k - 1) };
    const { truth, taken } = cell;
    const shares = WHO.map((_, who) => at(tensors.means, who).data);
    for (const [who, canvas] of this.matrices.entries()) {
      const rounded = Int32Array.from(shares[who], (share) => Math.round(100 * share));
      draw(canvas, (context, width) => matrix(context, width, rounded, classes, cell));
    }
    const parts = WHO.map((who, i) => `${who.toLowerCase()} ${percent(shares[i][truth * k + taken])}`);
    this.said.textContent = `${classes[truth]} as ${classes[taken]}: ${parts.join(", ")}.`;
    const [theirs, ours] = tensors.accuracy.data;
    this.below.textContent =
      `Mean probabilities in %, a row for the pictures of each class, ${count(words.n)} test pictures. The teacher is right on ` +
      `${percent(theirs)}, the student on ${percent(ours)}; they agree on ${percent(words.agree)}, and are ` +
      `${words.distance.toFixed(2)} nats apart. Snapshot of step ${count(words.step)}.`;
  }
}

/** @extends {Painter<Lane>} */
export default class Teacher extends Painter {
  /** The cell that is read, the same in all lanes: a shirt as a coat, where these are the classes. @type {Cell} */
  cell = { truth: 6, taken: 4 };
  /** @type {Cache<Softened>} */
  cache = new Cache(120);
  /** @type {Cache<Similar>} */
  tests = new Cache(60);

  lane() {
    return new Lane(this);
  }

  /** @param {Cell} cell */
  point(cell) {
    if (cell.truth === this.cell.truth && cell.taken === this.cell.taken) return;
    this.cell = cell;
    this.paint();
  }
}
