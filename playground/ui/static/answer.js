// Answers of views: tensors and words in one safetensors file.

import { request } from "./server.js";

/** @import { Answer, Numbers, Query, Tensor } from "./types.d.ts" */

const POLL = 400; // milliseconds between two looks at a task in the background

/** @typedef {{dtype: string, shape: number[], data_offsets: [number, number]}} Entry */
/** @typedef {Pick<RequestInit, "signal" | "method" | "body">} Options */

/**
 * How the bytes of one tensor are read, by the format's names; the buffer begins and ends with the tensor.
 * @type {Record<string, {size: number, read: (buffer: ArrayBuffer) => Numbers}>}
 */
const TYPES = {
  F32: { size: 4, read: (buffer) => new Float32Array(buffer) },
  I32: { size: 4, read: (buffer) => new Int32Array(buffer) },
  I64: { size: 8, read: (buffer) => Array.from(new BigInt64Array(buffer), Number) },
  U8: { size: 1, read: (buffer) => new Uint8Array(buffer) },
  BOOL: { size: 1, read: (buffer) => Array.from(new Uint8Array(buffer), Boolean) },
};

/**
 * Reads a safetensors file: eight bytes of the header's length (little-endian), the header as JSON, the tensors' bytes.
 * The words are JSON under the key "words" of the header's `__metadata__`; null where there are none.
 *
 * Throws where the file ends too early, and where a tensor has a type that is not read here or a size that contradicts
 * its shape.
 * @param {ArrayBuffer} buffer
 * @returns {Answer<any, any>}
 */
export function parse(buffer) {
  if (buffer.byteLength < 8) throw new Error("The answer ends before its header.");
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const start = 8 + length;
  if (start > buffer.byteLength) throw new Error("The answer ends within its header.");
  const { __metadata__: metadata, ...entries } = JSON.parse(
    new TextDecoder().decode(new Uint8Array(buffer, 8, length)),
  );
  /** @type {Record<string, Tensor>} */
  const tensors = {};
  for (const [name, entry] of Object.entries(entries)) tensors[name] = tensor(name, entry, buffer, start);
  return { words: metadata?.words === undefined ? null : JSON.parse(metadata.words), tensors };
}

/**
 * @param {string} name
 * @param {Entry} entry
 * @param {ArrayBuffer} buffer
 * @param {number} start of all tensors' bytes
 * @returns {Tensor}
 */
function tensor(name, { dtype, shape, data_offsets: [from, to] }, buffer, start) {
  const type = TYPES[dtype];
  if (!type) throw new Error(`The tensor “${name}” has the type ${dtype}, which this page does not read.`);
  const bytes = shape.reduce((product, side) => product * side, type.size);
  if (to - from !== bytes)
    throw new Error(`The tensor “${name}” has ${to - from} bytes, and its shape needs ${bytes}.`);
  if (start + to > buffer.byteLength) throw new Error(`The answer ends within the tensor “${name}”.`);
  return { data: type.read(buffer.slice(start + from, start + to)), shape }; // a copy is aligned
}

/**
 * Asks a route that answers with tensors and words.
 * @param {string} path
 * @param {Query} [query]
 * @param {Options} [options]
 * @returns {Promise<Answer<any, any>>}
 */
export const answer = async (path, query, options) => parse(await (await request(path, query, options)).arrayBuffer());

/**
 * The result of a task in the background: has the server begin it, and polls until it is done.
 * @param {string} path
 * @param {Query} query
 * @param {(message: string) => void} report hears what is being done, and how much of it is
 * @param {() => boolean} isOver whether nobody waits for the result any more
 * @returns {Promise<Answer<any, any> | null>} null where nobody does
 */
export async function background(path, query, report, isOver) {
  for (let method = "POST"; ; method = "GET") {
    const response = await answer(path, query, { method });
    if (isOver()) return null;
    const { waiting, progress } = response.words;
    if (waiting === undefined) return response;
    report(`${waiting} ${Math.round(100 * progress)}%`);
    await new Promise((resolve) => setTimeout(resolve, POLL));
    if (isOver()) return null;
  }
}

/**
 * Asks for a part of a view of a lab.
 * @param {string} lab
 * @param {string} view
 * @param {string} part
 * @param {Query} query
 */
export const ask = (lab, view, part, query) => answer(`/views/${lab}/${view}/${part}`, query);

/**
 * The part of a tensor at an index of its first axis; it shares the tensor's memory.
 * @template {Float32Array | Int32Array | Uint8Array<ArrayBuffer>} Data
 * @param {Tensor<Data>} tensor
 * @param {number} index
 * @returns {Tensor<Data>}
 */
export function at({ data, shape: [count, ...shape] }, index) {
  const size = data.length / count;
  return { data: /** @type {Data} */ (data.subarray(index * size, (index + 1) * size)), shape };
}

/**
 * A picture that came as the bytes of a JPEG file.
 * @param {Tensor<Uint8Array<ArrayBuffer>>} tensor
 */
export const decoded = ({ data }) => createImageBitmap(new Blob([data], { type: "image/jpeg" }));
