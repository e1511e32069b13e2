/** Clicks in a grid: with ctrl or shift they select, as a long touch does; pictures can be dragged to the box. */

import { PHOTO_TYPE } from "../query/outside.js";
import { listenToLongTouch } from "./longtouch.js";
import { select, selected } from "./selected.js";
import { extended, toggled } from "./selection.js";

/** @param {import("./grid.js").Grid} grid */
export function listenToPointing(grid) {
  grid.list.addEventListener("click", (event) => {
    const index = indexOf(event);
    if (index >= 0 && selects(event)) choose(grid, index, event);
  });
  listenToLongTouch(grid.list, (event) => {
    const index = indexOf(event);
    if (index >= 0) choose(grid, index, event);
  });
  grid.list.addEventListener("focusin", (event) => {
    const index = indexOf(event);
    if (index >= 0) grid.focused = index;
  });
  grid.list.addEventListener("dragstart", (event) => {
    const index = indexOf(event);
    if (index >= 0) event.dataTransfer?.setData(PHOTO_TYPE, String(grid.roll.ids[index]));
  });
}

/** @param {Event} event */
function indexOf(event) {
  const tile = event.target instanceof Element ? event.target.closest(".tile") : null;
  return tile instanceof HTMLElement ? Number(tile.dataset.index) : -1;
}

/** Whether a click means the selection: by its keys, on the circle, or because there is one already. @param {MouseEvent} event */
function selects(event) {
  const target = /** @type {Element} */ (event.target);
  if (target.closest(".hover-actions")) return false;
  return (
    event.ctrlKey ||
    event.metaKey ||
    event.shiftKey ||
    selected().ids.size > 0 ||
    Boolean(target.closest(".tile-check"))
  );
}

/** @param {import("./grid.js").Grid} grid @param {number} index @param {MouseEvent} event */
function choose(grid, index, event) {
  event.preventDefault();
  const { ids } = grid.roll;
  grid.focused = index;
  select(event.shiftKey ? extended(selected(), ids, index) : toggled(selected(), ids, index));
}
