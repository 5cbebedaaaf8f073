// How well every task is answered as the tasks end one by one, and the pictures that were recognized and are not any more.

import { draw } from "../../../ui/static/canvas.js";
import { element } from "../../../ui/static/dom.js";
import { count, percent } from "../../../ui/static/format.js";
import { Frames } from "../../../ui/static/frames.js";
import { Painter, Part } from "../../../ui/static/painter.js";
import { Cache } from "../../../ui/static/requests.js";
import { tested } from "../../../ui/static/run.js";
import { sheetOf, tiles } from "../../../ui/static/sheet.js";
import { layout, matrix } from "./accuracy-matrix.js";
import { ends, forgotten, worst } from "./recall.js";
import { TaskRow } from "./task-row.js";

/** @import { Sheet } from "../../../ui/static/sheet.js" */
/** @import { Track } from "../../../ui/static/track.js" */
/** @import { Row } from "./accuracy-matrix.js" */
/** @import { Answers } from "./recall.js" */

const MOST = 24; // pictures that are shown
const TILE = 64; // CSS pixels of one

/** What was answered of each task: NaN for one that had not come. @param {Answers} answers */
const known = ({ tensors: { accuracy, seen } }) =>
  Array.from(accuracy.data, (one, task) => (seen.data[task] ? one : Number.NaN));

/** One run's tasks. */
class Lane {
  /** @type {{answers: Answers, track: Track} | null} */
  #shown = null;
  /** @type {{sheet: Sheet, run: string} | null} */
  #sheet = null;
  /** @type {TaskRow[]} */
  #rows = [];

  /** @param {Forgetting} painter */
  constructor(painter) {
    this.painter = painter;
    this.part = /** @type {Part<Answers>} */ (new Part(painter, "answers", { cache: painter.cache, limit: 4 }));
    this.sheet = /** @type {Part<any, Sheet>} */ (
      new Part(painter, "sheet", { cache: painter.sheets, prepare: sheetOf })
    );
    this.frames = new Frames(painter, this.part, painter.cache, (track) => ends(track).map(({ step }) => step));
    this.canvas = element("canvas", {
      class: "accuracy-matrix",
      "data-part": "main",
      tabindex: 0,
      role: "application",
      "aria-label": "The accuracy on each task after each task; left and right choose a task",
    });
    this.caption = element("p", { class: "caption" });
    this.tasks = element("div", { class: "tasks", role: "group", "aria-label": "Tasks" });
    this.said = element("p", { class: "forgotten-said", "aria-live": "polite" });
    this.list = element("div", { class: "forgotten" });
    this.main = element("div", { class: "lane-main" }, this.canvas, this.caption);
    this.side = element("div", { class: "lane-side waiting" }, this.tasks, this.said, this.list);
    this.root = element("div", { class: "lane abreast" }, this.main, this.side);
    this.canvas.addEventListener("click", ({ offsetX }) => {
      const { left, side } = this.#place;
      this.#choose(Math.floor((offsetX - left) / side));
    });
    this.canvas.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      this.#choose(this.#task + by);
    });
  }

  /** @param {number} task */
  #choose(task) {
    if (task >= 0 && task < this.#rows.length) this.painter.set({ task });
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.frames.fetch(track, () => this.paint());
    this.part.ask(track, step, (answers) => {
      this.#shown = { answers, track };
      this.side.classList.remove("waiting");
      this.#build(answers.words.has.length);
      this.paint();
    });
    this.sheet.ask(track, step, (sheet, { run }) => {
      this.#sheet = { sheet, run };
      this.paint();
    });
  }

  /** @param {number} tasks */
  #build(tasks) {
    if (this.#rows.length === tasks) return;
    this.#rows = Array.from({ length: tasks }, (_, task) => new TaskRow(task, () => this.#choose(task)));
    this.tasks.replaceChildren(...this.#rows.map(({ root }) => root));
  }

  /** The ends of tasks up to the step on the stage, with what was answered there. */
  get #ended() {
    if (!this.#shown) return [];
    const { answers, track } = this.#shown;
    const found = new Map(this.frames.all.map(({ step, shown }) => [step, shown]));
    return ends(track).flatMap(({ task, step }) => {
      const then = step <= answers.words.step ? found.get(step) : undefined;
      return then ? [{ task, then }] : [];
    });
  }

  /** Of each task what is left of it; null of one that has not ended. */
  get #memories() {
    if (!this.#shown) return [];
    const { answers } = this.#shown;
    const then = new Map(this.#ended.map((one) => [one.task, one.then]));
    return answers.words.has.map((_, task) => {
      const end = then.get(task);
      return end ? forgotten(end, answers, task) : null;
    });
  }

  /** The task that is chosen; the one that lost the most where none is. */
  get #task() {
    const { task } = this.painter.options;
    if (task >= 0) return Math.min(task, this.#rows.length - 1);
    return worst(this.#memories.map((memory) => memory?.lost.length ?? 0));
  }

  /** Whether all tasks were learned at once. */
  get #joint() {
    if (!this.#shown) return false;
    const { answers, track } = this.#shown;
    return !ends(track).length && answers.tensors.seen.data.every(Boolean);
  }

  /** The rows of the matrix: the ends of all tasks but the last one, and now; one alone where there were no turns. */
  get #matrix() {
    if (!this.#shown) return [];
    const { answers } = this.#shown;
    const { has, chance } = answers.words;
    /** @type {Row} */
    const now = { name: "now", accuracy: known(answers), chance };
    const rows = has.slice(this.#joint ? has.length : 1).map((_, task) => {
      const end = this.#ended.find((one) => one.task === task)?.then;
      return { name: `after ${task + 1}`, accuracy: end ? known(end) : null, chance: end?.words.chance ?? chance };
    });
    return [...rows, now];
  }

  get #place() {
    const rows = this.#matrix;
    return layout(this.main.clientWidth, this.painter.height - 16, this.#rows.length, rows.length);
  }

  paint() {
    if (!this.#shown) return;
    const { answers, track } = this.#shown;
    const { has, chance, step } = answers.words;
    const [rows, place, memories] = [this.#matrix, this.#place, this.#memories];
    this.canvas.style.width = `${place.left + has.length * place.side + 2}px`;
    this.canvas.style.height = `${place.top + rows.length * place.side + (rows.length > 1 ? place.now : 0) + 2}px`;
    draw(this.canvas, (context) => matrix(context, rows, place, this.#task));
    for (const [task, row] of this.#rows.entries()) {
      row.root.setAttribute("aria-pressed", String(task === this.#task));
      row.show({
        has: has[task].join(", "),
        accuracy: known(answers)[task],
        chance,
        memory: memories[task],
        otherwise: this.#joint ? "with the others" : "latest",
      });
    }
    this.#open(answers, memories[this.#task]);
    this.caption.textContent =
      `Accuracy in percent on ${tested(track.info, answers.tensors.labels.shape[0], answers.words)}: a row after each ` +
      `task, a column for each. Color is what lies above chance (${percent(chance)} now). ` +
      `${this.painter.source(track, step)}.`;
  }

  /**
   * Shows the pictures of the chosen task that were forgotten.
   * @param {Answers} answers
   * @param {{known: number, lost: number[]} | null | undefined} memory
   */
  #open({ words: { classes, has }, tensors: { taken, seen } }, memory) {
    const task = this.#task;
    const name = `task ${task + 1} (${has[task].join(", ")})`;
    const lost = memory?.lost ?? [];
    if (memory && lost.length) {
      this.said.textContent =
        `Of ${count(memory.known)} pictures of ${name} that were recognized when it had ended, ${count(lost.length)} ` +
        `${lost.length === 1 ? "is" : "are"} not any more. They are now taken for:`;
    } else if (memory) this.said.textContent = `Nothing of ${name} is forgotten: all that was recognized still is.`;
    else if (this.#joint) this.said.textContent = "All tasks were learned together, so none came after another.";
    else if (seen.data[task]) this.said.textContent = `What is known of ${name} is counted once it has ended.`;
    else this.said.textContent = `${name[0].toUpperCase()}${name.slice(1)} has not come yet.`;
    const sheet = this.#sheet && this.#sheet.run === this.#shown?.track.id ? this.#sheet.sheet : null;
    const shown = sheet ? lost.filter((_, i) => i % Math.ceil(lost.length / MOST) === 0) : [];
    const figures = shown.map((i) => {
      const tile = element("canvas", { class: "tile", width: 1 });
      if (sheet) tiles(tile, sheet, [i], 1, TILE);
      return element("figure", {}, tile, element("figcaption", {}, classes[taken.data[i]]));
    });
    this.list.replaceChildren(...figures);
  }
}

/** @extends {Painter<Lane>} */
export default class Forgetting extends Painter {
  /** @type {Cache<Answers>} */
  cache = new Cache(120);
  /** @type {Cache<Sheet>} */
  sheets = new Cache(4);

  lane() {
    return new Lane(this);
  }
}
