// Something that trains on the server while it is looked at: asks for the next picture as long as anybody sees it.
"use strict";
(() => {
  const PACES = { slow: [250, 1], normal: [33, 2], fast: [33, 12] }; // ms between two pictures at least, steps for each

  /** `ask(times)` fetches a packet, `show(packet)` draws it, `renew()` starts anew what the server has put away. */
  class Live {
    constructor(root, { ask, show, renew, fail, told }) {
      Object.assign(this, { root, ask, show, renew, fail, told });
      this.playing = this.near = false;
      this.underWay = this.last = this.redraws = 0;
      this.until = Infinity;
      this.generation = 0; // of what is played; answers about an older one are dropped
      this.step = -1;
      this.pace = "normal";
      new IntersectionObserver((seen) => ((this.near = seen.at(-1).isIntersecting), this.pump())).observe(root);
      document.addEventListener("visibilitychange", () => this.pump());
    }
    get awake() {
      return this.near && !document.hidden;
    }
    play(turns = Infinity) {
      this.until = this.step + turns;
      this.playing = true;
      this.told();
      this.pump();
    }
    pause() {
      this.playing = false;
      this.told();
    }
    begun(packet) {
      this.generation++;
      this.step = -1;
      this.take(packet);
      this.pump();
    }
    take(packet) {
      const { head } = packet;
      if (head.gone) return this.renew(head.gone);
      if (head.busy) this.last = performance.now() + 1000 * head.again;
      if (head.busy || head.step < this.step) return;
      this.step = head.step;
      this.redraws++;
      this.show(packet);
      if (this.step >= this.until) this.pause();
    }
    /** Two requests are under way, so that the server works while an answer travels. */
    pump() {
      clearTimeout(this.timer);
      if (!this.playing || !this.awake || this.underWay >= 2) return;
      const [rest, times] = PACES[this.pace];
      const wait = this.last + rest - performance.now();
      if (wait > 0) {
        this.timer = setTimeout(() => this.pump(), wait);
        return;
      }
      this.last = performance.now();
      this.send(() => this.ask(times));
      this.pump();
    }
    async send(ask) {
      const { generation } = this;
      this.underWay++;
      try {
        const packet = await ask();
        if (generation === this.generation) this.take(packet);
      } catch (error) {
        if (generation === this.generation) {
          this.pause();
          this.fail(error.message);
        }
      } finally {
        this.underWay--;
        this.pump();
      }
    }
  }
  Playground.Live = Live;
})();
