// The element that shows a lab's form, and asks what there is to train once it is seen.

import { define, whenSeen } from "./dom.js";
import { form } from "./form.js";

class TrainForm {
  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(root, signal) {
    const own = form(root.getAttribute("lab") ?? "");
    root.replaceChildren(own.root);
    whenSeen(root, signal, (seen) => seen && own.load());
  }
}
define("train-form", TrainForm);
