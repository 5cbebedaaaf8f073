import assert from "node:assert/strict";
import { test } from "node:test";
import { count, seconds, short } from "../../../playground/ui/static/format.js";
import { marks } from "../../../playground/ui/static/marks.js";
import {
  card,
  differences,
  label,
  metric,
  sections,
  status,
  tested,
  title,
  verbs,
} from "../../../playground/ui/static/run.js";
import { Track } from "../../../playground/ui/static/track.js";

const NEWS = {
  id: "vit-1",
  name: "vit",
  title: "Vision Transformer",
  data: "digits",
  data_title: "digits",
  created: 0,
  group: "",
  parent: null,
  shipped: false,
  mine: true,
  resumable: true,
  status: { state: "running", step: 9, progress: 0.25, rate: 1234.5, left: 200, message: "", updated: 0 },
  final: null,
  watched: ["accuracy", "rises"],
  labels: { accuracy: "Accuracy", fid: "Realism (FID)", share: "Images of expert" },
  shares: ["accuracy", "share"],
  kind: "images",
  example: "pictures",
  playable: false,
  conditional: false,
  seen: "a",
  position: 3,
  events: [],
  snapshots: [0, 5, 9],
  previews: [0, 9, 12],
  media: "image/webp",
  knobs: { learning_rate: 0.1, seconds: null },
  changed: {},
  card: "",
};
const news = (changes) => ({ ...NEWS, ...changes });
const inState = (state) => ({ status: { ...NEWS.status, state } });
const event = (name, step, values) => ({ event: name, step, values });

test("numbers are written as a person reads them", () => {
  assert.deepEqual([count(12345), short(0.1234), short(1200)], ["12,345", "0.12", "1200"]);
  assert.deepEqual(
    [
      ["accuracy", 0.9016],
      ["accuracy_5", 1],
      ["share.3", 0.25],
      ["accuracyless", 0.5],
      ["loss", 0.34812],
      ["fid_cnn-fashion", 231.7],
    ].map(([name, value]) => metric(NEWS, name, value)),
    ["90.2%", "100.0%", "25.0%", "0.500", "0.348", "232"],
  );
  assert.deepEqual([metric(NEWS, "accuracy", null), metric(NEWS, "fid", null)], ["not finite", "not finite"]);
  assert.deepEqual([seconds(0.2), seconds(89), seconds(100)], ["1 s", "89 s", "2 min"]);
});

test("the status says how far a training is, and how a finished run did", () => {
  assert.equal(status(news({})), "Training: 25% · 1,235 pictures/s · 3 min left");
  const final = { values: { accuracy: 0.5 }, n: 297 };
  assert.equal(
    status(news({ ...inState("done"), final })),
    "Accuracy 50.0% (higher is better) on 297 test pictures of digits",
  );
  const far = { values: { "fid_cnn-fashion": 1.5, other: 2 }, n: 20 };
  const other = news({ ...inState("done"), final: far, watched: ["fid_cnn-fashion", "falls"], example: "points" });
  assert.equal(status(other), "Realism (FID) 1.50 (lower is better) on 20 test points of digits");
  assert.deepEqual(card(new Track(other))[0], ["All metrics", "Realism (FID) 1.50, other 2.00"]);
  const branch = news({ ...inState("queued"), parent: { run: "vit-0", step: 1000 } });
  assert.equal(status(branch), "waiting · branched from vit-0 at step 1,000");
  const turned = { ...branch, changed: { learning_rate: 0.01, image_size: null } };
  assert.equal(status(turned), "waiting · branched from vit-0 at step 1,000 with learning rate 0.01, image size none");
});

test("a number is known by the longest name that fits", () => {
  const labels = { loss: "Loss", loss_balance: "Balance", load: "Load" };
  const names = ["loss", "loss_balance", "loss_cnn-fashion", "load.3", "loadings"];
  assert.deepEqual(
    names.map((name) => label({ labels }, name)),
    ["Loss", "Balance", "Loss", "Load 3", "loadings"],
  );
});

test("the runs of an experiment are a section of the list", () => {
  const seeds = [news({ id: "a", group: "seeds" }), news({ id: "b", group: "seeds", shipped: true })];
  const [shipped, own] = [news({ id: "c", shipped: true }), news({ id: "d" })];
  assert.deepEqual(sections([shipped, seeds[0], own, seeds[1]]), [
    ["Shipped with the playground", [shipped]],
    ["seeds", seeds],
    ["Trained here", [own]],
  ]);
  assert.deepEqual(sections([]), []);
});

test("what can be done with a run follows from its state and its owner", () => {
  const of = (changes) => verbs(new Track(news(changes)));
  assert.deepEqual(of({}), ["pause", "stop"]);
  assert.deepEqual(of(inState("queued")), ["stop"]);
  assert.deepEqual(of(inState("failed")), ["resume", "delete"]);
  assert.deepEqual(of({ ...inState("done"), mine: true }), ["delete"]);
  for (const state of ["running", "queued", "paused", "failed", "done"]) {
    assert.deepEqual(of({ ...inState(state), mine: false }), [], "nothing with a run of somebody else's");
  }
});

test("the card is that of a shipped run, or the knobs of another", () => {
  const shipped = new Track(news({ card: "# Title\n- **Data:** fashion, `full`\nmore\n- **Cost:** 60 s\n" }));
  assert.deepEqual(card(shipped), [
    ["Data", "fashion, `full`"],
    ["Cost", "60 s"],
  ]);
  assert.deepEqual(card(new Track(news({}))), [
    ["Network", "Vision Transformer"],
    ["Knobs", "learning rate 0.1"],
  ]);
  assert.match(title(news({})), /^vit, .+ · training$/);
});

test("a frame is what the views can show; as long as there is none, what the previews do", () => {
  const track = new Track(news({}));
  assert.deepEqual(track.steps, [0, 5, 9]);
  assert.deepEqual(new Track(news({ snapshots: [] })).steps, [0, 9, 12]);
  assert.deepEqual([track.newest, track.live], [9, true]);
  assert.deepEqual(
    [-1, 0, 8, 99].map((step) => track.snapshot(step)),
    [0, 0, 5, 9],
  );
});

test("the events of a training become its curves, and a resumed one forgets what it repeats", () => {
  const events = [
    { event: "started", step: 0, parameters: 77 },
    event("metrics", 1, { loss: 3 }),
    event("metrics", 2, { loss: 2 }),
    event("evaluated", 2, { accuracy: 0.5 }),
    { event: "started", step: 1, parameters: 77 },
    event("metrics", 2, { loss: 2.5 }),
  ];
  const track = new Track(news({ events }));
  assert.equal(track.parameters, 77);
  assert.deepEqual(track.terms.get("loss"), [
    [1, 3],
    [2, 2.5],
  ]);
  assert.deepEqual(track.tests.get("accuracy"), []);
});

test("a run without snapshots promises its first one only while it can still come", () => {
  const promise = (state) => new Track(news({ ...inState(state), snapshots: [] })).promise;
  assert.equal(promise("running"), "The view appears with the first snapshot, at step 0.");
  const branch = news({ ...inState("queued"), snapshots: [], parent: { run: "vit-0", step: 378 } });
  assert.match(new Track(branch).promise, /at step 378\.$/);
  assert.match(promise("failed"), /ended before its first snapshot/);
});

test("runs that are compared are named by what differs", () => {
  const run = (knobs, changes) => news({ knobs: { beta: 1, width: 8, seconds: 60, ...knobs }, ...changes });
  assert.deepEqual(differences([run({ beta: 4, seconds: 30 }), run({})]), ["beta 4", "beta 1"]);
  assert.deepEqual(differences([run({}), run({})]), ["vit", "vit"]);
  assert.deepEqual(differences([run({ beta: 4 }), run({}, { name: "other", data: "faces" })]), ["vit", "other"]);
  const many = run({ beta: 2, width: 4, depth: 1, heads: 2 });
  assert.deepEqual(differences([many, run({})]), ["vit", "vit"]);
});

test("the status tells the value where we are beside that at the end", () => {
  const done = news({ ...inState("done"), final: { values: { accuracy: 0.5 }, n: 297 } });
  assert.match(status(done, "Accuracy 10.0%"), /^here Accuracy 10\.0% · at the end Accuracy 50\.0% \(higher/);
  assert.match(status(done, ""), /^at the end Accuracy 50\.0% \(/, "there is none where we are");
  assert.match(status(done), /^Accuracy 50\.0% \(/);
});

test("examples that ship in place of the test examples are named as such", () => {
  const info = news({ data_title: "cifar10", example: "pictures" });
  assert.equal(tested(info, 2000, {}), "2,000 test pictures of cifar10");
  assert.match(
    tested(info, 24, { stand_ins: true }),
    /^24 examples that ship, in place of the test pictures of cifar10/,
  );
});

test("the best value, the largest change, the branch point and what the training marked are marks", () => {
  const events = [
    ...[0.1, 0.2, 0.7, 0.9, 0.8].map((accuracy, i) => event("evaluated", 10 * i, { accuracy })),
    ...[5, 4, 3, 2, 1].map((loss, i) => event("metrics", 10 * i, { loss })),
    { event: "mark", step: 20, label: "task 1 ends" },
  ];
  const parent = { run: "vit-0", step: 10 };
  const track = new Track(news({ events, snapshots: [0, 10, 20, 30, 40], parent }));
  assert.deepEqual(marks(track, "accuracy"), [
    { step: 10, name: "branched off at step 10" },
    { step: 20, name: "task 1 ends" },
    { step: 20, name: "largest change of Accuracy" },
    { step: 30, name: "best Accuracy" },
  ]);
  assert.equal(
    marks(track, "loss").some(({ name }) => name.startsWith("best")),
    false,
  );
  const falls = new Track(news({ events, snapshots: [0, 10, 20, 30, 40], watched: ["loss", "falls"] }));
  assert.deepEqual(marks(falls, "loss").at(-1), { step: 40, name: "best loss" });
  assert.deepEqual(marks(new Track(news({})), "loss"), []);
});
