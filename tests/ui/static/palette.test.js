import assert from "node:assert/strict";
import { test } from "node:test";
import { indexed } from "../../../playground/ui/static/palette.js";

/** The pixels of a picture whose colors are given as [red, green, blue, how many]. */
const picture = (colors) =>
  Uint8ClampedArray.from(
    colors.flatMap(([red, green, blue, area]) => Array(area).fill([red, green, blue, 255]).flat()),
  );
/** What is seen of it. */
const seen = ({ index, palette }) => [...index].map((i) => palette[i]);

test("colors that cover an area stay exactly as they are, however near they are to others", () => {
  const grays = Array.from({ length: 190 }, (_, i) => [i, i, i, 20]);
  const tints = Array.from({ length: 190 }, (_, i) => [i, i, i + 2, 1]);
  const whole = picture([...grays, ...tints, [255, 255, 255, 20000]]);
  const { index, palette } = indexed(whole);
  assert.ok(palette.length <= 256);
  const colors = seen({ index, palette });
  for (const [i, [gray]] of grays.entries()) assert.deepEqual(colors[20 * i], [gray, gray, gray]);
  assert.deepEqual(colors.at(-1), [255, 255, 255]);
  for (const [i, [gray]] of tints.entries()) {
    assert.ok(Math.max(...colors[20 * 190 + i].map((value) => Math.abs(value - gray))) <= 10);
  }
});

test("a picture of few colors keeps them all; one of many has 256", () => {
  const few = picture([
    [1, 2, 3, 2],
    [250, 0, 9, 2],
  ]);
  assert.deepEqual(seen(indexed(few)), [
    [1, 2, 3],
    [1, 2, 3],
    [250, 0, 9],
    [250, 0, 9],
  ]);
  const many = picture(Array.from({ length: 16384 }, (_, i) => [2 * (i % 128), 2 * (i >> 7), 0, 1]));
  const { palette, index } = indexed(many);
  assert.equal(palette.length, 256);
  const worst = seen({ palette, index }).map(([red, green], i) =>
    Math.max(Math.abs(red - 2 * (i % 128)), Math.abs(green - 2 * (i >> 7))),
  );
  assert.ok(worst.reduce((sum, one) => sum + one) / worst.length < 8);
});

test("colors that are to be kept are, even if they cover little", () => {
  const line = [9, 77, 99];
  const noise = Array.from({ length: 16384 }, (_, i) => [2 * (i % 128), 2 * (i >> 7), 100, 1]);
  const whole = picture([...noise, [...line, 1]]);
  assert.notDeepEqual(seen(indexed(whole)).at(-1), line);
  assert.deepEqual(seen(indexed(whole, [line])).at(-1), line);
});
