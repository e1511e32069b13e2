/** The selection of the page: one, whatever the view. */

import { NONE } from "./selection.js";

/** @typedef {import("./selection.js").Selection} Selection */

let current = NONE;
/** @type {Set<(now: Selection) => void>} */
const watchers = new Set();

/** @returns {Selection} */
export const selected = () => current;

/** @param {Selection} next */
export function select(next) {
  if (next === current) return;
  current = next;
  for (const watcher of watchers) watcher(next);
}

export const clearSelection = () => select(NONE);

/** @param {(now: Selection) => void} watcher */
export const watchSelection = (watcher) => watchers.add(watcher);
