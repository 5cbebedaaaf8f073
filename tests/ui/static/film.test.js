import assert from "node:assert/strict";
import { test } from "node:test";
import { Track } from "../../../playground/ui/static/track.js";

// the film reads the page's address as it is loaded
globalThis.location = { search: "" };
globalThis.document = { addEventListener() {} };
globalThis.addEventListener = () => {};
const { ALIGNMENTS, Film } = await import("../../../playground/ui/static/film.js");

const news = (changes) => ({
  id: "one",
  status: { state: "done" },
  watched: ["accuracy", "rises"],
  labels: { accuracy: "Accuracy", share: "Images of expert" },
  shares: ["accuracy", "share"],
  position: 1,
  previews: [],
  snapshots: [],
  events: [],
  ...changes,
});
const event = (name, step, values) => ({ event: name, step, values });

test("two runs are laid side by side by step, by time, or by their ends", () => {
  const clock = (pace) =>
    [1, 2, 4, 8].map((step) => ({ ...event("metrics", step, { loss: 1 }), seconds: pace * step }));
  const film = new Film("lab");
  const quick = new Track(news({ events: clock(1), snapshots: [0, 1, 2, 4, 8] }));
  const slow = new Track(news({ id: "slow", events: clock(2), snapshots: [0, 1, 2, 4] }));
  film.tracks = [quick, slow];
  film.step = 4;
  const steps = ALIGNMENTS.map((aligned) => {
    film.aligned = aligned;
    return [film.stepOf(quick), film.stepOf(slow)];
  });
  assert.deepEqual(steps, [
    [4, 4],
    [4, 2],
    [4, 2],
  ]);
});

test("the curve is the one that was chosen, or that which matters most", () => {
  const film = new Film("lab");
  const events = [event("metrics", 1, { loss: 3 }), event("evaluated", 1, { accuracy: 0.5 })];
  film.tracks = [new Track(news({ events }))];
  assert.deepEqual([film.term, film.valueAt(5), film.valueAt(0)], ["accuracy", "Accuracy 50.0%", ""]);
});

test("an evaluation on other test examples than the curve's stands by itself", () => {
  const film = new Film("lab");
  const at = (step, knn, more) => ({ ...event("evaluated", step, { accuracy: knn }), ...more });
  const events = [at(0, 0.25, { n: 500 }), at(8, 0.5, { n: 500 }), at(9, 0.75, { n: 2000, final: true })];
  const track = new Track(news({ events, snapshots: [0, 8, 9], example: "pictures" }));
  film.tracks = [track];
  const [line] = track.lines("accuracy");
  assert.deepEqual([line.test.at(-1), line.end, track.tested], [[8, 0.5], [9, 0.75], 500]);
  assert.equal(film.valueAt(8), "Accuracy 50.0% on 500 pictures");
  const alike = new Track(news({ events: [at(8, 0.5, { n: 500 }), at(9, 0.75, { n: 500, final: true })] }));
  assert.deepEqual(alike.lines("accuracy")[0].test.at(-1), [9, 0.75]);
  assert.equal(alike.lines("accuracy")[0].end, undefined);
  const few = new Track(news({ events: [at(9, 0.75, { n: 500, final: true })] }));
  assert.deepEqual(few.lines("accuracy")[0].test, [[9, 0.75]], "there is no other");
});

test("the parts of a vector are one curve, and are told together", () => {
  const film = new Film("lab");
  const events = [
    event("metrics", 1, { loss: 3, "share.0": 0.25, "share.1": 0.75 }),
    event("metrics", 2, { loss: 2, "share.0": 0.5, "share.1": 0.25, "share.2": 0.25 }), // one more has come
  ];
  const track = new Track(news({ events, snapshots: [0, 1, 2] }));
  film.tracks = [track];
  assert.deepEqual(track.curves, ["loss", "share"]);
  assert.deepEqual(
    track.lines("share").map(({ points }) => points.length),
    [2, 2, 1],
  );
  film.plot("share");
  assert.deepEqual(
    [0, 1, 2].map((step) => film.valueAt(step)),
    ["", "Images of expert 25.0%, 75.0%", "Images of expert 50.0%, 25.0%, 25.0%"],
  );
});
