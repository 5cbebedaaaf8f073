// The pictures that are selected on a map: how many are of which class, and some of them to look at.

import { PALETTE } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { count } from "../../ui/static/format.js";
import { tiles } from "../../ui/static/sheet.js";
import { counted, sample } from "./selection.js";

const [MOST, COLUMNS] = [48, 12]; // pictures that are shown, and in a row
const CLASSES = 10; // that are named

/** @import { Sheet } from "../../ui/static/sheet.js" */

export class Selected {
  /** @param {{neighbors: () => void, clear: () => void}} acts */
  constructor({ neighbors, clear }) {
    this.words = element("p", { class: "quiet", "aria-live": "polite" });
    const type = "button";
    this.neighbors = element("button", { type, onclick: neighbors }, "Select its neighbors");
    this.clear = element("button", { type, onclick: clear }, "Clear");
    this.classes = element("div", { class: "class-legend" });
    this.sheet = element("canvas", { class: "tile map-selected-sheet", role: "img" });
    const buttons = element("div", { class: "map-buttons" }, this.neighbors, this.clear);
    this.root = element("div", { class: "map-selected" }, this.words, buttons, this.classes, this.sheet);
  }

  /**
   * @param {number[]} numbers of pictures
   * @param {ArrayLike<number>} labels by picture
   * @param {string[]} classes
   * @param {Sheet | null} sheet with all pictures
   * @param {boolean} pointed whether there is one whose neighbors could be selected
   */
  show(numbers, labels, classes, sheet, pointed) {
    this.neighbors.disabled = !pointed;
    this.clear.hidden = this.classes.hidden = !numbers.length;
    this.sheet.hidden = !numbers.length || !sheet;
    this.words.textContent = numbers.length
      ? `${count(numbers.length)} of ${count(labels.length)} pictures are selected; Escape clears.`
      : "Draw a line around dots to select them; with the keyboard, Enter selects the neighbors of a dot.";
    const counts = classes.length ? counted(numbers, labels) : [];
    const named = counts.slice(0, CLASSES).map(([label, many]) => {
      const style = `--dot:${PALETTE[label % PALETTE.length]}`;
      return element("span", { style }, `${classes[label]} ${count(many)}`);
    });
    const rest = counts.length - named.length;
    this.classes.replaceChildren(...named, ...(rest > 0 ? [`and ${rest} more classes`] : []));
    if (!sheet || !numbers.length) return;
    const some = sample(numbers, labels, MOST);
    tiles(this.sheet, sheet, some, COLUMNS);
    this.sheet.setAttribute("aria-label", `${some.length} of the selected pictures`);
  }
}
