/** Files that cannot be searched, by reason. */

import { h } from "../core/dom.js";
import { number } from "../core/language.js";

const MOST = 500;

/** @param {import("../core/schemas.js").FailedFile[]} files */
export function failures(files) {
  if (!files.length) return null;
  /** @type {Map<string, string[]>} */
  const reasons = new Map();
  for (const { path, reason } of files) reasons.set(reason, [...(reasons.get(reason) ?? []), path]);
  const most = [...reasons].sort(([, a], [, b]) => b.length - a.length);
  return h(
    "div",
    { class: "failures" },
    most.map(([reason, paths]) =>
      h(
        "details",
        { open: most.length === 1 && paths.length < 20 },
        h("summary", {}, reason, h("small", {}, number(paths.length))),
        h(
          "ul",
          {},
          paths.slice(0, MOST).map((path) => h("li", { class: "path" }, path)),
        ),
      ),
    ),
  );
}
