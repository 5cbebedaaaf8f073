// What every view of a film has: a place for each run that is looked at, and one for a sentence.

import { find, say } from "./dom.js";
import { film } from "./film.js";
import { keep } from "./link.js";

/** @import { Track } from "./track.js" */

/**
 * The part of a view that shows one run.
 * @typedef {{root: HTMLElement, show(track: Track, step: number): void}} Lane
 */

/** @template {Lane} L */
export class FilmView {
  /** @type {L[]} */
  lanes = [];

  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   * @param {{lab: string, name: string, what: string, view?: string}} names the lab; how the view's classes begin, such
   *   as "plane" for `.plane-lanes` and `.plane-problem`; what appears here, such as "The maps appear"; the view that a
   *   run must offer to be shown here, if not all do
   */
  constructor(root, signal, { lab, name, what, view }) {
    this.root = root;
    this.film = film(lab);
    this.what = what;
    this.view = view;
    this.place = find(root, `.${name}-lanes`, HTMLElement);
    this.problem = find(root, `.${name}-problem`, HTMLElement);
    for (const kind of ["run", "time", "news"]) this.film.addEventListener(kind, () => this.show(), { signal });
    this.film.addEventListener("front", () => this.front(), { signal });
  }

  /** @returns {L} an empty lane */
  lane() {
    throw new Error("A view of a film has lanes.");
  }

  /** The runs that have something to show here. */
  get fitting() {
    return this.film.shown.filter((track) => this.offers(track));
  }

  /** @param {Track} track */
  offers({ info }) {
    return this.view === undefined || info.views.includes(this.view);
  }

  /** Shows every run at the film's step; a view of which the film's run offers nothing is not seen. */
  show() {
    const { track } = this.film;
    const away = track !== undefined && !this.offers(track);
    this.root.classList.toggle("away", away);
    this.fill(away ? [] : this.fitting, away);
  }

  /**
   * Gives each of the runs a lane.
   * @param {Track[]} tracks
   * @param {boolean} [quiet] whether nothing is said where there are none
   */
  fill(tracks, quiet = false) {
    const { track, step } = this.film;
    if (!tracks.length && track && !quiet) this.complain(track.promise(this.what), true);
    while (this.lanes.length > tracks.length) this.lanes.pop()?.root.remove();
    tracks.forEach((one, i) => {
      if (!this.lanes[i]) {
        this.lanes[i] = this.lane();
        this.place.append(this.lanes[i].root);
      }
      this.lanes[i].show(one, one.snapshot(step));
    });
  }

  /** The lab has come to the front. */
  front() {}

  /**
   * Keeps something of the view in the address, while the lab is in front.
   * @param {Record<string, string | number | null>} changes
   */
  keep(changes) {
    if (this.film.visible) keep(this.film.lab, changes);
  }

  /**
   * Says a sentence, or takes the last one back.
   * @param {string} sentence
   * @param {boolean} [calm]
   */
  complain(sentence, calm = false) {
    say(this.problem, sentence, calm);
  }
}
