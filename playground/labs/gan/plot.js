// How a GAN in the plane is drawn.

import { arrow, color, context2d } from "../../ui/static/canvas.js";
import { rgb } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";

/**
 * @typedef {object} Shape
 * @property {number} extent the plane shows the square from -extent to extent
 * @property {number} grid points of the manifold in a row
 * @property {number} latent dimensions of the noise
 * @property {number} cells of the heat-map in a row
 */

/** Where a value lies on the canvas. @typedef {{x: (value: number) => number, y: (value: number) => number}} Scale */

/**
 * @param {number} width of the canvas
 * @param {number} extent
 * @returns {Scale}
 */
export function scale(width, extent) {
  return {
    x: (value) => ((value + extent) / (2 * extent)) * width,
    y: (value) => ((extent - value) / (2 * extent)) * width,
  };
}

const cells = element("canvas");

/**
 * The discriminator's score: one color for real, one for generated, the ground where it cannot tell.
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {Uint8Array} values (cells, cells), the lowest row first; 0 looks generated, 255 looks real
 * @param {number} side cells in a row
 */
export function heat(context, width, values, side) {
  const [real, generated] = ["--real", "--generated"].map((name) => rgb(color(name)));
  const image = new ImageData(side, side);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const value = values[(side - 1 - row) * side + column] / 127.5 - 1;
      image.data.set([...(value > 0 ? real : generated), 150 * Math.abs(value)], 4 * (row * side + column));
    }
  }
  Object.assign(cells, { width: side, height: side });
  context2d(cells).putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(cells, 0, 0, width, width);
}

/**
 * The generator's manifold: equal masses of noise, so that the smaller a mesh, the denser the generated points.
 * @param {CanvasRenderingContext2D} context
 * @param {Float32Array} points (grid * grid, 2)
 * @param {Shape} shape
 * @param {string} ink
 * @param {Scale} scale
 */
export function manifold(context, points, { grid, latent }, ink, { x, y }) {
  /** @param {number} i @returns {[number, number]} */
  const at = (i) => [x(points[2 * i]), y(points[2 * i + 1])];
  context.strokeStyle = context.fillStyle = ink;
  if (latent === 1) {
    context.lineWidth = 2;
    context.globalAlpha = 0.5;
    context.beginPath();
    for (let i = 0; i < grid * grid; i++) context.lineTo(...at(i));
    context.stroke();
  } else {
    const fair = (0.5 * 0.5 * (x(1) - x(0)) ** 2) / (grid - 1) ** 2;
    for (let i = 0; i < grid - 1; i++) {
      for (let j = 0; j < grid - 1; j++) {
        const corners = [i * grid + j, i * grid + j + 1, (i + 1) * grid + j + 1, (i + 1) * grid + j].map(at);
        context.globalAlpha = Math.min(0.4, Math.max(0.04, (0.3 * fair) / (area(corners) + 1e-3)));
        context.beginPath();
        for (const corner of corners) context.lineTo(...corner);
        context.fill();
      }
    }
    context.lineWidth = 0.75;
    context.globalAlpha = 0.3;
    context.beginPath();
    for (let i = 0; i < grid; i++) {
      for (let j = 0; j < grid; j++) context[j ? "lineTo" : "moveTo"](...at(i * grid + j));
      for (let j = 0; j < grid; j++) context[j ? "lineTo" : "moveTo"](...at(j * grid + i));
    }
    context.stroke();
  }
  context.globalAlpha = 1;
}

/** The area of a polygon (shoelace formula). @param {[number, number][]} corners */
function area(corners) {
  const parts = corners.map(([a, b], i) => {
    const [c, d] = corners[(i + 1) % corners.length];
    return a * d - b * c;
  });
  return Math.abs(parts.reduce((sum, part) => sum + part)) / 2;
}

/**
 * The generator's negative gradient at generated points, on a common scale.
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {Float32Array} points (n, 2), at least as many as arrows
 * @param {Float32Array} arrows (n, 2)
 * @param {string} ink
 * @param {Scale} scale
 */
export function gradient(context, width, points, arrows, ink, { x, y }) {
  const lengths = Array.from({ length: arrows.length / 2 }, (_, i) => Math.hypot(arrows[2 * i], arrows[2 * i + 1]));
  const long = [...lengths].sort((a, b) => a - b)[Math.floor(lengths.length * 0.9)] || 1;
  context.strokeStyle = ink;
  context.lineWidth = 1;
  context.globalAlpha = 0.7;
  context.beginPath();
  lengths.forEach((length, i) => {
    const size = (Math.min(1.5, length / long) * width) / 20;
    if (!(size > 2)) return;
    const [dx, dy] = [(arrows[2 * i] / length) * size, (-arrows[2 * i + 1] / length) * size];
    arrow(context, x(points[2 * i]), y(points[2 * i + 1]), dx, dy);
  });
  context.stroke();
  context.globalAlpha = 1;
}
