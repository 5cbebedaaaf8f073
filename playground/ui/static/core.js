// What every script of the page stands on: where the server is, the address bar, requests that do not pile up.
"use strict";

window.Playground = window.Playground || (() => {
  const base = new URL("./", location.href.split("?")[0]).pathname + "playground";

  /** Who this browser is, so that its runs are its own; nothing else is known of it. */
  const visitor = (() => {
    try {
      const kept = localStorage.getItem("playground-visitor") || crypto.getRandomValues(new Uint32Array(4)).join("");
      localStorage.setItem("playground-visitor", kept);
      return kept;
    } catch {
      return "";
    }
  })();

  const address = (path, query = {}) => {
    const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
    return base + path + (pairs.length ? "?" + new URLSearchParams(pairs) : "");
  };

  /** Fetches, and turns whatever goes wrong into an Error with a sentence for a person. */
  async function request(path, query = {}, options = {}) {
    let response;
    try {
      response = await fetch(address(path, query), {
        ...options,
        headers: { "x-playground-visitor": visitor, ...options.headers },
      });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Error("The server does not answer. It may have been stopped; this page goes on once it is back.");
    }
    if (response.ok) return response;
    let sentence = `The server answered with error ${response.status}.`;
    try {
      sentence = (await response.json()).error || sentence;
    } catch {}
    throw new Error(sentence);
  }

  const json = async (path, query, options) => (await request(path, query, options)).json();

  /** A JSON head followed by raw bytes, as `playground/ui/packet.py` writes them. */
  async function packet(path, query, options) {
    const buffer = await (await request(path, query, options)).arrayBuffer();
    const length = new DataView(buffer).getUint32(0, true);
    return {
      head: JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))),
      bytes: new Uint8Array(buffer, 4 + length),
    };
  }

  /** Sends only what is newest: at most `limit` requests are under way, and an answer that was overtaken is dropped. */
  class Newest {
    constructor(limit = 4) {
      this.limit = limit;
      this.underWay = 0;
      this.sent = 0;
      this.shown = 0;
      this.waiting = null;
    }
    ask(send, show, fail = () => {}) {
      if (this.underWay >= this.limit) {
        this.waiting = [send, show, fail];
        return;
      }
      const number = ++this.sent;
      this.underWay++;
      send()
        .then((answer) => {
          if (number > this.shown) {
            this.shown = number;
            show(answer);
          }
        })
        .catch((error) => number >= this.sent && fail(error))
        .finally(() => {
          this.underWay--;
          if (this.waiting) {
            const next = this.waiting;
            this.waiting = null;
            this.ask(...next);
          }
        });
    }
  }

  /** Keeps the `most` answers that were asked for last, by a key; what failed is asked for anew. */
  class Kept {
    constructor(most) {
      this.most = most;
      this.found = new Map();
    }
    get(key, make) {
      if (!this.found.has(key)) {
        const made = make();
        this.found.set(key, made);
        made.catch(() => this.found.delete(key));
        if (this.found.size > this.most) this.found.delete(this.found.keys().next().value);
      }
      return this.found.get(key);
    }
  }

  /** Puts a sentence for the visitor into its place, or takes it away; a calm one tells of no mishap. */
  function say(place, sentence, calm = false) {
    place.textContent = sentence;
    place.hidden = !sentence;
    place.classList.toggle("problem", !calm);
  }

  const opened = new URLSearchParams(location.search);
  let owner = opened.get("lab") || "vision"; // whose address it is
  let shown = owner; // the lab in front
  let arrived = false; // tabs before the one that the address names are in front for a moment, too
  const settle = () => ((arrived = true), (owner = shown));
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, settle, { once: true, capture: true });

  /** The address bar holds what is looked at in the lab in front; a key that is null is taken out. */
  const url = {
    /** What the address that the page was opened with says for a lab. */
    given: (lab, key) => ((opened.get("lab") || "vision") === lab ? opened.get(key) : null),
    /** A lab has come to the front. */
    front(lab) {
      shown = lab;
      if (arrived || lab === owner) settle();
    },
    set(lab, changes) {
      if (lab !== owner) return;
      const before = new URLSearchParams(location.search);
      const query = (before.get("lab") || "vision") === lab ? before : new URLSearchParams();
      query.set("lab", lab);
      for (const [key, value] of Object.entries(changes)) {
        if (value === null || value === undefined || value === "") query.delete(key);
        else query.set(key, value);
      }
      const text = query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%3B", ";");
      if (text !== location.search.slice(1)) history.replaceState(null, "", location.pathname + (text ? "?" + text : ""));
    },
  };

  const kinds = {};
  /** Ties an element that Gradio has put on the page to the class that fills it. */
  function mount(kind, element, props) {
    if (element.dataset.mounted) return;
    element.dataset.mounted = "yes";
    new kinds[kind](element, props);
  }

  const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else if (value !== undefined && value !== null && value !== false) made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  };

  /** A canvas as sharp as the screen: `draw(context, width, height)` in CSS pixels. */
  function draw(canvas, paint) {
    const { clientWidth: width, clientHeight: height } = canvas;
    if (!width || !height) return;
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    paint(context, width, height);
  }

  /** Raw pixels (C planes of H x W, uint8) as an ImageData. */
  function pixels(bytes, channels, height, width) {
    const image = new ImageData(width, height);
    const area = width * height;
    for (let i = 0; i < area; i++) {
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = bytes[(channels === 3 ? c * area : 0) + i];
      image.data[4 * i + 3] = 255;
    }
    return image;
  }

  return { address, request, json, packet, Newest, Kept, say, url, kinds, mount, colour, element, draw, pixels, visitor };
})();
