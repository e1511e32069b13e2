/** Saved searches: to run again, and to refer to as @name. */

import * as api from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/language.js";
import { hrefOf } from "../core/route.js";
import { empty, viewHead } from "../parts/head.js";
import { mosaicOf } from "../parts/mosaic.js";
import { confirm, prompt } from "../shell/dialogs.js";
import { complain, say } from "../shell/toasts.js";

/** @param {import("../shell/stage.js").Stage} stage @returns {import("../shell/stage.js").Shown} */
export function create(stage) {
  const head = viewHead(t("view.saved"));
  const list = h("ul", { class: "cards wide" });
  const element = h("section", { class: "view", "aria-label": t("view.saved") }, head.element, list);

  async function update() {
    const saved = await api.saved();
    head.note.textContent = t("saved.count", { n: saved.length });
    replace(
      list,
      saved.map((one) => card(one, stage.can.change, update)),
    );
    if (!saved.length)
      replace(list, h("li", { class: "whole" }, empty("bookmark", t("saved.none"), t("saved.none_hint"))));
  }

  return { element, update };
}

/** @param {import("../core/schemas.js").SavedSearch} saved @param {boolean} change @param {() => Promise<void>} renew */
function card({ name, query }, change, renew) {
  const remove = async () => {
    if (!(await confirm({ title: t("saved.remove", { name }), text: query, confirm: t("saved.remove_yes") })))
      return;
    await api.unsave(name).catch(complain);
    await renew();
  };
  return h(
    "li",
    { class: "saved" },
    h(
      "a",
      { class: "card", href: hrefOf({ view: "search", q: query }) },
      mosaicOf(query),
      h("strong", {}, name),
      h("small", { class: "others" }, query),
    ),
    change
      ? h(
          "button",
          {
            type: "button",
            class: "plain",
            "aria-label": t("saved.remove", { name }),
            on: { click: remove },
          },
          icon("trash"),
        )
      : null,
  );
}

/** Asks for a name and saves a search. @param {string} query */
export async function saveSearch(query) {
  if (!query) return complain(new Error(t("saved.words_only")));
  const name = await prompt({ title: t("saved.save"), label: t("saved.name"), confirm: t("saved.confirm") });
  if (!name) return;
  await api.save(name, query).then(() => say(t("said.saved", { name })), complain);
}
