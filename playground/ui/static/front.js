// Which of many points, each with a cost and an accuracy, no other one beats in both.

/** @typedef {{x: number, y: number}} Point a cost or a score, and an accuracy */

/** Whether a point can be laid out. @param {Point} point */
export const known = ({ x, y }) => Number.isFinite(x) && Number.isFinite(y);

/**
 * The Pareto front: the places of the points that no other one beats in accuracy without costing more, from the left.
 * @param {Point[]} points
 * @returns {number[]}
 */
export function front(points) {
  const order = [...points.keys()].filter((i) => known(points[i]));
  order.sort((a, b) => points[a].x - points[b].x || points[b].y - points[a].y);
  let best = Number.NEGATIVE_INFINITY;
  return order.filter((i) => {
    if (points[i].y <= best) return false;
    best = points[i].y;
    return true;
  });
}
