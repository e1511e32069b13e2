/** Keys: every one of them is in the list of `keys.js`. */

import { go, here } from "../core/route.js";
import { clearSelection, select, selected } from "../grid/selected.js";
import { everything, extended, toggled } from "../grid/selection.js";
import { neighbour } from "../grid/windowing.js";
import * as actions from "../photo/actions.js";
import { showKeys } from "./keys.js";

/** @typedef {import("../grid/grid.js").Grid} Grid */

/** @type {Record<string, import("../core/address.js").View>} */
const PLACES = {
  p: "timeline",
  s: "search",
  f: "folders",
  m: "map",
  o: "places",
  g: "groups",
  d: "duplicates",
  v: "saved",
  l: "library",
};

/**
 * @param {import("./stage.js").Stage} stage
 * @param {import("./views.js").Views} views
 * @param {import("../photo/lightbox.js").Lightbox} lightbox
 */
export function listenToKeys(stage, views, lightbox) {
  let going = -Infinity;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || isWriting(event.target)) return;
    const went = performance.now() - going < 1500 && PLACES[event.key];
    going = event.key === "g" ? performance.now() : -Infinity;
    const took = went ? walk(went) : pressed(event, stage, views, lightbox);
    if (took) event.preventDefault();
  });
}

/** @param {import("../core/address.js").View} view */
function walk(view) {
  go({ view, q: "", photo: 0, pictures: 0, folder: "", group: 0, sort: "", at: "" });
  return true;
}

/** @param {EventTarget | null} target */
const isWriting = (target) =>
  target instanceof HTMLElement && Boolean(target.closest("input, textarea, select, [contenteditable]"));

/**
 * @param {KeyboardEvent} event
 * @param {import("./stage.js").Stage} stage
 * @param {import("./views.js").Views} views
 * @param {import("../photo/lightbox.js").Lightbox} lightbox
 * @returns {boolean} whether the key was meant for us
 */
function pressed(event, stage, views, lightbox) {
  const { key } = event;
  const grid = stage.grid;
  if (lightbox.open) return lightbox.key(event) || onPhoto(key, here().photo, stage);
  if (document.querySelector("dialog[open]")) return false;
  if (key === "/") return taken(stage.box.edit());
  if (key === "?") return taken(showKeys());
  if (views.current?.key?.(event)) return true;
  if (!grid?.roll.count) return false;
  if ((event.ctrlKey || event.metaKey) && key === "a") return taken(select(everything(grid.roll.ids)));
  if (event.ctrlKey || event.metaKey) return false;
  return (
    moved(event, grid) ||
    (inGrid() && onGrid(key, grid, stage)) ||
    (key === "Escape" && taken(clearSelection()))
  );
}

/** @param {unknown} _done */
const taken = (_done) => true;

/** @returns {boolean} whether the focus is where keys are meant for a picture */
const inGrid = () =>
  Boolean(document.activeElement?.closest(".tile")) ||
  document.activeElement === document.body ||
  document.activeElement?.id === "main";

/** @param {KeyboardEvent} event @param {Grid} grid */
function moved({ key, shiftKey, target }, grid) {
  const inside = target instanceof HTMLElement && target.closest(".tile");
  const ours = inside || target === document.body || (target instanceof HTMLElement && target.id === "main");
  if (!ours || !/^(Arrow|Home|End)/.test(key)) return false;
  const next = inside ? neighbour(grid.layout, grid.focused, key) : grid.start();
  if (shiftKey) {
    if (selected().anchor < 0) select(toggled(selected(), grid.roll.ids, grid.focused));
    select(extended(selected(), grid.roll.ids, next));
  }
  grid.focus(next);
  return true;
}

/** @param {string} key @param {Grid} grid @param {import("./stage.js").Stage} stage */
function onGrid(key, grid, stage) {
  if (key === "x" || key === " ") return taken(select(toggled(selected(), grid.roll.ids, grid.focused)));
  if (key === "t" && stage.can.change) return taken(actions.tagAll(chosen(grid)));
  return onPhoto(key, grid.roll.ids[grid.focused], stage);
}

/** @param {Grid} grid */
const chosen = (grid) => (selected().ids.size ? [...selected().ids] : [grid.roll.ids[grid.focused]]);

/** @param {string} key @param {number} id @param {import("./stage.js").Stage} stage */
function onPhoto(key, id, stage) {
  if (key === "s") return taken(actions.similar(id));
  if (key === "+" || key === "=") return taken(actions.mark(id, 1));
  if (key === "-") return taken(actions.mark(id, -1));
  if (key === "c") return taken(actions.copyPath(id));
  if (key === "d") return taken(actions.download(id));
  if (key === "r" && stage.can.reveal) return taken(actions.reveal(id));
  return key === "?" && taken(showKeys());
}
