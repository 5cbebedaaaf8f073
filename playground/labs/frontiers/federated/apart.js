// What the clients of federated learning would make of the server's network, each by itself, and what their mean is.

import { at } from "../../../ui/static/answer.js";
import { draw, tile } from "../../../ui/static/canvas.js";
import { element } from "../../../ui/static/dom.js";
import { count, fixed } from "../../../ui/static/format.js";
import { Painter, Part } from "../../../ui/static/painter.js";
import { Cache } from "../../../ui/static/requests.js";
import { layout, matrix, rowAt, top } from "./client-matrix.js";

/** @import { Track } from "../../../ui/static/track.js" */
/** @import { Answer } from "../../../ui/static/types.d.ts" */
/** @import { Row } from "./client-matrix.js" */

/**
 * @typedef {{step: number, classes: string[], steps: number, n: number}} Words
 * @typedef {{recalls: Float32Array, holdings: Float32Array, drift: Float32Array, agreement: Float32Array}} Numbers
 * @typedef {Answer<Words, Numbers & {pictures: Uint8Array<ArrayBuffer>}>} Apart
 */

const [TILE, GAP] = [28, 2]; // CSS pixels of a client's pictures, and between them

/** One run's clients. */
class Lane {
  /** @type {Apart | null} */
  #shown = null;
  /** @type {Track | null} */
  #track = null;

  /** @param {Clients} painter */
  constructor(painter) {
    this.painter = painter;
    this.part = /** @type {Part<Apart>} */ (new Part(painter, "clients", { cache: painter.cache }));
    const label = "What server and clients recognize of each class; up and down choose a client";
    const look = { class: "client-matrix", "data-part": "main", tabindex: 0, role: "application", "aria-label": label };
    this.canvas = element("canvas", look);
    this.caption = element("p", { class: "caption" });
    this.list = element("div", { class: "clients", role: "group", "aria-label": "Clients" });
    this.said = element("p", { class: "clients-said", "aria-live": "polite" });
    this.main = element("div", { class: "lane-main" }, this.canvas, this.caption);
    this.side = element("div", { class: "lane-side" }, this.said, this.list);
    this.root = element("div", { class: "lane abreast" }, this.main, this.side);
    this.canvas.addEventListener("click", ({ offsetY }) => {
      const rows = this.#rows.length;
      this.#choose(rowAt(this.#place, offsetY, rows) - 1);
    });
    this.canvas.addEventListener("keydown", (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      this.#choose(this.#client + by);
    });
  }

  get #clients() {
    return this.#shown?.tensors.drift.shape[0] ?? 0;
  }

  get #client() {
    return Math.min(this.painter.options.client, this.#clients - 1);
  }

  /** @param {number} client */
  #choose(client) {
    if (client >= 0 && client < this.#clients) this.painter.set({ client });
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (shown) => {
      this.#shown = shown;
      this.#track = track;
      this.paint();
    });
  }

  /** The server, the clients, and their mean. @returns {Row[]} */
  get #rows() {
    if (!this.#shown) return [];
    const { recalls, holdings } = this.#shown.tensors;
    const [rows, k] = recalls.shape;
    return Array.from({ length: rows }, (_, i) => {
      const client = i > 0 && i < rows - 1 ? i - 1 : -1;
      const held = client < 0 ? [] : [...at(holdings, client).data];
      const few = held.reduce((sum, one) => sum + one, 0) / (4 * k); // of a class; what is fewer is hardly there
      return {
        name: client >= 0 ? `client ${i}` : i ? "mean" : "server",
        recalls: [...at(recalls, i).data],
        has: held.map((one) => one >= few && one > 0),
      };
    });
  }

  get #place() {
    const rows = this.#rows;
    return layout(this.main.clientWidth, this.painter.height, rows[0]?.recalls.length ?? 1, rows.length);
  }

  paint() {
    if (!this.#shown) return;
    const { classes, steps, step, n } = this.#shown.words;
    const [rows, place] = [this.#rows, this.#place];
    this.canvas.style.width = `${place.left + classes.length * place.wide}px`;
    this.canvas.style.height = `${top(place, rows.length - 1, rows.length) + place.high}px`;
    draw(this.canvas, (context) => matrix(context, rows, classes, place, this.#client + 1));
    this.caption.textContent =
      `Recognized of each class, in percent of ${count(n)} test pictures, by the server, by each client after ` +
      `${steps} steps on its own pictures, and by their mean. ${this.painter.source(this.#track, step)}.`;
    this.#describe(rows);
    this.#list();
  }

  /** What becomes of the chosen client. @param {Row[]} rows */
  #describe(rows) {
    if (!this.#shown) return;
    const { drift, agreement } = this.#shown.tensors;
    const mean = (/** @type {Row} */ { recalls }) => {
      const known = recalls.filter((value) => !Number.isNaN(value));
      return Math.round((100 * known.reduce((sum, value) => sum + value, 0)) / known.length);
    };
    const [client, number] = [this.#client, this.#client + 1];
    const [before, own, after] = [rows[0], rows[number], rows[rows.length - 1]];
    this.said.textContent = Number.isNaN(drift.data[client])
      ? `Client ${number} has no pictures.`
      : `The server recognizes ${mean(before)}% of all classes, client ${number} by itself ${mean(own)}%, the mean ` +
        `${mean(after)}%. Its change is ${fixed(drift.data[client], 2)} long, and has a cosine of ` +
        `${fixed(agreement.data[client], 2)} with that of the server.`;
  }

  /** Each client's pictures. */
  #list() {
    if (!this.#shown) return;
    const { pictures, holdings, drift } = this.#shown.tensors;
    const { classes } = this.#shown.words;
    const [clients, each] = pictures.shape;
    const rows = Array.from({ length: clients }, (_, i) => {
      const held = at(holdings, i).data;
      const total = held.reduce((sum, one) => sum + one, 0);
      const best = [...held.keys()].filter((k) => held[k] >= total / 10 && held[k]).sort((a, b) => held[b] - held[a]);
      const names = best.length > 3 ? `${best.length} classes` : best.map((k) => classes[k]).join(", ");
      const canvas = element("canvas", { role: "img", "aria-label": `Some pictures of client ${i + 1}` });
      canvas.style.width = `${each * (TILE + GAP)}px`;
      canvas.style.height = `${TILE}px`;
      const root = element(
        "button",
        {
          type: "button",
          class: "client",
          "aria-pressed": String(i === this.#client),
          onclick: () => this.#choose(i),
        },
        element("span", {}, `${i + 1}`),
        canvas,
        element("small", { title: `${count(total)} pictures` }, total ? names : "no pictures"),
        element("b", { title: "Drift" }, Number.isNaN(drift.data[i]) ? "" : fixed(drift.data[i], 2)),
      );
      return { root, canvas, shown: total ? Math.min(each, total) : 0 };
    });
    this.list.replaceChildren(...rows.map(({ root }) => root));
    for (const [i, { canvas, shown }] of rows.entries()) {
      draw(canvas, (context) => {
        for (let j = 0; j < shown; j++) tile(context, at(at(pictures, i), j), j * (TILE + GAP), 0, TILE);
      });
    }
  }
}

/** @extends {Painter<Lane>} */
export default class Clients extends Painter {
  /** @type {Cache<Apart>} */
  cache = new Cache(40);

  lane() {
    return new Lane(this);
  }
}
