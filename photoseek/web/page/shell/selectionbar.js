/** What can be done with the photographs that are selected. */

import { h, replace } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/language.js";
import { clearSelection, selected, watchSelection } from "../grid/selected.js";
import { exportAs, similarToAll, tagAll } from "../photo/actions.js";

export class SelectionBar {
  /** @param {import("./stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.element = h("div", {
      class: "selectionbar",
      role: "toolbar",
      "aria-label": t("selection.label"),
      hidden: true,
    });
    this.count = h("strong", { role: "status" });
    watchSelection(() => this.#follow());
  }

  #follow() {
    const n = selected().ids.size;
    if (this.element.hidden && n) replace(this.element, this.#contents());
    this.element.hidden = n === 0;
    this.count.textContent = n ? t("selection.count", { n }) : "";
  }

  #contents() {
    const formats = h(
      "select",
      {
        "aria-label": t("selection.list"),
        on: { change: (/** @type {any} */ event) => this.#list(event.target) },
      },
      h("option", { value: "" }, t("selection.list")),
      ["csv", "json", "txt"].map((format) => h("option", { value: format }, t(`format.${format}`))),
    );
    return [
      button("close", "selection.clear", clearSelection, true),
      this.count,
      button("download", "selection.zip", () => exportAs(ids(), "zip")),
      formats,
      this.stage.can.change ? button("tag", "selection.tag", () => void tagAll(ids())) : null,
      button("similar", "selection.similar", () => similarToAll(ids())),
    ];
  }

  /** @param {HTMLSelectElement} formats */
  #list(formats) {
    exportAs(ids(), formats.value);
    formats.value = "";
  }
}

const ids = () => [...selected().ids];

/** @param {string} drawing @param {string} name @param {() => void} act @param {boolean} [bare] */
function button(drawing, name, act, bare = false) {
  return h(
    "button",
    { type: "button", class: bare ? "plain" : "", "aria-label": t(name), title: t(name), on: { click: act } },
    icon(drawing),
    bare ? null : h("span", {}, t(name)),
  );
}
