/** A few photographs as a picture of more: of a folder, of a group. Loaded when it comes into view. */

import { search, thumbnail } from "../core/api.js";
import { h } from "../core/dom.js";
import { icon } from "../core/icons.js";

const FEW = 4;

/** @type {WeakMap<Element, () => void>} */
const waitingFor = new WeakMap();
const watcher = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      waitingFor.get(target)?.();
    }
  },
  { rootMargin: "200px" },
);

/** @param {number[]} ids */
export function mosaic(ids) {
  const few = ids.slice(0, ids.length < FEW ? 1 : FEW);
  return h(
    "span",
    { class: `mosaic of-${few.length}`, "aria-hidden": "true" },
    few.map((id) => h("img", { src: thumbnail(id), alt: "", loading: "lazy" })),
  );
}

/** @param {string} filter whose newest photographs it shows */
export function mosaicOf(filter) {
  const element = h("span", { class: "mosaic of-0", "aria-hidden": "true" }, icon("folder"));
  waitingFor.set(element, () => void fill(element, filter));
  watcher.observe(element);
  return element;
}

/** @param {HTMLElement} element @param {string} filter */
async function fill(element, filter) {
  const answer = await search({ q: filter, limit: FEW, sort: "date" }, []).catch(() => null);
  const ids = answer?.hits.map((hit) => hit.photo.id) ?? [];
  if (ids.length) element.replaceWith(mosaic(ids));
}
