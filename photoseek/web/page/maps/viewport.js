/**
 * What part of a plane is seen: pure. The plane goes from 0 to 1 in x and y.
 *
 * @typedef {{x: number, y: number, scale: number}} Viewport the middle, and pixels for the whole plane
 * @typedef {{width: number, height: number}} Screen in pixels
 */

/** @param {Viewport} view @param {Screen} screen @param {number} x @param {number} y @returns {[number, number]} */
export const toScreen = (view, screen, x, y) => [
  (x - view.x) * view.scale + screen.width / 2,
  (y - view.y) * view.scale + screen.height / 2,
];

/** @param {Viewport} view @param {Screen} screen @param {number} px @param {number} py @returns {[number, number]} */
export const toPlane = (view, screen, px, py) => [
  (px - screen.width / 2) / view.scale + view.x,
  (py - screen.height / 2) / view.scale + view.y,
];

/**
 * Closer or farther, while what is under a point of the screen stays there.
 *
 * @param {Viewport} view @param {Screen} screen @param {number} factor @param {number} px @param {number} py
 * @param {[number, number]} limits of the scale
 * @returns {Viewport}
 */
export function zoomed(view, screen, factor, px, py, [least, most]) {
  const scale = Math.max(least, Math.min(most, view.scale * factor));
  const [x, y] = toPlane(view, screen, px, py);
  const [dx, dy] = [(px - screen.width / 2) / scale, (py - screen.height / 2) / scale];
  return kept({ x: x - dx, y: y - dy, scale });
}

/** @param {Viewport} view @param {number} dx pixels @param {number} dy @returns {Viewport} */
export const moved = (view, dx, dy) =>
  kept({ x: view.x - dx / view.scale, y: view.y - dy / view.scale, scale: view.scale });

/** The middle stays on the plane. @param {Viewport} view @returns {Viewport} */
const kept = ({ x, y, scale }) => ({ x: Math.max(0, Math.min(1, x)), y: Math.max(0, Math.min(1, y)), scale });

/**
 * The view that shows points, with room around.
 *
 * @param {ArrayLike<number>} xs @param {ArrayLike<number>} ys @param {Screen} screen @param {[number, number]} limits
 * @returns {Viewport}
 */
export function fitting(xs, ys, screen, [least, most]) {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < xs.length; i++) {
    left = Math.min(left, xs[i]);
    right = Math.max(right, xs[i]);
    top = Math.min(top, ys[i]);
    bottom = Math.max(bottom, ys[i]);
  }
  if (left > right) return { x: 0.5, y: 0.5, scale: least };
  const room = 0.8;
  const scale = Math.min(
    (screen.width * room) / Math.max(1e-9, right - left),
    (screen.height * room) / Math.max(1e-9, bottom - top),
  );
  return { x: (left + right) / 2, y: (top + bottom) / 2, scale: Math.max(least, Math.min(most, scale)) };
}

/**
 * Points that are on the screen.
 *
 * @param {ArrayLike<number>} xs @param {ArrayLike<number>} ys @param {Viewport} view @param {Screen} screen
 * @returns {number[]} indices
 */
export function within(xs, ys, view, screen) {
  const [left, top] = toPlane(view, screen, 0, 0);
  const [right, bottom] = toPlane(view, screen, screen.width, screen.height);
  const found = [];
  for (let i = 0; i < xs.length; i++)
    if (xs[i] > left && xs[i] < right && ys[i] > top && ys[i] < bottom) found.push(i);
  return found;
}

/**
 * Points of a view in bunches, one for each square of the screen, so that nothing is drawn twice at one place.
 * Squares are fixed to the plane: bunches do not change while it is moved.
 *
 * @param {ArrayLike<number>} xs @param {ArrayLike<number>} ys @param {Viewport} view @param {Screen} screen
 * @param {number} cell side of a square in pixels
 * @returns {{first: number, x: number, y: number, count: number, members: number[]}[]} `first` and `members` are indices
 */
export function bunches(xs, ys, view, screen, cell) {
  const [left, top] = toPlane(view, screen, -cell, -cell);
  const [right, bottom] = toPlane(view, screen, screen.width + cell, screen.height + cell);
  const squares = 2 ** Math.floor(Math.log2(view.scale / cell));
  /** @type {Map<number, {first: number, x: number, y: number, count: number, members: number[]}>} */
  const found = new Map();
  for (let i = 0; i < xs.length; i++) {
    const [x, y] = [xs[i], ys[i]];
    if (x < left || x > right || y < top || y > bottom) continue;
    const key = Math.floor(x * squares) * 16_777_216 + Math.floor(y * squares);
    const bunch = found.get(key);
    if (!bunch) found.set(key, { first: i, x, y, count: 1, members: [i] });
    else {
      bunch.count += 1;
      bunch.x += (x - bunch.x) / bunch.count;
      bunch.y += (y - bunch.y) / bunch.count;
      bunch.members.push(i);
    }
  }
  return [...found.values()];
}
