/** Before anything was asked: what there is to ask for in this library. */

import * as api from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { month, number, t } from "../core/language.js";
import { hrefOf } from "../core/route.js";
import { wordsNote } from "../parts/words.js";

/** @type {[keyof import("../core/schemas.js").Facets, string, number][]} */
const KINDS = [
  ["places", "pin", 24],
  ["dates", "date", 24],
  ["tags", "tag", 24],
  ["cameras", "camera", 16],
  ["lenses", "camera", 12],
  ["folders", "folder", 24],
  ["types", "picture", 12],
  ["orientations", "picture", 3],
];
const EXAMPLES = ["words", "negative", "date", "camera", "picture", "phrase"];

export class Explore {
  /** @param {import("../shell/stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.facets = h("div", { class: "explore-facets" });
    this.note = h("div", { class: "explore-note" });
    this.element = h(
      "div",
      { class: "explore" },
      h("h1", {}, t("explore.title")),
      this.note,
      h(
        "ul",
        { class: "examples" },
        EXAMPLES.map((name) =>
          h("li", {}, h("code", {}, t(`example.${name}`)), h("span", {}, t(`example.${name}_says`))),
        ),
      ),
      this.facets,
    );
  }

  async renew() {
    replace(this.note, wordsNote(this.stage.status?.model));
    const facets = await api.facets();
    replace(
      this.facets,
      KINDS.map(([kind, drawing, most]) =>
        section(kind, drawing, /** @type {any} */ (facets[kind]).slice(0, most)),
      ),
    );
  }
}

/** @param {string} kind @param {string} drawing @param {import("../core/schemas.js").FacetValue[]} values */
function section(kind, drawing, values) {
  if (!values.length) return null;
  return h(
    "section",
    { class: "explore-kind" },
    h("h2", {}, icon(drawing), t(`facet.${kind}`)),
    h(
      "ul",
      { class: "pills" },
      values.map(({ value, count, filter }) =>
        h(
          "li",
          {},
          h(
            "a",
            { class: "pill", href: hrefOf({ view: "search", q: filter }) },
            kind === "dates" ? month(value) : value,
            h("small", {}, number(count)),
          ),
        ),
      ),
    ),
  );
}
