/** How tall rows are: a person's choice of a few, smaller where the screen is. */

const KEY = "photoseek.rows";
export const HEIGHTS = [110, 150, 200, 270, 360];
const USUAL = 2;

/** @returns {number} which of the heights */
export function rowStep() {
  const kept = Number(localStorage.getItem(KEY) ?? USUAL);
  return kept in HEIGHTS ? kept : USUAL;
}

/** @param {number} step */
export function chooseRowStep(step) {
  localStorage.setItem(KEY, String(Math.max(0, Math.min(HEIGHTS.length - 1, step))));
  window.dispatchEvent(new Event("rowschange"));
}

/** @param {number} width of the grid in pixels */
export const rowHeight = (width) =>
  Math.round(HEIGHTS[rowStep()] * (width < 600 ? 0.56 : width > 1800 ? 1.2 : 1));
