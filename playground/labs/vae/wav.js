// Sound as a WAV file of 16 bits (RIFF, PCM, little-endian).

const HEADER = 44; // bytes
const MOST = 32767;

/**
 * @param {Float32Array[]} channels of one length, -1 to 1; what lies beyond is cut off
 * @param {number} rate samples a second
 */
export function wav(channels, rate) {
  const [first] = channels;
  const frame = 2 * channels.length; // bytes
  const bytes = frame * first.length;
  const view = new DataView(new ArrayBuffer(HEADER + bytes));
  /** @param {number} at @param {string} text */
  const write = (at, text) => {
    for (const [i, letter] of [...text].entries()) view.setUint8(at + i, letter.charCodeAt(0));
  };
  write(0, "RIFF");
  view.setUint32(4, HEADER - 8 + bytes, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // linear PCM
  view.setUint16(22, channels.length, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * frame, true);
  view.setUint16(32, frame, true);
  view.setUint16(34, 16, true);
  write(36, "data");
  view.setUint32(40, bytes, true);
  for (let i = 0; i < first.length; i++) {
    for (const [c, samples] of channels.entries()) {
      const value = Math.round(MOST * Math.max(-1, Math.min(1, samples[i])));
      view.setInt16(HEADER + i * frame + 2 * c, value, true);
    }
  }
  return view.buffer;
}
