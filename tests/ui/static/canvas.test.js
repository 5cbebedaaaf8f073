import assert from "node:assert/strict";
import { test } from "node:test";
import { fitted, lay } from "../../../playground/ui/static/canvas.js";

test("a small picture is enlarged to a whole multiple, a large one fills the room", () => {
  assert.equal(fitted(28, 390), 364);
  assert.equal(fitted(28, 56), 56);
  assert.equal(fitted(224, 390.6), 390);
  assert.equal(fitted(224, 150), 150);
  assert.equal(fitted(224, 470), 448);
});

test("a picture is crisp where it is enlarged to twice its size or more, and maps over it always", () => {
  const smooth = [];
  const context = { imageSmoothingEnabled: true, drawImage: () => smooth.push(context.imageSmoothingEnabled) };
  lay(context, { naturalWidth: 28 }, 364);
  lay(context, { naturalWidth: 224 }, 390);
  assert.deepEqual(smooth, [false, true]);
  assert.equal(context.imageSmoothingEnabled, false);
  lay(context, null, 390);
  assert.equal(smooth.length, 2);
});
