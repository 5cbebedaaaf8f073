import assert from "node:assert/strict";
import { test } from "node:test";
import { layout, rowAt, top } from "../../../../playground/labs/frontiers/federated/client-matrix.js";

test("server and mean stand apart from the clients, and a press finds each row", () => {
  const place = layout(512, 400, 10, 12);
  const rows = Array.from({ length: 12 }, (_, i) => top(place, i, 12));
  assert.equal(rows[1] - rows[0], place.high + place.gap);
  assert.equal(rows[2] - rows[1], place.high);
  assert.equal(rows[11] - rows[10], place.high + place.gap);
  for (const [i, y] of rows.entries()) assert.equal(rowAt(place, y + place.high / 2, 12), i);
  assert.equal(rowAt(place, 10, 12), -1, "the names of the classes");
  assert.equal(rowAt(place, rows[1] - 2, 12), -1, "between server and clients");
});

test("cells are never too small to be seen nor larger than need be", () => {
  assert.deepEqual([layout(100, 100, 10, 12).wide, layout(100, 100, 10, 12).high], [20, 20]);
  assert.deepEqual([layout(4000, 4000, 10, 12).wide, layout(4000, 4000, 10, 12).high], [44, 44]);
});
