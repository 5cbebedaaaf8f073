// What leaves the page: the stage as a picture and as a film, the numbers and the folder of its run, the code of its view.

import { element, find } from "./dom.js";
import { toHub } from "./hub.js";
import { written } from "./options.js";
import { raster } from "./raster.js";
import { Recording } from "./recording.js";
import { address, json, sentence } from "./server.js";

/** @import { Stage } from "./stage.js" */

const DENSITY = 2; // pixels of the picture for one of the page

/** The files of a run: what their links say, and their names on the server. */
const FILES = [
  ["Numbers (CSV)", "numbers.csv", "Everything that was measured, a line a step"],
  ["Run (zip)", "run.zip", "Snapshots, previews and numbers; unpacked into the folder of runs it is a run again"],
];

/** A menu at the edge of the stage. */
export class Save {
  /**
   * @param {Stage} stage
   * @param {AbortSignal} signal
   */
  constructor(stage, signal) {
    this.stage = stage;
    this.items = element("div", { class: "stage-menu" });
    this.root = element("details", { class: "stage-save" }, element("summary", {}, "Save"), this.items);
    this.root.addEventListener("toggle", () => this.root.open && this.#fill());
    this.root.addEventListener("keydown", ({ key }) => key === "Escape" && this.#close());
    const outside = (/** @type {Event} */ { target }) => target instanceof Node && this.root.contains(target);
    document.addEventListener("pointerdown", (event) => outside(event) || this.#close(), { signal });
  }

  #close() {
    this.root.open = false;
  }

  #fill() {
    const { stage } = this;
    const { track } = stage.film;
    const own = (/** @type {() => void} */ act) => () => {
      this.#close();
      act();
    };
    const links = FILES.map(([text, file, title]) => {
      const href = track && address(`/runs/${track.id}/${file}`);
      return element("a", { href, title, download: "", onclick: () => this.#close() }, text);
    });
    const picture = { title: "What is on the stage, with its captions", onclick: own(() => this.picture()) };
    const film = { title: "What is on the stage, at every frame of the training", onclick: own(() => this.film()) };
    const code = { title: "Lines of Python that compute this view", onclick: own(() => this.code()) };
    const hub = { title: "Give this run to the Hub, or fetch one from there", onclick: own(() => toHub(stage)) };
    const hasCode = Object.keys(stage.view.parts).length > 0;
    this.items.replaceChildren(
      element("button", picture, "Picture (PNG)"),
      ...(track && track.snapshots.length > 1 ? [element("button", film, "Film (GIF)")] : []),
      ...(track ? links : []),
      ...(track && hasCode ? [element("button", code, "Show the code")] : []),
      element("button", hub, "Hub …"),
    );
  }

  /** Saves the stage as a PNG. */
  async picture() {
    const { film, view } = this.stage;
    try {
      const canvas = await raster(this.stage, DENSITY);
      const blob = await new Promise((/** @type {BlobCallback} */ resolve) => canvas.toBlob(resolve));
      if (!blob) throw new Error("This browser cannot draw the stage as a picture.");
      this.#download(blob, `${view.name}-${film.step}.png`);
    } catch (error) {
      this.stage.say(sentence(error));
    }
  }

  /** Saves the film of the stage as a GIF; in the menu's place stands how far it is, and what cancels it. */
  async film() {
    const { stage, root } = this;
    const { view } = stage;
    const line = element("span");
    const recording = new Recording(stage, (frame, of) => {
      line.textContent = `Frame ${frame} of ${of} …`;
    });
    const { signal } = recording;
    const cancel = element("button", { "aria-label": "Cancel the film", onclick: () => recording.cancel() }, "Cancel");
    const place = element("div", { class: "stage-recording" }, line, cancel);
    document.addEventListener("keydown", ({ key }) => key === "Escape" && recording.cancel(), { signal });
    root.hidden = true;
    root.after(place);
    cancel.focus();
    const blob = await recording.make();
    if (blob) this.#download(blob, `${view.name}.gif`);
    if (recording.problem) stage.note(recording.problem);
    root.hidden = false;
    if (document.activeElement === cancel) find(root, "summary", HTMLElement).focus();
    place.remove();
  }

  /** @param {Blob} blob @param {string} name after that of the run */
  #download(blob, name) {
    const { film, lab } = this.stage;
    const href = URL.createObjectURL(blob);
    element("a", { href, download: `${film.track?.id ?? lab}-${name}` }).click();
    URL.revokeObjectURL(href);
  }

  /** Shows the lines of Python that compute the view. */
  async code() {
    const { film, lab, view, values } = this.stage;
    const { track, step } = film;
    if (!track) return;
    const [[part, needs]] = Object.entries(view.parts);
    const all = { ...this.stage.query(needs), ...written(view.options, values) }; // null where it is the default
    const chosen = [...needs.options, ...needs.chosen].map((name) => [name, all[name]]);
    const query = { ...Object.fromEntries(chosen), run: track.id, step: track.snapshot(step) };
    try {
      const { code } = await json(`/code/${lab}/${view.name}/${part}`, query);
      this.#show(code);
    } catch (error) {
      this.stage.say(sentence(error));
    }
  }

  /** @param {string} text */
  #show(text) {
    const code = element("pre", { tabindex: 0 }, element("code", {}, text));
    const copy = element("button", { class: "primary" }, "Copy");
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text);
        copy.textContent = "Copied";
      } catch {
        getSelection()?.selectAllChildren(code); // a page without TLS has no clipboard
      }
    });
    const hint = element("p", { class: "quiet" }, "Run it in a checkout of this project, where its requirements are.");
    const dialog = element("dialog", { class: "stage-code", "aria-label": "The code of this view" }, hint, code);
    dialog.append(
      element("div", { class: "card-acts" }, copy, element("button", { onclick: () => dialog.close() }, "Close")),
    );
    dialog.addEventListener("close", () => dialog.remove());
    this.stage.root.append(dialog);
    dialog.showModal();
  }
}
