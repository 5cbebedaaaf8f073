// The pictures that a visitor brought in this session: every lab offers them, until the browser's tab is closed.

export const BROUGHT = "pictures-brought"; // an event of the document

const KEY = "playground-pictures"; // of the session's storage
const MOST = 24;

/** A picture on the server, and whether it is bright at its border. @typedef {{name: string, bright: boolean}} Brought */

/** The newest one first. @returns {Brought[]} */
export const brought = () => JSON.parse(sessionStorage.getItem(KEY) ?? "[]");

/** @param {Brought[]} pictures */
function store(pictures) {
  sessionStorage.setItem(KEY, JSON.stringify(pictures.slice(0, MOST)));
  document.dispatchEvent(new Event(BROUGHT));
}

/** @param {Brought} picture */
export const bring = (picture) => store([picture, ...brought()]);

/** Forgets a picture that the server no longer has. @param {string} name */
export const lose = (name) => store(brought().filter((picture) => picture.name !== name));
