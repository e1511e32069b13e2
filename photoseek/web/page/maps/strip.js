/** What a map shows now, as photographs in a row: for those who do not point. */

import { thumbnail } from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { t } from "../core/language.js";
import { go } from "../core/route.js";

const MOST = 40;

export class Strip {
  constructor() {
    this.says = h("p", { class: "strip-says", role: "status" });
    this.list = h("ul", { class: "strip-list", "aria-label": t("map.in_view") });
    this.action = h("div", { class: "strip-action" });
    this.element = h(
      "div",
      { class: "strip" },
      h("div", { class: "strip-head" }, this.says, this.action),
      this.list,
    );
  }

  /** @param {number[]} ids those in view */
  show(ids) {
    this.says.textContent = t("map.count", { n: ids.length });
    const every = Math.max(1, ids.length / MOST);
    const some = Array.from({ length: Math.min(MOST, ids.length) }, (_, i) => ids[Math.floor(i * every)]);
    replace(
      this.list,
      some.map((id) =>
        h(
          "li",
          {},
          h(
            "button",
            {
              type: "button",
              "aria-label": t("grid.photo_id", { id: String(id) }),
              on: { click: () => go({ photo: id }) },
            },
            h("img", { src: thumbnail(id), alt: "", loading: "lazy" }),
          ),
        ),
      ),
    );
  }
}
