// A picture there and back between two styles, and a sheet of held-out emoji beside the drawings that there truly are.
"use strict";
(() => {
  const { element, film, packet, Newest, Kept, PictureChooser, url, pixels } = Playground;
  const STYLES = { a: "Noto", b: "Twemoji" };
  const count = (value) => value.toLocaleString("en-US");
  const told = ({ l1, ssim }) => `L1 ${l1.toFixed(3)}, SSIM ${ssim.toFixed(2)}`;

  /** One run's answers to the picture that is looked at. */
  class Lane {
    constructor(view) {
      this.view = view;
      this.newest = new Newest(3);
      this.row = element("div", { class: "trip" });
      this.parts = ["given", "across", "back", "error", "truth"].map((name) => {
        const canvas = element("canvas", { role: "img" });
        const caption = element("figcaption");
        const figure = element("figure", { class: `trip-${name}` }, canvas, caption);
        this.row.append(figure);
        return { name, canvas, caption, figure };
      });
      const scale = element("div", { class: "scale" }, element("b", {}, "0"), element("i"), element("b", { class: "trip-most" }, ""));
      this.parts[3].figure.append(scale);
      this.caption = element("p", { class: "caption" });
      this.root = element("div", { class: "translation-lane" }, this.row, this.caption);
    }
    show(track, step) {
      const { picture, direction, kept } = this.view;
      const query = { run: track.id, step, picture, direction };
      const key = Object.values(query).join(" ");
      if (key === this.key || !picture) return;
      this.key = key;
      this.newest.ask(
        () => kept.get(key, () => packet("/translation/trip", query)),
        (found) => (this.view.complain(""), this.paint(found, track)),
        (error) => ((this.key = null), this.view.complain(error.message)),
      );
    }
    paint({ head, bytes }, track) {
      const { size, direction, domain, pictures } = head;
      const area = 3 * size * size;
      const [from, to] = [STYLES[direction[0]], STYLES[direction[1]]];
      const astray = domain && domain !== direction[0];
      const names = ["given", `as ${to}`, `and back, as ${from}`, "what got lost", astray ? "should stay so" : `the true ${to}`];
      this.parts.forEach(({ canvas, caption, figure }, i) => {
        figure.hidden = i >= pictures;
        if (figure.hidden) return;
        if (canvas.width !== size) canvas.width = canvas.height = size;
        canvas.getContext("2d").putImageData(pixels(bytes.subarray(i * area, (i + 1) * area), 3, size, size), 0, 0);
        canvas.setAttribute("aria-label", names[i]);
        caption.textContent = names[i];
      });
      this.row.querySelector(".trip-most").textContent = head.most;
      const known = head.translated
        ? ` To the true drawing the translation has ${told(head.translated)}; the picture left as it is would have ${told(head.untouched)}.`
        : " Nobody has drawn this one in the other style, so there is nothing to measure it against.";
      this.caption.textContent =
        `${track.info.name}, snapshot of step ${count(head.step)}, one picture, ${track.info.data} at ${size} pixels. ` +
        `There and back changed it by L1 ${head.cycle.toFixed(3)} (1 is black against white); the map shows where, the mean over colours.` + known;
      this.view.went(direction);
    }
  }

  /** One run's sheet of held-out emoji. */
  class Sheet {
    constructor(view) {
      this.view = view;
      this.newest = new Newest(2);
      this.triples = element("div", { class: "triples" });
      this.caption = element("p", { class: "caption" });
      this.root = element("div", { class: "translation-sheet" }, this.triples, this.caption);
    }
    show(track, step) {
      const query = { run: track.id, step, direction: this.view.way };
      const key = Object.values(query).join(" ");
      if (key === this.key) return;
      this.key = key;
      const load = async () => {
        const { head, bytes } = await packet("/translation/sheet", query);
        return { head, image: await createImageBitmap(new Blob([bytes], { type: "image/jpeg" })) };
      };
      this.newest.ask(
        () => this.view.sheets.get(key, load),
        (found) => this.paint(found, track),
        (error) => ((this.key = null), this.view.complain(error.message)),
      );
    }
    paint({ head, image }, track) {
      const { size, names, direction } = head;
      while (this.triples.children.length < names.length) this.triples.append(element("canvas", { role: "img" }));
      names.forEach((name, i) => {
        const canvas = this.triples.children[i];
        if (canvas.width !== 3 * size) [canvas.width, canvas.height] = [3 * size, size];
        canvas.getContext("2d").drawImage(image, 0, i * size, 3 * size, size, 0, 0, 3 * size, size);
        canvas.title = name;
        canvas.setAttribute("aria-label", `${name}: given, translated, true`);
      });
      this.caption.textContent =
        `${track.info.name}, snapshot of step ${count(head.step)}: ${names.length} of ${head.of} held-out emoji, ` +
        `${STYLES[direction[0]]} → ${STYLES[direction[1]]}. Means over these ${names.length}: translated ${told(head.translated)}; untouched ${told(head.untouched)}.`;
    }
  }

  class TranslationView {
    constructor(root) {
      this.film = film("translation");
      const find = (name) => root.querySelector(`.translation-${name}`);
      [this.lanes, this.lists, this.problem] = [find("lanes"), find("sheets"), find("problem")];
      this.ways = [...root.querySelectorAll("[data-way]")];
      this.kept = new Kept(200);
      this.sheets = new Kept(40);
      const given = url.given("translation", "view");
      this.direction = ["ab", "ba"].includes(given) ? given : null; // without one, that of the example
      this.way = this.direction ?? "ab";
      this.picture = null;
      for (const button of this.ways) button.addEventListener("click", () => this.turn(button.dataset.way));
      this.chooser = new PictureChooser(find("pictures"), this.film, { draw: true, chosen: (name) => this.take(name) });
      for (const what of ["run", "time", "news"]) this.film.addEventListener(what, () => this.show());
      this.film.addEventListener("front", () => this.direction && url.set("translation", { view: this.direction }));
      this.marked();
    }
    take(name) {
      const isOther = this.picture !== null && this.picture !== name;
      this.picture = name;
      if (isOther && name.startsWith("ex-")) this.turn(null);
      else this.show();
    }
    /** Chooses a direction; null leaves it to the picture. */
    turn(direction) {
      this.direction = direction;
      if (direction) this.way = direction;
      if (this.film.visible) url.set("translation", { view: direction });
      this.marked();
      this.show();
    }
    /** The direction that the server took. */
    went(direction) {
      if (direction === this.way) return;
      this.way = direction;
      this.marked();
      this.show();
    }
    marked() {
      for (const button of this.ways) button.setAttribute("aria-pressed", String(button.dataset.way === this.way));
    }
    show() {
      const tracks = this.film.tracks.filter((track) => track.snapshots.length);
      if (!tracks.length && this.film.track) this.complain("Translations appear here with the first snapshot, at step 0.", true);
      for (const [parent, Kind] of [[this.lanes, Lane], [this.lists, Sheet]]) {
        while (parent.children.length > tracks.length) parent.lastChild.remove();
        tracks.forEach((track, i) => {
          if (!parent.children[i]) {
            const made = new Kind(this);
            made.root.lane = made;
            parent.append(made.root);
          }
          parent.children[i].lane.show(track, track.snapshot(this.film.step));
        });
      }
    }
    complain(sentence, calm = false) {
      Playground.say(this.problem, sentence, calm);
    }
  }
  Playground.kinds.translation = TranslationView;
})();
