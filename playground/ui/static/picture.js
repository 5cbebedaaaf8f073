// Choosing what a view looks at: an example, a file, the camera, the clipboard, or a drawing.
"use strict";
(() => {
  const { address, element, json, url } = Playground;

  /** Fills `root` and tells of each choice through `chosen(name)`; `film` says which data the examples are from. */
  class PictureChooser {
    constructor(root, film, { draw = false, chosen }) {
      Object.assign(this, { root, film, chosen, name: url.given(film.lab, "picture") || "ex-0" });
      this.bright = false;
      this.strip = element("div", { class: "picture-strip", role: "listbox", "aria-label": "Example pictures" });
      this.file = element("input", { type: "file", accept: "image/*", hidden: true, onchange: () => this.bring(this.file.files[0]) });
      this.camera = element("button", { onclick: () => this.look(), title: "Takes a picture with the camera" }, "Camera");
      this.invert = element("input", { type: "checkbox", onchange: () => this.settle() });
      this.inverting = element("label", { class: "picture-invert", hidden: true, title: "Turns light into dark: the training pictures lie on black" }, this.invert, "swap light and dark");
      this.said = element("p", { class: "problem", role: "alert", hidden: true });
      this.pad = draw ? this.drawing() : null;
      const upload = element("button", { onclick: () => this.file.click(), title: "Chooses a picture of yours; you can also paste or drop one" }, "Upload");
      const row = element("div", { class: "picture-ways" }, upload, this.camera, element("span", { class: "quiet" }, "or paste, or drop a picture here"), this.inverting);
      root.replaceChildren(...[this.pad, this.strip, row, this.file, this.said].filter(Boolean));
      root.addEventListener("dragover", (event) => event.preventDefault());
      root.addEventListener("drop", (event) => (event.preventDefault(), this.bring(event.dataTransfer.files[0])));
      document.addEventListener("paste", (event) => {
        const item = [...(event.clipboardData?.files ?? [])][0];
        if (item && film.visible) this.bring(item);
      });
      film.addEventListener("run", () => this.examples());
      film.addEventListener("front", () => this.remember());
    }
    get grey() {
      return this.film.track?.info.channels === 1;
    }
    async examples() {
      const { data, size } = this.film.track.info;
      if (this.shown === data + size) return;
      this.shown = data + size;
      let found;
      try {
        found = await json("/examples", { data, size });
      } catch (error) {
        return this.complain(error.message);
      }
      const sheet = address("/examples.png", { data, size });
      this.labels = found.labels;
      this.names = found.names;
      this.strip.replaceChildren(
        ...found.labels.map((label, i) =>
          element("button", {
            role: "option",
            title: found.names[i],
            "aria-label": found.names[i],
            "data-name": `ex-${i}`,
            style: `background-image:url("${sheet}");` +
              `background-position:${((i % 8) / 7) * 100}% ${(Math.floor(i / 8) / Math.max(1, Math.ceil(found.labels.length / 8) - 1)) * 100}%;` +
              `background-size:800% ${Math.ceil(found.labels.length / 8) * 100}%`,
            onclick: () => this.choose(`ex-${i}`),
          }),
        ),
      );
      if (this.name.startsWith("ex-") && !found.labels[Number(this.name.slice(3))]) this.name = "ex-0";
      this.choose(this.name);
    }
    /** What is known of the picture that is looked at: its class among the examples, or nothing. */
    get label() {
      return this.name.startsWith("ex-") ? (this.labels?.[Number(this.name.slice(3))] ?? "") : "";
    }
    choose(name) {
      this.name = name;
      const brought = name.startsWith("up-");
      this.inverting.hidden = !(brought && this.grey);
      for (const button of this.strip.children) button.setAttribute("aria-selected", String(button.dataset.name === name));
      this.remember();
      this.complain("");
      this.chosen(name);
    }
    remember() {
      if (this.film.visible) url.set(this.film.lab, { picture: this.name === "ex-0" ? null : this.name });
    }
    settle() {
      const plain = this.name.replace(/-inverted$/, "");
      this.choose(this.invert.checked && this.grey ? plain + "-inverted" : plain);
    }
    async bring(blob, { inverted = null } = {}) {
      this.file.value = "";
      if (!blob) return;
      if (blob.size > 10_000_000) return this.complain("The file is larger than 10 MB. Choose a smaller one.");
      try {
        const found = await json("/pictures", {}, { method: "POST", body: blob });
        this.invert.checked = inverted ?? (this.grey && found.bright);
        this.name = found.picture;
        this.settle();
      } catch (error) {
        this.complain(error.message);
      }
    }
    complain(sentence) {
      Playground.say(this.said, sentence);
    }
    async look() {
      if (!navigator.mediaDevices?.getUserMedia) return this.complain("This browser gives no camera to this page; upload a picture instead.");
      let stream;
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { width: 512, height: 512 } });
      } catch {
        return this.complain("The camera cannot be used: it is missing or the browser was told not to give it.");
      }
      const video = element("video", { autoplay: true, playsinline: true, muted: true });
      video.srcObject = stream;
      const end = () => (stream.getTracks().forEach((track) => track.stop()), stage.remove());
      const take = () => {
        const canvas = element("canvas", { width: video.videoWidth, height: video.videoHeight });
        canvas.getContext("2d").drawImage(video, 0, 0);
        canvas.toBlob((blob) => this.bring(blob), "image/png");
        end();
      };
      const stage = element("div", { class: "picture-camera" }, video, element("div", {}, element("button", { class: "primary", onclick: take }, "Take"), element("button", { onclick: end }, "Close")));
      this.root.append(stage);
    }
    /** A pad to draw on with finger or mouse: white on black for grey data, a few colours on white for others. */
    drawing() {
      const canvas = element("canvas", { class: "pad", width: 224, height: 224, "aria-label": "Draw here" });
      const context = canvas.getContext("2d");
      const clear = () => {
        context.fillStyle = this.grey ? "#000" : "#fff";
        context.fillRect(0, 0, 224, 224);
      };
      let last = null;
      let dirty = false;
      let waiting = null;
      const send = () => {
        clearTimeout(waiting);
        waiting = setTimeout(() => canvas.toBlob((blob) => this.bring(blob, { inverted: false }), "image/png"), 80);
      };
      const at = (event) => [(event.offsetX * 224) / canvas.clientWidth, (event.offsetY * 224) / canvas.clientHeight];
      canvas.addEventListener("pointerdown", (event) => {
        canvas.setPointerCapture(event.pointerId);
        if (!dirty) clear();
        dirty = true;
        last = at(event);
        stroke(event);
      });
      const stroke = (event) => {
        if (!last) return;
        const here = at(event);
        context.strokeStyle = this.grey ? "#fff" : this.ink.value;
        context.lineWidth = Number(this.brush.value);
        context.lineCap = context.lineJoin = "round";
        context.beginPath();
        context.moveTo(...last);
        context.lineTo(...here);
        context.stroke();
        last = here;
        send();
      };
      canvas.addEventListener("pointermove", stroke);
      for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, () => (last = null));
      this.brush = element("input", { type: "range", min: 4, max: 48, value: 18, "aria-label": "Width of the brush" });
      this.ink = element("input", { type: "color", value: "#f5b800", "aria-label": "Colour of the brush" });
      const wipe = () => ((dirty = false), clear(), hint());
      const hint = () => {
        context.fillStyle = this.grey ? "#888" : "#777";
        context.font = "16px system-ui, sans-serif";
        context.textAlign = "center";
        context.fillText("draw here", 112, 116);
      };
      this.film.addEventListener("run", () => ((this.ink.hidden = this.grey), dirty || wipe()));
      return element("div", { class: "picture-pad" }, canvas, element("div", { class: "picture-ways" }, this.brush, this.ink, element("button", { onclick: wipe }, "Clear")));
    }
  }
  Playground.PictureChooser = PictureChooser;
})();
