// A button in a view that branches the run on stage with some knobs changed.

import { element } from "../../ui/static/dom.js";
import { form } from "../../ui/static/form.js";
import { turn } from "../../ui/static/panel.js";

/**
 * @param {import("../../ui/static/stage.js").Stage} stage
 * @param {string} text
 * @param {Record<string, string | boolean>} changes by knob
 */
export function brancher(stage, text, changes) {
  const onclick = () => {
    turn(stage.lab, "train");
    form(stage.lab).branch(changes);
  };
  return element("button", { onclick }, text);
}
