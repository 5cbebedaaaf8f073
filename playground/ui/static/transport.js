// The transport of a lab: which run, how it is, what can be done with it, and where in its training we are.

import { act, askFirst, leave } from "./acts.js";
import { define, element, find, say, whenSeen } from "./dom.js";
import { ALIGNMENTS, film, OWN_DATA } from "./film.js";
import { form } from "./form.js";
import { turned } from "./labs.js";
import { front } from "./link.js";
import { panel, turn } from "./panel.js";
import { card, label, sections, status, title, VERBS, verbs } from "./run.js";
import { SCRUBBER, Scrubber } from "./scrubber.js";

/** @import { Track } from "./track.js" */
/** @import { News } from "./types.d.ts" */

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
    <button class="transport-more" aria-expanded="false" aria-label="Run, comparison and curve">⋯</button>
    ${SCRUBBER}
  </div>
</section>`;

class Transport {
  /** What the rebuilt parts show, so that they are rebuilt only when that changes. @type {Map<Element, string>} */
  #built = new Map();

  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(root, signal) {
    root.innerHTML = TEMPLATE;
    this.root = root;
    this.section = find(root, ".transport", HTMLElement);
    this.film = film(root.getAttribute("lab") ?? "");
    this.run = find(root, ".film-run", HTMLSelectElement);
    this.second = find(root, ".film-compare", HTMLSelectElement);
    this.terms = find(root, ".film-terms", HTMLSelectElement);
    this.align = find(root, ".film-align select", HTMLSelectElement);
    this.status = this.#part("status");
    this.scrubber = new Scrubber(root, this.film, signal);
    this.#wire();
    this.#listen(signal);
    this.film.start();
    this.#list();
    this.#all();
  }

  /** @param {string} name */
  #part(name) {
    return find(this.root, `.film-${name}`, HTMLElement);
  }

  #wire() {
    const { film, align } = this;
    this.run.addEventListener("change", async () => {
      await film.open(this.run.value);
      form(film.lab).follow();
    });
    this.second.addEventListener("change", () => film.compare(this.second.value));
    this.terms.addEventListener("change", () => film.plot(this.terms.value));
    align.append(...ALIGNMENTS.map((way) => element("option", { value: way }, way)));
    align.addEventListener("change", () => film.align(align.value));
    const more = find(this.root, ".transport-more", HTMLElement);
    more.addEventListener("click", () => {
      more.setAttribute("aria-expanded", String(this.section.classList.toggle("open")));
    });
  }

  /** @param {AbortSignal} signal */
  #listen(signal) {
    const { film } = this;
    document.addEventListener(OWN_DATA, () => leave(film), { signal });
    film.addEventListener("list", () => this.#list(), { signal });
    film.addEventListener("run", () => this.#list(), { signal });
    for (const kind of ["run", "news", "curve"]) film.addEventListener(kind, () => this.#all(), { signal });
    film.addEventListener("time", () => this.#time(), { signal });
    whenSeen(this.root, signal, (inSight) => {
      const visible = inSight || this.root.offsetParent !== null;
      if (visible === film.visible) return;
      film.visible = visible;
      if (!visible) return;
      front(film.lab);
      turned(film.lab);
      film.updates.poll();
      film.remember();
      film.emit("front");
      this.scrubber.paint();
    });
  }

  #list() {
    const { runs, track, tracks, aligned } = this.film;
    const all = track && !runs.some((run) => run.id === track.id) ? [...runs, track.info] : runs;
    const groups = () =>
      sections(all).map(([label, members]) => {
        const options = members.map((run) => element("option", { value: run.id }, title(run)));
        return element("optgroup", { label }, ...options);
      });
    this.run.replaceChildren(...groups());
    this.second.replaceChildren(element("option", { value: "" }, "no second run"), ...groups());
    if (!all.length && this.film.listed) {
      this.status.textContent = "There is no run here yet; train one, and its film appears.";
    }
    this.run.value = track?.id ?? "";
    this.second.value = tracks[1]?.id ?? "";
    this.align.value = aligned;
    this.#part("align").hidden = tracks.length < 2;
    this.#showProblem();
  }

  #showProblem() {
    say(this.#part("problem"), this.film.problem || this.film.updates.problem);
  }

  #all() {
    const { track } = this.film;
    if (!track) return;
    const { info } = track;
    this.#showProblem();
    this.status.dataset.state = info.status.state;
    const progress = info.status.state === "running" ? info.status.progress : 0;
    this.section.style.setProperty("--progress", String(progress));
    this.#announce(info);
    this.#about(track);
    this.#buttons(track);
    this.#curves(track);
    this.#time();
  }

  /** The state of the run, and the curve's value where we are. */
  #time() {
    const { film } = this;
    const { track, step } = film;
    if (!track) return;
    const here = step < track.newest ? film.valueAt(step) : null;
    this.status.textContent = this.status.title = status(track.info, here);
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
    const [last, others] = [names.filter((verb) => verb === "delete"), names.filter((verb) => verb !== "delete")];
    this.#rebuild(this.#part("actions"), `${names} ${track.id} ${branches}`, () => [
      ...last.map((verb) => this.#button(verb)), // far from where Stop was
      ...(branches ? [this.#branch()] : []),
      ...others.map((verb) => this.#button(verb)),
    ]);
  }

  /** @param {string} verb */
  #button(verb) {
    const [label, title, question] = VERBS[verb];
    const button = element("button", { title, "data-verb": verb }, label);
    if (question) askFirst(button, question, () => act(this.film, verb));
    else button.addEventListener("click", () => act(this.film, verb));
    return button;
  }

  #branch() {
    const { lab } = this.film;
    const onclick = () => {
      turn(lab, "train");
      form(lab).branch();
    };
    const title = "Trains on from this step, with knobs of your choice";
    return element("button", { class: "primary", title, "data-verb": "branch", onclick }, "Branch here");
  }

  /** @param {Track} track */
  #curves(track) {
    this.#rebuild(this.terms, `${track.curves}`, () =>
      track.curves.map((name) => element("option", { value: name }, label(track.info, name))),
    );
    this.terms.value = this.film.term;
  }
}
define("film-transport", Transport);
