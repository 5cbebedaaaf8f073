// Attention over a picture: the patch under the pointer asks, all layers and heads answer at once.
"use strict";
(() => {
  const { element, film, packet, address, Newest, Kept, PictureChooser, url } = Playground;
  const VIRIDIS = "440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26818e 21908c 1f9f88 28ae80 3ebc74 5dc963 82d34c abdc32 d5e21a fde725"
    .split(" ")
    .map((code) => [0, 2, 4].map((i) => parseInt(code.slice(i, i + 2), 16)));

  const AT_FIRST = [99, -1, -1]; // the last block, the mean of its heads, no patch

  /** The colour of a value in [0, 1]. */
  function viridis(value) {
    const at = Math.max(0, Math.min(1, value)) * (VIRIDIS.length - 1);
    const i = Math.min(VIRIDIS.length - 2, Math.floor(at));
    return VIRIDIS[i].map((low, c) => low + (at - i) * (VIRIDIS[i + 1][c] - low));
  }

  /** What the server said of one run at one step: every row of every map, decoded on demand. */
  class Maps {
    constructor({ head, bytes }) {
      Object.assign(this, head);
      const scales = head.layers * head.heads * head.tokens;
      this.scales = new Float32Array(bytes.slice(0, 4 * scales).buffer);
      this.values = bytes.subarray(4 * scales);
      this.prefix = head.tokens - head.grid ** 2;
    }
    /** What token `query` looks at in one head, over the patches; `query` of -1 is what the answer is read off. */
    row(layer, head, query) {
      const { tokens, prefix, grid } = this;
      const found = new Float32Array(grid * grid);
      const queries = query >= 0 ? [query + prefix] : prefix ? [0] : [...Array(tokens).keys()];
      for (const one of queries) {
        const line = (layer * this.heads + head) * tokens + one;
        const scale = this.scales[line] / 255 / queries.length;
        for (let i = 0; i < found.length; i++) found[i] += this.values[line * tokens + prefix + i] * scale;
      }
      return found;
    }
    mean(layer, query) {
      const total = new Float32Array(this.grid ** 2);
      for (let head = 0; head < this.heads; head++) this.row(layer, head, query).forEach((value, i) => (total[i] += value / this.heads));
      return total;
    }
  }

  /** What the server says of a network that is no transformer: one value a pixel, how strongly it moves the answer. */
  class Saliency {
    constructor({ head, bytes }) {
      Object.assign(this, head);
      this.prefix = 0;
      this.values = new Float32Array(bytes.slice().buffer);
    }
    mean() {
      return this.values;
    }
  }

  /** One run's picture, its maps and what it takes the picture for. */
  class Lane {
    constructor(view) {
      this.view = view;
      this.newest = new Newest(2);
      this.canvas = element("canvas", { class: "attention-picture", tabindex: 0, "aria-label": "The picture; every patch can be made the query" });
      this.maps = element("div", { class: "attention-maps", role: "listbox", "aria-label": "Layers and heads" });
      this.bars = element("div", { class: "bars" });
      this.caption = element("p", { class: "caption" });
      this.scale = element("div", { class: "scale" }, element("span", {}, "0"), element("i"), element("b"));
      this.root = element("div", { class: "lane" }, element("div", { class: "attention-main" }, this.canvas, this.scale, this.bars), element("div", { class: "attention-side" }, this.maps, this.caption));
      const patch = (event) => {
        if (!this.found?.layers) return null;
        const { grid } = this.found;
        const [x, y] = [event.offsetX / this.canvas.clientWidth, event.offsetY / this.canvas.clientHeight].map((part) => Math.floor(part * grid));
        return x >= 0 && y >= 0 && x < grid && y < grid ? y * grid + x : null;
      };
      this.canvas.addEventListener("pointermove", (event) => {
        const at = patch(event);
        if (at !== null && (!this.view.pinned || event.buttons === 1)) this.view.ask(at, false);
      });
      this.canvas.addEventListener("pointerdown", (event) => this.view.ask(patch(event), true));
      this.canvas.addEventListener("pointerleave", () => !this.view.pinned && this.view.ask(-1, false));
      this.canvas.addEventListener("keydown", (event) => this.key(event));
    }
    key(event) {
      const { grid } = this.found?.layers ? this.found : {};
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -grid, ArrowDown: grid }[event.key];
      if (event.key === "Escape") this.view.ask(-1, false, true);
      if (!by || !grid) return;
      event.preventDefault();
      const goal = (this.view.query < 0 ? 0 : this.view.query) + by;
      if (goal >= 0 && goal < grid * grid) this.view.ask(goal, true);
    }
    show(track, step, picture) {
      this.track = track;
      const key = `${track.id} ${step} ${picture}`;
      if (key === this.key_) return;
      this.key_ = key;
      const { path, query, source } = track.hub
        ? { path: `/vision/pretrained/${track.hub}`, query: { picture, data: track.info.data }, source: address(`/vision/pretrained/pictures/${picture}.png`, { data: track.info.data }) }
        : { path: "/vision/attention", query: { run: track.id, step, picture }, source: address(`/pictures/${picture}.png`, { run: track.id }) };
      const send = () => this.view.cache.get(key, () => this.view.patiently(path, query));
      this.newest.ask(
        send,
        (found) => {
          this.found = found;
          this.view.complain("");
          this.load(source);
          this.build();
          this.paint();
        },
        (error) => {
          this.key_ = null;
          this.view.failed(track, error.message);
        },
      );
    }
    load(source) {
      if (this.source === source) return;
      this.source = source;
      const image = new Image();
      image.onload = () => {
        this.image = image;
        this.paint();
      };
      image.src = source;
    }
    build() {
      const { layers, heads } = this.found;
      if (this.shape === `${layers} ${heads}`) return;
      this.shape = `${layers} ${heads}`;
      this.maps.style.setProperty("--heads", heads + 1);
      const cells = !layers ? [] : [element("span"), ...[...Array(heads).keys()].map((head) => element("span", {}, `head ${head + 1}`)), element("span", {}, "mean")];
      for (let layer = 0; layer < layers; layer++) {
        cells.push(element("span", {}, `block ${layer + 1}`));
        for (let head = 0; head <= heads; head++) {
          const name = head < heads ? `Block ${layer + 1}, head ${head + 1}` : `Block ${layer + 1}, mean of its heads`;
          const choose = () => this.view.choose(layer, head < heads ? head : -1);
          const cell = element("canvas", { role: "option", tabindex: 0, title: name, "aria-label": name, onclick: choose });
          cell.addEventListener("keydown", (event) => ["Enter", " "].includes(event.key) && (event.preventDefault(), choose()));
          Object.assign(cell, { layer, head: head < heads ? head : -1 });
          cells.push(cell);
        }
      }
      this.maps.replaceChildren(...cells);
    }
    values(layer, head) {
      const { query } = this.view;
      const at = Math.min(query, this.found.grid ** 2 - 1);
      return head < 0 ? this.found.mean(layer, at) : this.found.row(layer, head, at);
    }
    paint() {
      const { found, view } = this;
      if (!found) return;
      const layer = Math.min(view.layer, found.layers - 1);
      const head = view.head >= found.heads ? -1 : view.head;
      for (const cell of this.maps.querySelectorAll("canvas")) {
        const values = this.values(cell.layer, cell.head);
        heat(cell, values, found.grid);
        cell.setAttribute("aria-selected", String(cell.layer === layer && cell.head === head));
      }
      const values = this.values(layer, head);
      this.big(values);
      const most = Math.max(...values);
      this.scale.lastChild.textContent = found.layers ? `${(100 * most).toFixed(1)}%` : most.toPrecision(2);
      this.told(layer, head);
    }
    big(values) {
      const { canvas, image, found, view } = this;
      const side = Math.max(1, Math.floor(Math.min(canvas.parentElement.clientWidth || 336, 336) / found.size)) * found.size;
      canvas.style.width = canvas.style.height = `${side}px`;
      Playground.draw(canvas, (context, width) => {
        context.imageSmoothingEnabled = false;
        if (image) context.drawImage(image, 0, 0, width, width);
        const cell = width / found.grid;
        const most = Math.max(...values) || 1;
        values.forEach((value, i) => {
          const [r, g, b] = viridis(value / most);
          context.fillStyle = `rgba(${r},${g},${b},${view.strength * (0.4 + (0.6 * value) / most)})`;
          context.fillRect((i % found.grid) * cell, Math.floor(i / found.grid) * cell, cell, cell);
        });
        if (found.layers && view.query >= 0 && view.query < found.grid ** 2) {
          const [x, y] = [(view.query % found.grid) * cell, Math.floor(view.query / found.grid) * cell];
          context.lineWidth = 4;
          context.strokeStyle = "#000";
          context.strokeRect(x, y, cell, cell);
          context.lineWidth = 2;
          context.strokeStyle = "#fff";
          context.strokeRect(x, y, cell, cell);
        }
      });
    }
    told(layer, head) {
      const { found, track, view } = this;
      const who = view.query >= 0 ? `patch ${view.query + 1}` : found.prefix ? "the class token" : "all patches on average";
      const where = `block ${layer + 1}, ${head < 0 ? "mean of its heads" : `head ${head + 1}`}`;
      const maps = `What ${who} looks at in ${where}.`;
      const pixels = "This network has no attention: the map shows how strongly each pixel moves the answer.";
      const when = track.hub ? "as others have trained it" : `snapshot of step ${found.step.toLocaleString("en-US")}`;
      const cells = `${found.grid} × ${found.grid} ${found.layers ? "patches" : "pixels"}`;
      this.caption.textContent = `${found.layers ? maps : pixels} ${track.info.name}, ${when}; ${cells}.`;
      const top = found.probabilities.map((value, i) => [value, found.classes[i]]).sort((a, b) => b[0] - a[0]).slice(0, 5);
      const label = track.hub ? "" : view.pictures.label;
      this.bars.replaceChildren(
        ...top.map(([value, name]) =>
          element("div", { class: name === label ? "bar right" : "bar" }, element("span", {}, name + (name === label ? " ✓" : "")), element("i", { style: `--value:${value}` }), element("b", {}, `${(100 * value).toFixed(1)}%`)),
        ),
      );
    }
  }

  /** Paints a small map, one pixel a patch, scaled to its own maximum. */
  function heat(canvas, values, grid) {
    if (canvas.width !== grid) canvas.width = canvas.height = grid;
    const context = canvas.getContext("2d");
    const image = context.createImageData(grid, grid);
    const most = Math.max(...values) || 1;
    values.forEach((value, i) => image.data.set([...viridis(value / most), 255], 4 * i));
    context.putImageData(image, 0, 0);
  }

  class AttentionView {
    constructor(root) {
      this.film = film("vision");
      const find = (name) => root.querySelector(`.attention-${name}`);
      [this.lanes, this.problem] = [find("lanes"), find("problem")];
      // block, head (-1: their mean) and patch (-1: all); what is too large for a network is cut down as it is drawn
      const given = /^(\d{1,3}),(-1|\d{1,3}),(-1|\d{1,4})$/.exec(url.given("vision", "view") ?? "");
      const [layer, head, query] = given ? given.slice(1).map(Number) : AT_FIRST;
      Object.assign(this, { layer, head, query });
      this.pinned = this.query >= 0;
      this.strength = 0.6;
      this.missing = ""; // why a network that others have trained is not to be had
      this.cache = new Kept(60);
      this.pictures = new PictureChooser(find("pictures"), this.film, { chosen: () => this.show() });
      find("strength").addEventListener("input", (event) => ((this.strength = Number(event.target.value) / 100), this.paint()));
      this.network = find("network");
      this.network.addEventListener("change", () => ((this.missing = ""), this.show()));
      find("all").addEventListener("click", () => this.ask(-1, false, true));
      for (const what of ["run", "time", "news"]) this.film.addEventListener(what, () => this.show());
      this.film.addEventListener("front", () => this.remember());
      new ResizeObserver(() => this.paint()).observe(root);
    }
    /** Asks until the network that the server fetches is there, and says meanwhile how far it is. */
    async patiently(path, query) {
      for (let again; ; again = "yes") {
        const answer = await packet(path, { ...query, again });
        if (answer.head.waiting === undefined) return answer.head.layers ? new Maps(answer) : new Saliency(answer);
        this.complain(`${answer.head.waiting} ${Math.round(100 * answer.head.progress)}%`, true);
        await new Promise((resolve) => setTimeout(resolve, 400));
      }
    }
    /** What is looked through: the runs of the film, or a network that others have trained. */
    get looked() {
      const hub = this.network.value;
      if (!hub) return this.film.tracks.filter((track) => track.snapshots.length);
      const name = this.network.selectedOptions[0].textContent.replace(" (Hub)", "");
      return [{ id: hub, hub, info: { ...this.film.track.info, name }, snapshot: () => 0 }];
    }
    show() {
      if (!this.film.track || !this.pictures.labels) return;
      const tracks = this.looked;
      if (!tracks.length) this.complain("The maps appear here with the first snapshot, at step 0.", true);
      while (this.lanes.children.length > tracks.length) this.lanes.lastChild.remove();
      tracks.forEach((track, i) => {
        const lane = this.lanes.children[i]?.lane ?? this.lane();
        lane.show(track, track.snapshot(this.film.step), this.pictures.name);
      });
    }
    lane() {
      const lane = new Lane(this);
      lane.root.lane = lane;
      this.lanes.append(lane.root);
      return lane;
    }
    ask(query, pin, free = false) {
      if (query === null) return;
      this.pinned = pin && !(this.pinned && query === this.query) && !free;
      this.query = query;
      this.paint();
      this.remember();
    }
    choose(layer, head) {
      Object.assign(this, { layer, head });
      this.paint();
      this.remember();
    }
    remember() {
      clearTimeout(this.remembering);
      this.remembering = setTimeout(() => {
        const view = [this.layer, this.head, this.pinned ? this.query : -1].join(",");
        if (this.film.visible) url.set("vision", { view: view === AT_FIRST.join(",") ? null : view });
      }, 300);
    }
    paint() {
      for (const { lane } of this.lanes.children) lane.paint();
    }
    /** A network that cannot be had gives the place back to the run; the sentence stays. */
    failed(track, sentence) {
      if (track.hub && this.network.value === track.hub) {
        this.network.value = "";
        this.missing = sentence;
        this.show();
      }
      this.complain(sentence);
    }
    complain(sentence, calm = false) {
      Playground.say(this.problem, sentence || this.missing, calm);
    }
  }
  Playground.kinds.attention = AttentionView;
})();
