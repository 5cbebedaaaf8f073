// A blind game: a choice is sent, what was right comes back, and what all visitors chose is told by snapshot.

import { color, draw } from "./canvas.js";
import { element } from "./dom.js";
import { count } from "./format.js";
import { json, sentence } from "./server.js";

/** @import { Painter } from "./painter.js" */
/** @import { Track } from "./track.js" */
/** @import { Query } from "./types.d.ts" */

/**
 * @typedef {{step: number, right: number, n: number, low: number, high: number}} Tally of one snapshot, and the 95 %
 *   interval of the share that is right
 */
/**
 * @template More
 * @typedef {{right: string, is_right: boolean, votes: Tally[]} & More} Outcome
 */

export const CHOICES = ["first", "second"]; // as the server calls them
export const LAST = 999_999; // of all rounds

const TALL = 96; // CSS pixels of the curve
const MARGIN = 8; // around it

/** A share in percent. @param {number} share */
const whole = (share) => `${Math.round(100 * share)} %`;

/**
 * Where the tallies stand, as shares of the curve's width: by their order, since steps lie ever further apart.
 * @param {number} n
 */
export const places = (n) => Array.from({ length: n }, (_, i) => (i + 0.5) / n);

/**
 * The rounds of one lane: one that is open, what became of it, and the votes so far.
 * @template [More={}]
 */
export class Game {
  /** The round that is open, and the run. @type {{track: Track, query: Query} | null} */
  #round = null;
  /** Whose votes are shown. */
  #counted = "";
  /** @type {Tally[]} */
  #tallies = [];
  /** @type {Outcome<More> | null} */
  outcome = null;
  /** Whether a choice is on its way. */
  sent = false;

  /**
   * @param {Painter<any>} painter
   * @param {() => void} renew is called whenever there is something new to show
   */
  constructor(painter, renew) {
    this.painter = painter;
    this.renew = renew;
    this.path = `/games/${painter.stage.lab}/${painter.view.name}`;
    this.kept = `playground-${painter.stage.lab}-${painter.view.name}`; // a key of the session's storage
    this.table = element("table", { class: "votes-table" });
    this.curve = element("canvas", { class: "votes-curve", role: "img" });
    this.root = element("div", { class: "votes", hidden: true }, this.table, this.curve);
  }

  /** How often this visitor was right. @returns {[right: number, n: number]} */
  get #own() {
    const [right, n] = (sessionStorage.getItem(this.kept) ?? "0/0").split("/").map(Number);
    return [right || 0, n || 0];
  }

  /** The same in words, after a space. */
  get score() {
    const [right, n] = this.#own;
    return n ? ` You were right in ${right} of ${n}.` : "";
  }

  /** The place of the right choice; -1 as long as nothing was chosen. */
  get right() {
    return this.outcome ? CHOICES.indexOf(this.outcome.right) : -1;
  }

  /** Whether there is nothing to choose. */
  get closed() {
    return this.sent || this.outcome !== null || !this.#round;
  }

  /** A new round. @param {Track} track @param {Query} query what it was asked with */
  begin(track, query) {
    this.#round = { track, query };
    this.outcome = null;
    this.sent = false;
    this.renew();
    this.#count(track.id);
  }

  /** What all have chosen so far. @param {string} id of the run */
  async #count(id) {
    if (this.#counted === id) return;
    this.#counted = id;
    try {
      const { votes } = await json(this.path, { run: id });
      if (this.#counted === id && !this.outcome) this.#tell(votes);
    } catch {
      this.#counted = ""; // the next round asks again
    }
  }

  /** @param {number} at the place of what is chosen */
  async choose(at) {
    const round = this.#round;
    if (!round || this.closed) return;
    this.sent = true;
    this.renew();
    try {
      const query = { ...round.query, choice: CHOICES[at] };
      const outcome = await json(this.path, query, { method: "POST" });
      if (this.#round !== round) return;
      this.outcome = outcome;
      const [right, n] = this.#own;
      sessionStorage.setItem(this.kept, `${right + Number(outcome.is_right)}/${n + 1}`);
      this.#tell(outcome.votes);
    } catch (error) {
      this.painter.stage.note(sentence(error));
    }
    if (this.#round === round) this.sent = false;
    this.renew();
  }

  /** @param {Tally[]} votes */
  #tell(votes) {
    this.#tallies = votes;
    const head = ["Step", "Right", "Share", "95 % interval"];
    const rows = votes.map(({ step, right, n, low, high }) => [
      count(step),
      `${count(right)} of ${count(n)}`,
      whole(right / n),
      `${whole(low)} to ${whole(high)}`,
    ]);
    const row = (/** @type {"th" | "td"} */ tag, /** @type {string[]} */ cells) =>
      element("tr", {}, ...cells.map((cell) => element(tag, {}, cell)));
    this.table.replaceChildren(element("caption", {}, "What all visitors chose"), row("th", head));
    this.table.append(...rows.map((cells) => row("td", cells)));
    this.root.hidden = !votes.length;
    this.paint();
  }

  /** Draws the share that was right along the steps, with a line where guesses are. */
  paint() {
    const { curve } = this;
    const tallies = this.#tallies;
    curve.hidden = tallies.length < 2;
    if (curve.hidden) return;
    curve.style.height = `${TALL}px`;
    curve.setAttribute(
      "aria-label",
      "The share that was right at each step, with its interval; guesses are right in 50 %",
    );
    draw(curve, (context, width) => {
      const y = (/** @type {number} */ share) => MARGIN + (1 - share) * (TALL - 2 * MARGIN);
      context.strokeStyle = color("--line");
      context.lineWidth = 1;
      for (const share of [0, 0.5, 1]) context.strokeRect(0, Math.round(y(share)) + 0.5, width, 0);
      context.strokeStyle = context.fillStyle = color("--accent");
      context.lineWidth = 2;
      const x = places(tallies.length).map((place) => place * width);
      for (const [i, { right, n, low, high }] of tallies.entries()) {
        context.strokeRect(x[i], y(high), 0, y(low) - y(high));
        context.beginPath();
        context.arc(x[i], y(right / n), 4, 0, 7);
        context.fill();
      }
    });
  }
}
