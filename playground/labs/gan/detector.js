// A detector that learns while one looks, and is then tried on other pictures.

import { Painter } from "../../ui/static/painter.js";
import { json, sentence } from "../../ui/static/server.js";
import { Track } from "../../ui/static/track.js";
import { Lane } from "./detector-lane.js";

/** @import { Stage } from "../../ui/static/stage.js" */
/** @import { Summary } from "../../ui/static/types.d.ts" */

/** @extends {Painter<Lane>} */
export default class Detector extends Painter {
  /** Of all labs. @type {Promise<Summary[]>} */
  #runs;
  /** Those that were tried on, by id. @type {Map<string, Promise<Track>>} */
  #tracks = new Map();

  /** @param {Stage} stage */
  constructor(stage) {
    super(stage);
    this.#runs = json("/runs").then(
      ({ runs }) => runs,
      () => [],
    );
  }

  lane() {
    return new Lane(this);
  }

  show() {
    super.show();
    this.#offer();
  }

  /** Offers the runs that generate such pictures, of all labs. */
  async #offer() {
    const runs = await this.#runs;
    const { track } = this.film;
    if (!track || this.signal.aborted) return;
    const { data, size, channels } = track.info;
    const alike = runs.filter(
      (run) =>
        run.generates && run.id !== track.id && run.data === data && run.size === size && run.channels === channels,
    );
    const named = alike.map(({ id, name, title }) => /** @type {[string, string]} */ ([id, `${name} (${title})`]));
    this.controls.offer("other", [["", "this film"], ...named]);
    this.controls.set({ other: this.options.other });
  }

  /**
   * Whose film the detector of a run is tried on; null where it cannot be had, which is said.
   * @param {Track} track
   * @returns {Promise<Track | null>}
   */
  async other(track) {
    const [id] = String(this.options.other).split("@");
    if (!id || id === track.id) return track;
    const loading = this.#tracks.get(id) ?? Track.load(id);
    this.#tracks.set(id, loading);
    try {
      return await loading;
    } catch (error) {
      this.#tracks.delete(id);
      this.complain(sentence(error));
      return null;
    }
  }
}
