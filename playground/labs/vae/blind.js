// A blind listening test: two phrases to hear, one of them Bach's; what was right, and how many have known it.

import { element } from "../../ui/static/dom.js";
import { count } from "../../ui/static/format.js";
import { Game, LAST } from "../../ui/static/game.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { label, Performance } from "./performance.js";
import { FRAMES, phrasesOf } from "./phrase.js";
import { Roll } from "./roll.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer, Query } from "../../ui/static/types.d.ts" */
/** @import { Note, Rolls } from "./phrase.js" */

const NAMES = ["A", "B"];
const [TALL, LOW] = [0.36, 150]; // of the height in sight, and CSS pixels, for a roll

/** One run's round. */
class Lane {
  /** @type {Note[][]} */
  #phrases = [];
  /** What is heard. @type {{track: Track, step: number} | null} */
  #round = null;

  /** @param {Blind} painter */
  constructor(painter) {
    this.painter = painter;
    this.game = /** @type {Game<{piece: string}>} */ (new Game(painter, () => this.#renew()));
    this.part = /** @type {Part<Answer<{step: number}, Rolls>>} */ (new Part(painter, "round"));
    this.rolls = NAMES.map((name, i) => {
      const about = `Piano roll of phrase ${name}; Space plays it`;
      return new Roll({ "data-part": i ? null : "main", tabindex: 0, role: "application", "aria-label": about });
    });
    const press = (/** @type {() => void} */ onclick) => element("button", { type: "button", onclick });
    this.plays = NAMES.map((_, i) => press(() => painter.toggle(this, i)));
    this.choices = NAMES.map((_, i) => press(() => this.#choose(i)));
    for (const play of this.plays) play.classList.add("primary");
    this.next = element("button", { type: "button", onclick: () => painter.next() }, "Next round");
    this.said = element("p", { class: "latent-said", "aria-live": "polite" });
    this.caption = element("p", { class: "caption" });
    const figures = this.rolls.map(({ root }, i) =>
      element("div", {}, element("div", { class: "hear-bar" }, this.plays[i], this.choices[i]), root),
    );
    const side = element("div", { class: "blind-side" }, this.said, this.next, this.game.root, this.caption);
    this.root = element("div", { class: "blind" }, element("div", {}, ...figures), side);
    for (const [i, { canvas }] of this.rolls.entries()) {
      canvas.addEventListener("click", () => painter.toggle(this, i));
      canvas.addEventListener("keydown", (event) => {
        if (event.key !== " ") return;
        event.preventDefault();
        painter.toggle(this, i);
      });
    }
    this.heard(null, 0);
  }

  /** @param {number} i */
  phrase(i) {
    return this.#phrases[i] ?? [];
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    // two runs play different rounds: what is right in one of them gives nothing away
    const round = (Number(this.painter.options.round) + this.painter.lanes.indexOf(this)) % (LAST + 1);
    const take = (/** @type {Answer<{step: number}, Rolls>} */ answer, /** @type {Query} */ query) => {
      this.#round = { track, step };
      this.#phrases = phrasesOf(answer);
      this.painter.stop();
      this.game.begin(track, query);
    };
    this.part.ask(track, step, take, { query: { round } });
  }

  /** @param {number} i */
  async #choose(i) {
    await this.game.choose(i);
    if (this.game.outcome) this.next.focus();
  }

  #renew() {
    const { outcome, right: bach, score, closed } = this.game;
    for (const [i, button] of this.choices.entries()) {
      button.disabled = closed;
      const who = i === bach ? "Bach" : "the model";
      button.textContent = outcome ? `${NAMES[i]} is ${who}` : `${NAMES[i]} is Bach`;
      button.setAttribute("aria-pressed", String(i === bach));
    }
    this.next.hidden = !outcome;
    this.said.textContent = outcome
      ? `${outcome.is_right ? "Right" : "Wrong"}: ${NAMES[bach]} is from ${outcome.piece}.${score}`
      : `Which one is Bach’s?${score}`;
    for (const [i, roll] of this.rolls.entries()) roll.show(this.phrase(i));
    if (!this.#round) return;
    const { track, step } = this.#round;
    this.caption.textContent =
      `${track.info.name}, snapshot of step ${count(step)}: two bars of a held-out chorale, and two that the prior of the ` +
      "model gave at temperature 0.5 and fusion 1. Guesses are right in 50 %; of 2,336 people in a test like this one, " +
      "1 % more (BachBot, Liang et al., 2017). In another one, most of whose 1,272 listeners knew classical music well, " +
      "Bach's own chorales were called his in 75 % of the answers and the model's in about half of them (DeepBach, " +
      "Hadjeres et al., 2017). Votes are kept on this server by run and step, without names.";
  }

  /** Draws where the sound is. @param {number | null} played which phrase @param {number} frame */
  heard(played, frame) {
    for (const [i, roll] of this.rolls.entries()) {
      label(this.plays[i], i === played, NAMES[i]);
      roll.at(i === played ? frame % FRAMES : null);
    }
  }

  paint() {
    for (const roll of this.rolls) roll.paint(Math.max(LOW, TALL * this.painter.height));
    this.game.paint();
  }
}

/** @extends {Painter<Lane>} */
export default class Blind extends Painter {
  /** @type {{lane: Lane, i: number} | null} */
  #played = null;

  /** @param {import("../../ui/static/stage.js").Stage} stage */
  constructor(stage) {
    super(stage);
    this.performance = new Performance(this);
    stage.extras.replaceChildren(this.performance.volume());
  }

  lane() {
    return new Lane(this);
  }

  /** Plays a phrase, or stops it. @param {Lane} lane @param {number} i */
  toggle(lane, i) {
    const again = this.#played?.lane === lane && this.#played.i === i;
    this.stop();
    if (again || !lane.phrase(i).length) return;
    this.#played = { lane, i };
    const score = { phrases: [lane.phrase(i)], tempo: Number(this.options.tempo), loop: false };
    this.performance.play(score, 0, (frame) => {
      if (frame === null) this.#played = null;
      lane.heard(frame === null ? null : i, frame ?? 0);
    });
  }

  stop() {
    this.performance.stop();
  }

  next() {
    this.set({ round: Math.floor(Math.random() * LAST) });
  }
}
