// A picture translated between two styles and back, and a sheet of held-out emoji with the true drawings.

import { ask, decoded } from "../../ui/static/answer.js";
import { context2d, resize, show } from "../../ui/static/canvas.js";
import { define, element, find } from "../../ui/static/dom.js";
import { FilmView } from "../../ui/static/film-view.js";
import { count } from "../../ui/static/format.js";
import { given } from "../../ui/static/link.js";
import { PictureChooser } from "../../ui/static/picture.js";
import { Cache, Newest } from "../../ui/static/requests.js";

/** @import { Answer, Summary } from "../../ui/static/types.d.ts" */
/** @import { Track } from "../../ui/static/track.js" */

/**
 * @typedef {{l1: number, ssim: number}} Distance
 * @typedef {"ab" | "ba"} Direction
 * @typedef {object} TripWords
 * @property {number} step of the snapshot
 * @property {Direction} direction
 * @property {string | null} domain the style of the source picture, where it is known
 * @property {number} most the error at the end of the scale
 * @property {number} cycle L1 between the picture and its reconstruction
 * @property {Distance} [translated]
 * @property {Distance} [untouched]
 * @typedef {Record<"source" | "translation" | "reconstruction" | "heat" | "truth", Uint8Array<ArrayBuffer>>} TripTensors (C, H, W) each;
 *   the truth is only there where it is known
 * @typedef {Answer<TripWords, TripTensors>} Trip
 * @typedef {object} PairsWords
 * @property {string[]} names
 * @property {number} of how many were held out
 * @property {number} step
 * @property {Distance} [translated] to the true drawings, where there are any
 * @property {Distance} [untouched]
 * @typedef {{words: PairsWords, image: ImageBitmap, direction: Direction}} Pairs
 */

/** The pictures of a round trip, from left to right. */
const PARTS = /** @type {const} */ (["source", "translation", "reconstruction", "heat", "truth"]);

/**
 * What the domains of a run's data are called: two classes by their names, else the styles of the emoji.
 * @param {Summary} info
 * @returns {Record<string, string>}
 */
const styles = ({ classes: [a, b, ...more] }) => (b && !more.length ? { a, b } : { a: "Noto", b: "Twemoji" });

/** @param {Distance} distance */
const distance = ({ l1, ssim }) => `L1 ${l1.toFixed(3)}, SSIM ${ssim.toFixed(2)}`;

/** @param {string | null} text @returns {Direction | null} */
const direction = (text) => (text === "ab" || text === "ba" ? text : null);

/** One run's translations of the chosen picture. */
class TripLane {
  #key = "";
  #newest = /** @type {Newest<Trip>} */ (new Newest(3));

  /** @param {TranslationView} view */
  constructor(view) {
    this.view = view;
    this.parts = PARTS.map((name) => {
      const canvas = element("canvas", { role: "img", "data-part": name === "source" ? "main" : null });
      const caption = element("figcaption");
      return { name, canvas, caption, figure: element("figure", { class: `trip-${name}` }, canvas, caption) };
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
    const key = track.key(query);
    if (key === this.#key || !picture) return;
    this.#key = key;
    this.#newest.ask(
      () => cache.get(key, () => ask("translation", "trip", query)),
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
   * @param {Trip} trip
   * @param {Track} track
   */
  #paint({ words, tensors }, { info }) {
    const { direction, domain } = words;
    const [from, to] = [...direction].map((domain) => styles(info)[domain]);
    const last = domain && domain !== direction[0] ? "should stay the same" : `the true ${to}`;
    const names = ["source", `as ${to}`, `back, as ${from}`, "cycle error", last];
    this.parts.forEach(({ name, canvas, caption, figure }, i) => {
      figure.hidden = !tensors[name];
      if (figure.hidden) return;
      show(canvas, tensors[name]);
      canvas.setAttribute("aria-label", names[i]);
      caption.textContent = names[i];
    });
    this.most.textContent = String(words.most);
    const measured =
      words.translated && words.untouched
        ? `To the true drawing the translation has ${distance(words.translated)}; the picture left as it is would have ${distance(words.untouched)}.`
        : "It has no true counterpart, so there is nothing to measure the translation against.";
    this.caption.textContent =
      `${info.name}, snapshot of step ${count(words.step)}, one picture, ${info.data_title} at ${info.size} pixels. The cycle ` +
      `error is L1 ${words.cycle.toFixed(3)} (1 is black against white); the map shows where, the mean over colors. ` +
      measured;
    this.view.answered(direction);
  }
}

/** One run's sheet of held-out emoji. */
class Sheet {
  #key = "";
  #newest = /** @type {Newest<Pairs>} */ (new Newest(2));

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
    const direction = this.view.current;
    const query = { run: track.id, step, direction };
    const key = track.key(query);
    if (key === this.#key) return;
    this.#key = key;
    const load = async () => {
      const { words, tensors } = await ask("translation", "sheet", query);
      return { words, direction, image: await decoded(tensors.jpeg) };
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
   * @param {Pairs} pairs
   * @param {Track} track
   */
  #paint({ words: { names, of, step, translated, untouched }, direction, image }, { info }) {
    const size = image.height / names.length;
    const canvases = names.map((name, i) => {
      const canvas = element("canvas", {
        role: "img",
        title: name,
        "aria-label": `${name}: source, translation${translated ? ", true drawing" : ""}`,
      });
      resize(canvas, image.width, size);
      context2d(canvas).drawImage(image, 0, i * size, image.width, size, 0, 0, image.width, size);
      return canvas;
    });
    this.triples.replaceChildren(...canvases);
    const [from, to] = [...direction].map((domain) => styles(info)[domain]);
    const means =
      translated && untouched
        ? ` Means over these ${names.length}: translated ${distance(translated)}; untouched ${distance(untouched)}.`
        : "";
    this.caption.textContent =
      `${info.name}, snapshot of step ${count(step)}: ${names.length} of ${of} held-out pictures, ` +
      `${from} → ${to}.${means}`;
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
  /** @type {Cache<Trip>} */
  cache = new Cache(200);
  /** @type {Cache<Pairs>} */
  pairs = new Cache(40);

  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(root, signal) {
    super(root, signal, { lab: "translation", name: "translation", what: "Translations appear" });
    this.sheets = find(root, ".translation-sheets", HTMLElement);
    this.buttons = ["ab", "ba"].map((name) => find(root, `[data-direction="${name}"]`, HTMLElement));
    /** The direction that was chosen; without one, that of the example is taken. */
    this.direction = direction(given("translation", "view"));
    /** The direction that is shown. @type {Direction} */
    this.current = this.direction ?? "ab";
    for (const button of this.buttons) {
      button.addEventListener("click", () => this.turn(direction(button.dataset.direction ?? "")));
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
    this.#mark();
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

  /** Chooses a direction; null leaves it to the picture. @param {Direction | null} direction */
  turn(direction) {
    this.direction = direction;
    if (direction) this.current = direction;
    this.keep({ view: direction });
    this.#mark();
    this.show();
  }

  /** The direction of the server's answer. @param {Direction} direction */
  answered(direction) {
    if (direction === this.current) return;
    this.current = direction;
    this.#mark();
    this.show();
  }

  front() {
    if (this.direction) this.keep({ view: this.direction });
  }

  #mark() {
    const { track } = this.film;
    for (const button of this.buttons) {
      const way = direction(button.dataset.direction ?? "") ?? "ab";
      button.setAttribute("aria-pressed", String(way === this.current));
      if (!track) continue;
      const [from, to] = [...way].map((domain) => styles(track.info)[domain]);
      button.textContent = `${from} → ${to} → ${from}`;
      button.title = `From ${from} to ${to}`;
    }
  }
}
define("translation-view", TranslationView);
