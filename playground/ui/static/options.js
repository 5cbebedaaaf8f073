// What can be set in a view: read from a link and written into one, as the server has declared it.

/** @import { Knob, Option, Values, View } from "./types.d.ts" */

/**
 * The value that a text means; undefined where it means none that the option allows.
 * @param {Option} option
 * @param {string} text
 */
export function parsed({ kind, optional, names, ge, le, pattern, max_length }, text) {
  if (optional && text === "") return "";
  if (kind === "switch") return ["true", "false"].includes(text) ? text === "true" : undefined;
  if (kind === "choice") return Object.hasOwn(names, text) ? text : undefined;
  if (kind === "class" || kind === "picture") return new RegExp(pattern ?? "^\\d{1,4}$").test(text) ? text : undefined;
  if (["text", "name", "attributes", "run"].includes(kind)) {
    return [...text].length <= max_length && (!pattern || new RegExp(pattern).test(text)) ? text : undefined;
  }
  const value = text.trim() === "" ? Number.NaN : Number(text);
  const whole = kind === "number" || Number.isInteger(value);
  return Number.isFinite(value) && whole && value >= (ge ?? -Infinity) && value <= (le ?? Infinity) ? value : undefined;
}

/** What an option allows, in words. @param {Option} option */
function allowed({ kind, names, ge, le, pattern, max_length }) {
  if (kind === "switch") return "true or false";
  if (kind === "choice") return `one of ${Object.keys(names).join(", ")}`;
  if (kind === "class") return "the number of a class";
  if (kind === "picture") return "the name of a picture, such as ex-3";
  if (["text", "name", "attributes", "run"].includes(kind) && pattern) return "of the form that the page writes";
  if (kind === "text" || kind === "name") return `a text of at most ${max_length} characters`;
  const number = kind === "number" ? "a number" : "a whole number";
  if (le === null) return ge === null ? number : `${number} of at least ${ge}`;
  return `${number} from ${ge} to ${le}`;
}

/**
 * The values that a link holds. What it lacks, or gets wrong, has its default; each mistake is a sentence.
 * @param {Option[]} options
 * @param {(name: string) => string | null} given
 */
export function read(options, given) {
  /** @type {Values} */
  const values = {};
  const problems = [];
  for (const option of options) {
    const { name } = option;
    const text = given(name);
    const value = text === null ? option.default : parsed(option, text);
    values[name] = value ?? option.default;
    if (value === undefined) problems.push(`The link's “${name}” must be ${allowed(option)}.`);
  }
  return { values, problems };
}

/**
 * The network that a view shows in place of a run's, such as one from the Hub; empty if there is none.
 * @param {Pick<View, "parts">} view
 * @param {Values} values
 */
export function guestOf({ parts }, { network = "" }) {
  return Object.values(parts).some(({ options }) => options.includes("network")) ? String(network) : "";
}

/**
 * The values that a view begins with: a guest stays as another view is chosen, if that one can show it.
 * @param {Pick<View, "options" | "parts">} view
 * @param {Values} [values] of the view, if it was looked at before
 * @param {string} [guest]
 * @returns {Values}
 */
export function carried({ options, parts }, values = read(options, () => null).values, guest = "") {
  const offered = options.find(({ name }) => name === "network")?.names ?? {};
  const hosts = guestOf({ parts }, { network: "hosts" }) !== "";
  return hosts ? { ...values, network: Object.hasOwn(offered, guest) ? guest : "" } : values;
}

/**
 * What a link says: a text where a value is not its default, else null.
 * @param {Option[]} options
 * @param {Values} values
 */
export function written(options, values) {
  /** @type {Record<string, string | null>} */
  const texts = {};
  for (const { name, kind, default: normal } of options) {
    const value = values[name];
    const text = kind === "number" && value !== "" ? String(Number(Number(value).toFixed(4))) : String(value);
    texts[name] = value === normal ? null : text;
  }
  return texts;
}

/**
 * What a link says of the knobs of a recipe: "beta:4;latent:3", where ";" and "%" within a value are percent-encoded.
 * @param {[name: string, value: Knob | undefined][]} knobs
 */
export const knobsText = (knobs) =>
  knobs.map(([name, value]) => `${name}:${String(value ?? "").replace(/[%;]/g, encodeURIComponent)}`).join(";");

/**
 * The knobs that a link names, as `knobsText` has written them; each mistake is a sentence.
 * @param {Option[]} options
 * @param {string} text
 */
export function linkedKnobs(options, text) {
  /** @type {Values} */
  const values = {};
  const problems = [];
  for (const pair of text.split(";").filter(Boolean)) {
    const [, name, written] = /^([^:]*):?(.*)$/s.exec(pair) ?? [];
    const option = options.find((one) => one.name === name);
    const value = option && parsed(option, written.replace(/%(25|3b)/gi, decodeURIComponent));
    if (!option) {
      const known = options.map((one) => one.name).join(", ");
      problems.push(`There is no knob “${name.slice(0, 40)}” here; there are ${known}.`);
    } else if (value === undefined) problems.push(`The link's “${name}” must be ${allowed(option)}.`);
    else values[name] = value;
  }
  return { values, problems };
}
