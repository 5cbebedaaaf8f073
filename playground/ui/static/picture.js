// Choosing what a view looks at: an example, a file, the camera, the clipboard, or a drawing.

import { photograph } from "./camera.js";
import { element, say } from "./dom.js";
import { arrows } from "./drag.js";
import { BROUGHT, bring, brought, lose } from "./gallery.js";
import { keep } from "./link.js";
import { Pad } from "./pad.js";
import { address, json } from "./server.js";

/** @import { Film } from "./film.js" */

const FIRST = "ex-0";
const COLUMNS = 8; // of the sheet of examples
const MOST_BYTES = 10_000_000;

/** Fills an element and tells of each choice; the film says which data the examples are from. */
export class PictureChooser {
  #shown = "";
  /** Counts choices: an answer about a picture that was uploaded before the last one is dropped. */
  #turn = 0;
  /** The network that looks in place of the run's. */
  guest = "";
  /** The picture that came from the pad. */
  #drawing = "";
  /** @type {string[]} the classes of the examples, once they are known */
  labels = [];

  /**
   * @param {HTMLElement} root
   * @param {Film} film
   * @param {AbortSignal} signal
   * @param {(name: string) => void} chosen
   */
  constructor(root, film, signal, chosen) {
    this.root = root;
    this.film = film;
    this.chosen = chosen;
    this.name = film.place.picture || FIRST;
    this.strip = element("div", { class: "picture-strip", role: "listbox", "aria-label": "Pictures" });
    arrows(this.strip);
    this.file = element("input", { type: "file", accept: "image/*", multiple: true, hidden: true });
    this.file.addEventListener("change", () => this.bring([...(this.file.files ?? [])]));
    this.invert = element("input", { type: "checkbox", onchange: () => this.settle() });
    const tooltip = "Turns light into dark: the training pictures lie on black";
    this.inverting = element(
      "label",
      { class: "picture-invert", hidden: true, title: tooltip },
      this.invert,
      "swap light and dark",
    );
    this.problem = element("p", { class: "problem", role: "alert", hidden: true });
    this.pad = new Pad(film, signal, { drawn: (blob) => this.drawn(blob), cleared: () => this.cleared() });
    this.pad.root.hidden = true;
    this.pair = element("div", { class: "picture-pair", hidden: true });
    root.replaceChildren(this.strip, this.buttons(), this.pad.root, this.pair, this.file, this.problem); // the pad stays where it is
    root.addEventListener("dragover", (event) => event.preventDefault(), { signal });
    root.addEventListener("drop", (event) => this.dropped(event), { signal });
    document.addEventListener("paste", (event) => this.pasted(event), { signal });
    film.addEventListener("visit", () => this.arrive(), { signal });
    film.addEventListener("run", () => this.renew(), { signal });
    document.addEventListener(BROUGHT, () => this.own(), { signal });
    film.addEventListener("front", () => this.remember(), { signal });
    this.renew();
  }

  buttons() {
    const { root } = this;
    const taken = (/** @type {Blob} */ blob) => this.bring([blob]);
    const complain = (/** @type {string} */ sentence) => this.complain(sentence);
    const tooltip = "Chooses pictures of yours; you can also paste or drop them";
    const upload = element("button", { onclick: () => this.file.click(), title: tooltip }, "Upload");
    const camera = element(
      "button",
      { onclick: () => photograph(root, taken, complain), title: "Takes a picture with the camera" },
      "Camera",
    );
    const draw = element("button", { "aria-expanded": "false", title: "Opens a pad to draw on" }, "Draw");
    draw.addEventListener("click", () => {
      this.pad.root.hidden = !this.pad.root.hidden;
      draw.setAttribute("aria-expanded", String(!this.pad.root.hidden));
    });
    const hint = element("span", { class: "quiet" }, "or paste, or drop pictures here");
    return element("div", { class: "picture-ways" }, upload, camera, draw, hint, this.inverting);
  }

  get gray() {
    return !this.guest && this.film.track?.info.channels === 1;
  }

  /** A guest looks at the picture in place of the run, or no longer. @param {string} guest empty for none */
  host(guest) {
    if (guest === this.guest) return;
    this.guest = guest;
    if (this.name.startsWith("up-")) this.settle();
  }

  /** The class of the picture that is looked at where that is known: among the examples. */
  get label() {
    return this.name.startsWith("ex-") ? (this.labels[Number(this.name.slice(3))] ?? "") : "";
  }

  /** Goes to the picture that the film's address names. */
  arrive() {
    const { picture } = this.film.place;
    if (picture && picture !== this.name) this.choose(picture);
  }

  /** Shows the examples of the film's data, if it does not yet, and if pictures are looked at. */
  async renew() {
    const { track } = this.film;
    if (!track || this.root.hidden || !track.info.size) return; // other data than pictures are looked at
    const { data, size } = track.info;
    const key = `${data} ${size}`;
    if (this.#shown === key) return;
    this.#shown = key;
    try {
      const { labels, names } = await json("/examples", { data, size });
      if (this.#shown !== key) return;
      this.labels = labels;
      const sheet = address("/examples.png", { data, size });
      this.strip.replaceChildren(
        ...labels.map((/** @type {string} */ _, /** @type {number} */ i) => this.example(i, names[i], sheet)),
      );
      this.own();
    } catch (error) {
      this.#shown = "";
      return this.complain(/** @type {Error} */ (error).message);
    }
    if (this.name.startsWith("ex-") && !this.labels[Number(this.name.slice(3))]) this.name = FIRST;
    this.choose(this.name);
  }

  /** Puts the visitor's own pictures before the examples, as the network sees them. */
  own() {
    const { track } = this.film;
    if (!track || !this.#shown) return;
    const { data, size } = track.info;
    const buttons = brought().map(({ name, bright }, i, all) => {
      const label = `Your picture ${all.length - i}`;
      const inverted = bright && this.gray ? "-inverted" : "";
      const src = address(`/pictures/${name}${inverted}.png`, { data, size });
      const onerror = () => lose(name); // the server was started anew
      const onclick = () => this.take(name, bright);
      const picture = element("img", { src, alt: "", onerror });
      return element(
        "button",
        { role: "option", title: label, "aria-label": label, "data-name": name, onclick },
        picture,
      );
    });
    for (const button of this.strip.querySelectorAll("[data-name^=up-]")) button.remove();
    this.strip.prepend(...buttons);
    this.#select();
  }

  #select() {
    const base = this.name.replace(/-inverted$/, "");
    for (const button of this.strip.querySelectorAll("button")) {
      button.setAttribute("aria-selected", String(button.dataset.name === base));
    }
  }

  /**
   * @param {number} i
   * @param {string} name
   * @param {string} sheet the address of all examples in one picture
   */
  example(i, name, sheet) {
    const rows = Math.ceil(this.labels.length / COLUMNS);
    const x = ((i % COLUMNS) / (COLUMNS - 1)) * 100;
    const y = (Math.floor(i / COLUMNS) / Math.max(1, rows - 1)) * 100;
    const background = `url("${sheet}") ${x}% ${y}% / ${100 * COLUMNS}% ${100 * rows}% no-repeat`;
    const button = element("button", { role: "option", title: name, "aria-label": name, "data-name": `ex-${i}` });
    button.style.background = background;
    button.addEventListener("click", () => this.choose(`ex-${i}`));
    return button;
  }

  /** @param {string} name */
  choose(name) {
    this.#turn++;
    this.name = name;
    this.inverting.hidden = !(name.startsWith("up-") && this.gray);
    this.#select();
    this.#compare();
    this.remember();
    this.complain("");
    this.chosen(name);
  }

  /** Shows a picture of the visitor's own beside what the network sees of it. */
  #compare() {
    const { name, pair } = this;
    const info = this.film.track?.info;
    pair.hidden = !(name.startsWith("up-") && info);
    if (pair.hidden || !info) return;
    const { data, size } = info;
    const onerror = () => pair.setAttribute("hidden", ""); // it is no longer there
    const seen = this.guest ? { run: info.id, network: this.guest } : { data, size };
    const figures = [
      [address(`/pictures/${name.replace(/-inverted$/, "")}.png`, {}), "your picture, cut to its square"],
      [address(`/pictures/${name}.png`, seen), "what the network sees"],
    ].map(([src, words], i) => {
      const caption = element("figcaption", {}, words);
      const image = element("img", { src, alt: words, onerror });
      const how = () =>
        `: ${image.naturalWidth} × ${image.naturalHeight}${this.gray ? ", gray" : ""}, pixels from −1 to 1`;
      if (i) image.addEventListener("load", () => caption.append(how()));
      return element("figure", {}, image, caption);
    });
    pair.replaceChildren(...figures);
  }

  remember() {
    if (this.film.visible) keep(this.film.lab, { picture: this.name === FIRST ? null : this.name });
  }

  /** Chooses the uploaded picture, with light and dark swapped or not. */
  settle() {
    const plain = this.name.replace(/-inverted$/, "");
    this.choose(this.invert.checked && this.gray ? `${plain}-inverted` : plain);
  }

  /**
   * Sends a picture to the server and chooses it. @param {Blob} blob
   * @param {{inverted?: boolean}} [options] whether light and dark are swapped; by default as they have to be
   * @returns what the server knows it as; null where that failed, or another one was chosen meanwhile
   */
  async upload(blob, { inverted } = {}) {
    if (blob.size > MOST_BYTES) {
      this.complain("The file is larger than 10 MB. Choose a smaller one.");
      return null;
    }
    const turn = ++this.#turn;
    try {
      const { picture, bright } = await json("/pictures", {}, { method: "POST", body: blob });
      if (turn !== this.#turn) return null;
      this.take(picture, inverted ?? bright);
      return { name: picture, bright };
    } catch (error) {
      if (turn === this.#turn) this.complain(/** @type {Error} */ (error).message);
      return null;
    }
  }

  /**
   * Chooses a picture of the visitor's own, with light and dark swapped where that is asked for and the data are gray.
   * @param {string} name
   * @param {boolean} swap
   */
  take(name, swap) {
    this.invert.checked = swap;
    this.name = name;
    this.settle();
  }

  /**
   * Brings pictures, which stay in the strip, and chooses the last one.
   * @param {Blob[]} blobs
   */
  async bring(blobs) {
    this.file.value = "";
    let problem = "";
    for (const blob of blobs) {
      const picture = await this.upload(blob);
      if (picture) bring(picture);
      else problem = this.problem.textContent ?? "";
    }
    if (problem) this.complain(problem); // one that could be taken does not hide one that could not
  }

  /** @param {Blob | null} blob */
  async drawn(blob) {
    if (blob) await this.upload(blob, { inverted: false });
    this.#drawing = this.name;
  }

  /** The pad is empty: what was drawn on it is no longer looked at, nor what is still on its way. */
  cleared() {
    this.#turn++;
    if (this.#drawing && this.name.startsWith(this.#drawing)) this.choose(FIRST); // inverted or not
  }

  /** @param {DragEvent} event */
  dropped(event) {
    event.preventDefault();
    this.bring([...(event.dataTransfer?.files ?? [])]);
  }

  /** @param {ClipboardEvent} event */
  pasted(event) {
    if (this.film.visible) this.bring([...(event.clipboardData?.files ?? [])]);
  }

  /** @param {string} sentence */
  complain(sentence) {
    say(this.problem, sentence);
  }
}
