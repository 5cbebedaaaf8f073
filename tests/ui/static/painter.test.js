import assert from "node:assert/strict";
import { test } from "node:test";

// the elements of the page are made as modules are loaded
globalThis.location = { search: "" };
globalThis.document = { addEventListener() {}, createElement: () => ({ setAttribute() {}, append() {} }) };
const { Painter } = await import("../../../playground/ui/static/painter.js");

const later = (milliseconds, value = null) => new Promise((resolve) => setTimeout(resolve, milliseconds, value));

test("a painter is settled once all that is awaited is there, what an answer asked for among it", async () => {
  const painter = new Painter({});
  const log = [];
  const drawn = (name, milliseconds) => later(milliseconds).then(() => void log.push(name) ?? null);
  await painter.settled();
  painter.awaits(drawn("slow", 30));
  painter.awaits(
    drawn("quick", 5).then(() => {
      painter.awaits(drawn("after it", 60));
      return null;
    }),
  );
  await painter.settled();
  assert.deepEqual(log, ["quick", "slow", "after it"]);
});

test("what has failed is not settled; the next time it is forgotten", async () => {
  const painter = new Painter({});
  painter.awaits(later(5, new Error("gone")));
  await assert.rejects(painter.settled(), /gone/);
  await painter.settled();
});
