// The address bar: it holds what is looked at in the lab in front, so that a link shows the same.

/** The page's labs in their order. */
const labs = () => document.querySelector("meta[name=playground-labs]")?.getAttribute("content")?.split(" ") ?? [];

/** The lab that an address names; a lesson's card is named after its lab. @param {URLSearchParams} query */
const named = (query) => query.get("lab") || query.get("lesson")?.split(".")[0] || "";

/** The lab that an address is of: where it names none that there is, the first one. @param {URLSearchParams} query */
const labOf = (query) => (labs().includes(named(query)) ? named(query) : (labs()[0] ?? named(query)));

const opened = new URLSearchParams(location.search);
const lab = () => labOf(opened);

/** Whose address it is; null means that of the address that the page was opened with. */
let owner = /** @type {string | null} */ (null);
/** The lab in front. */
let shown = "";
/** What a lab's address said last, by lab. @type {Map<string, string>} */
const kept = new Map();
/** Whether the lab that the address names has come to the front; those before it are in front for a moment, too. */
let arrived = false;

/** Where Back or Forward leads until the visitor does something else; labs that are passed by come to the front late. */
let goal = "";

const settle = () => {
  arrived = true;
  owner = goal || shown || lab();
};
/** @param {Event} event */
const act = ({ isTrusted }) => {
  if (!isTrusted) return; // a script's
  goal = "";
  if (!arrived) settle();
};
for (const kind of ["pointerdown", "keydown", "click"]) document.addEventListener(kind, act, { capture: true });

/**
 * What the address that the page was opened with says for a lab.
 * @param {string} name of the lab
 * @param {string} key
 */
export const given = (name, key) => (lab() === name ? opened.get(key) : null);

/**
 * All that the address that the page was opened with says for a lab.
 * @param {string} name of the lab
 * @returns {Record<string, string>}
 */
export const opening = (name) => (lab() === name ? Object.fromEntries(opened) : {});

/**
 * A sentence where the address that the page was opened with names a lab that there is not, for the lab that is shown.
 * @param {string} name of the lab
 */
export function astray(name) {
  const asked = named(opened);
  if (!asked || lab() !== name || asked === name) return "";
  return `There is no lab “${asked.slice(0, 40)}”; this is the first one, “${name}”.`;
}

/**
 * Says that a lab has come to the front.
 * @param {string} name
 */
export function front(name) {
  shown = name;
  if (arrived || name === lab()) settle();
}

/**
 * Changes the address while it is that of a lab; keys that are empty are taken out.
 * @param {string} name of the lab
 * @param {Record<string, string | number | null | undefined>} changes
 */
export function keep(name, changes) {
  if (name !== (owner ?? lab())) return;
  const before = new URLSearchParams(location.search);
  const query = labOf(before) === name ? before : new URLSearchParams();
  query.set("lab", name);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") query.delete(key);
    else query.set(key, String(value));
  }
  kept.set(name, String(query));
  const text = query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%3B", ";");
  if (text === location.search.slice(1)) return;
  const visit = arrived && labOf(before) !== name ? "pushState" : "replaceState"; // back leads to the lab before
  history[visit](null, "", `${location.pathname}?${text}`);
}

/**
 * Calls back where Back or Forward leads: to a lab, and where that shows something else than then, to its place.
 * @param {(name: string, place: Record<string, string>) => void} visit
 */
export function whenReturned(visit) {
  addEventListener("popstate", () => {
    const query = new URLSearchParams(location.search);
    const name = labOf(query);
    goal = name;
    settle(); // the lab that is left writes nothing any more
    document.getElementById(`lab-${name}-button`)?.click();
    if (kept.get(name) !== String(query)) visit(name, Object.fromEntries(query));
  });
}
