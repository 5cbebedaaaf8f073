// The previews of runs: files that the training wrote.

import { element } from "./dom.js";
import { address, request } from "./server.js";

/** @import { Track } from "./track.js" */

/** What shows a preview, by the first part of its media type. @type {Record<string, () => HTMLElement>} */
const KINDS = { image: picture, text: () => element("pre") };

/** @param {Track} track */
const kind = ({ info }) => info.media.split("/")[0];

/**
 * Shows the previews of all runs at a step, one beside the other.
 * @param {HTMLElement} place
 * @param {Track[]} tracks
 * @param {number} step
 */
export function previews(place, tracks, step) {
  const visible = tracks.filter((track) => track.previews.length && kind(track) in KINDS);
  const kinds = visible.map(kind).join(" ");
  if (place.dataset.kinds !== kinds) place.replaceChildren(...visible.map((track) => KINDS[kind(track)]()));
  place.dataset.kinds = kinds;
  for (const [i, track] of visible.entries()) {
    const at = track.preview(step);
    show(/** @type {HTMLElement} */ (place.children[i]), `/runs/${track.id}/previews/${at}`);
    place.children[i].ariaLabel = `Preview of ${track.id} at step ${at}`;
  }
}

/**
 * @param {HTMLElement} shown
 * @param {string} path
 */
async function show(shown, path) {
  if (shown.dataset.path === path) return;
  shown.dataset.path = path;
  if (shown instanceof HTMLImageElement) shown.src = address(path);
  else {
    const text = await request(path).then((response) => response.text());
    if (shown.dataset.path === path) shown.textContent = text;
  }
}

/** One that is as large as there is room, at a whole multiple of its size. */
function picture() {
  const image = element("img");
  image.addEventListener("load", () => {
    const room = image.parentElement?.clientWidth ?? 0;
    image.style.width = `${Math.max(1, Math.floor(room / image.naturalWidth)) * image.naturalWidth}px`;
  });
  return image;
}
