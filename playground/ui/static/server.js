// Requests to the server that this module came from.

/** @import { Query } from "./types.d.ts" */

const BASE = new URL("../../../../", import.meta.url); // this file is /playground/static/HASH/ui/static/server.js

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

/** Milliseconds until a server that did not answer is asked again. */
export const AGAIN = 2000;

/** @param {number} milliseconds @returns {Promise<void>} */
export const later = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What went wrong, for a person. @param {unknown} error */
export const sentence = (error) => /** @type {Error} */ (error).message;

/**
 * Fetches, and turns whatever goes wrong into an Error with a sentence for a person.
 * @param {string} path
 * @param {Query} [query]
 * @param {RequestInit} [options]
 */
export async function request(path, query = {}, options = {}) {
  let response;
  try {
    response = await fetch(address(path, query), options);
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") throw error;
    throw new Error("The server does not answer. It may have been stopped; this page continues once it is back.");
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  throw new Error(body?.error || `The server answered with error ${response.status}.`);
}

/**
 * @param {string} path
 * @param {Query} [query]
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
export const json = async (path, query, options) => (await request(path, query, options)).json();
