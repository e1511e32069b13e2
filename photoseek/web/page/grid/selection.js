/** Which photographs are selected, and what a click with shift or ctrl does to that. Pure values. */

/**
 * @typedef {object} Selection
 * @property {ReadonlySet<number>} ids
 * @property {number} anchor the index that a click with shift counts from, -1 for none
 */

/** @type {Selection} */
export const NONE = Object.freeze({ ids: new Set(), anchor: -1 });

/**
 * @param {Selection} selection
 * @param {ArrayLike<number>} order ids as they are shown
 * @param {number} index that was clicked
 * @returns {Selection}
 */
export function toggled(selection, order, index) {
  const ids = new Set(selection.ids);
  const id = order[index];
  if (!ids.delete(id)) ids.add(id);
  return { ids, anchor: index };
}

/**
 * All from the anchor to the index, besides what is selected already.
 *
 * @param {Selection} selection
 * @param {ArrayLike<number>} order
 * @param {number} index
 * @returns {Selection}
 */
export function extended(selection, order, index) {
  if (selection.anchor < 0) return toggled(selection, order, index);
  const ids = new Set(selection.ids);
  const [from, to] = [Math.min(selection.anchor, index), Math.max(selection.anchor, index)];
  for (let i = from; i <= to; i++) ids.add(order[i]);
  return { ids, anchor: selection.anchor };
}

/** @param {ArrayLike<number>} order @returns {Selection} */
export const everything = (order) => ({ ids: new Set(Array.from(order)), anchor: 0 });
