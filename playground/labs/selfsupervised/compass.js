// A compass: a ray for each direction, as long as it is probable, around a small clip; the ring is turned.

import { at } from "../../ui/static/answer.js";
import { color, draw, fit, handle, tile } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { draggable } from "../../ui/static/drag.js";

/** @import { Tensor } from "../../ui/static/types.d.ts" */

const PLAYER = 0.28; // of the compass's side is the clip's
const RIM = 36; // CSS pixels outside of the rays, for their numbers
const DIAL = 16; // between the clip's corners and the ring
const GAP = 18; // between the ring and the rays
const WIDTH = 0.06; // of the compass's side is a ray's
const TURN = Math.PI / 4; // from one direction to the next, counterclockwise

/**
 * @typedef {object} Said
 * @property {Float32Array} probabilities (8,), of the directions from the right counterclockwise
 * @property {number} direction the true one
 * @property {Tensor<Uint8Array<ArrayBuffer>>} clip (T, C, H, W)
 */

export class Compass {
  /** @type {Said | null} */
  #said = null;
  #frame = 0;

  /**
   * @param {object} events
   * @param {(direction: number) => void} events.turn it is turned to a direction
   * @param {(steps: number) => void} events.by it is turned by some steps, counterclockwise
   * @param {(steps: number) => void} events.faster the upper or the lower arrow key was pressed, 1 or -1
   */
  constructor({ turn, by, faster }) {
    const label =
      "How probable each direction is to the probe; turn it with the left and right arrow keys, and change the speed " +
      "with the upper and lower ones";
    this.canvas = element("canvas", { class: "compass", "data-part": "main", tabindex: 0, "aria-label": label });
    draggable(this.canvas, {
      to: (x, y) => {
        const [right, up] = [x - 0.5, 0.5 - y];
        if (Math.hypot(right, up) > PLAYER / 8) turn((Math.round(Math.atan2(up, right) / TURN) + 8) % 8);
      },
      by: (right, up) => (right ? by(-right) : faster(up)),
    });
  }

  /** Shows an answer. @param {Said} said */
  show(said) {
    this.#said = said;
  }

  /** Shows another frame of the clip. @param {number} frame */
  tick(frame) {
    this.#frame = frame;
    this.paint(this.canvas.clientWidth);
  }

  /** @param {number} room in CSS pixels */
  paint(room) {
    if (!this.#said) return;
    const { probabilities, direction, clip } = this.#said;
    fit(this.canvas, Math.floor(room));
    draw(this.canvas, (context, side) => {
      const ratio = window.devicePixelRatio || 1;
      const own = clip.shape[3];
      const player = Math.max(1, Math.floor((PLAYER * side * ratio) / own)) * (own / ratio);
      const dial = player * Math.SQRT1_2 + DIAL;
      const [near, far] = [dial + GAP, side / 2 - RIM];
      context.translate(side / 2, side / 2);
      const corner = Math.round((-player / 2) * ratio) / ratio;
      tile(context, at(clip, Math.min(this.#frame, clip.shape[0] - 1)), corner, corner, player);
      context.strokeStyle = color("--line"); // the clip's ground may be that of the page
      context.lineWidth = 1;
      context.strokeRect(corner - 0.5, corner - 0.5, player + 1, player + 1);
      ring(context, dial, color("--line"));
      const width = WIDTH * side;
      probabilities.forEach((share, i) => {
        context.save();
        context.rotate(-i * TURN);
        context.fillStyle = color("--line");
        context.fillRect(near, -width / 2, far - near, width);
        context.fillStyle = color(i === direction ? "--accent" : "--quiet");
        context.fillRect(near, -width / 2, share * (far - near), width);
        context.restore();
        number(context, share, i, far + RIM / 2, i === direction);
      });
      context.setLineDash([2, 4]);
      ring(context, near + (far - near) / probabilities.length, color("--ink"));
      context.setLineDash([]);
      handle(context, dial * Math.cos(direction * TURN), -dial * Math.sin(direction * TURN));
    });
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} radius
 * @param {string} ink
 */
function ring(context, radius, ink) {
  context.strokeStyle = ink;
  context.lineWidth = 1;
  context.beginPath();
  context.arc(0, 0, radius, 0, 7);
  context.stroke();
}

/**
 * A share in percent, at the end of its ray.
 * @param {CanvasRenderingContext2D} context
 * @param {number} share
 * @param {number} i the number of the direction
 * @param {number} radius
 * @param {boolean} right whether it is the true one
 */
function number(context, share, i, radius, right) {
  context.font = `${right ? 600 : 400} 12px system-ui, sans-serif`;
  context.fillStyle = color(right ? "--ink" : "--quiet");
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(`${Math.round(100 * share)}%`, radius * Math.cos(i * TURN), -radius * Math.sin(i * TURN));
}
