/** The first visit, with nothing to show yet: what to do. */

import { h, replace } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/language.js";
import { hrefOf } from "../core/route.js";
import { isBusy, watchIndexing } from "../shell/indexing.js";
import { addFolder } from "./chooser.js";

/** @param {import("../shell/stage.js").Stage} stage @returns {import("../shell/stage.js").Shown} */
export function create(stage) {
  const doing = h("div", { class: "welcome-doing" });
  const element = h(
    "section",
    { class: "view welcome", "aria-label": t("welcome.title") },
    h("img", { src: "/page/icon.svg", alt: "", width: 72, height: 72 }),
    h("h1", {}, t("welcome.title")),
    h("p", {}, t("welcome.says")),
    doing,
  );

  function update() {
    const { change } = stage.can;
    const command = h(
      "p",
      { class: "welcome-command" },
      t(change ? "welcome.or_command" : "welcome.command"),
      h("code", {}, "photoseek index ~/Pictures"),
    );
    const add = h(
      "button",
      { type: "button", class: "primary large", on: { click: () => void addFolder() } },
      icon("plus"),
      t("welcome.add"),
    );
    replace(doing, change ? add : null, command);
  }

  watchIndexing((state) => {
    if (element.isConnected && isBusy(state))
      replace(
        doing,
        h("p", {}, t("welcome.busy")),
        h("a", { class: "button primary large", href: hrefOf({ view: "library" }) }, t("welcome.watch")),
      );
  });
  return { element, update };
}
