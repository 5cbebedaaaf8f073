// Drawing: canvases as sharp as the screen, pixels at whole multiples of their size, colors of the theme.

import { at } from "./answer.js";

/** @import { Pictures } from "./types.d.ts" */

/**
 * A color of the theme.
 * @param {string} name of a custom property, such as "--accent"
 */
export const color = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

/** @param {HTMLCanvasElement} canvas */
export function context2d(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser does not draw on a canvas.");
  return context;
}

/**
 * Draws on an empty canvas at the screen's own resolution, in CSS pixels; one without a size is left alone.
 * @param {HTMLCanvasElement} canvas
 * @param {(context: CanvasRenderingContext2D, width: number, height: number) => void} paint
 */
export function draw(canvas, paint) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return;
  const ratio = window.devicePixelRatio || 1;
  resize(canvas, Math.round(width * ratio), Math.round(height * ratio));
  const context = context2d(canvas);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  paint(context, width, height);
}

/**
 * Gives a canvas a number of pixels; one that has it already keeps what it shows.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
export function resize(canvas, width, height = width) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
}

/**
 * A picture of one or three channels as an ImageData.
 * @param {Pictures} picture (C, H, W)
 */
export function pixels({ data, shape: [channels, height, width] }) {
  const image = new ImageData(width, height);
  const area = width * height;
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = data[(channels === 3 ? c * area : 0) + i];
    image.data[4 * i + 3] = 255;
  }
  return image;
}

/**
 * Shows a picture in its own pixels; how large they are is left to the style.
 * @param {HTMLCanvasElement} canvas
 * @param {Pictures} picture (C, H, W)
 */
export function show(canvas, picture) {
  const image = pixels(picture);
  resize(canvas, image.width, image.height);
  context2d(canvas).putImageData(image, 0, 0);
}

/**
 * Draws a picture as a square; one that is enlarged stays crisp.
 * @param {CanvasRenderingContext2D} context
 * @param {Pictures} picture (C, H, W)
 * @param {number} x of its left edge, in CSS pixels
 * @param {number} y of its upper edge
 * @param {number} side
 */
export function tile(context, picture, x, y, side) {
  const own = document.createElement("canvas");
  show(own, picture);
  context.imageSmoothingEnabled = side < own.width;
  context.drawImage(own, x, y, side, side);
}

/**
 * Makes a square of `side` pixels, or a strip of them, as large as there is room: at a whole multiple of the screen's
 * pixels, crisp; where not even twice as large would fit, it fills the room, smooth.
 * @param {HTMLElement} square
 * @param {number} side
 * @param {number} room in CSS pixels, for one of the squares
 * @param {number} [columns] how many squares stand in a row
 */
export function enlarge(square, side, room, columns = 1) {
  const ratio = window.devicePixelRatio || 1;
  const times = (room * ratio) / side;
  const crisp = times >= 2 || times < 1;
  const shown = crisp ? Math.max(1, Math.floor(times)) : times;
  const height = Math.floor(shown * side) / ratio;
  square.style.width = `${columns * height}px`;
  square.style.height = `${height}px`;
  square.style.imageRendering = crisp ? "" : "auto";
}

/**
 * The side of a picture that is shown as large as there is room: a whole multiple of its size, or all of the room where
 * not even twice the size fits.
 * @param {number} size in pixels
 * @param {number} room in CSS pixels
 */
export const fitted = (size, room) => (room < 2 * size ? Math.floor(room) : Math.floor(room / size) * size);

/**
 * Draws a picture over the whole of a canvas: crisp where it is enlarged to twice its size or more, else smooth.
 * @param {CanvasRenderingContext2D} context
 * @param {HTMLImageElement | null} image
 * @param {number} width in CSS pixels
 */
export function lay(context, image, width) {
  context.imageSmoothingEnabled = image !== null && width < 2 * image.naturalWidth;
  if (image) context.drawImage(image, 0, 0, width, width);
  context.imageSmoothingEnabled = false;
}

/**
 * Makes a square as large as there is room.
 * @param {HTMLElement} square
 * @param {number} room in CSS pixels
 */
export function fit(square, room) {
  square.style.width = square.style.height = `${room}px`;
}

/**
 * Square pictures as a square sheet, a pixel apart.
 * @param {HTMLCanvasElement} canvas
 * @param {Pictures} pictures (N, C, H, W)
 */
export function sheet(canvas, pictures) {
  const [count, , size] = pictures.shape;
  const columns = Math.ceil(Math.sqrt(count));
  const side = columns * (size + 1) - 1;
  resize(canvas, side);
  const context = context2d(canvas);
  for (let i = 0; i < count; i++) {
    const [x, y] = [i % columns, Math.floor(i / columns)];
    context.putImageData(pixels(at(pictures, i)), x * (size + 1), y * (size + 1));
  }
  enlarge(canvas, side, Math.min(480, canvas.parentElement?.clientWidth || side));
  return context;
}

/**
 * The lines of a white outline within a black one.
 * @param {number} width of the white one
 * @returns {[ink: string, width: number][]}
 */
export const halo = (width) => [
  ["#000", 2 * width],
  ["#fff", width],
];

/**
 * Strokes a path several times, each line narrower than the one below it, so that it stands out on any ground.
 * @param {CanvasRenderingContext2D} context
 * @param {[ink: string, width: number][]} lines
 * @param {() => void} path
 */
export function outlined(context, lines, path) {
  for (const [ink, width] of lines) {
    context.strokeStyle = ink;
    context.lineWidth = width;
    context.beginPath();
    path();
    context.stroke();
  }
}

/**
 * The handle of a point that is dragged: a ring, so that what lies below it stays in sight.
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 */
export function handle(context, x, y) {
  /** @type {[string, number][]} */
  const lines = [
    ["#000", 6],
    ["#fff", 4],
    [color("--accent"), 2],
  ];
  outlined(context, lines, () => context.arc(x, y, 11, 0, 7));
}

/**
 * Points (x, y) as dots; the canvas shows the square from -reach to reach.
 * @param {CanvasRenderingContext2D} context
 * @param {number} width of the canvas
 * @param {Float32Array} points
 * @param {{reach: number, ink: string, size?: number, alpha?: number}} look
 */
export function dots(context, width, points, { reach, ink, size = 1.5, alpha = 1 }) {
  context.fillStyle = ink;
  context.globalAlpha = alpha;
  for (let i = 0; i < points.length; i += 2) {
    const x = ((points[i] + reach) / (2 * reach)) * width;
    const y = ((reach - points[i + 1]) / (2 * reach)) * width;
    context.fillRect(x - size / 2, y - size / 2, size, size);
  }
  context.globalAlpha = 1;
}

/**
 * Adds an arrow to the path.
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} dx
 * @param {number} dy
 */
export function arrow(context, x, y, dx, dy) {
  context.moveTo(x, y);
  context.lineTo(x + dx, y + dy);
  context.moveTo(x + 0.67 * dx - 0.19 * dy, y + 0.67 * dy + 0.19 * dx);
  context.lineTo(x + dx, y + dy);
  context.lineTo(x + 0.67 * dx + 0.19 * dy, y + 0.67 * dy - 0.19 * dx);
}
