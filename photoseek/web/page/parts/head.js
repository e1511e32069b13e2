/** The top of a view: its name, what it says of itself, and its tools. */

import { h } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/language.js";
import { chooseRowStep, HEIGHTS, rowStep } from "../grid/zoom.js";

/** @typedef {import("../core/dom.js").Child} Child */

/** @param {Child | Child[]} title @param {...(Child | Child[])} tools */
export function viewHead(title, ...tools) {
  const note = h("p", { class: "view-note" });
  const heading = h("h1", {}, title);
  const element = h(
    "header",
    { class: "view-head" },
    h("div", { class: "view-title" }, heading, note),
    h("div", { class: "view-tools" }, ...tools),
  );
  return { element, heading, note };
}

/** How large the pictures of grids are. */
export function sizeSlider() {
  const input = h("input", {
    type: "range",
    min: 0,
    max: HEIGHTS.length - 1,
    step: 1,
    value: rowStep(),
    "aria-label": t("grid.size"),
    title: t("grid.size"),
    on: { input: (/** @type {any} */ event) => chooseRowStep(Number(event.target.value)) },
  });
  return h("label", { class: "size-slider" }, icon("picture"), input);
}

/**
 * One of a few, as buttons side by side.
 *
 * @template {string} T
 * @param {string} label
 * @param {[T, string][]} choices value and name
 * @param {(value: T) => void} choose
 */
export function segments(label, choices, choose) {
  const buttons = choices.map(([value, name]) =>
    h("button", { type: "button", data: { value }, on: { click: () => choose(value) } }, name),
  );
  const element = h("div", { class: "segments", role: "group", "aria-label": label }, buttons);
  const set = (/** @type {T} */ value) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.value === value));
  };
  return { element, set };
}

/** What a view says when there is nothing to show. @param {string} drawing @param {string} title @param {...Child} children */
export const empty = (drawing, title, ...children) =>
  h(
    "div",
    { class: "empty" },
    icon(drawing),
    h("h2", {}, title),
    ...children.map((child) => (child instanceof Node ? child : h("p", {}, child))),
  );

/** @param {string} text what is being waited for */
export const waiting = (text) =>
  h("div", { class: "empty waiting", role: "status" }, h("span", { class: "spinner" }), h("p", {}, text));
