// A sampling as a film: noise that becomes pictures, one setting or two, one run or two, always from the same noise.
"use strict";
(() => {
  const { element, film, packet, Newest, Kept, url, pixels } = Playground;
  const NAMES = { "dpm++": "DPM-Solver++(2M)", euler: "Euler", heun: "Heun", ddim: "DDIM", "ddim-half": "DDIM, eta 0.5", ddpm: "DDPM" };
  const START = { A: { sampler: "dpm++", steps: "8", guidance: "2", schedule: "uniform" }, B: { sampler: "euler", steps: "8", guidance: "2", schedule: "uniform" } };
  const count = (value) => value.toLocaleString("en-US");

  const SIDE = 4; // pictures in a row of a sampling of ours

  /** One run with one setting: what the sampler has and what the network takes it for. */
  class Panel {
    constructor(view, way) {
      Object.assign(this, { view, way, asking: new Newest(1), chosen: null, focus: 0 });
      this.head = element("h3", { class: "beside" });
      const canvas = (label, more = {}) => element("canvas", { class: "sheet", role: "img", "aria-label": label, ...more });
      this.noisy = canvas("What the sampler has");
      this.guess = canvas("What the network takes it for; choose a picture to see the nearest training pictures", { tabindex: 0 });
      this.caption = element("p", { class: "caption" });
      const figure = (made, text) => element("figure", {}, made, element("figcaption", {}, text));
      this.pair = element("div", { class: "sampling-pair" }, figure(this.noisy, "x: what the sampler has"), figure(this.guess, "x0: what the network takes it for"));
      this.root = element("div", { class: "sampling-panel" }, this.head, this.pair, this.caption);
      this.guess.addEventListener("click", (event) => {
        const cell = (offset, whole) => Math.min(SIDE - 1, Math.floor((SIDE * offset) / whole));
        this.choose(cell(event.offsetX, this.guess.clientWidth) + SIDE * cell(event.offsetY, this.guess.clientHeight));
      });
      this.guess.addEventListener("keydown", (event) => {
        const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -SIDE, ArrowDown: SIDE, Enter: 0 }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        this.choose((this.focus + by + SIDE * SIDE) % (SIDE * SIDE));
      });
    }
    show(track, step) {
      const { view } = this;
      Object.assign(this, { track, step });
      this.head.textContent = view.comparing ? this.way : "";
      this.head.hidden = !view.comparing;
      const query = { run: track.id, step, ...view.ways[this.way], class: view.shared.class, seed: view.shared.seed };
      const key = JSON.stringify(query);
      if (key === this.key) return;
      this.key = key;
      this.root.classList.add("waiting");
      this.asking.ask(
        () => view.cache.get(key, () => packet("/diffusion/film", query)),
        (found) => {
          Object.assign(this, { shown: JSON.parse(key), info: track.info, found, chosen: null });
          this.root.classList.toggle("waiting", key !== this.key);
          view.complain("");
          view.paint();
        },
        (error) => (this.root.classList.remove("waiting"), (this.key = null), view.complain(error.message)),
      );
    }
    get frames() {
      return this.found?.head.sigmas.length ?? 1;
    }
    frame(u) {
      return Math.round(u * (this.frames - 1));
    }
    bytes(frame, which) {
      const { channels, size, pictures } = this.found.head;
      const part = pictures * channels * size * size;
      return this.found.bytes.subarray((2 * frame + which) * part, (2 * frame + which + 1) * part);
    }
    paint() {
      if (!this.found) return;
      const { head } = this.found;
      const frame = this.frame(this.view.u);
      [this.noisy, this.guess].forEach((canvas, which) => {
        const context = Playground.shownSheet(canvas, this.bytes(frame, which), head);
        if (which && this.chosen !== null) {
          context.strokeStyle = Playground.colour("--accent");
          context.strokeRect((this.chosen % SIDE) * (head.size + 1) - 0.5, Math.floor(this.chosen / SIDE) * (head.size + 1) - 0.5, head.size + 1, head.size + 1);
        }
      });
      this.caption.textContent = this.said(head, frame);
    }
    said(head, frame) {
      const { shown, info } = this;
      const classes = !head.conditional ? "trained without classes" : !head.labels.length ? "no class asked for" : shown.class === "each" ? "classes in turn" : info.classes[Number(shown.class)];
      const guidance = head.labels.length ? `, guidance ${shown.guidance}` : "";
      const steps = head.sigmas.length - 1;
      return `${info.name}, snapshot of step ${count(head.step)}: ${NAMES[shown.sampler]}, ${steps} step${steps > 1 ? "s" : ""}${guidance}, ${classes}; ${head.evaluations} network evaluations a picture, ${count(head.milliseconds)} ms for ${head.pictures}; noise ${shown.seed}. Here: after ${frame} of ${steps} steps, sigma ${head.sigmas[frame]}.`;
    }
    choose(index) {
      if (!this.found) return;
      this.chosen = this.focus = index;
      const { channels, size } = this.found.head;
      const area = channels * size * size;
      this.view.near(this, this.bytes(this.frame(this.view.u), 1).slice(index * area, (index + 1) * area));
      this.view.paint();
    }
  }

  class SamplingView {
    constructor(root) {
      this.film = film("diffusion");
      this.root = root;
      for (const name of ["lanes", "problem", "compare", "range", "play", "time", "nearest"]) this[name] = root.querySelector(`.sampling-${name}`);
      this.output = this.time.querySelector("output");
      this.rows = Object.fromEntries(["A", "B"].map((way) => [way, root.querySelector(`[data-way="${way}"]`)]));
      this.looking = new Newest(1);
      this.cache = new Kept(24);
      this.read(url.given("diffusion", "view") ?? "");
      this.wire();
      this.write();
      for (const what of ["run", "time", "news"]) this.film.addEventListener(what, () => this.show());
      this.film.addEventListener("front", () => (this.touched && this.remember(), this.show(), this.paint()));
      new ResizeObserver(() => this.paint()).observe(this.lanes);
    }
    /** The address: "seed,class,percent;sampler,steps,guidance,levels", and once more what is compared with it. */
    read(text) {
      const [shared = "", ...ways] = text.split(";");
      const [seed, kind, percent] = shared.split(",");
      this.touched = Boolean(text);
      this.shared = { seed: /^\d+$/.test(seed) ? String(Math.min(Number(seed), 2 ** 31 - 1)) : "0", class: kind || "each" };
      this.u = /^\d+$/.test(percent ?? "") ? Math.min(1, Number(percent) / 100) : 1;
      this.ways = structuredClone(START);
      ["A", "B"].forEach((way, i) => {
        const given = (ways[i] ?? "").split(",");
        Object.keys(START[way]).forEach((knob, j) => given[j] && (this.ways[way][knob] = given[j]));
      });
      this.comparing = ways.length > 1;
    }
    remember() {
      clearTimeout(this.remembering);
      this.remembering = setTimeout(() => {
        if (!this.film.visible) return;
        const parts = (this.comparing ? ["A", "B"] : ["A"]).map((way) => Object.values(this.ways[way]).join());
        url.set("diffusion", { view: [[this.shared.seed, this.shared.class, Math.round(100 * this.u)].join(), ...parts].join(";") });
      }, 200);
    }
    wire() {
      const { root } = this;
      const changed = () => ((this.touched = true), this.write(), this.show(), this.remember());
      for (const [way, row] of Object.entries(this.rows)) {
        for (const input of row.querySelectorAll("[data-knob]")) {
          input.addEventListener("input", () => ((this.ways[way][input.dataset.knob] = input.value), changed()));
        }
      }
      this.inputs = Object.fromEntries(["class", "seed"].map((knob) => [knob, root.querySelector(`.sampling-shared [data-knob="${knob}"]`)]));
      for (const [knob, input] of Object.entries(this.inputs)) {
        input.addEventListener("change", () => ((this.shared[knob] = input.value || "0"), changed()));
      }
      root.querySelector(".sampling-other").addEventListener("click", () => ((this.shared.seed = String(Math.floor(Math.random() * 1e6))), changed()));
      this.compare.addEventListener("click", () => ((this.comparing = !this.comparing), changed()));
      this.range.addEventListener("input", () => (this.pause(), this.move(Number(this.range.value) / Math.max(1, Number(this.range.max)))));
      this.play.addEventListener("click", () => (this.playing ? this.pause() : this.run()));
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
    }
    /** Puts what is chosen into the controls, and takes back what they do not allow, as a mistyped address may hold. */
    write() {
      for (const [way, row] of Object.entries(this.rows)) {
        for (const input of row.querySelectorAll("[data-knob]")) {
          const knob = input.dataset.knob;
          input.value = this.ways[way][knob];
          if (!input.value) input.value = START[way][knob];
          this.ways[way][knob] = input.value;
          const output = input.parentElement.querySelector("output");
          if (output) output.textContent = input.value;
        }
      }
      this.rows.B.hidden = !this.comparing;
      this.compare.setAttribute("aria-pressed", String(this.comparing));
      this.root.querySelector(".sampling").classList.toggle("comparing", this.comparing);
      this.inputs.seed.value = this.shared.seed;
    }
    /** The classes that the run in front can be asked for. */
    kinds(track) {
      const knows = track.info.knobs.conditional !== false;
      const key = track.id;
      if (key !== this.shownKinds) {
        this.shownKinds = key;
        const option = (value, text) => element("option", { value }, text);
        this.inputs.class.replaceChildren(
          ...(knows ? [option("each", "each in turn"), option("none", "none"), ...track.info.classes.map((name, i) => option(i, name))] : [option("each", "this run knows none")]),
        );
        if (knows && !["each", "none"].includes(this.shared.class) && !(Number(this.shared.class) < track.info.classes.length)) this.shared.class = "each";
      }
      this.inputs.class.value = knows ? this.shared.class : "each";
      const guided = knows && this.shared.class !== "none";
      for (const row of Object.values(this.rows)) row.querySelector('[data-knob="guidance"]').disabled = !guided;
    }
    get panels() {
      return [...this.lanes.querySelectorAll(".sampling-panel")].map((root) => root.panel);
    }
    show() {
      const tracks = this.film.tracks.filter((track) => track.snapshots.length);
      if (!tracks.length) {
        if (this.film.track) this.complain("The pictures appear here with the first snapshot, at step 0.", true);
        return;
      }
      if (!this.film.visible) return;
      this.kinds(tracks[0]);
      const ways = this.comparing ? ["A", "B"] : ["A"];
      while (this.lanes.children.length > tracks.length) this.lanes.lastChild.remove();
      tracks.forEach((track, i) => {
        const lane = this.lanes.children[i] ?? this.lanes.appendChild(element("div", { class: "sampling-lane" }));
        while (lane.children.length > ways.length) lane.lastChild.remove();
        ways.forEach((way, j) => {
          if (!lane.children[j]) {
            const panel = new Panel(this, way);
            panel.root.panel = panel;
            lane.append(panel.root);
          }
          lane.children[j].panel.show(track, track.snapshot(this.film.step));
        });
      });
      this.paint();
    }
    move(u) {
      this.u = Math.max(0, Math.min(1, u));
      this.touched = true;
      this.paint();
      this.remember();
    }
    run() {
      const began = performance.now();
      const span = Math.max(1500, Math.min(8000, 250 * Math.max(...this.panels.map((panel) => panel.frames))));
      const from = this.u >= 1 ? 0 : this.u;
      this.playing = true;
      this.play.textContent = "❚❚";
      this.play.setAttribute("aria-label", "Pause the sampling");
      const next = (now) => {
        if (!this.playing) return;
        this.move(from + (now - began) / span);
        if (this.u >= 1) this.pause();
        else requestAnimationFrame(next);
      };
      requestAnimationFrame(next);
    }
    pause() {
      this.playing = false;
      this.play.textContent = "▶";
      this.play.setAttribute("aria-label", "Play the sampling");
    }
    paint() {
      const { panels } = this;
      const last = Math.max(1, ...panels.map((panel) => panel.frames - 1));
      this.range.max = last;
      this.range.value = Math.round(this.u * last);
      this.output.textContent = `${Math.round(this.u * last)} of ${last} steps`;
      this.range.setAttribute("aria-valuetext", this.output.textContent);
      for (const panel of panels) panel.paint();
    }
    /** The training pictures nearest to a sample. */
    near(panel, bytes) {
      const { head } = panel.found;
      if (!this.nearest.children.length) this.nearest.replaceChildren(element("p", { class: "quiet" }, `Looks through the training pictures of ${panel.info.data} …`));
      this.looking.ask(
        () => packet("/diffusion/nearest", { run: panel.track.id }, { method: "POST", body: bytes }),
        (found) => {
          const area = head.channels * head.size * head.size;
          const picture = (part, text) => {
            const canvas = element("canvas", { class: "tile", width: head.size, height: head.size });
            canvas.style.width = canvas.style.height = `${Math.floor(96 / head.size) * head.size || head.size}px`;
            canvas.getContext("2d").putImageData(pixels(part, head.channels, head.size, head.size), 0, 0);
            return element("figure", {}, canvas, element("figcaption", {}, text));
          };
          const theirs = found.head.labels.map((label, i) => picture(found.bytes.subarray(i * area, (i + 1) * area), `${label}, ${found.head.distances[i]}`));
          const row = element("div", { class: "sampling-near" }, picture(bytes, "the sample"), ...theirs);
          const told = `The nearest of ${count(found.head.of)} training pictures of ${panel.info.data}, with their distance in the features of ${found.head.features}.`;
          this.nearest.replaceChildren(element("h3", { class: "beside" }, "Was it learnt by heart?"), row, element("p", { class: "caption" }, told));
        },
        (error) => (this.nearest.replaceChildren(), this.complain(error.message)),
      );
    }
    complain(sentence, calm = false) {
      Playground.say(this.problem, sentence, calm);
    }
  }
  Playground.kinds.sampling = SamplingView;
})();
