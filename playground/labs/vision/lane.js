// One run's picture with its attention, all its maps, and the predicted classes.

import { context2d, draw, outlined, resize } from "../../ui/static/canvas.js";
import { aboveUniform } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { count, percent } from "../../ui/static/format.js";
import { Newest } from "../../ui/static/requests.js";
import { address } from "../../ui/static/server.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { AttentionView } from "./attention.js" */
/** @import { AnyMaps } from "./maps.js" */

const ROOM = 336; // CSS pixels for the picture
/** The colors of the scale, from left to right. */
const RAMP = Array.from({ length: 17 }, (_, i) => `rgba(${aboveUniform(2 ** (i / 16), 2)})`).join();

/** One run's picture, its maps and the predicted classes. */
export class Lane {
  #key = "";
  #source = "";
  #shape = "";
  #newest = /** @type {Newest<AnyMaps>} */ (new Newest(2));
  /** @type {{canvas: HTMLCanvasElement, layer: number, head: number}[]} */
  #cells = [];
  /** @type {HTMLImageElement | null} */
  image = null;
  /** @type {AnyMaps | null} */
  shown = null;

  /** @param {AttentionView} view */
  constructor(view) {
    this.view = view;
    const label = "The picture; every patch can be made the query";
    this.canvas = element("canvas", {
      class: "attention-picture",
      "data-part": "main",
      tabindex: 0,
      "aria-label": label,
    });
    this.maps = element("div", { class: "attention-maps", role: "listbox", "aria-label": "Layers and heads" });
    this.bars = element("div", { class: "bars" });
    this.caption = element("p", { class: "caption" });
    this.least = element("b");
    this.most = element("b");
    const ramp = element("i", { style: `background: linear-gradient(90deg, ${RAMP})` });
    const scale = element("div", { class: "scale" }, this.least, ramp, this.most);
    const main = element("div", { class: "attention-main" }, this.canvas, scale, this.bars);
    this.root = element(
      "div",
      { class: "lane" },
      main,
      element("div", { class: "attention-side" }, this.maps, this.caption),
    );
    this.#wire();
  }

  #wire() {
    const { canvas, view } = this;
    canvas.addEventListener("pointermove", (event) => {
      const patch = this.#patch(event);
      if (patch !== null && (!view.pinned || event.buttons === 1)) view.setQuery(patch, false);
    });
    canvas.addEventListener("pointerdown", (event) => view.setQuery(this.#patch(event), true));
    canvas.addEventListener("pointerleave", () => !view.pinned && view.setQuery(-1, false));
    canvas.addEventListener("keydown", (event) => this.#press(event));
  }

  /** The patches in a row; 0 where the network has none. */
  get #grid() {
    return this.shown?.layers ? this.shown.words.grid : 0;
  }

  /** @param {PointerEvent} event */
  #patch({ offsetX, offsetY }) {
    const grid = this.#grid;
    const [x, y] = [offsetX / this.canvas.clientWidth, offsetY / this.canvas.clientHeight].map((part) =>
      Math.floor(part * grid),
    );
    return x >= 0 && y >= 0 && x < grid && y < grid ? y * grid + x : null;
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const grid = this.#grid;
    if (event.key === "Escape") this.view.setQuery(-1, false, true);
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -grid, ArrowDown: grid }[event.key];
    if (!by) return;
    event.preventDefault();
    const goal = Math.max(0, this.view.query) + by;
    if (goal >= 0 && goal < grid * grid) this.view.setQuery(goal, true);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    const { view } = this;
    const hub = view.hub;
    const picture = view.pictures.name;
    const key = track.key({ hub, run: track.id, step, picture });
    if (key === this.#key) return;
    this.#key = key;
    const { data } = track.info;
    const run = track.id;
    const load = () => (hub ? view.pretrainedMaps(hub, { picture, data }) : view.mapsOf(track, { run, step, picture }));
    const source = hub
      ? address(`/vision/pretrained/pictures/${picture}.png`, { data })
      : address(`/pictures/${picture}.png`, { run });
    this.#newest.ask(
      () => view.cache.get(hub ? `${hub} ${data} ${picture}` : key, load),
      (answer) => {
        this.shown = answer;
        this.track = track;
        view.complain("");
        this.#load(source);
        this.#build(answer);
        this.paint();
      },
      (error) => {
        this.#key = "";
        view.failed(hub, error.message);
      },
    );
  }

  /** @param {string} source */
  #load(source) {
    if (this.#source === source) return;
    this.#source = source;
    const image = new Image();
    image.addEventListener("load", () => {
      this.image = image;
      this.paint();
    });
    image.src = source;
  }

  /** The table of maps. @param {AnyMaps} found */
  #build({ layers, heads }) {
    if (this.#shape === `${layers} ${heads}`) return;
    this.#shape = `${layers} ${heads}`;
    this.#cells = [];
    this.maps.style.setProperty("--heads", String(heads + 1));
    const all = [...Array(heads).keys()];
    const titles = [
      element("span"),
      ...all.map((head) => element("span", {}, `head ${head + 1}`)),
      element("span", {}, "mean"),
    ];
    /** @type {HTMLElement[]} */
    const parts = layers ? titles : [];
    for (let layer = 0; layer < layers; layer++) {
      parts.push(element("span", {}, `block ${layer + 1}`), ...[...all, -1].map((head) => this.#cell(layer, head)));
    }
    this.maps.replaceChildren(...parts);
  }

  /**
   * @param {number} layer
   * @param {number} head
   */
  #cell(layer, head) {
    const name = `Block ${layer + 1}, ${head < 0 ? "mean of its heads" : `head ${head + 1}`}`;
    const choose = () => this.view.choose(layer, head);
    const canvas = element("canvas", { role: "option", tabindex: 0, title: name, "aria-label": name, onclick: choose });
    canvas.addEventListener("keydown", (event) => {
      if (!["Enter", " "].includes(event.key)) return;
      event.preventDefault();
      choose();
    });
    this.#cells.push({ canvas, layer, head });
    return canvas;
  }

  paint() {
    const { shown, view } = this;
    if (!shown) return;
    const { layers, heads } = shown;
    const { grid } = shown.words;
    const layer = Math.min(view.layer, layers - 1);
    const head = view.head >= heads ? -1 : view.head;
    const query = Math.min(view.query, grid ** 2 - 1);
    const { maps, most } = shown.all(query);
    for (const { canvas, ...cell } of this.#cells) {
      const map = maps.find((one) => one.layer === cell.layer && one.head === cell.head);
      if (map) heat(canvas, map.values, most, grid);
      canvas.setAttribute("aria-selected", String(cell.layer === layer && cell.head === head));
    }
    this.#picture(shown, shown.values(layer, head, query), most, query);
    this.least.textContent = shown.unit;
    this.most.textContent = `${most.toFixed(1)}× ${shown.unit}`;
    this.#describe(shown, layer, head, query);
    this.#predictions(shown);
  }

  /**
   * The picture with a map laid over it.
   * @param {AnyMaps} found
   * @param {Float32Array} values
   * @param {number} most
   * @param {number} query
   */
  #picture({ layers, words: { grid, size } }, values, most, query) {
    const { canvas, image, view } = this;
    const room = Math.min(canvas.parentElement?.clientWidth || ROOM, ROOM);
    canvas.style.width = canvas.style.height = `${Math.max(1, Math.floor(room / size)) * size}px`;
    draw(canvas, (context, width) => {
      context.imageSmoothingEnabled = false;
      if (image) context.drawImage(image, 0, 0, width, width);
      const side = width / grid;
      values.forEach((value, i) => {
        const [red, green, blue, opacity] = aboveUniform(value, most);
        context.fillStyle = `rgba(${red},${green},${blue},${view.strength * opacity})`;
        context.fillRect((i % grid) * side, Math.floor(i / grid) * side, side, side);
      });
      if (!layers || query < 0) return;
      const [x, y] = [(query % grid) * side, Math.floor(query / grid) * side];
      outlined(
        context,
        [
          ["#000", 4],
          ["#fff", 2],
        ],
        () => context.rect(x, y, side, side),
      );
    });
  }

  /**
   * @param {AnyMaps} found
   * @param {number} layer
   * @param {number} head
   * @param {number} query
   */
  #describe({ layers, prefix, name: cells, words: { step, grid } }, layer, head, query) {
    const token = prefix ? "the class token attends to" : "all patches attend to on average";
    const subject = query >= 0 ? `patch ${query + 1} attends to` : token;
    const where = `block ${layer + 1}, ${head < 0 ? "mean of its heads" : `head ${head + 1}`}`;
    const what = layers
      ? `What ${subject} in ${where}, above uniform attention.`
      : "This network has no attention: the map is its saliency, the pixels whose gradient is above the mean.";
    const when = step === undefined ? "pretrained" : `snapshot of step ${count(step)}`;
    const name = step === undefined ? this.view.hubName : this.track?.info.name;
    this.caption.textContent = `${what} ${name}, ${when}; ${grid} × ${grid} ${cells}.`;
  }

  /** The classes that the network finds most likely. @param {AnyMaps} found */
  #predictions({ probabilities, words: { step, classes } }) {
    const top = classes.map((name, i) => ({ name, value: probabilities.data[i] })).sort((a, b) => b.value - a.value);
    const label = step === undefined ? "" : this.view.pictures.label;
    const bars = top.slice(0, 5).map(({ value, name }) => {
      const right = name === label;
      const bar = element("i", { style: `--value:${value}` });
      return element(
        "div",
        { class: right ? "bar right" : "bar" },
        element("span", {}, right ? `${name} ✓` : name),
        bar,
        element("b", {}, percent(value)),
      );
    });
    this.bars.replaceChildren(...bars);
  }
}

/**
 * Paints a small map, one pixel a patch; what is not above uniform shows the ground.
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} values
 * @param {number} most
 * @param {number} grid
 */
function heat(canvas, values, most, grid) {
  resize(canvas, grid);
  const image = new ImageData(grid, grid);
  for (const [i, value] of values.entries()) {
    const [red, green, blue, opacity] = aboveUniform(value, most);
    image.data.set([red, green, blue, 255 * opacity], 4 * i);
  }
  context2d(canvas).putImageData(image, 0, 0);
}
