// What each resolution of the generator adds to a picture, and what the picture is without some channels.

import { at } from "../../ui/static/answer.js";
import { enlarge, show } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { count, number, percent } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { Cache } from "../../ui/static/requests.js";
import { Cells, heat } from "./cells.js";
import { read, toggled, told } from "./switches.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer, Query } from "../../ui/static/types.d.ts" */

/**
 * @typedef {{step: number, sides: number[], shares: number[], gains: number[], gain?: number, size?: number}} Words see
 *   `picture_view`
 * @typedef {Answer<Words, Record<string, Uint8Array<ArrayBuffer>>>} Picture
 * @typedef {Answer<{side: number}, {maps: Uint8Array<ArrayBuffer>, effects: Float32Array}>} Channels
 */

const LARGEST = 384; // CSS pixels of the large picture, so that channels have room beside it
const LONGEST = 300; // characters of the list of channels that are off, as on the server

/** @param {string} text */
const heading = (text) => element("h3", { class: "beside" }, text);

/** A picture with a caption, for what is compared with the large one. @param {string} label */
function small(label) {
  const canvas = element("canvas", { class: "tile", role: "img", "aria-label": label });
  const caption = element("figcaption", {}, label);
  return { canvas, caption, root: element("figure", {}, canvas, caption) };
}

/** One run's picture and what it is the sum of. */
class Lane {
  /** @type {{picture: Picture, track: Track, query: Query} | null} */
  #shown = null;
  /** @type {Channels | null} */
  #channels = null;
  /** The channels in the order in which they are shown. @type {number[]} */
  #order = [];

  /** @param {Inside} painter */
  constructor(painter) {
    this.painter = painter;
    this.picture = /** @type {Part<Picture>} */ (new Part(painter, "picture", { limit: 4 }));
    this.channels = /** @type {Part<Channels>} */ (new Part(painter, "channels", { cache: painter.channels }));
    this.large = element("canvas", { class: "tile", role: "img", "data-part": "main" });
    this.before = small("All channels on");
    this.change = small("The change");
    this.caption = element("p", { class: "caption" });
    const choose = (/** @type {number} */ i) => painter.set({ side: this.#shown?.picture.words.sides[i] ?? 4 });
    this.parts = new Cells("What each resolution adds", choose, "crisp");
    this.sums = new Cells("The sum up to each resolution", choose, "crisp");
    this.maps = new Cells("Channels; press one to switch it off", (i) => this.#toggle(this.#order[i]), "crisp many");
    this.which = heading("");
    this.scale = element("p", { class: "caption" });
    this.all = element("button", { type: "button", onclick: () => painter.set({ off: "" }) }, "All on");
    this.compared = element("div", {}, this.before.root, this.change.root);
    this.hint = element(
      "p",
      { class: "caption" },
      "Press a channel to switch it off: what changes is shown here, gray where nothing does.",
    );
    const beside = element("div", { class: "inside-beside" }, this.hint, this.compared);
    this.main = element("div", { class: "lane-main" }, this.large, beside, this.caption);
    this.side = element(
      "div",
      { class: "lane-side" },
      heading("What each resolution adds"),
      this.parts.root,
      element("p", { class: "caption" }, "Gray is 0; × is for visibility. Bars: share of the picture's variance."),
      heading("The sum up to it"),
      this.sums.root,
      element("div", { class: "inside-heading" }, this.which, this.all),
      this.maps.root,
      this.scale,
    );
    this.root = element("div", { class: "lane inside" }, this.main, this.side);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.picture.ask(track, step, (picture, query) => {
      this.#shown = { picture, track, query };
      this.paint();
    });
    this.channels.ask(track, step, (channels) => {
      this.#channels = channels;
      const { data } = channels.tensors.effects;
      this.#order = [...data.keys()].sort((a, b) => data[b] - data[a]);
      this.paint();
    });
  }

  /** Switches a channel of the resolution that is shown off, or on again. @param {number} channel */
  #toggle(channel) {
    if (!this.#channels) return;
    const off = toggled(this.painter.options.off, this.#channels.words.side, channel);
    if (off.length > LONGEST) this.painter.stage.note("No more channels can be switched off at once.");
    else this.painter.set({ off });
  }

  paint() {
    this.#paintPictures();
    this.#paintResolutions();
    this.#paintChannels();
  }

  #paintPictures() {
    if (!this.#shown) return;
    const { picture, track, query } = this.#shown;
    const { tensors, words } = picture;
    const { size } = track.info;
    const changed = tensors.change !== undefined;
    const room = Math.min(LARGEST, this.painter.side(this.main), ((this.main.clientWidth - 8) * 2) / 3);
    show(this.large, tensors.picture);
    enlarge(this.large, size, room);
    this.large.setAttribute("aria-label", changed ? "The picture with channels off" : "The picture");
    this.compared.hidden = !changed;
    this.hint.hidden = changed;
    for (const [name, { canvas }] of Object.entries({ before: this.before, change: this.change })) {
      if (changed) show(canvas, tensors[name]);
      enlarge(canvas, size, this.large.clientWidth / 2);
    }
    this.change.caption.textContent = `The change, ${number(words.gain ?? 1)}×`;
    const off = told(read(query.off));
    const without = changed ? ` without ${off}: ${percent(words.size ?? 0)} mean absolute difference` : "";
    this.caption.textContent =
      `${track.info.name}, snapshot of step ${count(words.step)}: the picture of seed ${query.seed}${without}; ` +
      "fixed noise, by the averaged generator.";
  }

  #paintResolutions() {
    if (!this.#shown) return;
    const { tensors, words } = this.#shown.picture;
    const side = this.#channels?.words.side;
    const of = (/** @type {string} */ name) => (/** @type {HTMLCanvasElement} */ canvas) => show(canvas, tensors[name]);
    this.parts.show(
      words.sides.map((one, i) => ({
        paint: of(`part${i}`),
        title: `What ${one} px adds, ${number(words.gains[i])} times as strong; gray is 0. Shows its channels`,
        pressed: one === side,
        word: `${one} px, ${number(words.gains[i])}×`,
        share: words.shares[i],
        value: percent(words.shares[i]),
      })),
    );
    this.sums.show(
      words.sides.map((one, i) => ({
        paint: of(`sum${i}`),
        title: `The sum up to ${one} px. Shows the channels of ${one} px`,
        pressed: one === side,
      })),
    );
  }

  #paintChannels() {
    if (!this.#channels) return;
    const { words, tensors } = this.#channels;
    const effects = tensors.effects.data;
    const list = read(this.painter.options.off);
    const here = new Set(list.filter(({ side }) => side === words.side).map(({ channel }) => channel));
    const most = Math.max(...effects) || 1;
    this.all.hidden = !list.length;
    this.which.textContent = `The ${effects.length} channels at ${words.side} px`;
    this.scale.textContent =
      "Dark: no activation; yellow: the channel's own largest. Bars: how much the picture changes without it, at most " +
      `${percent(most)} (mean absolute difference in % of a pixel's range).`;
    this.maps.show(
      this.#order.map((channel) => ({
        paint: heat(at(tensors.maps, channel)),
        title: `Channel ${channel} ${here.has(channel) ? "is off" : "is on"}; without it the picture changes by ${percent(effects[channel])}`,
        pressed: here.has(channel),
        share: effects[channel] / most,
      })),
    );
  }
}

/** @extends {Painter<Lane>} */
export default class Inside extends Painter {
  /** @type {Cache<Channels>} */
  channels = new Cache(40);

  lane() {
    return new Lane(this);
  }
}
