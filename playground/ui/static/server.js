// Requests to the server that this module came from.

/** @import { Packet, Query } from "./types.d.ts" */

const BASE = new URL("../../../../", import.meta.url); // this file is /playground/static/HASH/ui/static/server.js

/** Who this browser is, so that its runs are its own; nothing else is known of it. Empty where it stores nothing. */
export const visitor = (() => {
  try {
    const id = localStorage.getItem("playground-visitor") || crypto.getRandomValues(new Uint32Array(4)).join("");
    localStorage.setItem("playground-visitor", id);
    return id;
  } catch {
    return "";
  }
})();

/**
 * The address of a route; what is missing from the query is left out.
 * @param {string} path begins with a slash
 * @param {Query} [query]
 */
export function address(path, query = {}) {
  const url = new URL(`.${path}`, BASE);
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) url.searchParams.set(key, String(value));
  }
  return url.href;
}

/**
 * Fetches, and turns whatever goes wrong into an Error with a sentence for a person.
 * @param {string} path
 * @param {Query} [query]
 * @param {RequestInit} [options]
 */
export async function request(path, query = {}, options = {}) {
  let response;
  try {
    response = await fetch(address(path, query), {
      ...options,
      headers: { "x-playground-visitor": visitor, ...options.headers },
    });
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") throw error;
    throw new Error("The server does not answer. It may have been stopped; this page goes on once it is back.");
  }
  if (response.ok) return response;
  const answer = await response.json().catch(() => null);
  throw new Error(answer?.error || `The server answered with error ${response.status}.`);
}

/**
 * @param {string} path
 * @param {Query} [query]
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
export const json = async (path, query, options) => (await request(path, query, options)).json();

/**
 * A picture.
 * @param {string} path
 * @param {Query} [query]
 */
export const bitmap = async (path, query) => createImageBitmap(await (await request(path, query)).blob());

/**
 * A JSON head followed by raw bytes, as `playground/ui/packet.py` writes them.
 * @param {string} path
 * @param {Query} [query]
 * @param {RequestInit} [options]
 * @returns {Promise<Packet<any>>}
 */
export async function packet(path, query, options) {
  const buffer = await (await request(path, query, options)).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  return {
    head: JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))),
    bytes: new Uint8Array(buffer, 4 + length),
  };
}
