// A picture there and back between two styles, and a sheet of held-out emoji beside the drawings that there truly are.

import { context2d, resize, show } from "../../ui/static/canvas.js";
import { define, element, find } from "../../ui/static/dom.js";
import { FilmView } from "../../ui/static/film-view.js";
import { count } from "../../ui/static/format.js";
import { given } from "../../ui/static/link.js";
import { PictureChooser } from "../../ui/static/picture.js";
import { Cache, Newest } from "../../ui/static/requests.js";
import { packet } from "../../ui/static/server.js";

/** @import { Packet } from "../../ui/static/types.d.ts" */
/** @import { Track } from "../../ui/static/track.js" */

/**
 * @typedef {{l1: number, ssim: number}} Distance
 * @typedef {"ab" | "ba"} Direction
 * @typedef {object} Trip
 * @property {number} size side of a picture in pixels
 * @property {number} pictures how many there are: five where the true drawing is known, else four
 * @property {number} step of the snapshot
 * @property {Direction} direction
 * @property {string | null} domain the style of the given picture, where it is known
 * @property {number} most the error at the end of the scale
 * @property {number} cycle L1 between the picture and what came back
 * @property {Distance} [translated]
 * @property {Distance} [untouched]
 * @typedef {object} Pairs
 * @property {number} size
 * @property {string[]} names
 * @property {number} of how many were held out
 * @property {number} step
 * @property {Direction} direction
 * @property {Distance} translated
 * @property {Distance} untouched
 */

/** @type {Record<string, string>} */
const STYLES = { a: "Noto", b: "Twemoji" };

/** @param {Distance} distance */
const distance = ({ l1, ssim }) => `L1 ${l1.toFixed(3)}, SSIM ${ssim.toFixed(2)}`;

/** @param {string | null} text @returns {Direction | null} */
const direction = (text) => (text === "ab" || text === "ba" ? text : null);

/** One run's answers to the picture that is looked at. */
class TripLane {
  #key = "";
  #newest = /** @type {Newest<Packet<Trip>>} */ (new Newest(3));

  /** @param {TranslationView} view */
  constructor(view) {
    this.view = view;
    this.parts = ["given", "across", "back", "error", "truth"].map((name) => {
      const canvas = element("canvas", { role: "img", "data-part": name === "given" ? "main" : null });
      const caption = element("figcaption");
      return { canvas, caption, figure: element("figure", { class: `trip-${name}` }, canvas, caption) };
    });
    this.most = element("b");
    this.parts[3].figure.append(element("div", { class: "scale" }, element("b", {}, "0"), element("i"), this.most));
    this.caption = element("p", { class: "caption" });
    const row = element("div", { class: "trip" }, ...this.parts.map(({ figure }) => figure));
    this.root = element("div", { class: "translation-lane" }, row, this.caption);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    const { picture, direction, cache } = this.view;
    const query = { run: track.id, step, picture, direction };
    const key = JSON.stringify(query);
    if (key === this.#key || !picture) return;
    this.#key = key;
    this.#newest.ask(
      () => cache.get(key, () => packet("/translation/trip", query)),
      (answer) => {
        this.view.complain("");
        this.#paint(answer, track);
      },
      (error) => {
        this.#key = "";
        this.view.complain(error.message);
      },
    );
  }

  /**
   * @param {Packet<Trip>} answer
   * @param {Track} track
   */
  #paint({ head, bytes }, { info }) {
    const { size, direction, domain, pictures } = head;
    const area = 3 * size * size;
    const [from, to] = [STYLES[direction[0]], STYLES[direction[1]]];
    const last = domain && domain !== direction[0] ? "should stay so" : `the true ${to}`;
    const names = ["given", `as ${to}`, `and back, as ${from}`, "what got lost", last];
    this.parts.forEach(({ canvas, caption, figure }, i) => {
      figure.hidden = i >= pictures;
      if (figure.hidden) return;
      show(canvas, bytes.subarray(i * area, (i + 1) * area), { channels: 3, size });
      canvas.setAttribute("aria-label", names[i]);
      caption.textContent = names[i];
    });
    this.most.textContent = String(head.most);
    const measured =
      head.translated && head.untouched
        ? `To the true drawing the translation has ${distance(head.translated)}; the picture left as it is would have ${distance(head.untouched)}.`
        : "Nobody has drawn this one in the other style, so there is nothing to measure it against.";
    this.caption.textContent =
      `${info.name}, snapshot of step ${count(head.step)}, one picture, ${info.data} at ${size} pixels. There and back ` +
      `changed it by L1 ${head.cycle.toFixed(3)} (1 is black against white); the map shows where, the mean over colors. ` +
      measured;
    this.view.went(direction);
  }
}

/** One run's sheet of held-out emoji. */
class Sheet {
  #key = "";
  #newest = /** @type {Newest<{head: Pairs, image: ImageBitmap}>} */ (new Newest(2));

  /** @param {TranslationView} view */
  constructor(view) {
    this.view = view;
    this.triples = element("div", { class: "triples" });
    this.caption = element("p", { class: "caption" });
    this.root = element("div", { class: "translation-sheet" }, this.triples, this.caption);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    const query = { run: track.id, step, direction: this.view.way };
    const key = JSON.stringify(query);
    if (key === this.#key) return;
    this.#key = key;
    const load = async () => {
      const { head, bytes } = await packet("/translation/sheet", query);
      return { head, image: await createImageBitmap(new Blob([bytes], { type: "image/jpeg" })) };
    };
    this.#newest.ask(
      () => this.view.pairs.get(key, load),
      (answer) => {
        this.view.complain("");
        this.#paint(answer, track);
      },
      (error) => {
        this.#key = "";
        this.view.complain(error.message);
      },
    );
  }

  /**
   * @param {{head: Pairs, image: ImageBitmap}} answer
   * @param {Track} track
   */
  #paint({ head, image }, { info }) {
    const { size, names, direction } = head;
    const canvases = names.map((name, i) => {
      const canvas = element("canvas", { role: "img", title: name, "aria-label": `${name}: given, translated, true` });
      resize(canvas, 3 * size, size);
      context2d(canvas).drawImage(image, 0, i * size, 3 * size, size, 0, 0, 3 * size, size);
      return canvas;
    });
    this.triples.replaceChildren(...canvases);
    this.caption.textContent =
      `${info.name}, snapshot of step ${count(head.step)}: ${names.length} of ${head.of} held-out emoji, ` +
      `${STYLES[direction[0]]} → ${STYLES[direction[1]]}. Means over these ${names.length}: translated ` +
      `${distance(head.translated)}; untouched ${distance(head.untouched)}.`;
  }
}

/** One run: its trip, and its sheet further below. */
class Lane {
  /** @param {TranslationView} view */
  constructor(view) {
    this.trip = new TripLane(view);
    this.sheet = new Sheet(view);
    this.root = this.trip.root;
    view.sheets.append(this.sheet.root);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.trip.show(track, step);
    this.sheet.show(track, step);
  }
}

/** @extends {FilmView<Lane>} */
class TranslationView extends FilmView {
  picture = "";
  /** @type {Cache<Packet<Trip>>} */
  cache = new Cache(200);
  /** @type {Cache<{head: Pairs, image: ImageBitmap}>} */
  pairs = new Cache(40);

  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(root, signal) {
    super(root, signal, { lab: "translation", name: "translation", what: "Translations appear" });
    this.sheets = find(root, ".translation-sheets", HTMLElement);
    this.buttons = ["ab", "ba"].map((way) => find(root, `[data-way="${way}"]`, HTMLElement));
    /** The direction that was chosen; without one, that of the example is taken. */
    this.direction = direction(given("translation", "view"));
    /** The direction that is shown. @type {Direction} */
    this.way = this.direction ?? "ab";
    for (const button of this.buttons) {
      button.addEventListener("click", () => this.turn(direction(button.dataset.way ?? "")));
    }
    this.#mark();
    const pictures = find(root, ".translation-pictures", HTMLElement);
    const options = { draw: true, chosen: (/** @type {string} */ name) => this.take(name) };
    this.chooser = new PictureChooser(pictures, this.film, signal, options);
  }

  lane() {
    return new Lane(this);
  }

  show() {
    super.show();
    while (this.sheets.children.length > this.lanes.length) this.sheets.lastElementChild?.remove();
  }

  /** @param {string} name of a picture */
  take(name) {
    const isOther = this.picture && this.picture !== name;
    this.picture = name;
    if (isOther && name.startsWith("ex-")) this.turn(null);
    else this.show();
  }

  /** Chooses a direction; null leaves it to the picture. @param {Direction | null} way */
  turn(way) {
    this.direction = way;
    if (way) this.way = way;
    this.keep({ view: way });
    this.#mark();
    this.show();
  }

  /** The direction that the server took. @param {Direction} way */
  went(way) {
    if (way === this.way) return;
    this.way = way;
    this.#mark();
    this.show();
  }

  front() {
    if (this.direction) this.keep({ view: this.direction });
  }

  #mark() {
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.way === this.way));
  }
}
define("translation-view", TranslationView);
