// Which channels are switched off, as a link says it: "16.0-32.5".

const NAMED = 6; // channels at most

/** @typedef {{side: number, channel: number}} Switch a channel of a resolution */

/** @param {unknown} text @returns {Switch[]} */
export const read = (text) =>
  String(text ?? "")
    .split("-")
    .filter(Boolean)
    .map((pair) => {
      const [side, channel] = pair.split(".").map(Number);
      return { side, channel };
    });

/**
 * The text with a channel switched the other way.
 * @param {string} text
 * @param {number} side
 * @param {number} channel
 */
export function toggled(text, side, channel) {
  const name = `${side}.${channel}`;
  const names = text.split("-").filter(Boolean);
  return (names.includes(name) ? names.filter((one) => one !== name) : [...names, name]).join("-");
}

/** Channels in words, by resolution; of many, their number. @param {Switch[]} off */
export function told(off) {
  if (off.length > NAMED) return `${off.length} channels`;
  const sides = [...new Set(off.map(({ side }) => side))].sort((a, b) => a - b);
  const parts = sides.map((side) => {
    const channels = off.filter((one) => one.side === side).map(({ channel }) => channel);
    return `channel${channels.length > 1 ? "s" : ""} ${channels.sort((a, b) => a - b).join(", ")} at ${side} px`;
  });
  return parts.join(" and ");
}
