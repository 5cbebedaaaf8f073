// Choosing a density of points in the plane: a named one by its picture, or one's own, drawn with finger or mouse.
"use strict";
(() => {
  const { draw, element, packet, colour } = Playground;
  const REACH = 1.25; // the pad shows the square from -REACH to REACH
  const MOST = 1500;

  /** Points (Float32Array of x, y) as dots; `reach` is half the side of the square that fills the canvas. */
  function dots(context, width, points, { reach = REACH, ink, size = 1.5, alpha = 1 }) {
    context.fillStyle = ink;
    context.globalAlpha = alpha;
    for (let i = 0; i < points.length; i += 2) {
      const x = ((points[i] + reach) / (2 * reach)) * width;
      const y = ((reach - points[i + 1]) / (2 * reach)) * width;
      context.fillRect(x - size / 2, y - size / 2, size, size);
    }
    context.globalAlpha = 1;
  }

  /** Fills `root`; `chosen({density} or {strokes})` is told what to learn. */
  class DensityChooser {
    constructor(root, { path, chosen, first }) {
      Object.assign(this, { root, chosen, strokes: [], name: first });
      this.strip = element("div", { class: "density-strip", role: "listbox", "aria-label": "What is to be learnt" });
      this.pad = element("canvas", { class: "density-pad pad", "aria-label": "Draw a density here with finger or mouse" });
      const wipe = element("button", { onclick: () => this.wipe() }, "Clear");
      const words = element("p", { class: "quiet" }, "Draw lines or dots; the training begins when you lift the finger.");
      this.drawing = element("div", { class: "density-drawing", hidden: true }, this.pad, element("div", {}, words, wipe));
      root.replaceChildren(this.strip, this.drawing);
      this.hold();
      this.load(path);
    }
    async load(path) {
      const { head, bytes } = await packet(path).catch(() => ({ head: { names: [], points: 0 }, bytes: new Uint8Array() }));
      const all = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
      this.thumbnails = head.names.map((name, i) => ({ name, points: all.subarray(2 * i * head.points, 2 * (i + 1) * head.points) }));
      const item = (name, label) => {
        const picture = element("canvas", {});
        const button = element("button", { role: "option", "data-name": name, title: label, onclick: () => this.choose(name) }, picture, element("span", {}, label));
        this.strip.append(button);
        return picture;
      };
      for (const one of this.thumbnails) one.canvas = item(one.name, one.name);
      this.own = item("drawn", "draw");
      this.mark();
      new ResizeObserver(() => this.paint()).observe(this.strip);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
    }
    mark() {
      for (const button of this.strip.children) button.setAttribute("aria-selected", String(button.dataset.name === this.name));
      const marked = [...this.strip.children].find((button) => button.dataset.name === this.name);
      if (marked) this.strip.scrollLeft += marked.getBoundingClientRect().left - this.strip.getBoundingClientRect().left - this.strip.clientWidth / 2 + 36;
      this.drawing.hidden = this.name !== "drawn";
      this.paint();
    }
    choose(name) {
      this.name = name;
      this.mark();
      if (name !== "drawn") this.chosen({ density: name });
      else if (this.strokes.length) this.chosen({ strokes: this.strokes });
    }
    wipe() {
      this.strokes = [];
      this.paint();
    }
    hold() {
      let line = null;
      const at = (event) => {
        const limit = (value) => Math.round(1000 * Math.max(-REACH, Math.min(REACH, value))) / 1000;
        return [limit((event.offsetX / this.pad.clientWidth - 0.5) * 2 * REACH), limit((0.5 - event.offsetY / this.pad.clientHeight) * 2 * REACH)];
      };
      this.pad.addEventListener("pointerdown", (event) => {
        this.pad.setPointerCapture(event.pointerId);
        if (this.strokes.length >= 100) return;
        line = [at(event)];
        this.strokes.push(line);
        this.paint();
      });
      this.pad.addEventListener("pointermove", (event) => {
        if (!line || this.strokes.flat().length >= MOST) return;
        const here = at(event);
        if (Math.hypot(here[0] - line.at(-1)[0], here[1] - line.at(-1)[1]) < 0.02) return;
        line.push(here);
        this.paint();
      });
      const end = () => {
        if (!line) return;
        line = null;
        this.chosen({ strokes: this.strokes });
      };
      for (const kind of ["pointerup", "pointercancel"]) this.pad.addEventListener(kind, end);
    }
    lines(context, width, thick) {
      context.strokeStyle = context.fillStyle = colour("--real");
      context.lineWidth = thick;
      context.lineCap = context.lineJoin = "round";
      const to = ([x, y]) => [((x + REACH) / (2 * REACH)) * width, ((REACH - y) / (2 * REACH)) * width];
      for (const stroke of this.strokes) {
        context.beginPath();
        for (const point of stroke.length > 1 ? stroke : [stroke[0], stroke[0]]) context.lineTo(...to(point));
        context.stroke();
      }
    }
    paint() {
      for (const { canvas, points } of this.thumbnails ?? []) draw(canvas, (context, width) => dots(context, width, points, { ink: colour("--real") }));
      if (!this.own) return;
      draw(this.own, (context, width, height) => {
        if (this.strokes.length) return this.lines(context, width, 2);
        context.fillStyle = colour("--quiet");
        context.font = "20px system-ui, sans-serif";
        context.textAlign = "center";
        context.textBaseline = "middle";
        context.fillText("✎", width / 2, height / 2);
      });
      draw(this.pad, (context, width) => this.lines(context, width, 6));
    }
  }
  Object.assign(Playground, { DensityChooser, dots });
})();
