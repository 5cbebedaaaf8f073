import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { between, frameSeconds, Player } from "../../../playground/labs/vae/player.js";

const note = (voice, pitch, start, length) => ({ voice, pitch, start, length });
const starts = (notes) => notes.map(({ start }) => start);

/** An instrument that writes down what it is asked for, on a clock that the test sets. */
function instrument() {
  const notes = [];
  return {
    now: 10,
    notes,
    strike(voice, pitch, at, until) {
      const struck = { voice, pitch, at, until, canceled: false };
      notes.push(struck);
      return {
        end: (time) => {
          struck.until = time;
        },
        cancel: () => {
          struck.canceled = true;
        },
      };
    },
    get heard() {
      return notes.filter(({ canceled }) => !canceled);
    },
  };
}

/** Plays on a clock of its own until `check` is done. */
function playing(score, check, from = 0) {
  mock.timers.enable({ apis: ["setInterval"] });
  const organ = instrument();
  let ended = 0;
  const player = new Player(organ, () => ended++);
  const pass = (seconds) => {
    for (let i = 0; i < seconds / 0.25; i++) {
      organ.now += 0.25;
      mock.timers.tick(250);
    }
  };
  try {
    player.play(score, from);
    check({ organ, player, pass, ended: () => ended });
  } finally {
    player.stop();
    mock.timers.reset();
  }
}

const quarters = [0, 4, 8, 12, 16, 20, 24, 28].map((start) => note(0, 60 + start, start, 4));
const close = (actual, expected) => assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}, not ${expected}`);

test("a sixteenth at 80 quarters a minute lasts 0.1875 s", () => assert.equal(frameSeconds(80), 0.1875));

test("phrases follow one another, and begin again where they loop", () => {
  const phrases = [[note(0, 60, 0, 8)], [note(0, 62, 16, 8)]];
  assert.deepEqual(starts(between({ phrases, loop: true }, 0, 128)), [0, 48, 64, 112]);
  assert.deepEqual(starts(between({ phrases, loop: false }, 0, 128)), [0, 48]);
  assert.deepEqual(starts(between({ phrases, loop: true }, 70, 113)), [64, 112], "one still sounds");
  assert.deepEqual(starts(between({ phrases, loop: true }, 72, 112)), [], "a note is over in the frame after its last");
  assert.deepEqual(between({ phrases: [], loop: true }, 0, 9), []);
});

test("notes are struck three seconds ahead, each once, at their times", () => {
  playing({ phrases: [quarters], tempo: 60, loop: true }, ({ organ, pass }) => {
    assert.deepEqual(
      organ.notes.map(({ pitch }) => pitch),
      [60, 64, 68],
      "frames of a quarter of a second",
    );
    pass(20);
    const { notes } = organ;
    assert.equal(notes.length, Math.floor((20 + 3 - 0.06) / 1) + 1);
    notes.forEach(({ at, until, pitch }, i) => {
      close(at, 10.06 + i);
      close(until, 11.06 + i);
      assert.equal(pitch, 60 + 4 * (i % 8));
    });
  });
});

test("it ends where it does not loop", () => {
  playing({ phrases: [quarters], tempo: 60, loop: false }, ({ organ, player, pass, ended }) => {
    pass(7.5);
    assert.ok(player.playing && ended() === 0);
    pass(1);
    assert.ok(!player.playing && ended() === 1);
    assert.equal(organ.notes.length, 8);
    assert.equal(player.frame(), null);
  });
});

test("other phrases are heard from the next frame, and what they hold goes on", () => {
  playing({ phrases: [[note(0, 60, 0, 16), note(1, 55, 0, 16)]], tempo: 60, loop: true }, ({ organ, player, pass }) => {
    pass(1);
    organ.now += 0.1;
    const other = [note(0, 60, 0, 32), note(1, 57, 0, 8), note(2, 50, 12, 4)];
    player.change({ phrases: [other], tempo: 60, loop: true });
    const [held, ended, struck, later] = organ.heard;
    close(held.until, 10.06 + 8);
    close(ended.until, 10.06 + 1.25); // frame 4 is heard now: the next one that can be changed is the fifth
    assert.deepEqual([struck.pitch, later.pitch], [57, 50]);
    close(struck.at, 10.06 + 1.25);
    close(struck.until, 10.06 + 2);
    close(later.at, 10.06 + 3);
  });
});

test("another tempo keeps the place", () => {
  playing({ phrases: [quarters], tempo: 60, loop: true }, ({ organ, player, pass }) => {
    pass(2);
    const before = player.frame();
    player.change({ phrases: [quarters], tempo: 120, loop: true });
    assert.ok(Math.abs(player.frame() - before) < 1.5);
    const times = organ.heard.map(({ at }) => at).sort((a, b) => a - b);
    const next = times.filter((at) => at > 12.2);
    close(next[1] - next[0], 0.5);
    const pitches = organ.heard.map(({ pitch }) => pitch);
    assert.equal(new Set(pitches).size, pitches.length, "no note is heard twice");
  });
});

test("it begins at a place, with the note that sounds there", () => {
  const from = 6;
  playing(
    { phrases: [quarters], tempo: 60, loop: true },
    ({ organ, player }) => {
      close(player.frame(), from - 0.06 / 0.25);
      const [first, second] = organ.notes;
      assert.deepEqual([first.pitch, second.pitch], [64, 68]);
      close(first.at, 10.06);
      close(second.at, 10.56);
    },
    from,
  );
});

test("nothing sounds on after it is stopped", () => {
  playing({ phrases: [quarters], tempo: 60, loop: true }, ({ organ, player, pass }) => {
    pass(1.5);
    player.stop();
    const { now } = organ;
    assert.ok(organ.heard.every(({ until }) => until <= now));
    const { length } = organ.notes;
    pass(5);
    assert.equal(organ.notes.length, length);
    assert.equal(player.frame(), null);
  });
});
