// A picture of what the camera sees.

import { context2d } from "./canvas.js";
import { element } from "./dom.js";

/**
 * Shows what the camera sees, until a picture is taken of it.
 * @param {HTMLElement} root where it is shown
 * @param {(blob: Blob) => void} taken
 * @param {(sentence: string) => void} complain hears why there is none
 */
export async function photograph(root, taken, complain) {
  if (!navigator.mediaDevices?.getUserMedia) {
    return complain("This browser does not give this page a camera; upload a picture instead.");
  }
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: 512, height: 512 } });
  } catch {
    return complain("The camera cannot be used: it is missing, or access to it was denied.");
  }
  const video = element("video", { autoplay: true, playsinline: true, muted: true });
  video.srcObject = stream;
  const end = () => {
    for (const track of stream.getTracks()) track.stop();
    stage.remove();
  };
  const take = () => {
    const canvas = element("canvas", { width: video.videoWidth, height: video.videoHeight });
    context2d(canvas).drawImage(video, 0, 0);
    canvas.toBlob((blob) => blob && taken(blob), "image/png");
    end();
  };
  const buttons = element(
    "div",
    {},
    element("button", { class: "primary", onclick: take }, "Take"),
    element("button", { onclick: end }, "Close"),
  );
  const stage = element("div", { class: "picture-camera" }, video, buttons);
  root.append(stage);
}
