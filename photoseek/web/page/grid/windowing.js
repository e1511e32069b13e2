/** Which rows are in view: by halving, so that it costs the same with a hundred pictures and a million. */

/** @typedef {import("./layout.js").Layout} Layout */

/**
 * The first position whose value is above `limit`, in an ascending array.
 *
 * @param {ArrayLike<number>} values
 * @param {number} limit
 */
export function firstAbove(values, limit) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Rows that touch a stretch of the page.
 *
 * @param {Layout} layout
 * @param {number} from in pixels
 * @param {number} to
 * @returns {[number, number]} the first row, and the one after the last
 */
export function rowsWithin(layout, from, to) {
  let first = Math.max(0, firstAbove(layout.top, from) - 1);
  while (first < layout.rows && bottom(layout, first) < from) first += 1;
  return [first, Math.max(first, firstAbove(layout.top, to))];
}

/** @param {Layout} layout @param {number} row */
const bottom = (layout, row) => layout.top[row] + layout.tall[row];

/**
 * Headings that touch a stretch of the page.
 *
 * @param {Layout} layout
 * @param {number} from in pixels
 * @param {number} to
 * @param {number} height of a heading
 */
export function headingsWithin(layout, from, to, height) {
  const { headings } = layout;
  let low = 0;
  let high = headings.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (headings[middle].y + height < from) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < headings.length && headings[end].y <= to) end += 1;
  return headings.slice(low, end);
}

/**
 * The row of a picture.
 *
 * @param {Layout} layout
 * @param {number} index
 */
export const rowOf = (layout, index) => Math.max(0, firstAbove(layout.first, index) - 1);

/**
 * The picture that an arrow key leads to.
 *
 * @param {Layout} layout
 * @param {number} index
 * @param {string} key "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home" or "End"
 */
export function neighbour(layout, index, key) {
  const last = layout.x.length - 1;
  if (key === "Home") return 0;
  if (key === "End") return last;
  if (key === "ArrowLeft") return Math.max(0, index - 1);
  if (key === "ArrowRight") return Math.min(last, index + 1);
  const row = rowOf(layout, index) + (key === "ArrowUp" ? -1 : 1);
  return row < 0 || row >= layout.rows ? index : nearestInRow(layout, row, middleOf(layout, index));
}

/** @param {Layout} layout @param {number} index */
const middleOf = (layout, index) => layout.x[index] + layout.w[index] / 2;

/** @param {Layout} layout @param {number} row @param {number} x */
function nearestInRow(layout, row, x) {
  let best = layout.first[row];
  for (let i = best; i < layout.first[row + 1]; i++) {
    if (Math.abs(middleOf(layout, i) - x) < Math.abs(middleOf(layout, best) - x)) best = i;
  }
  return best;
}
