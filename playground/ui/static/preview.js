// The previews of runs: files that the training wrote.

import { element } from "./dom.js";
import { address } from "./server.js";

/** @import { Track } from "./track.js" */

/** @param {Track[]} tracks */
const shown = (tracks) => tracks.filter((track) => track.previews.length);

/**
 * Shows the previews of all runs at a step, one below the other.
 * @param {HTMLElement} place
 * @param {Track[]} tracks
 * @param {number} step
 */
export function previews(place, tracks, step) {
  const visible = shown(tracks);
  while (place.children.length > visible.length) place.lastElementChild?.remove();
  for (const [i, track] of visible.entries()) {
    const at = track.preview(step);
    const source = address(`/runs/${track.id}/previews/${at}.webp`);
    const image = place.querySelectorAll("img")[i] ?? place.appendChild(empty());
    if (image.getAttribute("src") !== source) image.setAttribute("src", source);
    image.alt = `Preview of ${track.id} at step ${at}`;
  }
}

/** A picture that is as large as there is room, at a whole multiple of its size. */
function empty() {
  const image = element("img");
  image.addEventListener("load", () => {
    const room = image.parentElement?.clientWidth ?? 0;
    image.style.width = `${Math.max(1, Math.floor(room / image.naturalWidth)) * image.naturalWidth}px`;
  });
  return image;
}
