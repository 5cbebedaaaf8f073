// A picture that stays while others are looked at: its thumbnail, and a button that takes the one on the stage for it.

import { element } from "./dom.js";
import { address } from "./server.js";

export class Pin {
  #name = "";
  #run = "";
  #onStage = "";

  /**
   * @param {string} label
   * @param {(name: string) => void} take hears which picture is pinned
   */
  constructor(label, take) {
    this.picture = element("img", { class: "tile", alt: `Picture ${label}`, hidden: true });
    const onclick = () => take(this.#onStage);
    this.button = element("button", { type: "button", onclick }, `Pin the picture on the stage as ${label}`);
  }

  /** @param {string} name of the picture that is pinned */
  set(name) {
    this.#name = name;
    this.#show();
  }

  /**
   * @param {string} run whose data's examples are meant, and whose shape pictures are shown in
   * @param {string} onStage the picture that is looked at
   */
  offer(run, onStage) {
    this.#run = run;
    this.#onStage = onStage;
    this.#show();
  }

  #show() {
    this.button.disabled = this.#onStage === this.#name;
    this.picture.hidden = !this.#run;
    const source = this.#run && address(`/pictures/${this.#name}.png`, { run: this.#run });
    if (source && this.picture.getAttribute("src") !== source) this.picture.src = source;
  }
}
