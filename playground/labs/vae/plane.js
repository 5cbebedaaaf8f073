// A plane through latent space: the decoder drawn at every place of it, and a point to drag.

import { draw, handle, outlined, show } from "../../ui/static/canvas.js";
import { define, element, find, whenResized } from "../../ui/static/dom.js";
import { FilmView } from "../../ui/static/film-view.js";
import { count } from "../../ui/static/format.js";
import { given } from "../../ui/static/link.js";
import { PictureChooser } from "../../ui/static/picture.js";
import { Cache, Newest } from "../../ui/static/requests.js";
import { address, bitmap, json, packet } from "../../ui/static/server.js";

/** @import { Packet } from "../../ui/static/types.d.ts" */
/** @import { Track } from "../../ui/static/track.js" */

/**
 * @typedef {[x: number, y: number]} Place in standard deviations
 * @typedef {{latent: number, kept: number, points: Place[], labels: number[]}} Plane
 * @typedef {{at: Place, ellipse: [number, number, number]}} Posterior two half axes and the angle of the first one
 * @typedef {{track: Track, step: number, plane: Plane, image: ImageBitmap}} Shown
 */

const EXTENT = 3; // the plane shows the square from -EXTENT to EXTENT
const PALETTE = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#882255", "#999933", "#44aa99"];
/** @type {Record<string, Place>} */
const KEYS = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };

/** One run's plane and the picture at the point. */
class Lane {
  #key = "";
  #dragging = /** @type {Newest<Packet>} */ (new Newest(4));
  #looking = /** @type {Newest<Omit<Shown, "track" | "step">>} */ (new Newest(2));
  #encoding = /** @type {Newest<Posterior>} */ (new Newest(2));
  /** @type {Shown | null} what is drawn, all of one step */
  shown = null;
  /** @type {Posterior | null} */
  posterior = null;

  /** @param {PlaneView} view */
  constructor(view) {
    this.view = view;
    this.at = view.at;
    const label = "The latent plane; drag, or use the arrow keys";
    this.canvas = element("canvas", { class: "plane", "data-part": "main", tabindex: 0, "aria-label": label });
    this.decoded = element("canvas", { class: "decoded", "aria-label": "The decoded picture" });
    this.given = element("img", { class: "given", alt: "The encoded picture", hidden: true });
    this.where = element("p", { class: "caption" });
    this.caption = element("p", { class: "caption" });
    const pair = element(
      "div",
      { class: "pair" },
      element("figure", {}, this.decoded, element("figcaption", {}, "decoded")),
      element("figure", {}, this.given, element("figcaption", {}, "given")),
    );
    this.side = element("div", { class: "plane-side" }, pair, this.where);
    this.root = element("div", { class: "lane" }, element("div", { class: "plane-main" }, this.canvas, this.caption), this.side);
    this.#wire();
  }

  #wire() {
    const { canvas, view } = this;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      view.move(this.#place(event));
    });
    canvas.addEventListener("pointermove", (event) => event.buttons === 1 && view.move(this.#place(event)));
    canvas.addEventListener("pointerup", () => view.remember());
    canvas.addEventListener("keydown", (event) => {
      const by = KEYS[event.key];
      if (!by) return;
      event.preventDefault();
      view.move([this.at[0] + by[0], this.at[1] + by[1]]);
      view.remember();
    });
  }

  /** @param {PointerEvent} event @returns {Place} */
  #place({ offsetX, offsetY }) {
    const [x, y] = [offsetX / this.canvas.clientWidth, offsetY / this.canvas.clientHeight];
    return [(2 * x - 1) * EXTENT, (1 - 2 * y) * EXTENT];
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    const query = { run: track.id, step };
    const key = `${track.id} ${step}`;
    if (key === this.#key) return;
    this.#key = key;
    const load = async () => {
      const [plane, image] = await Promise.all([json("/vae/plane", query), bitmap("/vae/manifold.jpg", query)]);
      return { plane, image };
    };
    this.#looking.ask(
      () => this.view.cache.get(key, load),
      (answer) => {
        this.shown = { track, step, ...answer }; // all at once: what is drawn is what the caption names
        this.view.complain("");
        this.paint();
        this.encode();
      },
      (error) => {
        this.#key = "";
        this.view.complain(error.message);
      },
    );
  }

  /** Asks where the chosen picture lies, in this run at this step. */
  encode() {
    const { picture } = this.view;
    if (!this.shown) return;
    const { track, step } = this.shown;
    this.#encoding.ask(
      () => json("/vae/encode", { run: track.id, step, picture }),
      (posterior) => {
        this.posterior = posterior;
        this.given.src = address(`/pictures/${picture}.png`, { run: track.id });
        this.given.hidden = false;
        if (!this.view.moved) this.at = posterior.at;
        this.view.complain("");
        this.decode();
        this.paint();
      },
      (error) => this.view.complain(error.message),
    );
  }

  /** Asks for the picture at the point. */
  decode() {
    if (!this.shown) return;
    const { track, step } = this.shown;
    const [x, y] = this.at.map((value) => value.toFixed(4));
    const asked = performance.now();
    this.#dragging.ask(
      () => packet("/vae/decode", { run: track.id, step, x, y, picture: this.view.picture }),
      ({ head, bytes }) => {
        show(this.decoded, bytes, head);
        this.view.complain("");
        this.view.measured?.(performance.now() - asked);
      },
      (error) => this.view.complain(error.message),
    );
    const [left, top] = this.at.map((value) => value.toFixed(2));
    const about = this.posterior ? "; the ellipse is one standard deviation of the encoder's guess" : "";
    this.where.textContent = `at (${left}, ${top})${about}`;
  }

  paint() {
    const { shown, posterior } = this;
    if (!shown) return;
    const { plane, image } = shown;
    draw(this.canvas, (context, width) => {
      const scale = width / (2 * EXTENT);
      /** @param {Place} place @returns {Place} */
      const to = ([x, y]) => [(x + EXTENT) * scale, (EXTENT - y) * scale];
      context.imageSmoothingEnabled = false;
      context.drawImage(image, 0, 0, width, width);
      if (this.view.dots) plane.points.forEach((point, i) => dot(context, to(point), plane.labels[i]));
      if (posterior) {
        const [a, b, angle] = posterior.ellipse;
        const [x, y] = to(posterior.at);
        outlined(context, [["#000", 5], ["#fff", 2.5]], () =>
          context.ellipse(x, y, Math.max(2, a * scale), Math.max(2, b * scale), -angle, 0, 7),
        );
      }
      handle(context, ...to(this.at));
    });
    this.#describe(shown);
  }

  /** @param {Shown} shown */
  #describe({ track: { info }, step, plane }) {
    const share = Math.round(100 * plane.kept);
    const cut = `; the plane of the codes' first two principal directions holds ${share}% of their variance`;
    this.caption.textContent =
      `${info.name}, snapshot of step ${count(step)}: 20 × 20 decoded points from −${EXTENT} to ${EXTENT} standard ` +
      `deviations, ${plane.latent} latent dimensions${plane.latent > 2 ? cut : ""}. Dots: ${plane.points.length} test ` +
      `pictures of ${info.data} where the encoder puts them.`;
  }
}

/**
 * A test picture.
 * @param {CanvasRenderingContext2D} context
 * @param {Place} place in CSS pixels
 * @param {number} label
 */
function dot(context, [x, y], label) {
  context.fillStyle = PALETTE[label % PALETTE.length];
  context.strokeStyle = "rgba(0,0,0,.55)";
  context.lineWidth = 0.75;
  context.beginPath();
  context.arc(x, y, 3.2, 0, 7);
  context.fill();
  context.stroke();
}

/** @extends {FilmView<Lane>} */
class PlaneView extends FilmView {
  dots = true;
  /** @type {Cache<Omit<Shown, "track" | "step">>} */
  cache = new Cache(60);
  /** @type {((milliseconds: number) => void) | undefined} hears how long each picture took, where that is measured */
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
   * The finger or a key chose a place; beyond the edge there is nothing to see.
   * @param {Place} place
   */
  move([x, y]) {
    /** @param {number} value */
    const within = (value) => Math.max(-EXTENT, Math.min(EXTENT, value));
    this.moved = true;
    this.at = [within(x), within(y)];
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
