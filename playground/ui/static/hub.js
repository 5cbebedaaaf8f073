// A dialog that gives the run on the stage to the Hub, or fetches one from there.

import { element } from "./dom.js";
import { percent } from "./format.js";
import { request, sentence } from "./server.js";

/** @import { Stage } from "./stage.js" */

/** @typedef {{part?: number, error?: string, url?: string, run?: string, lab?: string}} Line */

/**
 * What the server says line by line, the last line at the end.
 * @param {string} path
 * @param {Record<string, unknown>} body
 * @param {(part: number) => void} told is given the part that is done
 * @returns {Promise<Line>}
 */
async function lineByLine(path, body, told) {
  const options = { method: "POST", body: JSON.stringify(body) };
  const { body: content } = await request(path, {}, options);
  if (!content) throw new Error("The server sent nothing.");
  const reader = content.pipeThrough(new TextDecoderStream()).getReader();
  let [last, rest] = [/** @type {Line} */ ({}), ""];
  for (;;) {
    const { done, value = "" } = await reader.read();
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      last = JSON.parse(line);
      if (last.part !== undefined) told(last.part);
    }
    if (done) break;
  }
  if (last.error) throw new Error(last.error);
  if (last.part !== undefined || !Object.keys(last).length) throw new Error("The server stopped; try again.");
  return last;
}

/**
 * @param {string} label
 * @param {Record<string, unknown>} attributes of the input
 */
function field(label, attributes) {
  const input = element("input", { autocomplete: "off", spellcheck: "false", ...attributes });
  return { input, root: element("label", {}, element("span", {}, label), input) };
}

/** @param {Stage} stage */
export function toHub(stage) {
  const { track } = stage.film;
  const said = element("p", { class: "hub-said", role: "status" });
  const dialog = element("dialog", { class: "stage-code hub", "aria-label": "The Hub" });

  /**
   * A form with a repository and a token.
   * @param {string} title
   * @param {string} verb
   * @param {{path: string, hint: string, more: HTMLElement[], values: () => Record<string, unknown>, required: boolean}} what
   * @param {(line: Line) => (string | Node)[]} end what is said in the end
   */
  const form = (title, verb, { path, hint, more, values, required }, end) => {
    const repo = field("Repository", { name: "repo", type: "text", placeholder: "owner/name", required: true });
    const token = field("Token", { name: "token", type: "password", required, placeholder: hint });
    const act = element("button", { class: "primary" }, verb);
    const root = element("form", {}, element("h3", {}, title), repo.root, token.root, ...more, act);
    root.addEventListener("submit", async (event) => {
      event.preventDefault();
      act.disabled = true;
      said.replaceChildren(`${verb} …`);
      try {
        const body = { repo: repo.input.value, token: token.input.value, ...values() };
        const line = await lineByLine(path, body, (part) => said.replaceChildren(`${verb}: ${percent(part)}`));
        said.replaceChildren(...end(line));
        token.input.value = "";
      } catch (error) {
        said.replaceChildren(sentence(error));
      }
      act.disabled = false;
    });
    return root;
  };

  const closed = element("input", { type: "checkbox", checked: true });
  const forms = [];
  if (track) {
    const look = { class: "hub-private" };
    const more = [element("label", look, closed, element("span", {}, "A new repository is seen by me alone"))];
    const values = () => ({ private: closed.checked });
    const what = { path: `/hub/${track.id}`, hint: "with the right to write", more, values, required: true };
    const give = form(`Give ${track.id}`, "Push", what, ({ url }) => [
      "It is there: ",
      element("a", { href: url, target: "_blank", rel: "noopener" }, String(url)),
    ]);
    forms.push(give);
  }
  const what = { path: "/hub", hint: "if it is not public", more: [], values: () => ({}), required: false };
  const take = form("Fetch a run", "Fetch", what, ({ run, lab }) => {
    const page = new URL(location.href);
    page.search = new URLSearchParams({ lab: String(lab), run: String(run) }).toString();
    return ["It is here: ", element("a", { href: page.href }, String(run))];
  });
  forms.push(take);
  const close = element("button", { type: "button", onclick: () => dialog.close() }, "Close");
  const hint = "A token is sent to the Hub and kept nowhere.";
  const acts = element("div", { class: "card-acts" }, close);
  dialog.append(...forms, element("p", { class: "quiet" }, hint), said, acts);
  dialog.addEventListener("close", () => dialog.remove());
  stage.root.append(dialog);
  dialog.showModal();
}
