// Two small networks play against each other in the plane, on the server; here is what can be seen of it.
"use strict";
(() => {
  const { chart, colour, DensityChooser, dots, draw, element, json, Live, packet, url } = Playground;
  const WHY = {
    cure: "One step each, without momentum. Every generated point is compared with a real one, and the penalty keeps the discriminator flat where both agree: no single place is best for all points, so they spread. You see a moving average of the generator's weights, which is steadier than the generator itself.",
    collapse: "The generator makes 20 steps with momentum for each step of the discriminator. All its points run as one clump to the place that looks most real; as soon as the discriminator has learned that they are fake, the clump moves on. It never covers more than two modes at a time.",
    wasserstein: "The discriminator measures how far the two clouds lie apart, with a slope held near 1, and gets three steps a turn for it.",
    own: "Knobs of your own; choose a game to get back.",
  };
  const NAMES = { cure: "balanced", collapse: "collapse", wasserstein: "Wasserstein", own: "your own" };
  const AHEAD = { auto: 1500, asked: 10000 }; // turns until it pauses by itself

  class GanPlane {
    constructor(root) {
      this.root = root.querySelector(".toy") ?? root;
      this.find = (name) => this.root.querySelector(`.${name}`);
      this.canvas = this.find("ganplane-canvas");
      [this.density, this.preset] = (url.given("gan", "plane") ?? "").split(".");
      this.given = { density: this.density || "gaussians" };
      this.live = new Live(this.root, {
        ask: (times) => this.step("both", times),
        show: (view) => this.show(view),
        renew: (sentence) => (this.complain(sentence, true), this.begin()),
        fail: (sentence) => this.complain(sentence),
        told: () => this.mark(),
      });
      this.hold();
      this.chooser = new DensityChooser(this.find("toy-chooser"), {
        path: "/gan/plane/densities",
        first: this.given.density,
        chosen: (given) => ((this.given = given), this.begin(), this.remember()),
      });
      new ResizeObserver(() => (this.paint(), this.curves())).observe(this.root);
      this.open();
    }
    async open() {
      try {
        this.presets = await json("/gan/plane/presets");
      } catch (error) {
        return this.complain(error.message);
      }
      const choice = this.find("ganplane-preset");
      choice.replaceChildren(...[...Object.keys(this.presets), "own"].map((name) => element("option", { value: name }, NAMES[name] ?? name)));
      choice.lastChild.hidden = true;
      this.take(this.presets[this.preset] ? this.preset : "cure");
      await this.begin();
      if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.live.play(AHEAD.auto);
    }
    /** Sets all knobs as a preset has them. */
    take(name) {
      this.preset = name;
      this.rules = { ...this.presets[name], seed: Number(this.find("ganplane-seed").value) };
      for (const [knob, value] of Object.entries(this.rules)) {
        const field = this.find(`ganplane-${knob}`);
        if (field) field.value = String(value);
      }
      this.say();
    }
    say() {
      this.find("ganplane-preset").value = this.preset;
      this.find("toy-why").textContent = WHY[this.preset] ?? "";
    }
    hold() {
      const { live, find } = this;
      const on = (name, what, act) => find(name).addEventListener(what, act);
      on("toy-play", "click", () => (live.playing ? live.pause() : live.play(AHEAD.asked)));
      for (const who of ["discriminator", "generator", "both"]) {
        on(`toy-${who}`, "click", () => (live.pause(), live.send(() => this.step(who, 1))));
      }
      on("toy-reset", "click", () => this.begin());
      on("toy-speed", "change", (event) => ((live.pace = event.target.value), live.pump()));
      on("ganplane-preset", "change", (event) => (this.take(event.target.value), this.begin(), this.remember()));
      for (const knob of ["loss", "penalty", "rate_g", "rate_d", "steps_g", "steps_d", "beta1", "averaging", "latent", "seed"]) {
        on(`ganplane-${knob}`, "change", (event) => {
          const { value } = event.target;
          this.rules[knob] = ["loss", "penalty"].includes(knob) ? value : Number(value);
          if (knob === "penalty") this.rules.weight = value === "gp" ? 1 : this.presets.cure.weight;
          if (knob !== "seed") this.preset = "own";
          this.say();
          if (["latent", "seed"].includes(knob)) this.begin();
        });
      }
      for (const what of ["heat", "manifold", "arrows"]) on(`ganplane-${what}`, "change", () => this.paint());
    }
    remember() {
      if (!this.root.offsetParent) return;
      const density = this.given.density ?? "gaussians";
      const plain = density === "gaussians" && this.preset === "cure";
      url.set("gan", { plane: plain || this.given.strokes ? null : `${density}.${this.preset}` });
    }
    step(who, times) {
      const { seed, latent, ...rules } = this.rules;
      return packet("/gan/plane/step", { session: this.session, who, times }, { method: "POST", body: JSON.stringify({ rules }) });
    }
    /** A new game from the seed; one that played goes on playing. */
    async begin() {
      const number = (this.beginning = (this.beginning ?? 0) + 1);
      try {
        const body = JSON.stringify({ ...this.given, rules: this.rules, instead: this.session });
        const begun = await packet("/gan/plane/new", {}, { method: "POST", body });
        if (number !== this.beginning) return;
        if (begun.head.busy) return void setTimeout(() => number === this.beginning && this.begin(), 1000 * begun.head.again);
        this.session = begun.head.session;
        this.history = { covered: [], modes: [], discriminator: [], generator: [] };
        this.span = 0;
        this.live.begun(begun);
      } catch (error) {
        this.live.pause();
        this.complain(error.message);
      }
    }
    mark() {
      const button = this.find("toy-play");
      button.textContent = this.live.playing ? "❚❚ Pause" : "▶ Play";
      button.setAttribute("aria-label", this.live.playing ? "Pause" : "Play");
    }
    complain(sentence, calm = false) {
      Playground.say(this.find("toy-problem"), sentence, calm);
      this.kept = calm ? performance.now() + 4000 : 0; // long enough to be read
    }
    show({ head, bytes }) {
      let at = bytes.byteOffset;
      const floats = (n) => new Float32Array(bytes.buffer, at, 2 * n, (at += 8 * n));
      const [fake, manifold, arrows, real] = head.lengths.map(floats);
      const heat = new Uint8Array(bytes.buffer, at, head.cells ** 2);
      this.view = { head, fake, manifold, arrows, heat };
      if (real) this.real = real;
      for (const [name, value] of Object.entries({ ...head.losses, covered: 100 * head.covered, modes: head.modes })) {
        if (value !== null && (this.history[name].at(-1)?.[0] ?? -1) < head.step) this.history[name].push([head.step, value]);
      }
      if (!head.finite) this.complain("The points have run off to infinity; lower the learning rates and reset.");
      else if (performance.now() > (this.kept ?? 0)) this.complain("");
      this.paint();
      const now = performance.now();
      if (now - (this.drawn ?? 0) > 150 || !this.live.playing) this.curves();
    }
    paint() {
      if (!this.view || !this.real) return;
      const { head, fake, manifold, arrows, heat } = this.view;
      const [realInk, madeInk, ink] = ["--real", "--made", "--ink"].map(colour);
      const shown = (what) => this.find(`ganplane-${what}`).checked;
      draw(this.canvas, (context, width) => {
        const scale = width / (2 * head.extent);
        const x = (value) => (value + head.extent) * scale;
        const y = (value) => (head.extent - value) * scale;
        if (shown("heat")) this.heat(context, width, heat, head.cells);
        if (shown("manifold")) this.net(context, manifold, head, madeInk, x, y);
        dots(context, width, this.real, { reach: head.extent, ink: realInk, size: 2.5, alpha: 0.75 });
        dots(context, width, fake, { reach: head.extent, ink: madeInk, size: 3 });
        if (shown("arrows")) this.pull(context, fake, arrows, ink, x, y, width);
      });
      const { rules } = this;
      const covered = head.modes === null ? `${Math.round(100 * head.covered)}% of 512 real points covered` : `${head.modes} of ${head.of} modes covered`;
      this.find("toy-caption").textContent =
        `${head.density}, turn ${head.step.toLocaleString("en-US")}, seed ${rules.seed}: ${covered}; 512 real and 512 made points. ` +
        (head.latent > 2 ? "The net shows the first two of the noise's dimensions. " : "") +
        "The arrows are the generator's gradient at 96 made points, on a common scale.";
    }
    /** How real each place looks: one colour for real, one for made, the ground where the discriminator cannot tell. */
    heat(context, width, heat, cells) {
      const key = ["--real", "--made"].map(colour).join();
      if (this.ramp?.key !== key) {
        const parts = (name) => colour(name).match(/\w\w/g).map((part) => parseInt(part, 16));
        this.ramp = { key, real: parts("--real"), made: parts("--made"), cells: element("canvas", { width: cells, height: cells }) };
      }
      const small = this.ramp.cells.getContext("2d");
      const image = small.createImageData(cells, cells);
      for (let row = 0; row < cells; row++) {
        for (let column = 0; column < cells; column++) {
          const value = heat[(cells - 1 - row) * cells + column] / 127.5 - 1;
          image.data.set([...(value > 0 ? this.ramp.real : this.ramp.made), 150 * Math.abs(value)], 4 * (row * cells + column));
        }
      }
      small.putImageData(image, 0, 0);
      context.imageSmoothingEnabled = true;
      context.imageSmoothingQuality = "high";
      context.drawImage(this.ramp.cells, 0, 0, width, width);
    }
    /** Equal masses of noise: the smaller a mesh, the denser the made points. */
    net(context, manifold, head, ink, x, y) {
      const to = (i) => [x(manifold[2 * i]), y(manifold[2 * i + 1])];
      context.strokeStyle = context.fillStyle = ink;
      context.lineWidth = 0.75;
      const n = head.grid;
      if (head.latent === 1) {
        context.lineWidth = 2;
        context.globalAlpha = 0.5;
        context.beginPath();
        for (let i = 0; i < n * n; i++) context.lineTo(...to(i));
        context.stroke();
      } else {
        const fair = (0.5 * 0.5 * (x(1) - x(0)) ** 2) / (n - 1) ** 2;
        for (let i = 0; i < n - 1; i++) {
          for (let j = 0; j < n - 1; j++) {
            const corners = [i * n + j, i * n + j + 1, (i + 1) * n + j + 1, (i + 1) * n + j].map(to);
            let area = 0;
            corners.forEach(([a, b], k) => {
              const [c, d] = corners[(k + 1) % 4];
              area += a * d - b * c;
            });
            context.globalAlpha = Math.min(0.4, Math.max(0.04, (0.3 * fair) / (Math.abs(area) / 2 + 1e-3)));
            context.beginPath();
            for (const corner of corners) context.lineTo(...corner);
            context.fill();
          }
        }
        context.globalAlpha = 0.3;
        context.beginPath();
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) context[j ? "lineTo" : "moveTo"](...to(i * n + j));
          for (let j = 0; j < n; j++) context[j ? "lineTo" : "moveTo"](...to(j * n + i));
        }
        context.stroke();
      }
      context.globalAlpha = 1;
    }
    pull(context, fake, arrows, ink, x, y, width) {
      const lengths = [];
      for (let i = 0; i < arrows.length; i += 2) lengths.push(Math.hypot(arrows[i], arrows[i + 1]));
      const long = [...lengths].sort((a, b) => a - b)[Math.floor(lengths.length * 0.9)] || 1;
      context.strokeStyle = ink;
      context.lineWidth = 1;
      context.globalAlpha = 0.7;
      context.beginPath();
      lengths.forEach((length, i) => {
        const size = (Math.min(1.5, length / long) * width) / 20;
        if (!(size > 2)) return;
        const [dx, dy] = [(arrows[2 * i] / length) * size, (-arrows[2 * i + 1] / length) * size];
        const [left, top] = [x(fake[2 * i]), y(fake[2 * i + 1])];
        context.moveTo(left, top);
        context.lineTo(left + dx, top + dy);
        context.moveTo(left + 0.7 * dx - 0.18 * dy, top + 0.7 * dy + 0.18 * dx);
        context.lineTo(left + dx, top + dy);
        context.lineTo(left + 0.7 * dx + 0.18 * dy, top + 0.7 * dy - 0.18 * dx);
      });
      context.stroke();
      context.globalAlpha = 1;
    }
    curves() {
      if (!this.history || !this.view) return;
      this.drawn = performance.now();
      const last = Math.max(10, this.view.head.step);
      const lines = (canvas, ...pairs) =>
        draw(canvas, (context, width, height) => {
          const shown = pairs.map(([name, ink]) => ({ train: this.history[name], test: [], colour: colour(ink) }));
          const format = (value) => (name === "covered" ? `${Math.round(value)}%` : String(Number(value.toPrecision(2))));
          const [[name]] = pairs;
          chart(context, { width, height, lines: shown, step: this.view.head.step, last, format });
        });
      const counted = this.view.head.modes !== null;
      this.find("ganplane-covered-title").textContent = counted ? `How many of the ${this.view.head.of} modes are covered?` : "How much of the data is covered?";
      this.find("ganplane-covered-caption").textContent = counted
        ? "A mode counts when a tenth of its fair share of made points lies within three of its standard deviations."
        : "A real point counts when a made one is as near as its fifth nearest real neighbour.";
      lines(this.find("ganplane-coverage"), [counted ? "modes" : "covered", "--accent"]);
      lines(this.find("ganplane-losses"), ["discriminator", "--real"], ["generator", "--made"]);
    }
  }
  Playground.kinds.ganplane = GanPlane;
})();
