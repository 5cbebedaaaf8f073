// Curves over training steps. Steps stand on a logarithmic axis, as the snapshots do: most happens early.
"use strict";
Playground.chart = (() => {
  const { colour } = Playground;
  const LEFT = 48;
  const RIGHT = 12;
  const TOP = 8;
  const BOTTOM = 20;

  /** Round numbers, at most `most` of them, from low to high. */
  function ticks(low, high, most) {
    const rough = (high - low) / most || 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough);
    const found = [];
    for (let value = Math.ceil(low / step) * step; value <= high + 1e-9 * step; value += step) found.push(value);
    return found;
  }

  /** Low and high of the values, without the first few wild steps stretching the axis. */
  function range(lines) {
    const values = lines.flatMap((line) => [...line.train, ...line.test]).map((point) => point[1]);
    if (!values.length) return [0, 1];
    const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
    const low = sorted[0];
    const high = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.98))];
    const margin = (high - low || Math.abs(high) || 1) * 0.06;
    return [low - margin, high + margin];
  }

  /** The mean of all points that fall on the same three pixels: a thousand steps lie close together on the right. */
  function thinned(points, x) {
    const bins = new Map();
    for (const [at, value] of points) {
      const bin = Math.round(x(at) / 3);
      const found = bins.get(bin) ?? [0, 0, 0];
      bins.set(bin, [found[0] + x(at), found[1] + value, found[2] + 1]);
    }
    return [...bins.values()].map(([at, value, count]) => [at / count, value / count]);
  }

  return function chart(context, { width, height, lines, step, last, format }) {
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = colour("--quiet");
    if (!lines.some((line) => line.train.length || line.test.length)) {
      context.textAlign = "center";
      context.fillText("The curve begins with the first step.", width / 2, height / 2);
      return () => 0;
    }
    const x = (at) => LEFT + (Math.log1p(at) / Math.log1p(last)) * (width - LEFT - RIGHT);
    const [low, high] = range(lines);
    const y = (value) => TOP + (1 - (value - low) / (high - low)) * (height - TOP - BOTTOM);
    context.lineWidth = 1;
    context.strokeStyle = colour("--line");

    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const value of ticks(low, high, 4)) {
      context.beginPath();
      context.moveTo(LEFT, y(value));
      context.lineTo(width - RIGHT, y(value));
      context.stroke();
      context.fillText(format(value), LEFT - 6, y(value));
    }
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    let free = -Infinity;
    for (const mark of [0, 1, 10, 100, 1000, 10_000, 100_000, 1_000_000]) {
      if (mark > last || x(mark) < free) continue;
      context.fillText(mark.toLocaleString("en-US"), x(mark), height - 5);
      free = x(mark) + 40;
    }

    context.save();
    context.beginPath();
    context.rect(LEFT, 0, width - LEFT - RIGHT + 6, height - BOTTOM + 4);
    context.clip();
    for (const { train, test, colour: ink } of lines) {
      context.strokeStyle = ink;
      context.globalAlpha = test.length > 1 ? 0.5 : 1;
      context.beginPath();
      thinned(train, x).forEach(([at, value], i) => (i ? context.lineTo(at, y(value)) : context.moveTo(at, y(value))));
      context.stroke();
      context.globalAlpha = 1;
      context.fillStyle = ink;
      for (const [at, value] of test) {
        context.beginPath();
        context.arc(x(at), y(value), 2.5, 0, 7);
        context.fill();
      }
    }
    context.restore();

    context.strokeStyle = colour("--ink");
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x(step), TOP - 4);
    context.lineTo(x(step), height - BOTTOM);
    context.stroke();
    context.fillStyle = colour("--ink");
    context.beginPath();
    context.arc(x(step), TOP - 2, 4, 0, 7);
    context.fill();
    return x;
  };
})();
