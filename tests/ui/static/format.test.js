// Numbers as a person reads them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fixed, large, number, short } from "../../../playground/ui/static/format.js";

test("what is below zero has a minus sign, and no hyphen", () => {
  assert.equal(fixed(-1.234, 2), "−1.23");
  assert.equal(short(-0.0456), "−0.046");
  assert.equal(number(-123.4), "−123");
});

test("what is rounded to zero has no sign", () => {
  assert.equal(fixed(-0.001, 2), "0.00");
  assert.equal(short(-0), "0");
  assert.equal(number(-0), "0.00");
});

test("the sign of an exponent is one, too", () => {
  assert.equal(short(1.5e-9), "1.5e−9");
});

test("a large number has three digits and a letter", () => {
  const told = [0, 999, 1500, 833_040, 999_700, 26_780_928, 4.1e9, 2e12].map(large);
  assert.deepEqual(told, ["0", "999", "1.5k", "833k", "1M", "26.8M", "4.1G", "2T"]);
});
