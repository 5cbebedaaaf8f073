// The run bar: choose a run, see it learn, move through its time, pause it, resume it, fork it, lay another beside it.
"use strict";
(() => {
  const { element, film, Track } = Playground;
  const NAMES = { done: "done", running: "training", queued: "waiting", paused: "paused", failed: "failed", cancelled: "stopped" };
  const VERBS = {
    pause: ["Pause", "Saves it exactly and frees the processor"],
    stop: ["Stop", "Ends the training; what it has learnt stays"],
    resume: ["Resume", "Goes on exactly where it stopped"],
    delete: ["Delete", "Removes this run of yours"],
  };
  const percent = (value) => (100 * value).toFixed(1) + "%";
  const number = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));
  const shown = (name, value) => (name === "accuracy" ? percent(value) : number(value));
  const seconds = (value) => (value >= 90 ? `${Math.round(value / 60)} min` : `${Math.max(1, Math.round(value))} s`);
  const count = (value) => value.toLocaleString("en-US");
  const title = (run) => {
    const when = new Date(run.created * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const state = run.status.state;
    const told = run.final ? `${run.watched[0]} ${shown(run.watched[0], run.final.values[run.watched[0]])}` : NAMES[state];
    return run.shipped ? `${run.name} · ${told}` : `${run.name}, ${when} · ${told}${run.parent ? " · fork" : ""}`;
  };

  /** Shows a picture at a whole multiple of its size, as large as there is room. */
  const whole = (image) => {
    const times = Math.max(1, Math.floor(image.parentElement.clientWidth / image.naturalWidth));
    image.style.width = `${times * image.naturalWidth}px`;
  };

  class FilmBar {
    constructor(root, props) {
      this.film = film(root.querySelector(".film").dataset.lab);
      this.root = root;
      this.trigger = props.trigger;
      this.term = null;
      for (const name of ["run", "beside", "status", "actions", "problem", "terms", "chart", "range", "step", "preview", "play", "note", "card"]) {
        this[name] = root.querySelector(`.film-${name}`);
      }
      this.wire();
      this.film.start();
    }
    wire() {
      const { film } = this;
      this.run.addEventListener("change", () => film.open(this.run.value));
      this.beside.addEventListener("change", () => film.beside(this.beside.value));
      this.play.addEventListener("click", () => (film.playing ? film.pause() : film.play()));
      this.root.querySelector(".film-back").addEventListener("click", () => (film.pause(), film.move(-1)));
      this.root.querySelector(".film-on").addEventListener("click", () => (film.pause(), film.move(1)));
      this.range.addEventListener("input", () => (film.pause(), film.seek(film.track.steps[Number(this.range.value)])));
      const scrub = (event) => {
        if (event.buttons !== 1 || !this.scale) return;
        film.pause();
        film.seek(this.nearest(event.offsetX));
      };
      this.chart.addEventListener("pointerdown", (event) => (this.chart.setPointerCapture(event.pointerId), scrub(event)));
      this.chart.addEventListener("pointermove", scrub);
      film.addEventListener("list", () => this.list());
      film.addEventListener("run", () => (this.term = null, this.list(), this.all()));
      film.addEventListener("news", () => this.all());
      film.addEventListener("time", () => this.time());
      film.addEventListener("play", () => this.playing());
      new ResizeObserver(() => this.paint()).observe(this.chart);
      new IntersectionObserver((entries) => {
        const seen = entries.at(-1).isIntersecting || this.root.offsetParent !== null;
        if (seen === film.visible) return;
        film.visible = seen;
        if (seen) (Playground.url.front(film.lab), film.poll(), film.remember(), film.tell("front"), this.paint());
      }).observe(this.root);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
    }
    list() {
      const { runs, track, tracks } = this.film;
      const option = (run) => element("option", { value: run.id }, title(run));
      const groups = (first) => [
        ...(first ? [first] : []),
        element("optgroup", { label: "Shipped with the playground" }, ...runs.filter((run) => run.shipped).map(option)),
        element("optgroup", { label: "Trained here" }, ...runs.filter((run) => !run.shipped).map(option)),
      ].filter((group) => group.tagName === "OPTION" || group.children.length);
      this.run.replaceChildren(...groups());
      this.beside.replaceChildren(...groups(element("option", { value: "" }, "nothing")));
      if (!track && !runs.length) this.status.textContent = "There is no run here yet; train one below, and its film appears.";
      if (track && !runs.some((run) => run.id === track.id)) this.run.append(option(track.info));
      this.run.value = track?.id ?? "";
      this.beside.value = tracks[1]?.id ?? "";
      this.complain();
    }
    complain() {
      Playground.say(this.problem, this.film.problem || this.film.down);
    }
    all() {
      const { track } = this.film;
      if (!track) return;
      this.complain();
      this.said();
      this.about();
      this.buttons();
      this.chips();
      this.range.max = Math.max(0, track.steps.length - 1);
      this.time();
    }
    said() {
      const { info } = this.film.track;
      const { status } = info;
      const parts = [];
      if (status.state === "running") {
        parts.push(status.message || `Training: ${Math.round(100 * status.progress)}%`);
        if (status.rate) parts.push(`${count(Math.round(status.rate))} pictures/s`);
        if (status.left) parts.push(`${seconds(status.left)} left`);
      } else if (status.state === "done" && info.final) {
        const values = Object.entries(info.final.values).map(([name, value]) => `${name} ${shown(name, value)}`);
        parts.push(`${values.join(", ")} on ${count(info.final.n)} test pictures of ${info.data}`);
      } else {
        parts.push(status.message || NAMES[status.state]);
      }
      if (info.parent) parts.push(`forked from ${info.parent.run} at step ${count(info.parent.step)}`);
      this.status.textContent = parts.join(" · ");
      this.status.dataset.state = status.state;
      this.root.querySelector(".film").style.setProperty("--progress", status.state === "running" ? status.progress : 0);
    }
    /** The card of a shipped run, or the knobs of another. */
    about() {
      const { info, parameters } = this.film.track;
      const lines = [...info.card.matchAll(/^- \*\*(.+?):\*\* (.+)$/gm)].map((found) => found.slice(1));
      if (!lines.length) {
        lines.push(["Network", `${info.title}${parameters ? `, ${count(parameters)} parameters` : ""}`]);
        lines.push(["Knobs", Object.entries(info.knobs).filter(([, value]) => value !== null).map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`).join(", ")]);
      }
      const key = JSON.stringify(lines);
      if (key === this.shownCard) return;
      this.shownCard = key;
      this.card.replaceChildren(...lines.flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text.replaceAll("`", ""))]));
    }
    buttons() {
      const { track } = this.film;
      const { status, shipped, visitor, resumable } = track.info;
      const mine = !shipped;
      const verbs = [];
      if (mine && status.state === "running") verbs.push("pause", "stop");
      if (mine && status.state === "queued") verbs.push("stop");
      if (mine && resumable && ["paused", "failed", "cancelled"].includes(status.state)) verbs.push("resume");
      if (mine && visitor && !track.live) verbs.push("delete");
      const key = verbs.join() + track.id + track.snapshots.length;
      if (key === this.shownButtons) return;
      this.shownButtons = key;
      const made = verbs.map((verb) =>
        element("button", { title: VERBS[verb][1], "data-verb": verb, onclick: () => this.film.act(verb) }, VERBS[verb][0]),
      );
      if (track.snapshots.length) {
        const fork = () => this.trigger("submit", { run: track.id, step: track.snapshot(this.film.step) });
        made.push(element("button", { title: "Trains on from this step, with knobs of your choice", "data-verb": "fork", onclick: fork }, "Fork here"));
      }
      this.actions.replaceChildren(...made);
    }
    chips() {
      const { track } = this.film;
      const names = [...new Set([...track.terms.keys(), ...track.tests.keys()])];
      const wanted = track.info.watched[0];
      this.term = names.includes(this.term) ? this.term : names.includes(wanted) ? wanted : names[0];
      const key = names.join() + this.term;
      if (key === this.shownChips) return;
      this.shownChips = key;
      const choose = (name) => () => ((this.term = name), this.chips(), this.paint());
      this.terms.replaceChildren(
        ...names.map((name) => element("button", { "aria-pressed": String(name === this.term), onclick: choose(name) }, name)),
      );
    }
    playing() {
      this.play.textContent = this.film.playing ? "❚❚" : "▶";
      this.play.setAttribute("aria-label", this.film.playing ? "Pause the film" : "Play the film");
    }
    time() {
      const { track, step } = this.film;
      if (!track) return;
      const frame = Track.upTo(track.steps, step) ?? 0;
      this.range.value = Math.max(0, track.steps.indexOf(frame));
      this.range.setAttribute("aria-valuetext", `step ${frame}`);
      this.step.textContent = `step ${count(frame)} of ${count(track.newest)}`;
      this.frames();
      this.paint();
    }
    /** The previews of all runs that are looked at, from the files that the training wrote. */
    frames() {
      const wanted = this.film.tracks.filter((track) => track.previews.length);
      while (this.preview.children.length > wanted.length) this.preview.lastChild.remove();
      wanted.forEach((track, i) => {
        const at = track.preview(this.film.step);
        const source = Playground.address(`/runs/${track.id}/previews/${at}.webp`);
        const image = this.preview.children[i] ?? this.preview.appendChild(element("img", { onload: (event) => whole(event.target) }));
        if (image.getAttribute("src") !== source) image.setAttribute("src", source);
        image.alt = `Preview of ${track.id} at step ${at}`;
      });
      this.note.textContent = wanted.length
        ? wanted.map((track) => `${track.info.name}, step ${count(track.preview(this.film.step))}`).join(" · ")
        : "The first picture comes with step 0.";
    }
    nearest(x) {
      const { steps } = this.film.track;
      return steps.reduce((best, one) => (Math.abs(this.scale(one) - x) < Math.abs(this.scale(best) - x) ? one : best), steps[0]);
    }
    paint() {
      const { tracks, step } = this.film;
      if (!tracks.length || !tracks[0].info) return;
      Playground.draw(this.chart, (context, width, height) => {
        const lines = tracks.map((track, i) => ({
          train: track.terms.get(this.term) ?? [],
          test: track.tests.get(this.term) ?? [],
          colour: Playground.colour(i ? "--second" : "--accent"),
        }));
        this.scale = Playground.chart(context, { width, height, lines, step, last: Math.max(...tracks.map((track) => track.newest), 1), format: (value) => shown(this.term, value) });
      });
    }
  }
  Playground.kinds.filmbar = FilmBar;
})();
