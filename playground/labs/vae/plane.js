// A plane through latent space: the decoder drawn at every place of it, and a point to drag.
"use strict";
(() => {
  const { element, film, packet, json, address, Newest, Kept, PictureChooser, url, pixels } = Playground;
  const PALETTE = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#882255", "#999933", "#44aa99"];

  class Lane {
    constructor(view) {
      this.view = view;
      this.at = view.at;
      this.dragging = new Newest(4);
      this.looking = new Newest(2);
      this.encoding = new Newest(2);
      this.canvas = element("canvas", { class: "plane", tabindex: 0, "aria-label": "The latent plane; drag, or use the arrow keys" });
      this.decoded = element("canvas", { class: "decoded", "aria-label": "The decoded picture" });
      this.given = element("img", { class: "given", alt: "The encoded picture", hidden: true });
      this.where = element("p", { class: "caption" });
      this.caption = element("p", { class: "caption" });
      const pair = element("div", { class: "pair" }, element("figure", {}, this.decoded, element("figcaption", {}, "decoded")), element("figure", {}, this.given, element("figcaption", {}, "given")));
      this.root = element("div", { class: "lane" }, element("div", { class: "plane-main" }, this.canvas, this.caption), element("div", { class: "plane-side" }, pair, this.where));
      const drag = (event) => {
        if (event.buttons === 1 || event.type === "pointerdown") this.view.move(this.point(event));
      };
      this.canvas.addEventListener("pointerdown", (event) => (this.canvas.setPointerCapture(event.pointerId), drag(event)));
      this.canvas.addEventListener("pointermove", drag);
      this.canvas.addEventListener("pointerup", () => this.view.remember());
      this.canvas.addEventListener("keydown", (event) => {
        const by = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[event.key];
        if (!by) return;
        event.preventDefault();
        this.view.move(this.at.map((value, i) => value + by[i]));
        this.view.remember();
      });
    }
    point(event) {
      const { extent } = this.view;
      return [(event.offsetX / this.canvas.clientWidth) * 2 * extent - extent, extent - (event.offsetY / this.canvas.clientHeight) * 2 * extent];
    }
    get query() {
      return { run: this.track.id, step: this.step };
    }
    show(track, step) {
      const key = `${track.id} ${step}`;
      if (key === this.key_) return;
      this.key_ = key;
      const load = async () => {
        const [plane, image] = await Promise.all([
          json("/vae/plane", { run: track.id, step }),
          Playground.request("/vae/manifold.jpg", { run: track.id, step }).then((response) => response.blob()).then(createImageBitmap),
        ]);
        return { plane, image };
      };
      this.looking.ask(
        () => this.view.cache.get(key, load),
        ({ plane, image }) => {
          Object.assign(this, { track, step, plane, image }); // all at once: what is drawn is what the caption names
          this.view.complain("");
          this.paint();
          this.encode();
        },
        (error) => ((this.key_ = null), this.view.complain(error.message)),
      );
    }
    /** Where the chosen picture lies, in this run at this step. */
    encode() {
      const { picture } = this.view;
      if (!picture) return this.decode();
      const query = { ...this.query, picture };
      this.encoding.ask(
        () => json("/vae/encode", query),
        (found) => {
          this.posterior = found;
          this.given.src = address(`/pictures/${picture}.png`, { run: this.track.id });
          this.given.hidden = false;
          if (!this.view.moved) this.at = found.at;
          this.decode();
          this.paint();
        },
        (error) => this.view.complain(error.message),
      );
    }
    decode() {
      const [x, y] = this.at;
      const query = { ...this.query, x: x.toFixed(4), y: y.toFixed(4), picture: this.view.picture || null };
      const asked = performance.now();
      this.dragging.ask(
        () => packet("/vae/decode", query),
        ({ head, bytes }) => {
          const side = head.size;
          if (this.decoded.width !== side) this.decoded.width = this.decoded.height = side;
          this.decoded.getContext("2d").putImageData(pixels(bytes, head.channels, side, side), 0, 0);
          this.view.measured?.(performance.now() - asked);
        },
        (error) => this.view.complain(error.message),
      );
      this.where.textContent = `at (${x.toFixed(2)}, ${y.toFixed(2)})${this.posterior ? "; the ellipse is one standard deviation of the encoder's guess" : ""}`;
    }
    paint() {
      if (!this.plane) return;
      const { at } = this;
      const { extent, dots } = this.view;
      const { info } = this.track;
      Playground.draw(this.canvas, (context, width) => {
        const to = ([x, y]) => [((x + extent) / (2 * extent)) * width, ((extent - y) / (2 * extent)) * width];
        context.imageSmoothingEnabled = false;
        context.drawImage(this.image, 0, 0, width, width);
        if (dots) {
          this.plane.points.forEach((point, i) => {
            const [x, y] = to(point);
            context.fillStyle = PALETTE[this.plane.labels[i] % PALETTE.length];
            context.strokeStyle = "rgba(0,0,0,.55)";
            context.lineWidth = 0.75;
            context.beginPath();
            context.arc(x, y, 3.2, 0, 7);
            context.fill();
            context.stroke();
          });
        }
        if (this.posterior && this.view.picture) {
          const { at: centre, ellipse } = this.posterior;
          const [x, y] = to(centre);
          const scale = width / (2 * extent);
          for (const [ink, line] of [["#000", 5], ["#fff", 2.5]]) {
            context.strokeStyle = ink;
            context.lineWidth = line;
            context.beginPath();
            context.ellipse(x, y, Math.max(2, ellipse[0] * scale), Math.max(2, ellipse[1] * scale), -ellipse[2], 0, 7);
            context.stroke();
          }
        }
        // a ring, so that a narrow ellipse stays in sight within it
        const [x, y] = to(at);
        for (const [ink, line] of [["#000", 6], ["#fff", 4], [Playground.colour("--accent"), 2]]) {
          context.strokeStyle = ink;
          context.lineWidth = line;
          context.beginPath();
          context.arc(x, y, 11, 0, 7);
          context.stroke();
        }
      });
      const kept = this.plane.latent > 2 ? `; the plane of the codes' first two principal directions holds ${Math.round(100 * this.plane.kept)}% of their variance` : "";
      this.caption.textContent = `${info.name}, snapshot of step ${this.step.toLocaleString("en-US")}: 20 × 20 decoded points from −${extent} to ${extent} standard deviations, ${this.plane.latent} latent dimensions${kept}. Dots: ${this.plane.points.length} test pictures of ${info.data} where the encoder puts them.`;
    }
    legend(track) {
      return track.info.classes.slice(0, 10).map((name, i) => element("span", { style: `--dot:${PALETTE[i % PALETTE.length]}` }, name));
    }
  }

  class PlaneView {
    constructor(root) {
      this.film = film("vae");
      const find = (name) => root.querySelector(`.plane-${name}`);
      [this.lanes, this.problem, this.legend] = [find("lanes"), find("problem"), find("legend")];
      const given = (url.given("vae", "view") ?? "").split(",").map(Number);
      this.extent = 3;
      this.moved = given.length === 2 && given.every((value) => Math.abs(value) <= this.extent);
      this.at = this.moved ? given : [0, 0];
      this.picture = url.given("vae", "picture") || "ex-0";
      this.dots = true;
      this.cache = new Kept(60);
      find("dots").addEventListener("change", (event) => ((this.dots = event.target.checked), this.paint()));
      this.chooser = find("chooser");
      this.pictures = new PictureChooser(find("pictures"), this.film, { draw: true, chosen: (name) => this.take(name) });
      for (const what of ["run", "time", "news"]) this.film.addEventListener(what, () => this.show());
      this.film.addEventListener("front", () => this.moved && this.remember());
      new ResizeObserver(() => this.paint()).observe(root);
    }
    show() {
      const tracks = this.film.tracks.filter((track) => track.snapshots.length);
      if (!tracks.length && this.film.track) this.complain("The plane appears here with the first snapshot, at step 0.", true);
      if (!tracks.length) this.chooser.remove();
      while (this.lanes.children.length > tracks.length) this.lanes.lastChild.remove();
      tracks.forEach((track, i) => {
        const lane = this.lanes.children[i]?.lane ?? this.lane();
        lane.show(track, track.snapshot(this.film.step));
        if (!i) this.legend.replaceChildren(...lane.legend(track));
      });
    }
    lane() {
      const lane = new Lane(this);
      lane.root.lane = lane;
      if (!this.lanes.children.length) lane.root.lastChild.append(this.chooser);
      this.lanes.append(lane.root);
      return lane;
    }
    take(name) {
      if (this.picture !== name) {
        this.moved = false;
        if (this.film.visible) url.set("vae", { view: null });
      }
      this.picture = name;
      for (const { lane } of this.lanes.children) if (lane.plane) lane.encode();
    }
    /** The finger or a key chose a place; beyond the edge there is nothing to see. */
    move(at) {
      this.moved = true;
      this.at = at.map((value) => Math.max(-this.extent, Math.min(this.extent, value)));
      for (const { lane } of this.lanes.children) {
        lane.at = this.at;
        if (!lane.plane) continue;
        lane.decode();
        lane.paint();
      }
    }
    remember() {
      if (this.film.visible) url.set("vae", { view: this.at.map((value) => value.toFixed(2)).join(",") });
    }
    paint() {
      for (const { lane } of this.lanes.children) lane.paint();
    }
    complain(sentence, calm = false) {
      Playground.say(this.problem, sentence, calm);
    }
  }
  Playground.kinds.plane = PlaneView;
})();
