// A run as a film: what is known of it, where in it we are, and the news that still come in.
"use strict";
(() => {
  const { json, request, url } = Playground;

  /** One run, as far as the server has told of it. */
  class Track {
    constructor(id) {
      this.id = id;
      this.position = 0;
      this.seen = "";
      this.info = null;
      this.terms = new Map(); // name -> [[step, value], ...] of the training
      this.tests = new Map(); // name -> [[step, value, n, final], ...] of test pictures
      this.snapshots = [];
      this.previews = [];
      this.error = "";
    }
    /** Asks what is new; true when something was. */
    async refresh() {
      if (!/^[a-z0-9][a-z0-9-]*$/.test(this.id)) {
        throw new Error(`There is no run “${this.id.slice(0, 80)}” here. The address may be mistyped.`);
      }
      const response = await request(`/runs/${this.id}`, { since: this.position, seen: this.seen });
      if (response.status === 204) return false;
      const news = await response.json();
      if (news.position < this.position) this.forget();
      for (const event of news.events) this.take(event);
      Object.assign(this, { info: news, position: news.position, seen: news.seen });
      Object.assign(this, { snapshots: news.snapshots, previews: news.previews, error: "" });
      return true;
    }
    take(event) {
      if (event.event === "started") {
        this.parameters = event.parameters;
        for (const lines of [this.terms, this.tests]) {
          for (const [name, points] of lines) lines.set(name, points.filter((point) => point[0] <= event.step));
        }
      }
      const lines = { metrics: this.terms, evaluated: this.tests }[event.event];
      if (!lines) return;
      for (const [name, value] of Object.entries(event.values)) {
        if (!lines.has(name)) lines.set(name, []);
        lines.get(name).push([event.step, value, event.n, event.final]);
      }
    }
    forget() {
      this.terms.clear();
      this.tests.clear();
    }
    get steps() {
      return [...new Set([...this.snapshots, ...this.previews])].sort((a, b) => a - b);
    }
    get newest() {
      return this.steps.at(-1) ?? 0;
    }
    get live() {
      return ["running", "queued"].includes(this.info?.status.state);
    }
    /** The last of `kept` that is not beyond `step`. */
    static upTo(kept, step) {
      let found = kept[0];
      for (const one of kept) if (one <= step) found = one;
      return found;
    }
    snapshot(step) {
      return Track.upTo(this.snapshots, step);
    }
    preview(step) {
      return Track.upTo(this.previews, step);
    }
  }

  /** What one lab looks at: a run, perhaps a second one beside it, and a step. Tells "run", "time" and "news". */
  class Film extends EventTarget {
    constructor(lab) {
      super();
      this.lab = lab;
      this.tracks = [];
      this.step = 0;
      this.following = true;
      this.playing = false;
      this.runs = [];
      this.visible = false;
      this.problem = ""; // what the person asked for and cannot have
      this.down = ""; // why no news come in
    }
    get track() {
      return this.tracks[0];
    }
    tell(what) {
      this.dispatchEvent(new Event(what));
    }
    async start() {
      await this.list();
      const given = (key) => url.given(this.lab, key);
      const wanted = given("run") || this.runs.find((run) => run.shipped)?.id || this.runs[0]?.id;
      const step = Number(given("step") ?? NaN);
      if (wanted) await this.open(wanted, Number.isFinite(step) ? step : null);
      if (given("beside")) await this.beside(given("beside"));
      this.poll();
    }
    async list() {
      try {
        this.runs = (await json("/runs", { lab: this.lab, visitor: Playground.visitor })).runs;
      } catch (error) {
        this.runs = [];
        this.problem = error.message;
      }
      this.tell("list");
    }
    async open(id, step = null) {
      this.pause();
      const track = new Track(id);
      this.problem = "";
      try {
        await track.refresh();
      } catch (error) {
        this.problem = error.message;
        this.tell("list");
        if (!this.tracks.length && this.runs.length && this.runs[0].id !== id) {
          await this.open(this.runs[0].id);
          this.problem = error.message;
          this.tell("list");
        }
        return;
      }
      this.tracks = [track, ...this.tracks.slice(1).filter((other) => other.id !== id)];
      this.following = step === null;
      this.step = step === null ? track.newest : Math.max(0, Math.min(step, track.newest));
      if (!this.runs.some((run) => run.id === id)) await this.list();
      this.tell("run");
      this.tell("time");
      this.remember();
    }
    async beside(id) {
      this.tracks = this.tracks.slice(0, 1);
      if (id && id !== this.track?.id) {
        const track = new Track(id);
        try {
          await track.refresh();
          this.tracks.push(track);
        } catch (error) {
          this.problem = error.message;
          this.tell("list");
        }
      }
      this.tell("run");
      this.tell("time");
      this.remember();
    }
    seek(step, { follow = false } = {}) {
      if (!this.track) return;
      const goal = Math.max(this.track.steps[0] ?? 0, Math.min(step, this.track.newest));
      this.following = follow || (this.track.live && goal >= this.track.newest);
      if (goal === this.step) return;
      this.step = goal;
      this.tell("time");
      this.remember();
    }
    /** One frame on or back. */
    move(by) {
      const steps = this.track?.steps ?? [];
      const here = steps.indexOf(Track.upTo(steps, this.step));
      const goal = steps[Math.max(0, Math.min(steps.length - 1, here + by))];
      if (goal !== undefined) this.seek(goal);
    }
    play() {
      if (this.step >= this.track.newest) this.seek(this.track.steps[0]);
      this.playing = true;
      this.tell("play");
      const steps = this.track.steps.length;
      const pause = Math.max(60, Math.min(400, 6000 / Math.max(1, steps)));
      const frame = () => {
        if (!this.playing) return;
        this.move(1);
        if (this.step >= this.track.newest && !this.track.live) this.pause();
        else this.timer = setTimeout(frame, pause);
      };
      this.timer = setTimeout(frame, pause);
    }
    pause() {
      clearTimeout(this.timer);
      if (!this.playing) return;
      this.playing = false;
      this.tell("play");
    }
    remember() {
      if (!this.visible || !this.track) return;
      clearTimeout(this.remembering);
      this.remembering = setTimeout(() => {
        const atEnd = this.following || this.step === this.track.newest;
        const beside = this.tracks[1]?.id ?? null;
        url.set(this.lab, { run: this.track.id, step: atEnd ? null : this.step, beside });
      }, 200);
    }
    /** Keeps the form's recipe, and the knobs in which it differs from it, in the address bar. */
    rememberKnobs(presets, name, values) {
      const preset = presets[name];
      if (!this.visible || !preset) return;
      const changed = Object.entries(preset.knobs)
        .map(([knob, value], i) => [knob, value, values[preset.first + i]])
        .filter(([, value, now]) => String(value ?? "") !== String(now ?? ""))
        .map(([knob, , now]) => `${knob}:${now ?? "null"}`);
      const isFirst = name === Object.keys(presets)[0];
      url.set(this.lab, { recipe: isFirst && !changed.length ? null : name, knobs: changed.join(";") });
    }
    /** Asks for news for ever: often while something trains and is looked at, else seldom or not at all. */
    async poll() {
      clearTimeout(this.polling);
      const awake = this.visible && !document.hidden;
      const live = this.tracks.filter((track) => track.live);
      for (const track of live) await this.hear(track);
      const quick = live.some((track) => ([...track.terms.values()][0] ?? []).length < 8);
      this.polling = setTimeout(() => this.poll(), !live.length || !awake ? 2000 : quick ? 150 : 500);
    }
    async hear(track) {
      try {
        const before = track.info.status.state;
        const isNew = await track.refresh();
        if (this.down) {
          this.down = "";
          this.tell("list");
        }
        if (!isNew) return;
        if (track === this.track && this.following && track.newest !== this.step) {
          this.step = track.newest;
          this.tell("time");
        }
        this.tell("news");
        if (before !== track.info.status.state) await this.list();
      } catch (error) {
        if (!this.tracks.includes(track)) return; // deleted meanwhile
        this.down = error.message;
        this.tell("list");
      }
    }
    async act(verb) {
      this.problem = "";
      try {
        await request(`/runs/${this.track.id}/${verb}`, {}, { method: "POST" });
        if (verb === "delete") {
          this.tracks = [];
          await this.list();
          if (this.runs.length) await this.open(this.runs[0].id);
          return;
        }
        this.following = true;
        await this.hear(this.track);
        this.poll();
      } catch (error) {
        this.problem = error.message;
        this.tell("list");
      }
    }
  }

  const films = {};
  /** The film of a lab; all parts of its tab share it. */
  Playground.film = (lab) => (films[lab] ??= new Film(lab));
  Playground.Track = Track;
})();
