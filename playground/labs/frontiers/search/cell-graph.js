// A cell as a graph: four nodes in a row and an operation on each of the six edges, which can be chosen and changed.

import { element } from "../../../ui/static/dom.js";

/** @typedef {{name: string, short: string}} Operation */

/** In the order of the space. @type {Operation[]} */
export const OPERATIONS = [
  { name: "none", short: "none" },
  { name: "skip", short: "skip" },
  { name: "convolution 1 × 1", short: "conv 1" },
  { name: "convolution 3 × 3", short: "conv 3" },
  { name: "average pooling 3 × 3", short: "pool 3" },
];
export const EDGES = [
  [0, 1],
  [0, 2],
  [1, 2],
  [0, 3],
  [1, 3],
  [2, 3],
];
const SVG = "http://www.w3.org/2000/svg";
const NODES = ["in", "1", "2", "out"];
const [WIDTH, HEIGHT] = [352, 196];
const [FIRST, APART, LINE, RADIUS] = [18, 105, 118, 13]; // of the nodes, in a row
const [CHIP, TALL, TOUCH] = [58, 26, 44]; // the sign of an edge, and what can be touched of it
/** How far an edge that jumps over nodes bends, and where its sign stands. */
const BENDS = new Map([
  [1, { bend: -62, at: -46 }],
  [3, { bend: -140, at: -104 }],
  [4, { bend: 62, at: 46 }],
]);

/** The number of a cell in the space. @param {number[]} operations */
export const numberOf = (operations) => operations.reduce((sum, one, i) => sum + one * OPERATIONS.length ** i, 0);

/** The operations of the cell of a number. @param {number} number */
export const operationsOf = (number) =>
  EDGES.map((_, i) => Math.floor(number / OPERATIONS.length ** i) % OPERATIONS.length);

/** Where an edge runs, and where its sign stands. @param {number} edge */
export function path(edge) {
  const [start, end] = EDGES[edge].map((node) => FIRST + node * APART);
  const { bend, at } = BENDS.get(edge) ?? { bend: 0, at: 0 };
  const middle = (start + end) / 2;
  return { d: `M ${start} ${LINE} Q ${middle} ${LINE + 1.5 * bend} ${end} ${LINE}`, x: middle, y: LINE + at };
}

/**
 * @param {string} tag
 * @param {Record<string, unknown>} attributes
 * @param {...Node} children
 */
function drawn(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}

export class CellGraph {
  #edge = 3;
  /** @type {number[]} */
  #operations = [];

  /** @param {(number: number) => void} choose is told the number of a cell that was drawn */
  constructor(choose) {
    this.choose = choose;
    this.edges = EDGES.map(([start, end], edge) => {
      const { d, x, y } = path(edge);
      const line = drawn("path", { d, class: "cell-line" });
      const text = drawn("text", { x, y: y + 4 });
      const chip = { x: x - CHIP / 2, y: y - TALL / 2, width: CHIP, height: TALL, rx: 4, class: "cell-chip" };
      const touch = { x: x - CHIP / 2, y: y - TOUCH / 2, width: CHIP, height: TOUCH, class: "cell-touch" };
      const button = drawn(
        "g",
        { class: "cell-edge", tabindex: 0, role: "button" },
        drawn("rect", touch),
        drawn("rect", chip),
        text,
      );
      button.addEventListener("click", () => this.#select(edge));
      button.addEventListener("keydown", (event) => {
        const { key } = /** @type {KeyboardEvent} */ (event);
        const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[key];
        if (key === "Enter" || key === " ") this.#select(edge);
        else if (by) this.#put(edge, (this.#operations[edge] + by + OPERATIONS.length) % OPERATIONS.length);
        else return;
        event.preventDefault();
      });
      return { line, text, button, name: `from ${NODES[start]} to ${NODES[end]}` };
    });
    const nodes = NODES.map((name, i) => {
      const x = FIRST + i * APART;
      return drawn("g", { class: "cell-node" }, drawn("circle", { cx: x, cy: LINE, r: RADIUS }), label(x, name));
    });
    this.svg = drawn(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "cell-graph", role: "group", "aria-label": "The cell" },
      ...this.edges.map(({ line }) => line),
      ...nodes,
      ...this.edges.map(({ button }) => button),
    );
    this.palette = OPERATIONS.map(({ name, short }, operation) =>
      element(
        "button",
        {
          type: "button",
          class: `cell-operation op-${operation}`,
          title: name,
          onclick: () => this.#put(-1, operation),
        },
        short,
      ),
    );
    this.said = element("p", { class: "cell-said" });
    const row = { class: "cell-palette", role: "group", "aria-label": "Operation of the chosen edge" };
    this.root = element("div", {}, /** @type {any} */ (this.svg), this.said, element("div", row, ...this.palette));
  }

  /** @param {number} edge */
  #select(edge) {
    this.#edge = edge;
    this.show(this.#operations);
  }

  /** @param {number} edge the chosen one where it is -1 @param {number} operation */
  #put(edge, operation) {
    if (edge >= 0) this.#edge = edge;
    if (!this.#operations.length || this.#operations[this.#edge] === operation) return;
    this.show(this.#operations.map((one, i) => (i === this.#edge ? operation : one)));
    this.choose(numberOf(this.#operations));
  }

  /** @param {number[]} operations */
  show(operations) {
    this.#operations = operations;
    for (const [edge, { line, text, button, name }] of this.edges.entries()) {
      const { name: called, short } = OPERATIONS[operations[edge]];
      line.setAttribute("class", `cell-line op-${operations[edge]}`);
      text.textContent = short;
      button.setAttribute("class", `cell-edge op-${operations[edge]}`);
      button.setAttribute("aria-pressed", String(edge === this.#edge));
      button.setAttribute("aria-label", `Edge ${name}: ${called}; arrow keys change it`);
    }
    this.said.textContent = `Edge ${this.edges[this.#edge].name}:`;
    for (const [operation, button] of this.palette.entries()) {
      button.setAttribute("aria-pressed", String(operations[this.#edge] === operation));
    }
  }
}

/** @param {number} x @param {string} words */
function label(x, words) {
  const text = drawn("text", { x, y: LINE + 4 });
  text.textContent = words;
  return text;
}
