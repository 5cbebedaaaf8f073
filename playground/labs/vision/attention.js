// Attention over a picture: the patch under the pointer is the query, for all layers and heads.

import { answer, ask } from "../../ui/static/answer.js";
import { define, find, whenResized } from "../../ui/static/dom.js";
import { FilmView } from "../../ui/static/film-view.js";
import { given } from "../../ui/static/link.js";
import { PictureChooser } from "../../ui/static/picture.js";
import { Cache } from "../../ui/static/requests.js";
import { Lane } from "./lane.js";
import { Maps, Saliency } from "./maps.js";

/** @import { Query } from "../../ui/static/types.d.ts" */
/** @import { Track } from "../../ui/static/track.js" */
/** @import { AnyMaps } from "./maps.js" */

const AT_FIRST = [99, -1, -1]; // the last block, the mean of its heads, no patch
const POLL = 400; // milliseconds between two polls of a download
/** @extends {FilmView<Lane>} */
export class AttentionView extends FilmView {
  #remembering = 0;
  /** Why a pretrained network is unavailable. */
  #missing = "";
  strength = 0.8;
  /** @type {Cache<AnyMaps>} */
  cache = new Cache(60);

  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(root, signal) {
    super(root, signal, { lab: "vision", name: "attention", what: "The maps appear" });
    // block, head (-1: their mean) and patch (-1: all); what is too large for a network is cut down as it is drawn
    const view = /^(\d{1,3}),(-1|\d{1,3}),(-1|\d{1,4})$/.exec(given("vision", "view") ?? "");
    const [layer, head, query] = view ? view.slice(1).map(Number) : AT_FIRST;
    this.layer = layer;
    this.head = head;
    this.query = query;
    this.pinned = this.query >= 0;
    const strength = find(root, ".attention-strength", HTMLInputElement);
    strength.addEventListener("input", () => {
      this.strength = Number(strength.value) / 100;
      this.paint();
    });
    this.network = find(root, ".attention-network", HTMLSelectElement);
    this.network.addEventListener("change", () => {
      this.#missing = "";
      this.show();
    });
    find(root, ".attention-all", HTMLElement).addEventListener("click", () => this.setQuery(-1, false, true));
    whenResized(root, signal, () => this.paint());
    const pictures = find(root, ".attention-pictures", HTMLElement);
    this.pictures = new PictureChooser(pictures, this.film, signal, { chosen: () => this.show() });
  }

  /** The pretrained network that is shown instead of the runs; empty for none. */
  get hub() {
    return this.network.value;
  }
  get hubName() {
    return this.network.selectedOptions[0].textContent?.replace(" (Hub)", "");
  }

  lane() {
    return new Lane(this);
  }

  show() {
    const { track, shown } = this.film;
    if (!track || !this.pictures.labels.length) return;
    this.fill(this.hub ? [track] : shown);
  }

  /**
   * The attention of a run, or saliency where its network has none.
   * @param {Track} track
   * @param {Query} query
   * @returns {Promise<AnyMaps>}
   */
  async mapsOf({ info }, query) {
    if (info.views.includes("attention")) return new Maps(await ask("vision", "attention", query));
    return new Saliency(await ask("vision", "saliency", query));
  }

  /**
   * The attention of a network from the Hub: polls until the server has fetched it, and shows the progress.
   * @param {string} hub
   * @param {Query} query
   * @returns {Promise<AnyMaps>}
   */
  async pretrainedMaps(hub, query) {
    for (let again; ; again = "yes") {
      const response = await answer(`/vision/pretrained/${hub}`, { ...query, again });
      const { waiting, progress } = response.words;
      if (waiting === undefined) return new Maps(response);
      this.complain(`${waiting} ${Math.round(100 * progress)}%`, true);
      await new Promise((resolve) => setTimeout(resolve, POLL));
    }
  }

  /**
   * Makes a patch the query.
   * @param {number | null} query -1 for none
   * @param {boolean} pin whether it stays when the pointer leaves; pinning what is pinned lets go of it
   * @param {boolean} [free]
   */
  setQuery(query, pin, free = false) {
    if (query === null) return;
    this.pinned = pin && !(this.pinned && query === this.query) && !free;
    this.query = query;
    this.paint();
    this.#remember();
  }

  /**
   * @param {number} layer
   * @param {number} head
   */
  choose(layer, head) {
    this.layer = layer;
    this.head = head;
    this.paint();
    this.#remember();
  }

  front() {
    this.#remember();
  }

  #remember() {
    clearTimeout(this.#remembering);
    this.#remembering = setTimeout(() => {
      const view = [this.layer, this.head, this.pinned ? this.query : -1].join(",");
      this.keep({ view: view === AT_FIRST.join(",") ? null : view });
    }, 300);
  }

  paint() {
    for (const lane of this.lanes) lane.paint();
  }

  /**
   * A network that is unavailable gives the place back to the run; the sentence stays.
   * @param {string} hub the pretrained network, if it was one
   * @param {string} sentence
   */
  failed(hub, sentence) {
    if (hub && this.hub === hub) {
      this.network.value = "";
      this.#missing = sentence;
      this.show();
    }
    this.complain(sentence);
  }

  /**
   * @param {string} sentence
   * @param {boolean} [calm]
   */
  complain(sentence, calm = false) {
    super.complain(sentence || this.#missing, calm);
  }
}
define("attention-view", AttentionView);
