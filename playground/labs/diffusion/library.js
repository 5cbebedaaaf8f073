// The library diffusers: its schedulers on this run, or a pipeline of others, sampled in the background.

import { answer, at } from "../../ui/static/answer.js";
import { sheet } from "../../ui/static/canvas.js";
import { define, element, find, say, whenResized } from "../../ui/static/dom.js";
import { film } from "../../ui/static/film.js";
import { count, short } from "../../ui/static/format.js";
import { Newest } from "../../ui/static/requests.js";
import { json } from "../../ui/static/server.js";

/** @import { Answer, Query } from "../../ui/static/types.d.ts" */
/** @import { Tensors } from "./panel.js" */

const POLL = 400; // milliseconds between two polls of a sampling

/**
 * @typedef {{waiting?: string, progress: number, title: string, milliseconds: number, evaluations: number}} Words what is
 *   being done and its progress, or what was sampled
 * @typedef {Answer<Words, Tensors>} Sampled without tensors while it waits
 */

class LibraryView {
  #key = "";
  #timer = 0;
  #requests = /** @type {Newest<Sampled>} */ (new Newest(1));
  /** @type {(Sampled & {query: Record<string, string>}) | null} */
  #shown = null;

  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(root, signal) {
    this.root = root;
    this.film = film("diffusion");
    this.network = find(root, ".library-network", HTMLSelectElement);
    this.repo = find(root, ".library-repo", HTMLInputElement);
    this.range = find(root, ".library-range", HTMLInputElement);
    this.result = find(root, ".library-result", HTMLElement);
    this.message = find(root, ".library-message", HTMLElement);
    this.knobs = [...root.querySelectorAll("[data-knob]")].filter(
      (knob) => knob instanceof HTMLInputElement || knob instanceof HTMLSelectElement,
    );
    this.canvases = [...root.querySelectorAll("canvas")];
    this.network.addEventListener("change", () => this.#choose());
    find(root, ".library-begin", HTMLElement).addEventListener("click", () => this.#start());
    this.range.addEventListener("input", () => this.#paint());
    for (const knob of this.knobs) {
      const label = () => {
        const output = knob.parentElement?.querySelector("output");
        if (output) output.textContent = knob.value;
      };
      knob.addEventListener("input", label);
      label();
    }
    whenResized(this.result, signal, () => this.#paint());
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
    this.#choose();
    this.#list();
  }

  /** Offers the pipelines that lie in folders beside the runs. */
  async #list() {
    try {
      const { folders, place } = await json("/diffusion/folders");
      const options = folders.map((/** @type {string} */ name) =>
        element("option", { value: `folder:${name}` }, `${name} (folder ${place})`),
      );
      find(this.network, "option[value='hub']", HTMLElement).before(...options);
    } catch (error) {
      this.#complain(/** @type {Error} */ (error).message);
    }
  }

  #choose() {
    const label = this.repo.parentElement;
    if (label) label.hidden = this.network.value !== "hub";
  }

  #start() {
    /** @type {Record<string, string>} */
    const query = Object.fromEntries(this.knobs.map((knob) => [knob.dataset.knob, knob.value]));
    const { track, step } = this.film;
    query.network = this.network.value === "hub" ? `hub:${this.repo.value.trim()}` : this.network.value;
    if (query.network === "run" && track) Object.assign(query, { run: track.id, step: track.snapshot(step) });
    clearTimeout(this.#timer);
    this.#complain("");
    this.message.textContent = "Sampling is requested.";
    this.#key = JSON.stringify(query);
    this.#ask(query, {});
  }

  /**
   * Requests a sampling and polls until it is done.
   * @param {Record<string, string>} query
   * @param {Query} again
   */
  #ask(query, again) {
    this.#requests.ask(
      () => answer("/diffusion/library", { ...query, ...again }),
      ({ words, tensors }) => {
        if (JSON.stringify(query) !== this.#key) return;
        if (words.waiting !== undefined) {
          this.message.textContent = `${words.waiting} ${Math.round(100 * words.progress)}%`;
          this.#timer = setTimeout(() => this.#ask(query, { again: 1 }), POLL);
          return;
        }
        this.message.textContent = "";
        this.#shown = { words, tensors, query };
        this.result.hidden = false;
        this.range.max = String(tensors.sigmas.data.length - 1); // before the value, which it would cut off
        this.range.value = this.range.max;
        this.#paint();
      },
      (error) => {
        this.message.textContent = "";
        this.#complain(error.message);
      },
    );
  }

  #paint() {
    if (!this.#shown) return;
    const { words, tensors, query } = this.#shown;
    const frame = Number(this.range.value);
    const sheets = [tensors.x, tensors.x0];
    for (const [i, canvas] of this.canvases.entries()) sheet(canvas, at(sheets[i], frame));
    const sigmas = tensors.sigmas.data;
    const steps = sigmas.length - 1;
    find(this.result, "output", HTMLElement).textContent = `${frame} of ${steps} steps`;
    const scheduler = find(this.root, `[data-knob="scheduler"] option[value="${query.scheduler}"]`, HTMLElement);
    find(this.root, ".library-caption", HTMLElement).textContent =
      `${words.title}: ${scheduler.textContent} of diffusers, ${words.evaluations} network evaluations a picture, ` +
      `${count(words.milliseconds)} ms for ${tensors.x.shape[1]}; noise ${query.seed}. Here: after ${frame} of ` +
      `${steps}, sigma ${short(sigmas[frame])}.`;
  }

  /** @param {string} sentence */
  #complain(sentence) {
    say(find(this.root, ".library-problem", HTMLElement), sentence);
  }
}
define("library-view", LibraryView);
