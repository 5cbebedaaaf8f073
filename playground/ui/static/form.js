// The form that trains: a recipe and its knobs, from scratch or on from a snapshot.

import { element, say } from "./dom.js";
import { film, OWN_DATA } from "./film.js";
import { Knobs } from "./knobs.js";
import { keep, opening } from "./link.js";
import { knobsText, linkedKnobs } from "./options.js";
import { Seeds } from "./seeds.js";
import { AGAIN, json, later, sentence } from "./server.js";

/** @import { Filling, FormOffer, Knob } from "./types.d.ts" */

/** The form of a lab, which stays as it is while Gradio takes it off the page and puts it back. */
class Form {
  /** @type {FormOffer} */
  #offer = { kinds: {}, recipes: {} };
  /** By kind of recipe. @type {Map<string, Knobs>} */
  #knobs = new Map();
  /** Whether that is known. @type {Promise<boolean> | undefined} */
  #loaded;
  /** The kind of recipe whose knobs are in sight. */
  #kind = "";
  /** The snapshot that a branch goes on from. @type {{run: string, step: number} | null} */
  #parent = null;
  #busy = false;
  /** Counts fillings: one that comes after another one was asked for is dropped. */
  #turn = 0;
  /** Counts checks, in the same way: what is typed while a filling is on its way must not drop that. */
  #checks = 0;

  /** @param {string} lab */
  constructor(lab) {
    this.lab = lab;
    this.film = film(lab);
    this.branching = element("p", { class: "branching", role: "status", hidden: true });
    const train = (/** @type {MouseEvent} */ { detail }) => detail > 1 || this.#train(); // a double click is one wish
    this.submit = element("button", { class: "primary train-button", onclick: train }, "Train");
    this.alone = element("button", { hidden: true, onclick: () => this.#leaveBranch() }, "From scratch");
    this.problem = element("p", { class: "problem", role: "alert", hidden: true });
    this.recipe = element("select", { onchange: () => this.#choose(this.recipe.value) });
    this.place = element("div", { class: "train-knobs" });
    this.seeds = new Seeds();
    const own = document.createElement("own-data");
    own.className = "part";
    own.setAttribute("lab", lab);
    this.root = element(
      "div",
      { class: "train" },
      this.branching,
      element("div", { class: "train-row" }, this.submit, this.alone),
      this.problem,
      element("div", { class: "control" }, element("label", {}, element("span", {}, "Recipe"), this.recipe)),
      this.place,
      this.seeds.root,
      own,
    );
    document.addEventListener(OWN_DATA, (event) => this.#renew(event));
    this.film.addEventListener("front", () => this.#remember());
    const { recipe, knobs } = opening(lab);
    if ((recipe ?? knobs) !== undefined) this.load();
  }

  /** Asks what there is to train, once; the first time, fills the form as the address says. */
  load() {
    this.#loaded ??= this.#load();
    return this.#loaded;
  }

  async #load() {
    try {
      await this.#list();
    } catch (error) {
      this.#loaded = undefined;
      this.#complain(error);
      later(AGAIN).then(() => this.load());
      return false;
    }
    this.#restore();
    return true;
  }

  async #list() {
    this.#offer = await json(`/forms/${this.lab}`);
    const groups = Object.entries(this.#offer.kinds).map(([kind, { title }]) => {
      const names = Object.keys(this.#offer.recipes).filter((name) => this.#offer.recipes[name].kind === kind);
      return element("optgroup", { label: title }, ...names.map((name) => element("option", { value: name }, name)));
    });
    const { value } = this.recipe;
    this.recipe.replaceChildren(...groups);
    if (value) this.recipe.value = value;
    for (const [kind, knobs] of this.#knobs) {
      const { data } = knobs.values;
      knobs.offer("data", this.#offer.kinds[kind].data);
      const gone = !this.#offer.kinds[kind].data.some(([name]) => name === data);
      const first = Object.values(this.#offer.recipes).find((recipe) => recipe.kind === kind);
      if (gone && first) knobs.set({ data: first.knobs.data });
    }
  }

  /** Fills the form as the address says that the page was opened with. */
  #restore() {
    const { recipe, knobs = "" } = opening(this.lab);
    const names = Object.keys(this.#offer.recipes);
    this.#choose(names[0], false);
    if (recipe !== undefined && !names.includes(recipe)) {
      const known = `it has ${names.join(", ")}.`;
      return say(this.problem, `There is no recipe “${recipe.slice(0, 40)}” in this lab; ${known}`);
    }
    const name = recipe ?? names[0];
    const { kind } = this.#offer.recipes[name];
    const { values, problems } = linkedKnobs(this.#offer.kinds[kind].knobs, knobs);
    this.#choose(name, false, values);
    say(this.problem, problems.join(" "));
  }

  /** The visitor's data have changed: asks for them after what was asked before. @param {Event} event */
  #renew(event) {
    this.#loaded = this.#loaded?.then((known) => known && this.#offerAnew(event));
  }

  /** @param {Event} event */
  async #offerAnew(event) {
    try {
      await this.#list();
    } catch (error) {
      this.#complain(error);
      return true; // with what was offered before
    }
    const { lab, data } = event instanceof CustomEvent ? event.detail : {};
    const fits = this.#offer.kinds[this.#kind].data.some(([name]) => name === data);
    if (fits && lab === this.lab) this.#knobs.get(this.#kind)?.set({ data });
    this.#changed();
    return true;
  }

  /** What the form says. */
  get #order() {
    const knobs = this.#knobs.get(this.#kind)?.values ?? {};
    return { name: this.recipe.value, knobs, parent: this.#parent, seeds: this.seeds.value };
  }

  /** Shows a recipe. @param {string} name @param {boolean} [remembered] @param {Record<string, Knob>} [changes] */
  #choose(name, remembered = true, changes = {}) {
    const { kind, knobs } = this.#offer.recipes[name];
    this.#fill({ recipe: name, kind, knobs: { ...knobs, ...changes } }, remembered);
  }

  /** Fills it with a recipe, from scratch. @param {string} name @param {Record<string, Knob>} [changes] of its knobs */
  async propose(name, changes = {}) {
    this.#reveal();
    if (!(await this.load())) return;
    this.#leaveBranch();
    this.#choose(name, true, changes);
  }

  /**
   * @param {Filling} filling
   * @param {boolean} [remembered] whether the address keeps it
   */
  #fill({ recipe, kind, knobs }, remembered = true) {
    this.#turn++;
    const { knobs: options, data } = this.#offer.kinds[kind];
    const shown = this.#knobs.get(kind) ?? new Knobs(`${this.lab}-${kind}`, options, () => this.#changed());
    if (!this.#knobs.has(kind)) shown.offer("data", data);
    this.#knobs.set(kind, shown);
    shown.set(knobs);
    this.recipe.value = recipe;
    this.#kind = kind;
    this.place.replaceChildren(shown.root);
    say(this.problem, "");
    if (remembered) this.#changed();
  }

  #changed() {
    this.#remember();
    if (this.#parent) this.#check();
  }

  /** Keeps the recipe, and the knobs in which the form differs from it, in the address. */
  #remember() {
    const { name, knobs } = this.#order;
    const normal = this.#offer.recipes[name]?.knobs;
    if (!this.film.visible || !normal) return;
    const changed = Object.entries(knobs).filter(([knob, value]) => String(value) !== String(normal[knob]));
    const isFirst = name === Object.keys(this.#offer.recipes)[0];
    keep(this.lab, { recipe: isFirst && !changed.length ? null : name, knobs: knobsText(changed) });
  }

  /** Says of a branch, before it is begun, which knobs forbid it. */
  async #check() {
    const turn = ++this.#checks;
    const answer = await this.#post("/runs/check").catch((error) => ({ lost: sentence(error) }));
    if (turn !== this.#checks) return;
    say(this.problem, answer.problem ?? answer.lost);
    this.submit.disabled = Boolean(answer.problem); // without an answer nothing is known to forbid it
  }

  /** Fills the form with what trained the run that is looked at. */
  async follow() {
    const filling = await this.#asked("/recipe");
    if (!filling) return;
    this.#leaveBranch();
    this.#fill(filling);
  }

  /**
   * Fills it for a branch off the snapshot that is looked at.
   * @param {Record<string, Knob>} [changes] of its knobs
   */
  async branch(changes = {}) {
    this.#reveal();
    const filling = await this.#asked("/branch");
    if (!filling) return;
    this.#parent = filling.parent;
    const { run, step } = filling.parent;
    const from = `Branches off ${run} at step ${step.toLocaleString("en")}: starts from these weights.`;
    say(this.branching, [from, filling.note].filter(Boolean).join(" "), true);
    this.submit.textContent = "Branch from here";
    this.submit.disabled = false;
    this.alone.hidden = false;
    this.#fill({ ...filling, knobs: { ...filling.knobs, ...changes } });
    this.#reveal(); // what has come above would else push the words out of sight
  }

  /** Scrolls to the form where it stands below the stage. */
  #reveal() {
    if (matchMedia("(max-width: 960px)").matches) this.root.scrollIntoView();
  }

  /** What the server fills the form with; nothing where it cannot, or another wish came. @param {string} path */
  async #asked(path) {
    const { track, step } = this.film;
    const place = { run: track?.id ?? "", step: track?.snapshot(step) ?? 0 };
    if (!(await this.load())) return null;
    const turn = ++this.#turn;
    try {
      const filling = await json(path, place);
      if (turn === this.#turn) return filling;
    } catch (error) {
      if (turn === this.#turn) this.#complain(error);
    }
    return null;
  }

  #leaveBranch() {
    this.#turn++;
    this.#checks++;
    this.#parent = null;
    say(this.problem, "");
    this.branching.hidden = this.alone.hidden = true;
    this.submit.textContent = "Train";
    this.submit.disabled = false;
  }

  /** Begins one run at a time, however often it is pressed. */
  async #train() {
    if (this.#busy) return;
    this.#busy = true;
    this.#checks++; // one that is on its way must not cover the answer
    this.submit.setAttribute("aria-disabled", "true");
    try {
      if (!(await this.load())) return;
      const { run, problem } = await this.#post("/runs");
      this.#leaveBranch();
      this.seeds.reset();
      say(this.problem, problem);
      await this.film.open(run);
    } catch (error) {
      this.#complain(error);
    } finally {
      this.#busy = false;
      this.submit.removeAttribute("aria-disabled");
    }
  }

  /** @param {string} path */
  #post(path) {
    return json(path, {}, { method: "POST", body: JSON.stringify(this.#order) });
  }

  /** @param {unknown} error */
  #complain(error) {
    say(this.problem, sentence(error));
  }
}

/** @type {Map<string, Form>} */
const forms = new Map();

/**
 * The form of a lab.
 * @param {string} lab
 */
export function form(lab) {
  const instance = forms.get(lab) ?? new Form(lab);
  forms.set(lab, instance);
  return instance;
}
