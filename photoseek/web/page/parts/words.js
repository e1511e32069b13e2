/** Which words the model in use understands, for those who would ask in another language. */

import { h } from "../core/dom.js";
import { language, t } from "../core/language.js";

/** By its card, and by a test. What others were taught, nothing tells. */
const ENGLISH_ONLY = "mini";

/** @param {string | null | undefined} model in use @returns {HTMLElement | null} nothing for who reads English */
export function wordsNote(model) {
  if (language() === "en" || !model) return null;
  const key = model === ENGLISH_ONLY ? "words.english_only" : "words.english_best";
  return h("p", { class: "note words-note" }, t(key, { model }));
}
