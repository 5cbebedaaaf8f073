// A small network learns to denoise points of the plane, on the server; here are its field and its samplings.
"use strict";
(() => {
  const { chart, colour, DensityChooser, dots, draw, Live, Newest, packet, url } = Playground;
  const AHEAD = { auto: 1500, asked: 10000 }; // steps until it pauses by itself
  const SHOWN = 96; // samples whose whole way is drawn
  const LAST = 0.985;

  class FlowPlane {
    constructor(root) {
      this.root = root.querySelector(".toy") ?? root;
      this.find = (name) => this.root.querySelector(`.${name}`);
      const [density, way] = (url.given("diffusion", "plane") ?? "").split(".");
      this.given = { density: density || "moons" };
      this.looking = new Newest(2);
      this.history = [];
      this.live = new Live(this.root, {
        ask: (times) => this.step({ times }),
        show: (view) => this.show(view),
        renew: (sentence) => (this.complain(sentence, true), this.begin()),
        fail: (sentence) => this.complain(sentence),
        told: () => this.mark(),
      });
      if (way && [...this.find("flowplane-sampler").options].some((one) => one.value === way)) this.find("flowplane-sampler").value = way;
      this.hold();
      this.chooser = new DensityChooser(this.find("toy-chooser"), {
        path: "/diffusion/plane/densities",
        first: this.given.density,
        chosen: (given) => ((this.given = given), this.begin(), this.remember()),
      });
      new ResizeObserver(() => this.paint()).observe(this.root);
      this.open();
    }
    async open() {
      await this.begin();
      if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.live.play(AHEAD.auto);
    }
    get time() {
      return Number(this.find("flowplane-range").value) / 1000;
    }
    get look() {
      const time = Math.max(0.01, Math.min(LAST, this.time)).toFixed(3);
      const [sampler, steps, exact] = ["sampler", "steps", "exact"].map((name) => this.find(`flowplane-${name}`).value);
      return { time, sampler, steps, exact: exact || 0 };
    }
    hold() {
      const { live, find } = this;
      const on = (name, what, act) => find(name).addEventListener(what, act);
      on("toy-play", "click", () => (live.playing ? live.pause() : live.play(AHEAD.asked)));
      on("toy-one", "click", () => (live.pause(), live.send(() => this.step({ times: 1 }))));
      on("toy-reset", "click", () => this.begin());
      on("toy-speed", "change", (event) => ((live.pace = event.target.value), live.pump()));
      on("flowplane-range", "input", () => (this.stop(), this.moved()));
      on("flowplane-sample", "click", () => (this.sampling ? this.stop() : this.sample()));
      for (const name of ["sampler", "steps", "exact"]) on(`flowplane-${name}`, "input", () => (this.say(), this.ask(1), this.remember()));
      this.say();
    }
    say() {
      for (const [name, words] of [["range", this.time.toFixed(2)], ["steps", this.find("flowplane-steps").value]]) {
        this.find(`flowplane-${name}`).nextElementSibling.textContent = words;
      }
    }
    remember() {
      if (!this.root.offsetParent) return;
      const [density, { sampler }] = [this.given.density ?? "moons", this.look];
      const plain = density === "moons" && sampler === "euler";
      url.set("diffusion", { plane: plain || this.given.strokes ? null : `${density}.${sampler}` });
    }
    step(query) {
      return packet("/diffusion/plane/step", { session: this.session, ...this.look, ...query }, { method: "POST" });
    }
    /** Looks without training. While it trains, the next picture shows what is wanted anyway. */
    ask(paths) {
      if (this.live.playing && this.live.awake) return;
      const { generation } = this.live;
      const show = (view) => generation === this.live.generation && this.live.take(view);
      this.looking.ask(() => this.step({ times: 0, paths }), show, (error) => this.complain(error.message));
    }
    /** The slider was moved: the points follow at once, the field as soon as the server has it. */
    moved() {
      this.say();
      this.paint();
      this.ask(0);
    }
    /** Plays the sampling from noise to data in three seconds. */
    sample() {
      const began = performance.now();
      const from = this.time < 0.02 ? LAST : Math.max(this.time, 0.02);
      const frame = (now) => {
        const time = from - Math.max(0, now - began) / 3000;
        this.find("flowplane-range").value = String(Math.max(0, Math.round(1000 * time)));
        this.moved();
        if (time <= 0) this.stop();
        else this.sampling = requestAnimationFrame(frame);
      };
      this.sampling = requestAnimationFrame(frame);
      this.mark();
    }
    stop() {
      cancelAnimationFrame(this.sampling);
      this.sampling = null;
      this.mark();
    }
    async begin() {
      const number = (this.beginning = (this.beginning ?? 0) + 1);
      try {
        const body = JSON.stringify({ ...this.given, instead: this.session });
        const begun = await packet("/diffusion/plane/new", this.look, { method: "POST", body });
        if (number !== this.beginning) return;
        if (begun.head.busy) return void setTimeout(() => number === this.beginning && this.begin(), 1000 * begun.head.again);
        this.session = begun.head.session;
        this.history = [];
        this.live.begun(begun);
      } catch (error) {
        this.live.pause();
        this.complain(error.message);
      }
    }
    mark() {
      const set = (name, going, words) => {
        const button = this.find(name);
        button.textContent = going ? "❚❚ Pause" : words[0];
        button.setAttribute("aria-label", going ? "Pause" : words[1]);
      };
      set("toy-play", this.live.playing, ["▶ Train", "Train"]);
      set("flowplane-sample", this.sampling, ["▶ Sample", "Play the sampling"]);
    }
    complain(sentence, calm = false) {
      Playground.say(this.find("toy-problem"), sentence, calm);
      this.kept = calm ? performance.now() + 4000 : 0; // long enough to be read
    }
    show({ head, bytes }) {
      let at = bytes.byteOffset;
      const floats = (n) => new Float32Array(bytes.buffer, at, 2 * n, (at += 8 * n));
      const parts = head.lengths.map(floats);
      this.field = { head, arrows: parts.shift() };
      if (head.times) this.paths = { times: head.times, points: parts.shift(), samples: head.samples };
      if (head.new) [this.data, this.noise] = parts;
      if (head.excess !== null && (this.history.at(-1)?.[0] ?? -1) < head.step) this.history.push([head.step, head.excess]);
      if (performance.now() > (this.kept ?? 0)) this.complain("");
      this.paint();
    }
    paint() {
      if (!this.field || !this.data) return;
      const { head } = this.field;
      const [real, made, ink, quiet] = ["--real", "--made", "--ink", "--quiet"].map(colour);
      const { time } = this;
      const reach = head.extent;
      draw(this.find("flowplane-field"), (context, width) => {
        const noisy = this.data.map((value, i) => (1 - time) * value + time * this.noise[i]);
        dots(context, width, noisy, { reach, ink: real, size: 2.5, alpha: 0.6 });
        this.arrows(context, width, ink);
      });
      draw(this.find("flowplane-paths"), (context, width) => {
        dots(context, width, this.data, { reach, ink: real, size: 2, alpha: 0.35 });
        this.ways(context, width, time, made, quiet);
      });
      const who = head.exact ? "best possible denoiser, in closed form" : `network after ${head.step.toLocaleString("en-US")} steps`;
      const sigma = time < LAST ? ` (sigma ${(time / (1 - time)).toPrecision(2)})` : "";
      this.find("flowplane-field-caption").textContent = `${head.density}, 1,024 points, t = ${time.toFixed(2)}${sigma}; ${who}. Arrows: a quarter of the way from each place to its guess, which is the score times the noise's variance.`;
      const sampler = this.find("flowplane-sampler").selectedOptions[0].textContent;
      this.find("flowplane-paths-caption").textContent = `The same ${head.samples} starts in noise at every look; sampler ${sampler}, ${this.paths.times.length - 1} steps; the lines are the ways of ${SHOWN} of them.`;
      const now = performance.now();
      if (now - (this.drawn ?? 0) > 150 || !this.live.playing) this.curve();
    }
    arrows(context, width, ink) {
      const { head, arrows } = this.field;
      const n = head.field;
      const cell = width / n;
      const scale = width / (2 * head.extent);
      context.strokeStyle = ink;
      context.lineWidth = 1;
      context.globalAlpha = 0.75;
      context.beginPath();
      for (let i = 0; i < n * n; i++) {
        const [left, top] = [((i % n) + 0.5) * cell, width - (Math.floor(i / n) + 0.5) * cell];
        const length = Math.hypot(arrows[2 * i], arrows[2 * i + 1]);
        const size = Math.min(1.1 * cell, 0.25 * length * scale);
        if (!(size > 1.5)) continue;
        const [dx, dy] = [(arrows[2 * i] / length) * size, (-arrows[2 * i + 1] / length) * size];
        context.moveTo(left, top);
        context.lineTo(left + dx, top + dy);
        context.moveTo(left + 0.65 * dx - 0.2 * dy, top + 0.65 * dy + 0.2 * dx);
        context.lineTo(left + dx, top + dy);
        context.lineTo(left + 0.65 * dx + 0.2 * dy, top + 0.65 * dy - 0.2 * dx);
      }
      context.stroke();
      context.globalAlpha = 1;
    }
    /** Samples at time t, and the ways that they have come. Between two steps they go straight. */
    ways(context, width, time, made, quiet) {
      const { times, points, samples } = this.paths;
      const { extent } = this.field.head;
      const to = (x, y) => [((x + extent) / (2 * extent)) * width, ((extent - y) / (2 * extent)) * width];
      let step = times.findLastIndex((one) => one >= time - 1e-6);
      step = Math.max(0, Math.min(times.length - 2, step));
      const share = Math.max(0, Math.min(1, (times[step] - time) / (times[step] - times[step + 1] || 1)));
      const here = new Float32Array(2 * samples);
      const [before, after] = [2 * samples * step, 2 * samples * (step + 1)];
      for (let i = 0; i < 2 * samples; i++) here[i] = (1 - share) * points[before + i] + share * points[after + i];
      context.strokeStyle = quiet;
      context.lineWidth = 0.75;
      context.globalAlpha = 0.45;
      context.beginPath();
      for (let i = 0; i < Math.min(SHOWN, samples); i++) {
        for (let k = 0; k <= step; k++) context[k ? "lineTo" : "moveTo"](...to(points[2 * (k * samples + i)], points[2 * (k * samples + i) + 1]));
        context.lineTo(...to(here[2 * i], here[2 * i + 1]));
      }
      context.stroke();
      context.globalAlpha = 1;
      dots(context, width, here, { reach: extent, ink: made, size: 3.5 });
    }
    curve() {
      this.drawn = performance.now();
      const { head } = this.field;
      draw(this.find("flowplane-error"), (context, width, height) => {
        const lines = [{ train: this.history, test: [], colour: colour("--accent") }];
        chart(context, { width, height, lines, step: head.step, last: Math.max(10, head.step), format: (value) => String(Number(value.toPrecision(2))) });
      });
      const excess = head.excess === null ? "no number" : head.excess.toPrecision(2);
      this.find("flowplane-error-caption").textContent = `Squared error of the velocity above the ${head.least.toPrecision(2)} that nobody can avoid: ${excess} after ${head.step.toLocaleString("en-US")} steps, on the 1,024 training points with fixed noise. The best possible denoiser knows these points by heart, and with many steps its samplings copy them; a network that does not quite reach it makes new ones.`;
    }
  }
  Playground.kinds.flowplane = FlowPlane;
})();
