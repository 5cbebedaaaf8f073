// Test pictures as dots on a plane, and the picture of the dot that is pointed at.

import { decoded } from "../../ui/static/answer.js";
import { draw, enlarge } from "../../ui/static/canvas.js";
import { PALETTE } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { Part } from "../../ui/static/painter.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer, Tensor } from "../../ui/static/types.d.ts" */
/** @import LatentPlane from "./plane.js" */

/**
 * @typedef {[x: number, y: number]} Place
 * @typedef {{points: Tensor<Float32Array>, labels: Tensor<Int32Array>}} Points (N, 2) and (N,)
 * @typedef {Answer<{columns: number}, {jpeg: Uint8Array<ArrayBuffer>}> & {image: ImageBitmap}} Sheet pictures of all
 *   dots, in their order
 */

const RADIUS = 3.2; // CSS pixels
const REACH = 16; // from which a dot is pointed at
const ROOM = 96; // for its picture
const OFF = 16; // from the dot to its picture

/**
 * The nearest of some points to a place; -1 where none is within reach.
 * @param {Float32Array} points (N, 2)
 * @param {Place} place
 * @param {number} reach
 */
export function nearest(points, [x, y], reach) {
  let [best, least] = [-1, reach];
  for (let i = 0; i < points.length / 2; i++) {
    const distance = Math.hypot(points[2 * i] - x, points[2 * i + 1] - y);
    if (distance <= least) [best, least] = [i, distance];
  }
  return best;
}

export class Dots {
  /** Where is pointed at. @type {Place | null} */
  #place = null;
  /** The dot there, or -1. */
  #dot = -1;
  /** @type {Sheet | null} */
  #sheet = null;

  /** @param {LatentPlane} painter */
  constructor(painter) {
    const prepare = async (/** @type {any} */ answer) => ({ ...answer, image: await decoded(answer.tensors.jpeg) });
    this.part = /** @type {Part<any, Sheet>} */ (new Part(painter, "dots", { cache: painter.sheets, prepare }));
    this.picture = element("canvas", { class: "tile" });
    this.label = element("figcaption", { class: "dotted", role: "status" });
    this.root = element("figure", { class: "plane-dot", hidden: true }, this.picture, this.label);
  }

  /**
   * Points at a place of the plane, or nowhere; the pictures are fetched the first time.
   * @param {Place | null} place
   * @param {Track} track
   */
  point(place, track) {
    this.#place = place;
    const [first] = track.snapshots; // the pictures are the same at each
    if (!place || first === undefined) return;
    this.part.ask(track, first, (sheet) => {
      this.#sheet = sheet;
      this.#show(track);
    });
  }

  /**
   * Draws all dots, and marks the one that is pointed at.
   * @param {CanvasRenderingContext2D} context
   * @param {Points} points
   * @param {number} scale CSS pixels of one unit
   * @param {(place: Place) => Place} to CSS pixels
   * @param {Track} track
   */
  paint(context, { points, labels }, scale, to, track) {
    this.#dot = this.#place ? nearest(points.data, this.#place, REACH / scale) : -1;
    context.strokeStyle = "rgba(0,0,0,.55)";
    context.lineWidth = 0.75;
    /** @param {number} i */
    const at = (i) => to([points.data[2 * i], points.data[2 * i + 1]]);
    for (const [i, label] of labels.data.entries()) {
      context.fillStyle = PALETTE[label % PALETTE.length];
      context.beginPath();
      context.arc(...at(i), RADIUS, 0, 7);
      context.fill();
      context.stroke();
    }
    if (this.#dot < 0) return this.hide();
    const [x, y] = at(this.#dot);
    context.fillStyle = PALETTE[labels.data[this.#dot] % PALETTE.length];
    context.strokeStyle = "#fff";
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, 2 * RADIUS, 0, 7);
    context.fill();
    context.stroke();
    this.#put(x, y, context.canvas.clientWidth);
    this.#say(labels.data[this.#dot], track);
    this.#show(track);
  }

  hide() {
    this.#dot = -1;
    this.root.hidden = true;
  }

  /** Beside the dot, on the side that has more room. @param {number} x @param {number} y @param {number} side */
  #put(x, y, side) {
    const { style } = this.root;
    Object.assign(style, { left: "", right: "", top: "", bottom: "" });
    if (x < side / 2) style.left = `${x + OFF}px`;
    else style.right = `calc(100% - ${x - OFF}px)`;
    if (y < side / 2) style.top = `${y + OFF}px`;
    else style.bottom = `calc(100% - ${y - OFF}px)`;
  }

  /** @param {number} label @param {Track} track */
  #say(label, { info }) {
    this.label.textContent = info.classes[label] ?? `test picture ${this.#dot + 1}`;
    this.label.style.setProperty("--dot", PALETTE[label % PALETTE.length]);
  }

  /** @param {Track} track */
  #show({ info: { size } }) {
    if (!this.#sheet || this.#dot < 0) return;
    const { image, words } = this.#sheet;
    const [column, row] = [this.#dot % words.columns, Math.floor(this.#dot / words.columns)];
    this.root.hidden = false;
    enlarge(this.picture, size, ROOM);
    draw(this.picture, (context, width, height) => {
      context.imageSmoothingEnabled = false;
      context.drawImage(image, column * size, row * size, size, size, 0, 0, width, height);
    });
  }
}
