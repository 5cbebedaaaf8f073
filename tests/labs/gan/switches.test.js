import assert from "node:assert/strict";
import { test } from "node:test";
import { read, toggled, told } from "../../../playground/labs/gan/switches.js";

test("a channel is switched off and on again", () => {
  const one = toggled("", 16, 3);
  const two = toggled(one, 32, 3);
  assert.equal(two, "16.3-32.3");
  assert.equal(toggled(two, 16, 3), "32.3");
  assert.equal(toggled(one, 16, 3), "");
  assert.equal(toggled("16.31", 16, 3), "16.31-16.3", "another channel whose number begins alike");
});

test("what a link says is read", () => {
  assert.deepEqual(read("16.3-32.0"), [
    { side: 16, channel: 3 },
    { side: 32, channel: 0 },
  ]);
  assert.deepEqual([read(""), read(undefined)], [[], []]);
});

test("channels are named by resolution, and counted where they are many", () => {
  assert.equal(told(read("32.10-16.3-32.2")), "channel 3 at 16 px and channels 2, 10 at 32 px");
  assert.equal(told(read("4.0-4.1-4.2-4.3-4.4-4.5-4.6")), "7 channels");
});
