// Elements of the page: how they are created, found and watched, and how a class is bound to a tag.

/**
 * Ties a class to a tag. An instance is made whenever such an element arrives on the page, with the element and a signal
 * that is aborted when the element leaves: listeners and observers that heed it end with it. Gradio may take an element
 * away and put it back; it then starts over from the markup that it was printed with, and what is looked at is known
 * from the film and from the address.
 * @param {string} tag
 * @param {new (root: HTMLElement, signal: AbortSignal) => object} View
 */
export function define(tag, View) {
  customElements.define(
    tag,
    class extends HTMLElement {
      #life = new AbortController();
      /** @type {string | undefined} */
      #markup;
      /** @type {object | null} the instance, for tests */
      view = null;
      connectedCallback() {
        if (this.#markup === undefined) this.#markup = super.innerHTML;
        else super.innerHTML = this.#markup;
        this.#life = new AbortController();
        this.view = new View(this, this.#life.signal);
      }
      disconnectedCallback() {
        this.#life.abort();
      }
    },
  );
}

/**
 * The one element within `root` that fits a selector.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} Kind what it must be
 * @returns {T}
 */
export function find(root, selector, Kind) {
  const match = root.querySelector(selector);
  if (!(match instanceof Kind)) throw new Error(`The page lacks a ${Kind.name} at “${selector}”.`);
  return match;
}

/**
 * A new element. Attributes that begin with "on" are listeners; those without a value are left out, and so are children
 * that are null.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string | null | undefined)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
    else if (value !== undefined && value !== null && value !== false) {
      node.setAttribute(key, value === true ? "" : String(value));
    }
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/**
 * Puts a sentence for the visitor into its place, or takes it away.
 * @param {HTMLElement} place
 * @param {string} sentence
 * @param {boolean} [calm] whether it is not an error
 */
export function say(place, sentence, calm = false) {
  place.textContent = sentence;
  place.hidden = !sentence;
  place.classList.toggle("problem", !calm);
}

/**
 * @param {Element} target
 * @param {AbortSignal} signal
 * @param {() => void} act
 */
export function whenResized(target, signal, act) {
  const observer = new ResizeObserver(act);
  observer.observe(target);
  signal.addEventListener("abort", () => observer.disconnect());
}

/**
 * @param {Element} target
 * @param {AbortSignal} signal
 * @param {(seen: boolean) => void} act
 */
export function whenSeen(target, signal, act) {
  const observer = new IntersectionObserver((entries) => act(Boolean(entries.at(-1)?.isIntersecting)));
  observer.observe(target);
  signal.addEventListener("abort", () => observer.disconnect());
}

/**
 * Acts when the page turns dark or light.
 * @param {AbortSignal} signal
 * @param {() => void} act
 */
export function whenDark(signal, act) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", act, { signal });
}
