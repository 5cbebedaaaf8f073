import assert from "node:assert/strict";
import { test } from "node:test";
import { flow } from "../../../../playground/labs/frontiers/experts/letters-flow.js";

const lines = (/** @type {string} */ text, /** @type {number} */ columns) => {
  const rows = /** @type {string[]} */ ([]);
  for (const [i, { row, column }] of flow(text, columns).entries()) {
    rows[row] = (rows[row] ?? "").padEnd(column) + text[i];
  }
  return rows;
};

test("words stay whole, with the space behind them, where a line has room", () => {
  assert.deepEqual(lines("the queen of hearts", 10), ["the queen ", "of hearts"]);
  assert.deepEqual(lines("the queen of hearts", 9), ["the ", "queen of ", "hearts"]);
  assert.deepEqual(lines("ab cd", 5), ["ab cd"]);
});

test("a word that is longer than a line is cut", () => {
  assert.deepEqual(lines("a wonderful", 4), ["a ", "wond", "erfu", "l"]);
});

test("a line feed has a cell of its own and ends its line", () => {
  assert.deepEqual(lines("ab\n\ncd", 8), ["ab\n", "\n", "cd"]);
});

test("every character has one place, and no place two characters", () => {
  const text = "It was the best of times,\nit was the worst of times  and so on ";
  for (const columns of [1, 3, 7, 12, 80]) {
    const places = flow(text, columns);
    assert.equal(places.length, text.length);
    assert.equal(new Set(places.map(({ row, column }) => `${row}.${column}`)).size, text.length);
    assert.ok(places.every(({ column }) => column < columns));
  }
});
