// A visitor's own data sets: a folder or zip of pictures is brought to be trained on; what was taken; deletion.

import { askFirst } from "./acts.js";
import { define, element, say } from "./dom.js";
import { OWN_DATA } from "./film.js";
import { AGAIN, address, json, later } from "./server.js";
import { downloadZip } from "./vendor/client-zip.js";

/** @typedef {{name: string, input: File}} Packed a file with its folders, as `client-zip` takes it */
/** @typedef {{name: string, title: string, report: string, refused: number, mine: boolean}} OwnSet */

const MEGABYTE = 1e6;

/** @param {File} file */
const isArchive = (file) => /\.zip$/i.test(file.name);

/**
 * The files below something that was dropped.
 * @param {FileSystemEntry} entry
 * @param {string} folder where it lies, "" or with a slash at its end
 * @returns {Promise<Packed[]>}
 */
async function files(entry, folder = "") {
  if (entry.isFile) {
    const { file } = /** @type {FileSystemFileEntry} */ (entry);
    return [{ name: folder + entry.name, input: await new Promise((done, fail) => file.call(entry, done, fail)) }];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  const packed = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const part = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!part.length) return packed; // a browser gives the entries of a folder a hundred at a time
    for (const one of part) packed.push(...(await files(one, `${folder}${entry.name}/`)));
  }
}

class OwnData {
  #busy = false;
  /** Whether the server did not say which sets there are. */
  #lost = false;
  #limit = Number.POSITIVE_INFINITY; // bytes

  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(root, signal) {
    this.lab = root.getAttribute("lab");
    this.folder = element("input", {
      type: "file",
      webkitdirectory: true,
      hidden: true,
      onchange: () => this.chosen(),
    });
    this.archive = element("input", { type: "file", accept: ".zip", hidden: true, onchange: () => this.chosen() });
    this.message = element("p", { class: "own-message", role: "status", hidden: true });
    this.list = element("ul", { class: "own-sets" });
    root.replaceChildren(
      element(
        "p",
        { class: "own-ways" },
        element("strong", {}, "Your own pictures: "),
        "drop a folder here, one sub-folder a class, or ",
        element("button", { onclick: () => this.folder.click() }, "choose a folder"),
        " ",
        element("button", { onclick: () => this.archive.click() }, "choose a zip"),
      ),
      this.folder,
      this.archive,
      this.message,
      this.list,
    );
    root.addEventListener("dragover", (event) => this.dragged(event, true), { signal });
    root.addEventListener("dragleave", (event) => this.dragged(event, false), { signal });
    root.addEventListener("drop", (event) => this.dropped(event), { signal });
    this.root = root;
    document.addEventListener(OWN_DATA, () => this.renew(), { signal });
    this.renew();
  }

  /** Lists the visitor's sets anew. */
  async renew() {
    try {
      const { sets, upload } = await json("/data");
      this.#limit = upload;
      this.list.replaceChildren(...sets.filter((/** @type {OwnSet} */ { mine }) => mine).map(this.item, this));
      if (this.#lost) say(this.message, "");
      this.#lost = false;
    } catch (error) {
      this.complain(error);
      this.#lost = true;
      later(AGAIN).then(() => (this.root.isConnected ? this.renew() : undefined));
    }
  }

  /** @param {OwnSet} set */
  item({ name, title, report, refused }) {
    const remove = element("button", { title: "Deletes the pictures, and all runs that learned from them" }, "Delete");
    askFirst(remove, "Delete it and its runs?", () => this.delete(name, title));
    const all = refused
      ? element("a", { href: address(`/data/${name}/refused.txt`), target: "_blank" }, "Every refused file, and why")
      : null;
    const about = element("details", {}, element("summary", {}, title), element("pre", {}, report), all);
    return element("li", {}, about, remove);
  }

  /**
   * @param {string} name
   * @param {string} title
   */
  async delete(name, title) {
    try {
      await json(`/data/${name}/delete`, {}, { method: "POST" });
      say(this.message, `“${title}” is deleted.`, true);
      this.changed();
    } catch (error) {
      this.complain(error);
    }
  }

  /**
   * Tells the other labs and this one.
   * @param {string} [data] the set that was brought here
   */
  changed(data) {
    document.dispatchEvent(new CustomEvent(OWN_DATA, { detail: { lab: this.lab, data } }));
  }

  chosen() {
    const [archive] = this.archive.files ?? [];
    const packed = [...(this.folder.files ?? [])].map((file) => ({ name: file.webkitRelativePath, input: file }));
    this.bring(archive ? [{ name: archive.name, input: archive }] : packed);
    this.archive.value = this.folder.value = "";
  }

  /**
   * @param {DragEvent} event
   * @param {boolean} over
   */
  dragged(event, over) {
    event.preventDefault();
    this.root.classList.toggle("dropping", over);
  }

  /** @param {DragEvent} event */
  async dropped(event) {
    this.dragged(event, false);
    const entries = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry());
    try {
      const packed = [];
      for (const entry of entries) if (entry) packed.push(...(await files(entry)));
      await this.bring(packed);
    } catch (error) {
      this.complain(error);
    }
  }

  /**
   * Sends a zip as it is, other files as one that is packed here; the server says what it took and what it refused.
   * @param {Packed[]} packed
   */
  async bring(packed) {
    if (!packed.length || this.#busy) return;
    const bytes = packed.reduce((sum, { input }) => sum + input.size, 0);
    const mb = (/** @type {number} */ size) => `${(size / MEGABYTE).toFixed(size < 10 * MEGABYTE ? 1 : 0)} MB`;
    const count = packed.length === 1 ? "1 file" : `${packed.length.toLocaleString("en")} files`;
    const given = `${count} of ${mb(bytes)}`;
    if (bytes > this.#limit) {
      return this.complain(new Error(`These are ${given}; here it may be ${mb(this.#limit)}. Leave some out.`));
    }
    this.#busy = true;
    say(this.message, `Taking in ${given} …`, true);
    try {
      const [{ name, input }] = packed;
      const alone = packed.length === 1 && isArchive(input);
      const body = alone ? input : await downloadZip(packed).blob();
      const title = alone ? name.replace(/\.zip$/i, "") : name.split("/")[0];
      const { data } = await json("/data/pictures", { title }, { method: "POST", body });
      say(this.message, `“${title}” is here, private to you, and among the data of every form that it fits.`, true);
      this.changed(data);
    } catch (error) {
      this.complain(error);
    }
    this.#busy = false;
  }

  /** @param {unknown} error */
  complain(error) {
    say(this.message, error instanceof Error ? error.message : String(error));
  }
}

define("own-data", OwnData);
