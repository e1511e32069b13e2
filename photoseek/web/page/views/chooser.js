/** Choosing a folder to index: only below what was allowed when the server was started. */

import * as api from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/language.js";
import { visit } from "../core/route.js";
import { dialog } from "../shell/dialogs.js";
import { changeIndexing } from "../shell/indexing.js";
import { complain, messageOf } from "../shell/toasts.js";

export async function addFolder() {
  const list = h("ul", { class: "chooser" });
  const trail = h("p", { class: "chooser-trail path" });
  const up = h(
    "button",
    { type: "button", class: "plain", "aria-label": t("chooser.up"), on: { click: () => void back() } },
    icon("back"),
  );
  /** Folders that were gone into. @type {string[]} */
  const way = [];
  const box = dialog(
    t("chooser.title"),
    h("div", { class: "chooser-way" }, up, trail),
    list,
    h("p", { class: "hint" }, t("chooser.hint")),
  );

  /** @param {string} path */
  async function show(path) {
    trail.textContent = path || t("chooser.allowed");
    up.hidden = !way.length;
    try {
      const folders = await api.folders(path);
      replace(list, folders.length ? folders.map(row) : h("li", { class: "none" }, t("chooser.none")));
    } catch (problem) {
      replace(list, h("li", { class: "none", role: "alert" }, messageOf(problem)));
    }
  }

  /** @param {import("../core/schemas.js").Folder} folder */
  function row({ path, name, indexed, folders }) {
    return h(
      "li",
      {},
      icon("folder"),
      h(
        "button",
        {
          type: "button",
          class: "chooser-name",
          disabled: !folders,
          "aria-label": t("chooser.into", { name }),
          on: {
            click: () => {
              way.push(path);
              void show(path);
            },
          },
        },
        name,
        folders ? icon("next") : null,
      ),
      indexed ? h("span", { class: "pill" }, t("chooser.indexed")) : null,
      h(
        "button",
        {
          type: "button",
          "aria-label": t("chooser.index_name", { name }),
          on: { click: () => void take(path) },
        },
        t("chooser.index"),
      ),
    );
  }

  async function back() {
    way.pop();
    await show(way.at(-1) ?? "");
  }

  /** @param {string} folder */
  async function take(folder) {
    try {
      await changeIndexing(() => api.startIndex({ folder }));
      box.close();
      visit({ view: "library" });
    } catch (problem) {
      complain(problem);
    }
  }

  await show("");
}
