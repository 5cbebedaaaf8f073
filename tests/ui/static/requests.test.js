import assert from "node:assert/strict";
import { test } from "node:test";
import { Cache, Newest } from "../../../playground/ui/static/requests.js";

/** A question whose answer is given from outside, and what became of it. */
function ask(newest, name, log) {
  const question = { sent: false };
  newest.ask(
    () => {
      question.sent = true;
      return new Promise((resolve, reject) => Object.assign(question, { resolve, reject }));
    },
    (answer) => log.push(`${name}: ${answer}`),
    (error) => log.push(`${name} failed: ${error.message}`),
  );
  return question;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("no more than the limit is under way, and only the newest waits", async () => {
  const log = [];
  const newest = new Newest(2);
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => ask(newest, name, log));
  assert.deepEqual(
    [a, b, c, d].map(({ sent }) => sent),
    [true, true, false, false],
  );
  a.resolve(1);
  await settled();
  assert.deepEqual([c.sent, d.sent], [false, true], "d took the place of c");
  b.resolve(2);
  d.resolve(4);
  await settled();
  assert.deepEqual(log, ["a: 1", "b: 2", "d: 4"]);
});

test("an answer that was overtaken is dropped", async () => {
  const log = [];
  const newest = new Newest(2);
  const [a, b] = ["a", "b"].map((name) => ask(newest, name, log));
  b.resolve(2);
  await settled();
  a.resolve(1);
  await settled();
  assert.deepEqual(log, ["b: 2"]);
});

test("only the newest request's error is reported, and the next question is sent after it", async () => {
  const log = [];
  const newest = new Newest(2);
  const [a, b, c] = ["a", "b", "c"].map((name) => ask(newest, name, log));
  a.reject(new Error("old"));
  await settled();
  assert.ok(c.sent);
  c.reject(new Error("gone"));
  b.resolve(2);
  await settled();
  assert.deepEqual(log.sort(), ["b: 2", "c failed: gone"]);
});

test("the cache asks once, forgets what is oldest in use, and asks again for what failed", async () => {
  const loads = [];
  const cache = new Cache(2);
  const load = (key) => () => {
    loads.push(key);
    return key === "bad" ? Promise.reject(new Error("bad")) : Promise.resolve(key);
  };
  assert.equal(await cache.get("a", load("a")), "a");
  await cache.get("b", load("b"));
  await cache.get("a", load("a"));
  await cache.get("c", load("c")); // b goes
  await cache.get("a", load("a"));
  await cache.get("b", load("b"));
  assert.deepEqual(loads, ["a", "b", "c", "b"]);
  await assert.rejects(cache.get("bad", load("bad")), /bad/);
  await settled();
  await assert.rejects(cache.get("bad", load("bad")), /bad/);
  assert.equal(loads.filter((key) => key === "bad").length, 2);
});

test("who asks knows when the question is answered, overtaken or has failed", async () => {
  const newest = new Newest(1);
  const questions = ["a", "b", "c"].map(() => {
    const question = { done: false };
    const sent = () => new Promise((resolve, reject) => Object.assign(question, { resolve, reject }));
    question.asked = newest.ask(sent, () => assert.equal(question.done, false, "it is shown by then"));
    question.asked.then(() => Object.assign(question, { done: true }));
    return question;
  });
  const [a, b, c] = questions;
  const done = () => questions.map((question) => question.done);
  await settled();
  assert.deepEqual(done(), [false, true, false], "c took the place of b");
  a.resolve(1);
  await settled();
  assert.deepEqual(done(), [true, true, false]);
  c.reject(new Error("gone"));
  assert.deepEqual([await a.asked, await b.asked, (await c.asked).message], [null, null, "gone"]);
});
