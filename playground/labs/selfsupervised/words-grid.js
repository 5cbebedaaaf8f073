// Where the pictures that were found stand: a row for each prompt, or several where there is but one.

const ROW = 6; // pictures in a row, if they are large; more where they are small
const [TITLE, COSINE, GAP] = [20, 18, 8]; // CSS pixels above and below pictures, and between them

/**
 * @param {{width: number, height: number, prompts: number, found: number, size: number}} shape of the canvas in CSS
 *   pixels; how many prompts there are, and pictures for each; the side of a picture in its own pixels
 */
export function grid({ width, height, prompts, found, size }) {
  const rows = prompts === 1 ? Math.max(1, Math.round(Math.sqrt((found * height) / width))) : 1;
  const columns = prompts === 1 ? Math.ceil(found / rows) : Math.min(found, ROW);
  const band = height / prompts;
  const room = Math.min((band - TITLE) / rows - COSINE, width / columns - GAP);
  const side = Math.max(16, room >= size ? Math.floor(room / size) * size : Math.floor(room));
  const fitting = Math.max(1, Math.floor((width + GAP) / (side + GAP)));
  const shown = Math.min(found, rows * Math.min(fitting, prompts === 1 ? columns : found));
  const across = Math.ceil(shown / rows);

  /** @param {number} i @returns {number} where the row of a prompt begins */
  const row = (i) => i * band;

  /** @param {number} i @param {number} j @returns {[number, number]} the upper left corner of a picture */
  const place = (i, j) => [(j % across) * (side + GAP) + 1, row(i) + TITLE + Math.floor(j / across) * (side + COSINE)];

  /** @param {number} x @param {number} y @returns {[number, number] | null} the picture at a point */
  const at = (x, y) => {
    for (let i = 0; i < prompts; i++) {
      for (let j = 0; j < shown; j++) {
        const [left, top] = place(i, j);
        if (x >= left && x < left + side && y >= top && y < top + side + COSINE) return [i, j];
      }
    }
    return null;
  };

  /**
   * @param {[number, number]} from
   * @param {[number, number]} move rows down and pictures to the right
   * @returns {[number, number]} the picture there, or the nearest one
   */
  const moved = ([i, j], [down, right]) => {
    const within = (/** @type {number} */ value, /** @type {number} */ most) => Math.max(0, Math.min(most, value));
    const step = prompts === 1 ? right + down * across : right;
    const next = j + step;
    const stays = prompts === 1 && down !== 0 && (next < 0 || next >= shown);
    return [within(prompts === 1 ? 0 : i + down, prompts - 1), stays ? j : within(next, shown - 1)];
  };

  return { side, shown, row, place, at, moved };
}
