// What happens in a step, in a sentence or two: what is shown or asked for, and what of the memory is written and read.

import { at } from "../../../ui/static/answer.js";
import { percent } from "../../../ui/static/format.js";
import { largest, writer, wrongBits } from "./steps.js";

/** @import { Shown } from "./steps.js" */

const LEAST = 0.2; // a share of which it is worth to say where it goes

/**
 * What is said while nothing is pointed at.
 * @param {Shown} shown
 */
function all({ words: { length, longest } }) {
  const beyond = length > longest ? `, beyond the ${longest} of the training` : "";
  return `A sequence of length ${length}${beyond}. Point at a step to see what is read in it; click on a bit that is shown to turn it.`;
}

/**
 * What happens in a step, and the step that what is read was written in, -1 where it is not known.
 * @param {Shown} shown
 * @param {number} step counted from 0; -1 for none
 * @returns {{text: string, from: number}}
 */
export function step(shown, step) {
  if (step < 0) return { text: all(shown), from: -1 };
  const { words, tensors } = shown;
  const asked = tensors.asked.data[step];
  const { wrong, all: bits } = wrongBits(shown, step);
  const vector = tensors.vectors.data[step];
  const given = vector >= 0 ? `shows vector ${vector + 1}` : "shows a flag, or what came before";
  const parts = [`Step ${step + 1} ${asked ? `is asked for a vector: ${wrong} of ${bits} bits wrong` : given}.`];
  let from = -1;
  for (const [number, { title, kind }] of words.maps.entries()) {
    const values = tensors[`map.${number}`];
    if (kind === "state") continue;
    const now = at(values, step).data;
    const place = largest(now);
    const share = percent(now[place]);
    if (now[place] < LEAST) parts.push(`${title}: spread out, ${share} at most.`);
    else if (kind === "write") parts.push(`It writes to location ${place + 1} (${share}).`);
    else if (kind === "attention") {
      parts.push(`${title} reads step ${place + 1} (${share}).`);
      from = place;
    } else {
      const writes = words.maps.findIndex((one) => one.kind === "write");
      const written = writes < 0 ? -1 : writer(tensors[`map.${writes}`], place, step);
      const weight = written < 0 ? 0 : at(tensors[`map.${writes}`], written).data[place];
      if (step > 0 && weight > LEAST) from = written;
      const known = from < 0 ? "" : `, which was written to most in step ${from + 1}`;
      parts.push(`It reads location ${place + 1} (${share})${known}.`);
    }
  }
  return { text: parts.join(" "), from };
}
