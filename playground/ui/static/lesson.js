// A lab's lesson: cards of one question each. A visitor commits to a guess, then the stage shows the answer.

import { define, element, say } from "./dom.js";
import { film } from "./film.js";
import { given, keep } from "./link.js";
import { inside, Place, words } from "./place.js";

/** @import { At } from "./place.js" */
/** @import { Stage } from "./stage.js" */
/** @import { Card } from "./types.d.ts" */

/**
 * What was guessed on a card, an answer's index or a place, and whether its answer was shown.
 * @typedef {{choice: number | At, shown: boolean}} Guess
 */

/** @param {Card} card @param {Guess} guess */
const isRight = ({ right, region }, { choice }) =>
  region && Array.isArray(choice) ? inside(choice, region) : choice === right;

class Lesson {
  /** Lies over the stage where a place is asked for, or was. @type {Place | null} */
  #overlay = null;
  /** Whether it was opened before, or a link named a card. */
  #begun = false;

  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(root, signal) {
    this.root = root;
    this.lab = root.getAttribute("lab") ?? "";
    /** @type {Card[]} */
    this.cards = JSON.parse(root.getAttribute("cards") ?? "[]");
    this.film = film(this.lab);
    this.key = `playground-guesses-${this.lab}`;
    /** By the card's number. @type {Record<number, Guess>} */
    this.guesses = JSON.parse(sessionStorage.getItem(this.key) ?? "{}");
    this.problem = element("p", { class: "problem", role: "alert", hidden: true });
    this.place = element("div", { class: "card" });
    root.replaceChildren(this.problem, this.place);
    this.number = this.#opened();
    this.room = root.closest(".lab");
    const turned = () => {
      this.#begin();
      this.#remember();
      this.#mark();
      this.#ask();
    };
    this.room?.addEventListener("section", turned, { signal });
    signal.addEventListener("abort", () => this.#overlay?.remove());
    this.#draw();
    this.#ask();
  }

  /** A visitor who opens the lesson, and has answered nothing yet, begins with what is on the stage. */
  #begin() {
    if (this.#begun || !this.#isOpen) return;
    this.#begun = true;
    const view = this.#stage?.view.name;
    const number = this.cards.findIndex(({ show }) => show.view === view);
    if (number < 1 || Object.keys(this.guesses).length) return;
    this.number = number;
    this.#draw();
  }

  /** The number of the card that the link names, or of the first one. */
  #opened() {
    const text = given(this.lab, "lesson");
    if (text === null) return 0;
    this.#begun = true;
    const [lab, name = "1"] = text.split(".");
    if (lab !== this.lab) {
      say(this.problem, `This lab has no lesson “${lab.slice(0, 40)}”; this is its own, “${this.lab}”.`);
      return 0;
    }
    const number = Number(name) - 1;
    if (this.cards[number]) return number;
    say(this.problem, `This lesson has no card “${name.slice(0, 40)}”; it has cards 1 to ${this.cards.length}.`);
    return 0;
  }

  get #stage() {
    const tag = this.room?.querySelector("lab-stage");
    return /** @type {(HTMLElement & {view: Stage | null}) | null | undefined} */ (tag)?.view;
  }

  get #isOpen() {
    return this.room instanceof HTMLElement && this.room.dataset.section === "lesson";
  }

  #remember() {
    keep(this.lab, { lesson: this.#isOpen ? `${this.lab}.${this.number + 1}` : null });
  }

  /** Puts on the stage what a place is asked for on. */
  #ask() {
    const { cards, film, guesses, number } = this;
    if (this.#isOpen && cards[number].region && !guesses[number]?.shown) film.visit({ ...cards[number].ask });
  }

  /** Lays over the stage where the visitor thinks that the answer lies, and once that is shown, where it does. */
  #mark() {
    this.#overlay?.remove();
    this.#overlay = null;
    const { cards, guesses, number, room } = this;
    const { region } = cards[number];
    const guess = guesses[number];
    const section = room?.querySelector(".stage");
    if (!(region && section instanceof HTMLElement && this.#isOpen)) return;
    const at = Array.isArray(guess?.choice) ? guess.choice : null;
    const then = guess?.shown ? region : (/** @type {At} */ choice) => this.#choose(choice);
    this.#overlay = new Place(section, () => this.#isShown(guess?.shown ? "show" : "ask"), at, then);
  }

  /** Whether the stage still shows what the card put there. @param {"ask" | "show"} what */
  #isShown(what) {
    const { cards, film, number } = this;
    const { run, view, picture } = cards[number][what];
    const stage = this.#stage;
    return stage?.view.name === view && film.track?.id === run && (picture ?? stage.picture) === stage.picture;
  }

  /** @param {number | At} choice */
  #choose(choice) {
    this.#note({ choice, shown: false });
    for (const button of this.place.querySelectorAll("button.primary")) button.removeAttribute("disabled");
    const where = this.place.querySelector(".card-where");
    if (where && Array.isArray(choice)) where.textContent = `Marked: ${words(choice)}.`;
  }

  /** @param {number} number of a card, from 0 */
  open(number) {
    this.number = number;
    say(this.problem, "");
    this.#draw();
    this.#remember();
    this.#ask();
    this.place.querySelector("h3")?.focus();
  }

  /** @param {Guess | undefined} guess */
  #note(guess) {
    if (guess) this.guesses[this.number] = guess;
    else delete this.guesses[this.number];
    sessionStorage.setItem(this.key, JSON.stringify(this.guesses));
  }

  #draw() {
    const { cards, number, guesses } = this;
    const card = cards[number];
    const guess = guesses[number];
    const title = element("h3", { tabindex: -1 }, card.question);
    const answers = card.region ? [this.#where(guess)] : card.answers.map((_, i) => this.#answer(card, i, guess));
    const legend = element("legend", {}, guess?.shown ? "You predicted" : "Predict");
    const show = element("button", { class: "primary", disabled: !guess, onclick: () => this.show() }, "Show me");
    /** @type {HTMLElement[]} */
    const body = [title, element("fieldset", {}, legend, ...answers), element("div", { class: "card-acts" }, show)];
    const again = () => {
      this.#note(undefined);
      this.#draw();
      this.#ask();
    };
    if (guess?.shown) {
      show.textContent = "Show me again";
      show.classList.remove("primary");
      show.after(element("button", { onclick: again }, "Ask me again"));
      body.push(...this.#outcome(card, guess));
    }
    this.place.replaceChildren(this.#bar(), ...body);
    this.#mark();
  }

  /** What is said where a place is asked for. @param {Guess | undefined} guess */
  #where(guess) {
    const marked = Array.isArray(guess?.choice) ? `Marked: ${words(guess.choice)}.` : "";
    const hint = "Click on the stage, or move the mark with the arrow keys.";
    return element("p", { class: "card-where", "aria-live": "polite" }, marked || hint);
  }

  /** Which card it is, and the ways to the others. */
  #bar() {
    const { cards, number } = this;
    const step = (/** @type {number} */ by, /** @type {string} */ text, /** @type {string} */ name) => {
      const disabled = !cards[number + by];
      return element("button", { "aria-label": name, disabled, onclick: () => this.open(number + by) }, text);
    };
    const count = element("span", { class: "quiet" }, `Question ${number + 1} of ${cards.length}`);
    return element("div", { class: "card-bar" }, step(-1, "‹", "Last question"), count, step(1, "›", "Next question"));
  }

  /**
   * @param {Card} card
   * @param {number} i
   * @param {Guess | undefined} guess
   */
  #answer(card, i, guess) {
    const checked = guess?.choice === i;
    const input = element("input", {
      type: "radio",
      name: `guess-${this.lab}`,
      checked,
      disabled: guess?.shown,
      onchange: () => this.#choose(i),
    });
    const label = element("label", {}, input, element("span", {}, card.answers[i]));
    if (guess?.shown && i === card.right) {
      label.classList.add("right");
      label.append(element("span", { class: "card-mark" }, "✓ measured"));
    }
    return label;
  }

  /**
   * What happened, and why.
   * @param {Card} card
   * @param {Guess} guess
   */
  #outcome(card, guess) {
    const { code, paper } = card;
    const verdict = isRight(card, guess) ? "As you predicted." : "Not what you predicted.";
    const happened = element(
      "div",
      { role: "status" },
      element("h4", {}, "What happened"),
      element("p", {}, element("strong", {}, verdict), ` ${card.happened}`),
    );
    const formula = element("div", { class: "card-formula", tabindex: 0 });
    formula.innerHTML = card.formula;
    const symbols = element("dl", { class: "card-symbols" });
    for (const { symbol, meaning } of card.symbols) {
      const term = element("dt");
      term.innerHTML = symbol;
      symbols.append(term, element("dd", {}, meaning));
    }
    const line = element("pre", { class: "card-code", tabindex: 0 }, element("code", {}, code.line));
    const where = element("p", { class: "quiet" }, `${code.path}, line ${code.number}`);
    const source = element("p", {}, element("a", { href: paper.url, target: "_blank", rel: "noopener" }, paper.title));
    const why = element("details", {}, element("summary", {}, "Why"), formula, symbols, line, where, source);
    const copy = element("button", { onclick: () => this.copy(copy) }, "Copy my predictions");
    const next = this.cards[this.number + 1]
      ? element("button", { class: "primary", onclick: () => this.open(this.number + 1) }, "Next question")
      : null;
    return [happened, why, element("div", { class: "card-acts" }, next, copy)];
  }

  /** Puts the answer on the stage. */
  async show() {
    const { film, number } = this;
    const card = this.cards[number];
    const guess = this.guesses[number];
    if (guess) this.#note({ ...guess, shown: true });
    this.#draw();
    if (matchMedia("(max-width: 960px)").matches) this.room?.scrollIntoView();
    await film.visit({ ...card.show });
    if (card.play) film.playback.play();
  }

  /** All that was predicted, a line a card. */
  get text() {
    const lines = this.cards.map((card, i) => {
      const { question, answers, right, region } = card;
      const guess = this.guesses[i];
      if (!guess?.shown) return `${i + 1}. ${question} Not answered yet.`;
      const measured = region ? `${words([region[0], region[1]])} to ${words([region[2], region[3]])}` : answers[right];
      const outcome = isRight(card, guess) ? "as measured" : `measured: ${measured}`;
      const predicted = Array.isArray(guess.choice) ? words(guess.choice) : answers[guess.choice];
      return `${i + 1}. ${question} Predicted: ${predicted} (${outcome}).`;
    });
    return lines.join("\n");
  }

  /** @param {HTMLElement} button */
  async copy(button) {
    try {
      await navigator.clipboard.writeText(this.text);
      button.textContent = "Copied";
    } catch {
      const text = element("textarea", { readonly: true, rows: 6, "aria-label": "My predictions" });
      text.value = this.text; // a page without TLS has no clipboard
      button.replaceWith(text);
      text.select();
    }
  }
}
define("lab-lesson", Lesson);
