// What a training that is looked at reports, fetched while it goes on.

import { sentence } from "./server.js";

/** @import { Film } from "./film.js" */
/** @import { Track } from "./track.js" */

const IDLE = 2000; // milliseconds between two looks where nothing trains, or nobody watches
const LIVE = 500;
const YOUNG = { points: 8, wait: 150 }; // a curve of few points is looked at oftener

export class Updates {
  #timer = 0;
  /** Why nothing comes in, of a run or of the list of runs; empty while it does. */
  problem = "";

  /** @param {Film} film tells "news" when the training has reported something, "time" where it follows the newest step */
  constructor(film) {
    this.film = film;
  }

  /** Asks now, and again for as long as the page is open. */
  async poll() {
    clearTimeout(this.#timer);
    const watched = this.film.visible && !document.hidden;
    const live = this.film.tracks.filter((track) => track.live);
    for (const track of live) await this.refresh(track);
    if (this.problem && !live.length) await this.film.list();
    const young = live.some((track) => ([...track.terms.values()][0] ?? []).length < YOUNG.points);
    this.#timer = setTimeout(() => this.poll(), !live.length || !watched ? IDLE : young ? YOUNG.wait : LIVE);
  }

  /**
   * Fetches what is new of a run.
   * @param {Track} track
   */
  async refresh(track) {
    const { film } = this;
    try {
      const before = track.info.status.state;
      const isNew = await track.refresh();
      if (this.problem) await film.list();
      if (!isNew) return;
      if (track === film.track && film.following && track.newest !== film.step) {
        film.step = track.newest;
        film.emit("time");
      }
      film.emit("news");
      if (before !== track.info.status.state) await film.list();
    } catch (error) {
      if (!film.tracks.includes(track)) return; // deleted meanwhile
      this.problem = sentence(error);
      film.emit("list");
    }
  }
}
