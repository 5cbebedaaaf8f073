// A blind test of eyes: two pictures, one of them real; what was right, and how many have known it.

import { at } from "../../ui/static/answer.js";
import { enlarge, show } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { count } from "../../ui/static/format.js";
import { Game, LAST } from "../../ui/static/game.js";
import { Painter, Part } from "../../ui/static/painter.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer, Pictures, Query } from "../../ui/static/types.d.ts" */

/** @typedef {Answer<{step: number}, {pictures: Uint8Array<ArrayBuffer>}>} Round */

const NAMES = ["A", "B"];
const MOST = 320; // CSS pixels of a picture
const GAP = 16; // between them

/** One run's round. */
class Lane {
  /** @type {{track: Track, step: number, pictures: Pictures} | null} */
  #shown = null;

  /** @param {Blind} painter */
  constructor(painter) {
    this.painter = painter;
    this.game = /** @type {Game<{discriminator: boolean}>} */ (new Game(painter, () => this.#renew()));
    this.part = /** @type {Part<Round>} */ (new Part(painter, "round"));
    this.pictures = NAMES.map((name, i) =>
      element("canvas", {
        class: "tile",
        "data-part": i ? null : "main",
        role: "img",
        "aria-label": `Picture ${name}`,
      }),
    );
    this.choices = NAMES.map((_, i) =>
      element("button", { type: "button", class: "primary", onclick: () => this.#choose(i) }),
    );
    this.next = element("button", { type: "button", onclick: () => painter.next() }, "Next round");
    this.said = element("p", { class: "blind-said", "aria-live": "polite" });
    this.caption = element("p", { class: "caption" });
    const figures = this.pictures.map((picture, i) => element("figure", {}, picture, this.choices[i]));
    this.pair = element("div", { class: "blind-pair" }, ...figures);
    this.side = element("div", { class: "lane-side" }, this.said, this.next, this.game.root, this.caption);
    this.main = element("div", { class: "lane-main" }, this.pair);
    this.root = element("div", { class: "lane blind-pictures" }, this.main, this.side);
    for (const [i, picture] of this.pictures.entries()) picture.addEventListener("click", () => this.#choose(i));
    this.#renew();
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    // two runs play different rounds: what is right in one of them gives nothing away
    const round = (Number(this.painter.options.round) + this.painter.lanes.indexOf(this)) % (LAST + 1);
    const take = (/** @type {Round} */ { tensors }, /** @type {Query} */ query) => {
      this.#shown = { track, step, pictures: tensors.pictures };
      this.game.begin(track, query);
      this.paint();
    };
    this.part.ask(track, step, take, { query: { round } });
  }

  /** @param {number} i */
  async #choose(i) {
    await this.game.choose(i);
    if (this.game.outcome) this.next.focus();
  }

  #renew() {
    const { outcome, right, score, closed } = this.game;
    for (const [i, button] of this.choices.entries()) {
      button.disabled = closed;
      button.textContent = outcome ? `${NAMES[i]} is ${i === right ? "real" : "generated"}` : `${NAMES[i]} is real`;
      button.setAttribute("aria-pressed", String(i === right));
    }
    this.next.hidden = !outcome;
    this.said.textContent = outcome
      ? `${outcome.is_right ? "Right" : "Wrong"}: ${NAMES[right]} is real. The discriminator finds ` +
        `${outcome.discriminator ? "it the more real one, too" : "the other one more real"}.${score}`
      : `Which one is real?${score}`;
    if (!this.#shown) return;
    const { track, step } = this.#shown;
    const { conditional, takes_attributes } = track.info;
    const asked = conditional ? " of the same class" : takes_attributes ? " asked for the same attributes" : "";
    this.caption.textContent =
      `${track.info.name}, snapshot of step ${count(step)}: a held-out picture, and one by the averaged generator` +
      `${asked}. Guesses are right in 50 %. Votes are kept on this server by ` +
      "run and step, without names.";
  }

  paint() {
    this.game.paint();
    if (!this.#shown) return;
    const { track, pictures } = this.#shown;
    const room = Math.min(MOST, (this.main.clientWidth - GAP) / 2, this.painter.height - 56);
    for (const [i, canvas] of this.pictures.entries()) {
      show(canvas, at(pictures, i));
      enlarge(canvas, track.info.size, room);
    }
  }
}

/** @extends {Painter<Lane>} */
export default class Blind extends Painter {
  lane() {
    return new Lane(this);
  }

  next() {
    this.set({ round: Math.floor(Math.random() * LAST) });
  }
}
