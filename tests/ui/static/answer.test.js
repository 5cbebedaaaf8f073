// Safetensors answers, made here byte by byte as the format's description says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { at, parse } from "../../../playground/ui/static/answer.js";

/** A file of `header` (an object, or text as it is) and the tensors' bytes. */
function file(header, bytes = []) {
  const words = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const whole = new Uint8Array(8 + words.length + bytes.length);
  new DataView(whole.buffer).setBigUint64(0, BigInt(words.length), true);
  whole.set(words, 8);
  whole.set(bytes, 8 + words.length);
  return whole.buffer;
}

const bytesOf = (array) => [...new Uint8Array(array.buffer)];
const entry = (dtype, shape, from, to) => ({ dtype, shape, data_offsets: [from, to] });

test("each type is read as what it is", () => {
  for (const [dtype, array, expected] of [
    ["F32", new Float32Array([0.5, -1.25]), new Float32Array([0.5, -1.25])],
    ["I32", new Int32Array([7, -7]), new Int32Array([7, -7])],
    ["U8", new Uint8Array([0, 255]), new Uint8Array([0, 255])],
    ["I64", new BigInt64Array([-3n, 2n ** 40n]), [-3, 2 ** 40]],
    ["BOOL", new Uint8Array([1, 0]), [true, false]],
  ]) {
    const { tensors } = parse(file({ x: entry(dtype, [2], 0, array.byteLength) }, bytesOf(array)));
    assert.deepEqual(tensors, { x: { data: expected, shape: [2] } }, dtype);
  }
});

test("tensors lie one behind the other, wherever the header ends", () => {
  const floats = new Float32Array([1, 2, 3, 4, 5, 6]);
  for (const padding of ["", " ", "  ", "   "]) {
    const header = JSON.stringify({ mask: entry("U8", [3], 0, 3), map: entry("F32", [2, 3], 3, 27) }) + padding;
    const { tensors } = parse(file(header, [9, 8, 7, ...bytesOf(floats)]));
    assert.deepEqual(tensors.mask.data, new Uint8Array([9, 8, 7]));
    assert.deepEqual(tensors.map, { data: floats, shape: [2, 3] });
  }
});

test("words come from the metadata", () => {
  const words = { step: 7, classes: ["bag", "boot"], Größe: null };
  const { words: read, tensors } = parse(file({ __metadata__: { words: JSON.stringify(words), format: "pt" } }));
  assert.deepEqual(read, words);
  assert.deepEqual(tensors, {});
  assert.equal(parse(file({})).words, null);
});

test("a scalar and an empty tensor have their sizes", () => {
  const { tensors } = parse(file({ one: entry("F32", [], 0, 4), none: entry("U8", [0, 5], 4, 4) }, [0, 0, 128, 63]));
  assert.deepEqual(tensors.one, { data: new Float32Array([1]), shape: [] });
  assert.deepEqual(tensors.none, { data: new Uint8Array(0), shape: [0, 5] });
});

test("what is torn or contradicts itself is refused with a sentence", () => {
  for (const [buffer, words] of [
    [new ArrayBuffer(4), /ends before its header/],
    [file({}).slice(0, 9), /ends within its header/],
    [file({ x: entry("U8", [4], 0, 4) }, [1, 2]), /ends within the tensor “x”/],
    [file({ x: entry("F32", [2], 0, 4) }, [1, 2, 3, 4]), /has 4 bytes, and its shape needs 8/],
    [file({ x: entry("F8_E5M2", [1], 0, 1) }, [1]), /type F8_E5M2, which this page does not read/],
  ]) {
    assert.throws(() => parse(buffer), words);
  }
});

test("a tensor has parts along its first axis", () => {
  const tensor = { data: Uint8Array.from({ length: 12 }, (_, i) => i), shape: [2, 3, 2] };
  assert.deepEqual(at(tensor, 1), { data: new Uint8Array([6, 7, 8, 9, 10, 11]), shape: [3, 2] });
  assert.deepEqual(at(at(tensor, 1), 2), { data: new Uint8Array([10, 11]), shape: [2] });
  assert.equal(at(tensor, 1).data.buffer, tensor.data.buffer);
});
