/** Short messages: seen for a few seconds, and read out. */

import { Problem } from "../core/api.js";
import { h } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/language.js";

const SECONDS = 4;
const polite = h("div", { class: "toasts", role: "status", "aria-live": "polite" });
const urgent = h("div", { class: "toasts urgent", role: "alert" });
const quiet = h("div", { class: "unseen", role: "status", "aria-live": "polite" });

/** @returns {HTMLElement[]} to be in the document from the start, or they are not read out */
export const liveRegions = () => [polite, urgent, quiet];

/** @param {string} text */
export function say(text) {
  show(polite, text, SECONDS);
}

/** Read out, but not shown: what the eye sees anyway. @param {string} text */
export function announce(text) {
  quiet.textContent = text;
}

/** @param {unknown} problem */
export function complain(problem) {
  if (problem instanceof DOMException && problem.name === "AbortError") return;
  show(urgent, messageOf(problem), 2 * SECONDS);
}

/** @param {unknown} problem @returns {string} */
export function messageOf(problem) {
  if (problem instanceof Problem) return problem.message;
  if (problem instanceof TypeError) return t("error.unreachable");
  return problem instanceof Error ? problem.message : String(problem);
}

/** @param {HTMLElement} region @param {string} text @param {number} seconds */
function show(region, text, seconds) {
  const close = h(
    "button",
    { type: "button", "aria-label": t("close"), on: { click: () => toast.remove() } },
    icon("close"),
  );
  const toast = h("div", { class: "toast" }, h("span", {}, text), close);
  region.append(toast);
  window.setTimeout(() => toast.remove(), seconds * 1000);
}
