// The square between four seeds: the generator drawn at every place of it, and a point to drag.
"use strict";
(() => {
  const { element, film, packet, Newest, Kept, url, pixels } = Playground;
  const SIDE = 8; // pictures in a row of the sheet
  const count = (value) => value.toLocaleString("en-US");
  const within = (value) => Math.max(0, Math.min(1, value));

  /** Paints one picture (C, H, W) onto a canvas, enlarged to a whole multiple of its pixels within `room` pixels. */
  function show(canvas, bytes, channels, size, room) {
    if (canvas.width !== size) canvas.width = canvas.height = size;
    const ratio = window.devicePixelRatio || 1;
    canvas.style.width = canvas.style.height = `${(Math.max(1, Math.floor((room * ratio) / size)) * size) / ratio}px`;
    canvas.getContext("2d").putImageData(pixels(bytes, channels, size, size), 0, 0);
  }

  /** One run at one step: the sheet, the point, and what is known of the picture there. */
  class Lane {
    constructor(view) {
      Object.assign(this, { view, looking: new Newest(2), dragging: new Newest(4), nearing: new Newest(1) });
      this.canvas = element("canvas", { class: "plane square", tabindex: 0, "aria-label": "The square between four seeds; drag, or use the arrow keys" });
      this.large = element("canvas", { class: "seeds-large", role: "img", "aria-label": "The picture at the point" });
      this.caption = element("p", { class: "caption" });
      this.where = element("p", { class: "caption" });
      this.bar = element("i");
      this.share = element("b");
      const verdict = element("div", { class: "bar right", title: "How many real pictures the discriminator finds less real than this one" }, element("span", {}, "more real than"), this.bar, this.share);
      this.near = element("div", { class: "seeds-near", "aria-live": "polite" });
      this.nearCaption = element("p", { class: "caption" });
      const head = (text) => element("h3", { class: "beside" }, text);
      const side = element("div", { class: "plane-side" }, this.large, head("How real does the discriminator find it?"), verdict, this.where, head("Has it been copied?"), this.near, this.nearCaption);
      this.root = element("div", { class: "lane" }, element("div", { class: "plane-main" }, this.canvas, this.caption), side);
      const drag = (event) => (event.buttons === 1 || event.type === "pointerdown") && this.view.move(this.point(event));
      this.canvas.addEventListener("pointerdown", (event) => (this.canvas.setPointerCapture(event.pointerId), drag(event)));
      this.canvas.addEventListener("pointermove", drag);
      this.canvas.addEventListener("pointerup", () => this.view.settle());
      this.canvas.addEventListener("keydown", (event) => {
        const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
        if (!by) return;
        event.preventDefault();
        this.view.move(this.view.at.map((value, i) => within(value + 0.02 * by[i])));
        this.view.settle();
      });
    }
    point(event) {
      return [within(event.offsetX / this.canvas.clientWidth), within(event.offsetY / this.canvas.clientHeight)];
    }
    get conditional() {
      return this.track.info.knobs.conditional !== false;
    }
    get query() {
      const { view, track, step } = this;
      return { run: track.id, step, seeds: view.seeds, class: this.conditional ? view.label : null };
    }
    get place() {
      const [x, y] = this.view.at;
      return { ...this.query, x: x.toFixed(4), y: y.toFixed(4) };
    }
    show(track, step) {
      Object.assign(this, { track, step });
      const { query } = this;
      const key = JSON.stringify(query);
      if (key === this.key) return;
      this.key = key;
      const load = () => Playground.request("/gan/square.jpg", query).then((response) => response.blob()).then(createImageBitmap);
      this.looking.ask(
        () => this.view.cache.get(key, load),
        (image) => {
          Object.assign(this, { image, shown: query });
          this.view.complain("");
          this.paint();
          this.draw();
          this.settle();
        },
        (error) => ((this.key = null), this.view.complain(error.message)),
      );
    }
    /** The picture at the point and the verdict on it. */
    draw() {
      const { place } = this;
      const asked = performance.now();
      this.dragging.ask(
        () => packet("/gan/made", place),
        ({ head, bytes }) => {
          show(this.large, bytes, head.channels, head.size, innerWidth < 760 ? 168 : 224);
          this.bar.style.setProperty("--value", head.rank);
          this.share.textContent = `${Math.round(100 * head.rank)}%`;
          const whose = this.conditional ? ` of the class ${this.track.info.classes[place.class]}` : "";
          this.where.textContent = `of ${head.of} test pictures${whose}: its verdict is ${head.verdict.toFixed(2)}. At (${Number(place.x).toFixed(2)}, ${Number(place.y).toFixed(2)}).`;
          this.view.measured?.(performance.now() - asked);
        },
        (error) => this.view.complain(error.message),
      );
    }
    /** The nearest training pictures, once the point rests. */
    settle() {
      clearTimeout(this.settling);
      this.settling = setTimeout(() => {
        const { place } = this;
        const key = JSON.stringify(place);
        if (key === this.nearKey || !this.image) return;
        this.nearing.ask(
          () => packet("/gan/nearest", place),
          ({ head, bytes }) => ((this.nearKey = key), this.compare(head, bytes)),
          (error) => ((this.nearCaption.textContent = error.message), this.near.replaceChildren()),
        );
      }, 300);
    }
    compare(head, bytes) {
      const area = head.channels * head.size ** 2;
      this.near.replaceChildren(
        ...head.labels.map((label, i) => {
          const canvas = element("canvas", { role: "img", "aria-label": `Training picture: ${label}` });
          show(canvas, bytes.subarray(i * area, (i + 1) * area), head.channels, head.size, 64);
          return element("figure", {}, canvas, element("figcaption", {}, `${label}, ${head.distances[i].toFixed(1)}`));
        }),
      );
      this.nearCaption.textContent = `The nearest of ${count(head.of)} training pictures of ${this.track.info.data}, with their distance in the features of ${head.features}.`;
    }
    paint() {
      if (!this.image) return;
      const { image, canvas, view } = this;
      const ratio = window.devicePixelRatio || 1;
      const room = Math.min(560, canvas.parentElement.clientWidth);
      const whole = Math.max(1, Math.floor((room * ratio) / image.width));
      canvas.style.width = canvas.style.height = `${(whole * image.width) / ratio}px`;
      Playground.draw(canvas, (context, width) => {
        context.imageSmoothingEnabled = false;
        context.drawImage(image, 0, 0, width, width);
        const [x, y] = view.at.map((value) => value * width);
        for (const [ink, line] of [["#000", 6], ["#fff", 4], [Playground.colour("--accent"), 2]]) {
          context.strokeStyle = ink;
          context.lineWidth = line;
          context.beginPath();
          context.arc(x, y, 11, 0, 7);
          context.stroke();
        }
      });
      const { info } = this.track;
      const kind = this.conditional ? `, all of the class ${info.classes[this.shown.class]}` : "";
      this.caption.textContent = `${info.name}, snapshot of step ${count(this.shown.step)}: ${SIDE} × ${SIDE} made pictures${kind}, drawn by the averaged generator; the corners are the four seeds of number ${this.shown.seeds}, with great circles between them.`;
    }
  }

  class SeedsView {
    constructor(root) {
      this.film = film("gan");
      const find = (selector) => root.querySelector(selector);
      [this.lanes, this.problem] = [find(".seeds-lanes"), find(".seeds-problem")];
      [this.kinds, this.number] = [find('[data-knob="class"]'), find('[data-knob="seeds"]')];
      const whole = (text) => (/^\d{1,9}$/.test(text ?? "") ? Number(text) : 0);
      const given = (url.given("gan", "view") ?? "").split(",").map(Number);
      this.touched = given.length === 2 && given.every(Number.isFinite);
      this.at = this.touched ? given.map(within) : [0.5, 0.5];
      this.label = whole(url.given("gan", "class"));
      this.seeds = this.number.value = whole(url.given("gan", "seeds"));
      this.cache = new Kept(60);
      this.kinds.addEventListener("change", () => this.choose({ label: Number(this.kinds.value) }));
      this.number.addEventListener("change", () => this.choose({ seeds: whole(this.number.value) }));
      find(".seeds-other").addEventListener("click", () => this.choose({ seeds: Math.floor(1e6 * Math.random()) }));
      for (const what of ["run", "time", "news"]) this.film.addEventListener(what, () => this.show());
      this.film.addEventListener("front", () => (this.touched && this.remember(), this.paint()));
      new ResizeObserver(() => this.paint()).observe(root);
    }
    show() {
      const tracks = this.film.tracks.filter((track) => track.snapshots.length);
      if (!tracks.length && this.film.track) this.complain("The square appears here with the first snapshot, at step 0.", true);
      while (this.lanes.children.length > tracks.length) this.lanes.lastChild.remove();
      if (tracks.length) this.offer(tracks);
      tracks.forEach((track, i) => (this.lanes.children[i]?.lane ?? this.lane()).show(track, track.snapshot(this.film.step)));
    }
    /** The classes that can be asked for: those of the first run that knows any. */
    offer(tracks) {
      const knowing = tracks.find((track) => track.info.knobs.conditional !== false);
      const key = knowing?.info.classes.join() ?? "";
      if (key !== this.offered) {
        this.offered = key;
        const option = (name, i) => element("option", { value: i }, name);
        this.kinds.replaceChildren(...(knowing?.info.classes.map(option) ?? [element("option", {}, "this run knows none")]));
        this.kinds.disabled = !knowing;
      }
      if (knowing && this.label >= knowing.info.classes.length) this.label = 0;
      if (knowing) this.kinds.value = this.label;
    }
    lane() {
      const lane = new Lane(this);
      lane.root.lane = lane;
      this.lanes.append(lane.root);
      return lane;
    }
    choose(change) {
      Object.assign(this, change, { touched: true });
      this.number.value = this.seeds;
      this.show();
      this.remember();
    }
    /** The finger chose a place. */
    move(at) {
      this.at = at;
      this.touched = true;
      for (const { lane } of this.lanes.children) {
        if (!lane.image) continue;
        lane.draw();
        lane.paint();
      }
    }
    settle() {
      for (const { lane } of this.lanes.children) lane.settle();
      this.remember();
    }
    remember() {
      if (!this.film.visible) return;
      url.set("gan", { view: this.at.map((value) => value.toFixed(2)).join(","), class: this.label || null, seeds: this.seeds || null });
    }
    paint() {
      for (const { lane } of this.lanes.children) lane.paint();
    }
    complain(sentence, calm = false) {
      Playground.say(this.problem, sentence, calm);
    }
  }
  Playground.kinds.seeds = SeedsView;
})();
