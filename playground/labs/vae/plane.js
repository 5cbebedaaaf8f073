// A plane through latent space: the decoder's output at every place of it, and a point to drag.

import { define, element, find, whenResized } from "../../ui/static/dom.js";
import { FilmView } from "../../ui/static/film-view.js";
import { given } from "../../ui/static/link.js";
import { PictureChooser } from "../../ui/static/picture.js";
import { Cache } from "../../ui/static/requests.js";
import { EXTENT, Lane, PALETTE, within } from "./lane.js";

/** @import { Place, Plane } from "./lane.js" */

/** @extends {FilmView<Lane>} */
export class PlaneView extends FilmView {
  dots = true;
  /** @type {Cache<Plane>} */
  cache = new Cache(60);
  /** @type {((milliseconds: number) => void) | undefined} is called with how long each picture took, in benchmarks */
  measured;

  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(root, signal) {
    super(root, signal, { lab: "vae", name: "plane", what: "The plane appears" });
    const [x, y, ...more] = (given("vae", "view") ?? "").split(",").map(Number);
    this.moved = Math.abs(x) <= EXTENT && Math.abs(y) <= EXTENT && !more.length;
    /** @type {Place} */
    this.at = this.moved ? [x, y] : [0, 0];
    this.picture = given("vae", "picture") || "ex-0";
    this.legend = find(root, ".plane-legend", HTMLElement);
    this.chooser = find(root, ".plane-chooser", HTMLElement);
    const dots = find(root, ".plane-dots", HTMLInputElement);
    dots.addEventListener("change", () => {
      this.dots = dots.checked;
      this.paint();
    });
    whenResized(root, signal, () => this.paint());
    const pictures = find(root, ".plane-pictures", HTMLElement);
    const options = { draw: true, chosen: (/** @type {string} */ name) => this.take(name) };
    this.pictures = new PictureChooser(pictures, this.film, signal, options);
    this.show();
  }

  lane() {
    return new Lane(this);
  }

  show() {
    super.show();
    const [first] = this.film.shown;
    const side = this.lanes[0]?.side;
    if (!side) this.chooser.remove();
    else if (this.chooser.parentElement !== side) side.append(this.chooser);
    const names = first?.info.classes.slice(0, PALETTE.length) ?? [];
    this.legend.replaceChildren(...names.map((name, i) => element("span", { style: `--dot:${PALETTE[i]}` }, name)));
  }

  /** @param {string} name of a picture */
  take(name) {
    if (this.picture !== name) {
      this.moved = false;
      this.keep({ view: null });
    }
    this.picture = name;
    for (const lane of this.lanes) lane.encode();
  }

  /**
   * The finger or a key chose a place.
   * @param {Place} place
   */
  move(place) {
    this.moved = true;
    this.at = within(place);
    for (const lane of this.lanes) {
      lane.at = this.at;
      lane.decode();
      lane.paint();
    }
  }

  front() {
    if (this.moved) this.remember();
  }

  remember() {
    this.keep({ view: this.at.map((value) => value.toFixed(2)).join(",") });
  }

  paint() {
    for (const lane of this.lanes) lane.paint();
  }
}
define("plane-view", PlaneView);
