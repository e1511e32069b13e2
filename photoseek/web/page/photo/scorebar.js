/** How well a photograph fits, as a bar: its relevance, or where nothing was judged its cosine. */

import { h } from "../core/dom.js";
import { number, percent, t } from "../core/language.js";

/** @param {import("../core/schemas.js").Hit} hit */
export function scoreBar({ relevance, score, verdict }) {
  const share = Math.max(0, Math.min(1, relevance ?? score));
  const fill = h("i");
  fill.style.width = `${share * 100}%`;
  return h(
    "span",
    { class: `score ${verdict ?? ""}`, role: "img", "aria-label": scoreText({ relevance, score, verdict }) },
    fill,
  );
}

/** @param {{relevance: number | null, score: number, verdict: string | null}} hit */
export function scoreText({ relevance, score, verdict }) {
  if (relevance === null || !verdict)
    return t("score.cosine", { score: number(Math.round(score * 1000) / 1000) });
  return t(`score.${verdict}`, { relevance: percent(relevance) });
}
