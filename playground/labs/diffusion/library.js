// diffusers beside our own: its schedulers on the run above, or a pipeline of others, sampled while one waits.
"use strict";
(() => {
  const { element, film, packet, json, Newest } = Playground;
  const count = (value) => value.toLocaleString("en-US");

  class LibraryView {
    constructor(root) {
      this.film = film("diffusion");
      for (const name of ["network", "repo", "begin", "problem", "said", "result", "range", "caption"]) this[name] = root.querySelector(`.library-${name}`);
      this.knobs = [...root.querySelectorAll("[data-knob]")];
      [this.noisy, this.guess] = root.querySelectorAll("canvas");
      this.output = this.range.parentElement.querySelector("output");
      this.asking = new Newest(1);
      this.network.addEventListener("change", () => this.chosen());
      this.begin.addEventListener("click", () => this.start());
      this.range.addEventListener("input", () => this.paint());
      for (const input of this.knobs) input.addEventListener("input", () => this.told(input));
      new ResizeObserver(() => this.paint()).observe(this.result);
      this.knobs.forEach((input) => this.told(input));
      this.chosen();
      this.list();
    }
    told(input) {
      const output = input.parentElement.querySelector("output");
      if (output) output.textContent = input.value;
    }
    /** The pipelines that lie in folders beside the runs. */
    async list() {
      try {
        const { folders, place } = await json("/diffusion/folders");
        const options = folders.map((name) => element("option", { value: `folder:${name}` }, `${name} (folder ${place})`));
        this.network.querySelector("option[value='hub']").before(...options);
      } catch (error) {
        this.complain(error.message);
      }
    }
    chosen() {
      this.repo.parentElement.hidden = this.network.value !== "hub";
    }
    get query() {
      const knobs = Object.fromEntries(this.knobs.map((input) => [input.dataset.knob, input.value]));
      const network = this.network.value === "hub" ? `hub:${this.repo.value.trim()}` : this.network.value;
      const { track, step } = this.film;
      return { network, ...knobs, ...(network === "run" && track ? { run: track.id, step: track.snapshot(step) } : {}) };
    }
    start() {
      const { query } = this;
      clearTimeout(this.waiting);
      this.complain("");
      this.said.textContent = "Asks the server.";
      this.ask(query, {});
    }
    ask(query, again) {
      this.key = JSON.stringify(query);
      this.asking.ask(
        () => packet("/diffusion/library", { ...query, ...again }),
        (found) => {
          if (JSON.stringify(query) !== this.key) return;
          if ("waiting" in found.head) {
            this.said.textContent = `${found.head.waiting} ${Math.round(100 * found.head.progress)}%`;
            this.waiting = setTimeout(() => this.ask(query, { again: 1 }), 400);
            return;
          }
          this.said.textContent = "";
          Object.assign(this, { found, query_: query });
          this.result.hidden = false;
          this.range.max = found.head.sigmas.length - 1; // before the value, which it would cut off
          this.range.value = this.range.max;
          this.paint();
        },
        (error) => ((this.said.textContent = ""), this.complain(error.message)),
      );
    }
    paint() {
      if (!this.found) return;
      const { head, bytes } = this.found;
      const frame = Number(this.range.value);
      const part = head.pictures * head.channels * head.size * head.size;
      [this.noisy, this.guess].forEach((canvas, which) => {
        const at = (2 * frame + which) * part;
        Playground.shownSheet(canvas, bytes.subarray(at, at + part), head);
      });
      const steps = head.sigmas.length - 1;
      this.output.textContent = `${frame} of ${steps} steps`;
      const scheduler = this.knobs.find((input) => input.dataset.knob === "scheduler");
      const name = scheduler.querySelector(`option[value="${this.query_.scheduler}"]`).textContent;
      this.caption.textContent = `${head.title}: ${name} of diffusers, ${steps} network evaluations a picture, ${count(head.milliseconds)} ms for ${head.pictures}; noise ${this.query_.seed}. Here: after ${frame} of ${steps}, sigma ${head.sigmas[frame]}.`;
    }
    complain(sentence) {
      this.problem.textContent = sentence;
      this.problem.hidden = !sentence;
    }
  }
  Playground.kinds.library = LibraryView;
})();
