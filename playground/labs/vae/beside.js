// Figures with their words beside them where there is room for both, else below.

import { color } from "../../ui/static/canvas.js";

const WIDE = 720; // CSS pixels from which on there is
const WORDS = 272; // for the words, with the gap

/** The width that a lane has for its figures. @param {HTMLElement} lane */
export const width = ({ clientWidth }) => clientWidth - (clientWidth > WIDE ? WORDS : 0);

/**
 * Prepares a context for small words on a figure.
 * @param {CanvasRenderingContext2D} context
 * @param {CanvasTextAlign} align
 * @param {CanvasTextBaseline} baseline
 */
export function words(context, align, baseline) {
  context.font = "11px system-ui, sans-serif";
  context.fillStyle = color("--quiet");
  context.textAlign = align;
  context.textBaseline = baseline;
}
