// A small organ: four voices of additive sound through a filter each, with envelopes that do not click, and a limit.

import { end, FRAMES } from "./phrase.js";
import { between, frameSeconds } from "./player.js";

/** @import { Note } from "./phrase.js" */
/** @import { Score, Struck } from "./player.js" */

/** The amplitudes of the partials of a pipe, from the fundamental on. */
const PARTIALS = [1, 0.55, 0.28, 0.3, 0.12, 0.14, 0.05, 0.1];
const LEVEL = 0.28; // of a note, at its peak: what four of them reach on either side is below LINEAR
const DETUNE = 3; // cents between the two pipes of a note and its pitch: they beat slowly
const PAN = [0.35, -0.25, 0.2, -0.1]; // -1 is left; of the voices
const BRIGHT = 5; // the filter's cutoff as a multiple of the voice's middle frequency
const MIDDLE = [69, 62, 57, 50]; // MIDI pitches of the voices, about
const [ATTACK, SETTLE, RELEASE] = [0.025, 0.5, 0.045]; // seconds: of a ramp, and two time constants
const SUSTAIN = 0.75; // of the peak
const GAP = 0.02; // seconds that a note ends early, so that a repeated one is heard
const SOON = 0.005; // seconds: what is changed at once is changed after these, or it would click
const TAIL = 0.5; // seconds until a released note is silent: more than ten time constants
const RATE = 44100;
const SMOOTH = 0.015; // seconds, a time constant of the volume
const LINEAR = 0.9; // up to here the limit changes nothing

/** Hertz. @param {number} pitch of MIDI */
export const frequency = (pitch) => 440 * 2 ** ((pitch - 69) / 12);

/** What the limit makes of -1 to 1, at `count` places: nothing comes out above 1, nor below -1. @param {number} count */
export function limit(count = 2049) {
  const room = 1 - LINEAR;
  return Float32Array.from({ length: count }, (_, i) => {
    const x = (2 * i) / (count - 1) - 1;
    const over = Math.abs(x) - LINEAR;
    return over <= 0 ? x : Math.sign(x) * (LINEAR + room * Math.tanh(over / room));
  });
}

/** Sounds on a context: that of the page, or one that renders a file. */
export class Synth {
  /** @type {GainNode} */
  #volume;
  /** Where the pipes of each voice end. @type {AudioNode[]} */
  #voices;
  /** @type {PeriodicWave} */
  #wave;

  /**
   * @param {BaseAudioContext} context
   * @param {number} volume 0 to 1
   */
  constructor(context, volume) {
    this.context = context;
    this.#volume = new GainNode(context, { gain: volume });
    const limiter = new WaveShaperNode(context, { curve: limit() });
    limiter.connect(this.#volume).connect(context.destination);
    this.#wave = new PeriodicWave(context, { imag: [0, ...PARTIALS], real: [0, ...PARTIALS.map(() => 0)] });
    this.#voices = PAN.map((pan, voice) => {
      const filter = new BiquadFilterNode(context, { frequency: BRIGHT * frequency(MIDDLE[voice]), Q: 0.5 });
      filter.connect(new StereoPannerNode(context, { pan })).connect(limiter);
      return filter;
    });
  }

  /** Seconds of the clock that notes are timed by. */
  get now() {
    return this.context.currentTime;
  }

  /** @param {number} volume 0 to 1: the sum of all notes never exceeds it */
  set volume(volume) {
    this.#volume.gain.setTargetAtTime(volume, this.now, SMOOTH);
  }

  /**
   * A note from one time until another.
   * @param {number} voice
   * @param {number} pitch of MIDI
   * @param {number} at
   * @param {number} until
   * @returns {Struck}
   */
  strike(voice, pitch, at, until) {
    const { context } = this;
    const start = Math.max(at, this.now);
    const envelope = new GainNode(context, { gain: 0 });
    const { gain } = envelope;
    gain.setValueAtTime(0, start);
    gain.linearRampToValueAtTime(LEVEL / 2, start + ATTACK);
    gain.setTargetAtTime((SUSTAIN * LEVEL) / 2, start + ATTACK, SETTLE);
    const pipes = [-DETUNE, DETUNE].map((detune) => {
      const pipe = new OscillatorNode(context, { frequency: frequency(pitch), detune, periodicWave: this.#wave });
      pipe.connect(envelope);
      pipe.start(start);
      return pipe;
    });
    envelope.connect(this.#voices[voice]);
    pipes[0].onended = () => envelope.disconnect();
    let released = Infinity;
    /** @param {number} time */
    const release = (time) => {
      if (released <= this.now) return; // it fades already
      const goal = Math.max(time - GAP, start + ATTACK + SOON, this.now + SOON);
      gain.cancelScheduledValues(Math.min(goal, released)); // nothing but the release that was planned: the attack is over
      gain.setTargetAtTime(0, goal, RELEASE);
      for (const pipe of pipes) pipe.stop(goal + TAIL);
      released = goal;
    };
    release(until);
    return {
      end: release,
      cancel: () => {
        for (const pipe of pipes) pipe.stop();
        envelope.disconnect();
      },
    };
  }
}

/**
 * Some phrases as samples, from the left and the right.
 * @param {Note[][]} phrases
 * @param {number} tempo
 */
export async function rendered(phrases, tempo) {
  const seconds = phrases.length * FRAMES * frameSeconds(tempo) + TAIL;
  const context = new OfflineAudioContext(2, Math.ceil(seconds * RATE), RATE);
  const synth = new Synth(context, 1);
  /** @type {Score} */
  const score = { phrases, tempo, loop: false };
  for (const note of between(score, 0, phrases.length * FRAMES)) {
    synth.strike(note.voice, note.pitch, note.start * frameSeconds(tempo), end(note) * frameSeconds(tempo));
  }
  const buffer = await context.startRendering();
  return { channels: [buffer.getChannelData(0), buffer.getChannelData(1)], rate: RATE };
}
