// Requests that neither pile up nor repeat themselves.

/**
 * @template T
 * @typedef {object} Question
 * @property {() => Promise<T>} send
 * @property {(answer: T) => void} show
 * @property {(error: Error) => void} fail
 * @property {(error: Error | null) => void} done is called at the end, with what was reported to `fail`
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
   * @returns {Promise<Error | null>} resolves once the question is answered or overtaken, with what `fail` has heard
   */
  ask(send, show, fail = () => {}) {
    return new Promise((done) => {
      const question = { send, show, fail, done };
      if (this.#pending < this.limit) return void this.#begin(question);
      this.#waiting?.done(null);
      this.#waiting = question;
    });
  }

  /** @param {Question<T>} question */
  async #begin({ send, show, fail, done }) {
    const number = ++this.#sent;
    this.#pending++;
    let failed = null;
    try {
      const answer = await send();
      if (number > this.#shown) {
        this.#shown = number;
        show(answer);
      }
    } catch (error) {
      if (number >= this.#sent) {
        failed = /** @type {Error} */ (error);
        fail(failed);
      }
    } finally {
      this.#pending--;
      done(failed);
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
