// When sound begins, and that it does not where it was stopped meanwhile, on nodes that only count.

import assert from "node:assert/strict";
import { test } from "node:test";

const struck = { count: 0 };
const param = { setValueAtTime() {}, linearRampToValueAtTime() {}, setTargetAtTime() {}, cancelScheduledValues() {} };
class Node {
  gain = param;
  connect(next) {
    return next;
  }
  disconnect() {}
  setPeriodicWave() {}
  start() {
    struck.count++;
  }
  stop() {}
}
for (const name of ["GainNode", "WaveShaperNode", "BiquadFilterNode", "StereoPannerNode", "OscillatorNode"])
  globalThis[name] = Node;
globalThis.PeriodicWave = class {};
let allow = () => {};
globalThis.AudioContext = class {
  currentTime = 0;
  resume() {
    return new Promise((resolve) => {
      allow = resolve;
    });
  }
  close() {}
};
globalThis.localStorage = { getItem: () => null, setItem() {} };
const heard = new EventTarget();
globalThis.document = Object.assign(heard, { hidden: false });
globalThis.addEventListener = () => {};
const { Sound } = await import("../../../playground/labs/vae/sound.js");

const score = (pitch) => ({ phrases: [[{ voice: 0, pitch, start: 0, length: 4 }]], tempo: 80, loop: false });

function begun() {
  struck.count = 0;
  const [life, ended] = [new AbortController(), []];
  const sound = new Sound(
    life.signal,
    () => true,
    () => ended.push("ended"),
  );
  return { sound, life, ended, playing: sound.play(score(60), 0) };
}

test("it is heard once the browser allows it", async () => {
  const { sound, life, playing } = begun();
  assert.ok(sound.playing && !struck.count, "about to be");
  allow();
  assert.equal(await playing, true);
  assert.ok(sound.playing && struck.count);
  sound.stop();
  assert.ok(!sound.playing);
  life.abort();
});

test("what was stopped, left or hidden before it began is never heard", async () => {
  const ways = [
    ({ sound }) => sound.stop(),
    ({ life }) => life.abort(),
    () => {
      document.hidden = true;
      heard.dispatchEvent(new Event("visibilitychange"));
    },
  ];
  for (const way of ways) {
    const all = begun();
    way(all);
    allow();
    assert.equal(await all.playing, false);
    assert.ok(!all.sound.playing && !struck.count);
    document.hidden = false;
    all.life.abort();
  }
});

test("of two that are asked for, the second one is played, and as it was changed meanwhile", async () => {
  const { sound, life, playing } = begun();
  const first = allow;
  const second = sound.play(score(62), 0);
  sound.change({ ...score(64), phrases: [] });
  first();
  assert.equal(await playing, false);
  allow();
  assert.equal(await second, true);
  assert.equal(struck.count, 0, "the changed one has no notes");
  life.abort();
});
