// Draws portraits: one JSON object of options a line on standard input, 64 x 64 RGBA bytes each on standard output.
// usage: node faces.mjs NODE_MODULES < options.jsonl > pictures.rgba

import { createRequire } from "node:module";
import { readFileSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const SIZE = 64;
const modules = resolve(process.argv[2]);
const entry = (path) => import(pathToFileURL(resolve(modules, path)).href);
const { createAvatar } = await entry("@dicebear/core/lib/index.js");
const { personas } = await entry("@dicebear/collection/lib/index.js");
const { Resvg } = createRequire(import.meta.url)(resolve(modules, "@resvg/resvg-js"));

const lines = readFileSync(0, "utf-8").split("\n").filter(Boolean);
for (const line of lines) {
  const svg = createAvatar(personas, { ...JSON.parse(line), size: SIZE }).toString();
  const picture = new Resvg(svg, { fitTo: { mode: "width", value: SIZE } }).render();
  if (picture.width !== SIZE || picture.height !== SIZE) throw new Error(`${picture.width} x ${picture.height}`);
  const pixels = picture.pixels;
  for (let done = 0; done < pixels.length; ) done += writeSync(1, pixels, done);
}
