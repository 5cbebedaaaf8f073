import assert from "node:assert/strict";
import { test } from "node:test";
import {
  carried,
  guestOf,
  knobsText,
  linkedKnobs,
  parsed,
  read,
  written,
} from "../../../playground/ui/static/options.js";

/** An option as the server declares it. */
const option = (name, kind, normal, more = {}) => ({
  name,
  kind,
  optional: false,
  default: normal,
  label: name,
  help: "",
  names: {},
  ge: null,
  le: null,
  step: null,
  pattern: null,
  max_length: 200,
  ...more,
});

const OPTIONS = [
  option("dots", "switch", true),
  option("way", "choice", "", { names: { "": "either", up: "up", down: "down" } }),
  option("label", "class", "each", { names: { each: "all" }, pattern: "^(each|none|\\d{1,4})$" }),
  option("digit", "class", "0"),
  option("other", "picture", "ex-1", { pattern: "^(ex-[0-9]{1,3}|up-[0-9A-Za-z_-]{1,40})(-inverted)?$" }),
  option("network", "name", "run", { names: { run: "this run" } }),
  option("words", "text", ""),
  option("prompt", "text", "a cat", { optional: true, max_length: 5 }),
  option("limit", "number", "", { optional: true, ge: 1 }),
  option("x", "number", 0.5, { ge: 0, le: 1 }),
  option("far", "number", 0),
  option("steps", "integer", 8, { ge: 1, le: 50 }),
  option("seeds", "seed", 0, { ge: 0 }),
];
const DEFAULTS = Object.fromEntries(OPTIONS.map(({ name, default: normal }) => [name, normal]));

/** What a link of these texts holds. */
const linked = (texts) => read(OPTIONS, (name) => texts[name] ?? null);

/** @param {string} name */
const named = (name) => OPTIONS.find((one) => one.name === name);

test("a link without options means the defaults, and defaults are left out of a link", () => {
  assert.deepEqual(linked({}), { values: DEFAULTS, problems: [] });
  assert.ok(Object.values(written(OPTIONS, DEFAULTS)).every((text) => text === null));
});

test("what is written is read again", () => {
  const values = {
    dots: false,
    way: "down",
    label: "3",
    digit: "7",
    other: "up-aB_9-inverted",
    network: "folder:mine & yours",
    words: "a = b, ü",
    prompt: "🐈 & 🐕",
    limit: 2.5,
    x: 0.25,
    far: -1e3,
    steps: 50,
    seeds: 123456,
  };
  const texts = written(OPTIONS, values);
  assert.ok(Object.values(texts).every((text) => typeof text === "string"));
  const query = new URLSearchParams(texts).toString();
  const again = read(OPTIONS, (name) => new URLSearchParams(query).get(name));
  assert.deepEqual(again, { values, problems: [] });
  assert.deepEqual(written(OPTIONS, again.values), texts);
});

test("a number is written with four decimals at most, and stays within its bounds", () => {
  for (const x of [0, 1, 1 / 3, 0.99999, 0.00001]) {
    const { values, problems } = linked(written(OPTIONS, { ...DEFAULTS, x }));
    assert.ok(Math.abs(Number(values.x) - x) <= 0.00005);
    assert.deepEqual(problems, []);
  }
  assert.equal(written(OPTIONS, { ...DEFAULTS, x: 1 / 3 }).x, "0.3333");
});

test("numbers are bounded, and whole where they have to be", () => {
  const numbers = (name, texts) => texts.map((text) => parsed(named(name), text));
  assert.deepEqual(numbers("x", ["0", "1", ".5", "1e-1", "-0.1", "1.01"]), [0, 1, 0.5, 0.1, undefined, undefined]);
  assert.deepEqual(numbers("far", ["-1e300", "1e400", "Infinity", "NaN"]), [-1e300, undefined, undefined, undefined]);
  assert.deepEqual(numbers("steps", ["1", "50", "0", "51", "2.5"]), [1, 50, undefined, undefined, undefined]);
  assert.deepEqual(numbers("seeds", ["0", "99999999999", "-1"]), [0, 99999999999, undefined]);
  for (const name of ["x", "far", "steps", "seeds"]) {
    assert.deepEqual(numbers(name, ["", " ", "many", "1,5", "1 2"]), Array(5).fill(undefined), name);
  }
});

test("choices, classes and switches are those that there are", () => {
  const allowed = (name, texts) => texts.filter((text) => parsed(named(name), text) !== undefined);
  const strange = ["nonsense", "constructor", "toString", "__proto__"];
  assert.deepEqual(allowed("way", ["up", "", ...strange]), ["up", ""]);
  assert.deepEqual(allowed("dots", ["true", "false", "1", "", ...strange]), ["true", "false"]);
  assert.deepEqual(allowed("label", ["each", "none", "0", "12345", "-1", ...strange]), ["each", "none", "0"]);
  assert.deepEqual(allowed("digit", ["0", "10", "each", "", ...strange]), ["0", "10"]);
  assert.deepEqual(allowed("other", ["ex-0", "up-x_Y-inverted", "ex-", "../x", "", ...strange]), [
    "ex-0",
    "up-x_Y-inverted",
  ]);
  assert.equal(allowed("network", ["hub:what/ever", "x".repeat(200), "x".repeat(201)]).length, 2);
});

test("what may be left out can be emptied, and a text has a bound in characters", () => {
  assert.deepEqual(
    ["", "1", "0", "x"].map((text) => parsed(named("limit"), text)),
    ["", 1, undefined, undefined],
  );
  assert.equal(written(OPTIONS, { ...DEFAULTS, limit: 2 }).limit, "2");
  assert.equal(written(OPTIONS, { ...DEFAULTS, prompt: "" }).prompt, "");
  assert.deepEqual(
    ["", "🐈🐈🐈🐈🐈", "🐈🐈🐈🐈🐈🐈"].map((text) => parsed(named("prompt"), text)),
    ["", "🐈🐈🐈🐈🐈", undefined],
  );
});

test("a text with a pattern has its form, or is a mistake", () => {
  const path = option("path", "text", "", { pattern: "^(\\d{4})*$" });
  assert.equal(parsed(path, "00995099"), "00995099");
  assert.deepEqual(
    read([path], () => "0099509"),
    { values: { path: "" }, problems: ["The link's “path” must be of the form that the page writes."] },
  );
});

test("a text in the knobs of a link may hold what separates them", () => {
  assert.equal(
    knobsText([
      ["prompt", "50% a:b; 'ü'"],
      ["beta", 4],
      ["steps", null],
      ["flip", true],
    ]),
    "prompt:50%25 a:b%3B 'ü';beta:4;steps:;flip:true",
  );
});

test("knobs of every kind go into a link and come back", () => {
  /** @type {[string, string | number | boolean][]} */
  const knobs = [
    ["dots", false],
    ["way", "up"],
    ["label", "3"],
    ["network", "somebody's: own"],
    ["words", "50% a:b; %3B 'ü'"],
    ["prompt", ""],
    ["limit", 2.5],
  ];
  const { values, problems } = linkedKnobs(OPTIONS, knobsText(knobs));
  assert.deepEqual(problems, []);
  assert.deepEqual(Object.entries(values), knobs);
});

test("each mistake among the knobs of a link is a sentence, and the others stand", () => {
  const { values, problems } = linkedKnobs(OPTIONS, "limit:0;nonsense;words:here;way");
  assert.deepEqual(values, { words: "here", way: "" });
  assert.match(problems[0], /“limit” must be a number of at least 1/);
  assert.match(problems[1], /no knob “nonsense” here; there are dots, /);
  assert.equal(problems.length, 2);
});

test("each mistake of a link is a sentence, and leaves the default", () => {
  /** @type {[string, string, string][]} */
  const mistakes = [
    ["dots", "perhaps", "true or false"],
    ["digit", "shirt", "the number of a class"],
    ["other", "../x", "the name of a picture, such as ex-3"],
    ["x", "2", "a number from 0 to 1"],
    ["far", "far", "a number"],
    ["steps", "0", "a whole number from 1 to 50"],
    ["seeds", "-1", "a whole number of at least 0"],
    ["words", "x".repeat(201), "a text of at most 200 characters"],
    ["network", "x".repeat(201), "a text of at most 200 characters"],
  ];
  for (const [name, text, allowed] of mistakes) {
    const { values, problems } = linked({ [name]: text, way: "up" });
    assert.deepEqual(problems, [`The link's “${name}” must be ${allowed}.`]);
    assert.deepEqual(values, { ...DEFAULTS, way: "up" });
  }
  const { problems } = linked({ way: "sideways", x: "y" });
  assert.equal(problems.length, 2);
  assert.match(problems[0], /“way” must be one of .*up, down\.$/);
});

const NETWORK = {
  ...OPTIONS[0],
  name: "network",
  kind: "name",
  default: "",
  optional: false,
  names: { "": "this run", vit: "ViT" },
};
const HOST = { options: [/** @type {any} */ (NETWORK)], parts: { main: { options: ["network"], chosen: [] } } };
const NO_HOST = { options: [], parts: { main: { options: ["side"], chosen: [] } } };

test("a network that is none of a run's is known where a part is asked with it", () => {
  assert.equal(guestOf(HOST, { network: "vit" }), "vit");
  assert.equal(guestOf(HOST, {}), "");
  assert.equal(guestOf(NO_HOST, { network: "google/ddpm" }), "");
});

test("a guest stays as another view is chosen, if that one can show it", () => {
  assert.deepEqual(carried(HOST, { network: "" }, "vit"), { network: "vit" });
  assert.deepEqual(carried(HOST, { network: "vit" }, ""), { network: "" });
  assert.deepEqual(carried(HOST, undefined, "dino"), { network: "" });
  assert.deepEqual(carried(NO_HOST, { side: 4 }, "vit"), { side: 4 });
});
