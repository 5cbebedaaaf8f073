// How probable each speed is: bars along an axis on which the true one is moved.

import { color, draw } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { draggable } from "../../ui/static/drag.js";

const MOST = 4; // pixels a frame, at the axis's right end
const STEP = 0.25;
const [HEIGHT, TOP, LOW, EDGE, WIDTH] = [116, 20, 80, 16, 24]; // CSS pixels: bars go from TOP to LOW

export class Speeds {
  /** @type {{probabilities: Float32Array, speeds: number[], nearest: number, speed: number} | null} */
  #said = null;

  /** @param {(speed: number) => void} move hears of a speed that was chosen */
  constructor(move) {
    const label =
      "How probable each speed is to the probe, in pixels a frame; the words above it say the most probable";
    this.canvas = element("canvas", { class: "motion-speeds", role: "img", "aria-label": label });
    draggable(this.canvas, {
      to: (x) => {
        const { clientWidth: width } = this.canvas;
        const speed = (MOST * (x * width - EDGE)) / (width - 2 * EDGE);
        move(Math.max(0, Math.min(MOST, Math.round(speed / STEP) * STEP)));
      },
      by: () => {},
    });
  }

  /** @param {{probabilities: Float32Array, speeds: number[], nearest: number, speed: number}} said */
  show(said) {
    this.#said = said;
  }

  paint() {
    if (!this.#said) return;
    const { probabilities, speeds, nearest, speed } = this.#said;
    this.canvas.style.height = `${HEIGHT}px`;
    draw(this.canvas, (context, width) => {
      const x = (/** @type {number} */ value) => EDGE + (value / MOST) * (width - 2 * EDGE);
      context.font = "12px system-ui, sans-serif";
      context.textAlign = "center";
      speeds.forEach((value, i) => {
        const top = LOW - probabilities[i] * (LOW - TOP);
        context.fillStyle = color("--line");
        context.fillRect(x(value) - WIDTH / 2, TOP, WIDTH, LOW - TOP);
        context.fillStyle = color(i === nearest ? "--accent" : "--quiet");
        context.fillRect(x(value) - WIDTH / 2, top, WIDTH, LOW - top);
        context.fillStyle = color(i === nearest ? "--ink" : "--quiet");
        context.fillText(`${Math.round(100 * probabilities[i])}%`, x(value), TOP - 8);
        context.fillText(String(value), x(value), LOW + 16);
      });
      context.fillStyle = color("--accent");
      context.beginPath();
      for (const [right, below] of [
        [0, 22],
        [-6, 32],
        [6, 32],
      ]) {
        context.lineTo(x(speed) + right, LOW + below);
      }
      context.fill();
    });
  }
}
