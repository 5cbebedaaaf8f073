// What can be done with runs: to pause, stop, resume and delete them, and to look elsewhere once one is gone.

import { request, sentence } from "./server.js";
import { Track } from "./track.js";

/** @import { Film } from "./film.js" */

/**
 * Pauses, stops, resumes or deletes the run that is looked at.
 * @param {Film} film
 * @param {string} verb
 */
export async function act(film, verb) {
  const { track } = film;
  if (!track) return;
  film.problem = "";
  try {
    await request(`/runs/${track.id}/${verb}`, {}, { method: "POST" });
    if (verb === "delete") return leave(film);
    film.following = true;
    await film.updates.refresh(track);
    film.updates.poll();
  } catch (error) {
    film.complain(sentence(error));
  }
}

/**
 * Makes a button ask before it does what cannot be undone: a second click, which is no part of a double one, does it.
 * @param {HTMLButtonElement} button
 * @param {string} question
 * @param {() => void} act
 */
export function askFirst(button, question, act) {
  const label = button.textContent;
  let asked = false;
  /** @param {boolean} asks */
  const ask = (asks) => {
    asked = asks;
    button.textContent = asked ? question : label;
  };
  button.addEventListener("blur", () => ask(false));
  button.addEventListener("click", ({ detail }) => {
    if (detail > 1) return;
    if (asked) act();
    ask(!asked); // where it is refused, it can be asked for again
  });
}

/**
 * Deletes a run that is no longer looked at.
 * @param {Film} film
 * @param {string} id
 */
export async function remove(film, id) {
  try {
    await request(`/runs/${id}/delete`, {}, { method: "POST" });
    await film.list();
  } catch (error) {
    film.complain(sentence(error));
  }
}

/**
 * Looks at another run where the one in sight was deleted, and at one alone where the other was.
 * @param {Film} film
 */
export async function leave(film) {
  await film.list();
  if (!film.runs.length) return;
  const gone = [];
  for (const track of film.tracks) {
    if (film.runs.some((run) => run.id === track.id)) continue;
    // others' runs are not in the list, and yet may be looked at
    if (track.info.mine || !(await Track.load(track.id).catch(() => null))) gone.push(track);
  }
  if (!gone.length) return;
  if (film.track && !gone.includes(film.track)) return film.compare("");
  film.tracks = [];
  await film.open(film.runs[0].id);
}
