// Requests that neither pile up nor repeat themselves.

/**
 * @template T
 * @typedef {{send: () => Promise<T>, show: (answer: T) => void, fail: (error: Error) => void}} Question
 */

/**
 * Sends only what is newest: at most `limit` requests are under way, and an answer that was overtaken is dropped.
 * @template T
 */
export class Newest {
  #sent = 0;
  #shown = 0;
  #pending = 0;
  /** @type {Question<T> | null} */
  #waiting = null;

  constructor(limit = 4) {
    this.limit = limit;
  }

  /**
   * Sends now, or as soon as one of the requests under way is answered; a later question takes the waiting one's place.
   * @param {() => Promise<T>} send
   * @param {(answer: T) => void} show
   * @param {(error: Error) => void} [fail] hears of the newest request's error alone
   */
  ask(send, show, fail = () => {}) {
    if (this.#pending < this.limit) this.#begin({ send, show, fail });
    else this.#waiting = { send, show, fail };
  }

  /** @param {Question<T>} question */
  async #begin({ send, show, fail }) {
    const number = ++this.#sent;
    this.#pending++;
    try {
      const answer = await send();
      if (number > this.#shown) {
        this.#shown = number;
        show(answer);
      }
    } catch (error) {
      if (number >= this.#sent) fail(/** @type {Error} */ (error));
    } finally {
      this.#pending--;
      const next = this.#waiting;
      this.#waiting = null;
      if (next) this.#begin(next);
    }
  }
}

/**
 * Holds the `limit` answers that were asked for last, by a key; what failed is asked for again.
 * @template T
 */
export class Cache {
  /** @type {Map<string, Promise<T>>} */
  #answers = new Map();

  /** @param {number} limit */
  constructor(limit) {
    this.limit = limit;
  }

  /**
   * @param {string} key
   * @param {() => Promise<T>} load
   */
  get(key, load) {
    const answer = this.#answers.get(key) ?? load();
    this.#answers.delete(key); // the map's order is that of use
    this.#answers.set(key, answer);
    answer.catch(() => this.#answers.get(key) === answer && this.#answers.delete(key));
    if (this.#answers.size > this.limit) this.#answers.delete(String(this.#answers.keys().next().value));
    return answer;
  }
}
