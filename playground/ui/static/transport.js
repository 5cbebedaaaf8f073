// The transport of a lab: which run, where in its training, and the curve that one moves through time on.

import { color, draw } from "./canvas.js";
import { chart, LEFT, playheads, RIGHT } from "./chart.js";
import { define, element, find, say, whenDark, whenResized, whenSeen } from "./dom.js";
import { film, OWN_DATA, SPEEDS } from "./film.js";
import { count, metric } from "./format.js";
import { front } from "./link.js";
import { panel, turn } from "./panel.js";
import { previews } from "./preview.js";
import { card, label, status, title, VERBS, verbs } from "./run.js";
import { strip, words } from "./trace.js";
import { Track } from "./track.js";

/** @import { News, Summary } from "./types.d.ts" */

const STRIP = 36; // CSS pixels of the strip below the curve

const TEMPLATE = `
<section class="transport" data-part="transport">
  <div class="transport-head">
    <label><span>Run</span><select class="film-run" aria-label="Run"></select></label>
    <label><span>Compare with</span><select class="film-compare" aria-label="A second run to compare with"></select></label>
    <label class="film-align" hidden><span>Align by</span><select aria-label="How two runs are aligned"></select></label>
    <label><span>Curve</span><select class="film-terms" aria-label="Which curve"></select></label>
    <p class="film-status">Looking for runs …</p>
    <div class="film-actions"></div>
  </div>
  <p class="film-news" aria-live="polite"></p>
  <p class="film-problem problem" role="alert" hidden></p>
  <div class="transport-body">
    <div class="film-time">
      <button class="film-back" aria-label="One frame back">‹</button>
      <button class="film-play primary" aria-label="Play the film">▶</button>
      <button class="film-on" aria-label="One frame on">›</button>
      <button class="film-follow" aria-pressed="false" title="Stays at the newest frame (End)">Follow</button>
      <select class="film-speed" aria-label="Speed of the film"></select>
      <label class="film-at">step <input class="film-typed" type="text" inputmode="numeric" aria-label="Step"></label>
      <output class="film-step"></output>
    </div>
    <button class="transport-more" aria-expanded="false" aria-label="Run, comparison and curve">⋯</button>
    <div class="film-track" data-part="scrubber">
      <canvas class="film-chart" aria-hidden="true"></canvas>
      <p class="film-trace"></p>
      <input class="film-range" type="range" min="0" max="0" value="0" aria-label="Time: the steps of the training">
      <figure class="film-hover" hidden><div class="film-preview"></div><figcaption></figcaption></figure>
    </div>
  </div>
</section>`;

class Transport {
  /** The curve that is shown. */
  #term = "";
  /** What the rebuilt parts show, so that they are rebuilt only when that changes. @type {Map<Element, string>} */
  #built = new Map();
  /** Where a step lies on the chart. @type {((step: number) => number) | null} */
  #scale = null;

  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(root, signal) {
    root.innerHTML = TEMPLATE;
    this.root = root;
    this.film = film(root.getAttribute("lab") ?? "");
    this.run = find(root, ".film-run", HTMLSelectElement);
    this.second = find(root, ".film-compare", HTMLSelectElement);
    this.terms = find(root, ".film-terms", HTMLSelectElement);
    this.align = find(root, ".film-align select", HTMLSelectElement);
    this.speed = find(root, ".film-speed", HTMLSelectElement);
    this.chart = find(root, ".film-chart", HTMLCanvasElement);
    this.range = find(root, ".film-range", HTMLInputElement);
    this.typed = find(root, ".film-typed", HTMLInputElement);
    this.play = this.#part("play");
    this.status = this.#part("status");
    this.actions = this.#part("actions");
    this.#wire();
    this.#keys(signal);
    this.#listen(signal);
    this.film.start();
    this.#all();
  }

  /** @param {string} name */
  #part(name) {
    return find(this.root, `.film-${name}`, HTMLElement);
  }

  #wire() {
    const { film } = this;
    this.run.addEventListener("change", () => film.open(this.run.value));
    this.second.addEventListener("change", () => film.compare(this.second.value));
    this.terms.addEventListener("change", () => {
      this.#term = this.terms.value;
      this.#paint();
    });
    this.align.append(element("option", { value: "step" }, "step"), element("option", { value: "end" }, "end"));
    this.align.addEventListener("change", () => film.align(this.align.value));
    this.speed.append(
      ...SPEEDS.map((speed) => element("option", { value: speed, selected: speed === 1 }, `${speed}×`)),
    );
    this.speed.addEventListener("change", () => {
      film.speed = Number(this.speed.value);
    });
    this.play.addEventListener("click", () => this.#toggle());
    this.#part("back").addEventListener("click", () => this.#move(-1));
    this.#part("on").addEventListener("click", () => this.#move(1));
    this.#part("follow").addEventListener("click", () => film.follow());
    this.range.addEventListener("input", () => this.#seek(film.track?.steps[Number(this.range.value)] ?? 0));
    this.typed.addEventListener("change", () => {
      const step = Number(this.typed.value.replaceAll(",", ""));
      if (Number.isFinite(step)) this.#seek(Track.upTo(film.track?.steps ?? [], step) ?? 0);
      this.#time();
    });
    const more = find(this.root, ".transport-more", HTMLElement);
    more.addEventListener("click", () => {
      const open = find(this.root, ".transport", HTMLElement).classList.toggle("open");
      more.setAttribute("aria-expanded", String(open));
    });
    const track = this.#part("track");
    track.addEventListener("pointerdown", (event) => {
      this.range.focus();
      track.setPointerCapture(event.pointerId);
      this.#seek(this.#frame(event));
    });
    track.addEventListener("pointermove", (event) => {
      if (event.buttons === 1) this.#seek(this.#frame(event));
      this.#hover(event);
    });
    track.addEventListener("pointerleave", () => {
      this.#part("hover").hidden = true;
    });
  }

  #toggle() {
    if (this.film.playing) this.film.pause();
    else this.film.play();
  }

  /** @param {number} by frames */
  #move(by) {
    this.film.pause();
    this.film.move(by);
  }

  /** @param {number | undefined} step */
  #seek(step) {
    this.film.pause();
    if (step !== undefined) this.film.seek(step);
  }

  /** The keys of the page that no field and no canvas has use for. @param {AbortSignal} signal */
  #keys(signal) {
    const act = (/** @type {KeyboardEvent} */ event) => {
      const { film } = this;
      if (!film.visible || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const { target } = event;
      const isRange = target === this.range;
      if (
        !isRange &&
        target instanceof HTMLElement &&
        target.closest("input, textarea, select, button, canvas, summary, a, [role=option], [contenteditable]")
      )
        return;
      const steps = film.track?.steps ?? [];
      const far = event.shiftKey ? Math.max(2, Math.round(steps.length / 5)) : 1;
      /** @type {Record<string, () => void>} */
      const acts = {
        " ": () => this.#toggle(),
        ArrowLeft: () => this.#move(-far),
        ArrowRight: () => this.#move(far),
        Home: () => this.#seek(steps[0]),
        End: () => film.follow(),
      };
      if (!acts[event.key]) return;
      event.preventDefault();
      acts[event.key]();
    };
    document.addEventListener("keydown", act, { signal });
  }

  /** @param {AbortSignal} signal */
  #listen(signal) {
    const { film } = this;
    film.addEventListener("list", () => this.#list(), { signal });
    document.addEventListener(OWN_DATA, () => film.leave(), { signal });
    film.addEventListener("run", () => this.#run(), { signal });
    film.addEventListener("news", () => this.#all(), { signal });
    film.addEventListener("time", () => this.#time(), { signal });
    film.addEventListener("trace", () => this.#time(), { signal });
    film.addEventListener("play", () => this.#playing(), { signal });
    whenResized(this.chart, signal, () => this.#paint());
    whenDark(signal, () => this.#paint());
    whenSeen(this.root, signal, (inSight) => {
      const visible = inSight || this.root.offsetParent !== null;
      if (visible === film.visible) return;
      film.visible = visible;
      if (!visible) return;
      front(film.lab);
      film.poll();
      film.remember();
      film.emit("front");
      this.#paint();
    });
  }

  /** The frame that is nearest to the pointer. @param {PointerEvent} event @returns {number | undefined} */
  #frame({ clientX }) {
    const { steps = [] } = this.film.track ?? {};
    const scale = this.#scale;
    if (!scale || !steps.length) return undefined;
    const x = clientX - this.chart.getBoundingClientRect().left;
    /** @param {number} step */
    const away = (step) => Math.abs(scale(step) - x);
    return steps.reduce((best, step) => (away(step) < away(best) ? step : best));
  }

  /** Shows the preview and the value of the frame below the pointer. @param {PointerEvent} event */
  #hover(event) {
    const hover = this.#part("hover");
    const step = this.#frame(event);
    const { tracks } = this.film;
    hover.hidden = step === undefined || event.pointerType === "touch";
    if (step === undefined || !this.#scale) return;
    previews(this.#part("preview"), tracks, step);
    find(hover, "figcaption", HTMLElement).textContent = [`step ${count(step)}`, this.#valueAt(step)]
      .filter(Boolean)
      .join(" · ");
    const width = this.chart.clientWidth;
    hover.style.left = `${Math.max(104, Math.min(width - 104, this.#scale(step)))}px`;
  }

  /** What the curve says at a step: the last value up to it. @param {number} step */
  #valueAt(step) {
    const { track } = this.film;
    if (!track) return "";
    const points = track.tests.get(this.#term) ?? track.terms.get(this.#term) ?? [];
    const last = points.findLast(([at]) => at <= step);
    return last ? `${label(track.info, this.#term)} ${metric(this.#term, last[1])}` : "";
  }

  #run() {
    this.#term = "";
    this.#list();
    this.#all();
  }

  #list() {
    const { runs, track, tracks } = this.film;
    const all = track && !runs.some((run) => run.id === track.id) ? [...runs, track.info] : runs;
    /** @param {string} label @param {Summary[]} members */
    const group = (label, members) => {
      const options = members.map((run) => element("option", { value: run.id }, title(run)));
      return options.length ? [element("optgroup", { label }, ...options)] : [];
    };
    const groups = () => [
      ...group(
        "Shipped with the playground",
        all.filter((run) => run.shipped),
      ),
      ...group(
        "Trained here",
        all.filter((run) => !run.shipped),
      ),
    ];
    this.run.replaceChildren(...groups());
    this.second.replaceChildren(element("option", { value: "" }, "nothing"), ...groups());
    if (!all.length) this.status.textContent = "There is no run here yet; train one, and its film appears.";
    this.run.value = track?.id ?? "";
    this.second.value = tracks[1]?.id ?? "";
    this.#part("align").hidden = tracks.length < 2;
    this.#showProblem();
  }

  #showProblem() {
    say(this.#part("problem"), this.film.problem || this.film.down);
  }

  #all() {
    const { track } = this.film;
    if (!track) return;
    const { info } = track;
    this.#showProblem();
    this.status.dataset.state = info.status.state;
    this.#announce(info);
    const progress = info.status.state === "running" ? info.status.progress : 0;
    find(this.root, ".transport", HTMLElement).style.setProperty("--progress", String(progress));
    this.#about(track);
    this.#buttons(track);
    this.#curves(track);
    this.range.max = String(Math.max(0, track.steps.length - 1));
    this.#time();
  }

  /** Tells those who do not see the page how a run is, once for every change of its state. @param {News} info */
  #announce(info) {
    const news = this.#part("news");
    const key = `${info.id} ${info.status.state}`;
    if (news.dataset.key === key) return;
    news.dataset.key = key;
    news.textContent = `${info.name}: ${status(info)}`;
  }

  /**
   * Fills a part anew, unless it shows the same already.
   * @param {Element} part
   * @param {string} key
   * @param {() => Node[]} build
   */
  #rebuild(part, key, build) {
    if (this.#built.get(part) === key) return;
    this.#built.set(part, key);
    part.replaceChildren(...build());
  }

  /** @param {Track} track */
  #about(track) {
    const lines = card(track);
    this.#rebuild(panel(this.film.lab).about, JSON.stringify(lines), () => {
      const parts = lines.flatMap(([name, text]) => [
        element("dt", {}, name),
        element("dd", {}, text.replaceAll("`", "")),
      ]);
      return [element("summary", {}, "About this run"), element("dl", { class: "film-card" }, ...parts)];
    });
  }

  /** @param {Track} track */
  #buttons(track) {
    const names = verbs(track);
    const branches = track.snapshots.length > 0;
    this.#rebuild(this.actions, `${names} ${track.id} ${branches}`, () => [
      ...(branches ? [this.#branch()] : []),
      ...names.map((verb) => {
        const [label, title] = VERBS[verb];
        return element("button", { title, "data-verb": verb, onclick: () => this.film.act(verb) }, label);
      }),
    ]);
  }

  /** The button that asks Gradio's part of the page, the form, to branch off; from what, it reads off `position`. */
  #branch() {
    const ask = () => {
      turn(this.film.lab, "train");
      document.getElementById(`fork-${this.film.lab}`)?.click();
    };
    const title = "Trains on from this step, with knobs of your choice";
    return element("button", { class: "primary", title, "data-verb": "branch", onclick: ask }, "Branch here");
  }

  /** The snapshot that is looked at. */
  get position() {
    const { track, step } = this.film;
    return { run: track?.id ?? "", step: track?.snapshot(step) ?? 0 };
  }

  /** @param {Track} track */
  #curves(track) {
    const names = [...new Set([...track.terms.keys(), ...track.tests.keys()])];
    const [watched] = track.info.watched;
    if (!names.includes(this.#term)) this.#term = names.includes(watched) ? watched : (names[0] ?? "");
    this.#rebuild(this.terms, `${names}`, () =>
      names.map((name) => element("option", { value: name }, label(track.info, name))),
    );
    this.terms.value = this.#term;
  }

  #playing() {
    this.play.textContent = this.film.playing ? "❚❚" : "▶";
    this.play.setAttribute("aria-label", this.film.playing ? "Pause the film" : "Play the film");
  }

  #time() {
    const { track, step, following } = this.film;
    if (!track) return;
    const frame = Track.upTo(track.steps, step) ?? 0;
    this.range.value = String(Math.max(0, track.steps.indexOf(frame)));
    const value = this.#valueAt(frame);
    const trace = this.film.traces.get(track.id);
    const said = trace ? words(trace, frame) : "";
    this.#part("trace").textContent = said;
    this.range.setAttribute("aria-valuetext", [`step ${frame}`, value, said].filter(Boolean).join(", "));
    if (document.activeElement !== this.typed) this.typed.value = count(frame);
    this.#part("step").textContent = `of ${count(track.newest)}`;
    this.status.textContent = this.status.title = status(track.info, frame < track.newest ? value : "");
    this.#part("follow").setAttribute("aria-pressed", String(following));
    this.#paint();
  }

  #paint() {
    const { tracks } = this.film;
    if (!tracks.length) return;
    draw(this.chart, (context, width, height) => {
      const lines = tracks.map((track, i) => ({
        train: track.terms.get(this.#term) ?? [],
        test: track.tests.get(this.#term) ?? [],
        frames: track.steps,
        step: this.film.stepOf(track),
        ink: color(i ? "--second" : "--accent"),
      }));
      const last = Math.max(...tracks.map((track) => track.newest), 1);
      /** @param {number} value */
      const format = (value) => metric(this.#term, value);
      const traces = tracks.flatMap((track, i) => {
        const trace = this.film.traces.get(track.id);
        return trace ? [{ trace, ink: lines[i].ink }] : [];
      });
      const below = traces.length ? STRIP : 0;
      const x = chart(context, { width, height: height - below, lines, last, format, ended: !tracks[0].live });
      this.#scale = x;
      const box = { top: height - below + 2, height: below - 3, left: LEFT, right: width - RIGHT };
      if (below) strip(context, traces, x, box);
      playheads(context, lines, x, height);
    });
  }
}
define("film-transport", Transport);
