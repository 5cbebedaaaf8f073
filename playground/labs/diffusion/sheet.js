// A batch of pictures as a sheet on a canvas.
"use strict";
(() => {
  const { pixels } = Playground;

  /** Pictures (C, H, W) in a row of bytes as a square sheet on a canvas, a pixel apart, at a whole multiple of pixels. */
  Playground.shownSheet = (canvas, bytes, { channels, size, pictures }) => {
    const columns = Math.ceil(Math.sqrt(pictures));
    const side = columns * (size + 1) - 1;
    const area = channels * size * size;
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const context = canvas.getContext("2d");
    for (let i = 0; i < pictures; i++) {
      const tile = pixels(bytes.subarray(i * area, (i + 1) * area), channels, size, size);
      context.putImageData(tile, (i % columns) * (size + 1), Math.floor(i / columns) * (size + 1));
    }
    const ratio = window.devicePixelRatio || 1;
    const room = Math.min(480, canvas.parentElement.clientWidth || side);
    canvas.style.width = canvas.style.height = `${(Math.max(1, Math.floor((room * ratio) / side)) * side) / ratio}px`;
    return context;
  };
})();
