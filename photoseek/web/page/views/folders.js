/** Folders as they are on the disk, with the photographs below each. */

import * as api from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { number, t } from "../core/language.js";
import { hrefOf, remembered } from "../core/route.js";
import { Grid } from "../grid/grid.js";
import { Roll, rollOfTimeline } from "../grid/roll.js";
import { empty, sizeSlider, viewHead } from "../parts/head.js";
import { mosaicOf } from "../parts/mosaic.js";
import { childrenOf, crumbsOf } from "./foldertree.js";

/** @typedef {import("../core/schemas.js").FacetValue} FacetValue */

/** @param {import("../shell/stage.js").Stage} stage @returns {import("../shell/stage.js").Shown} */
export function create(stage) {
  const grid = new Grid(stage.main);
  const head = viewHead(t("view.folders"), sizeSlider());
  const cards = h("ul", { class: "cards" });
  const element = h(
    "section",
    { class: "view folders", "aria-label": t("view.folders") },
    head.element,
    cards,
    grid.element,
  );
  /** @type {FacetValue[] | null} */
  let folders = null;
  let shown = "?";
  window.addEventListener("rowschange", () => element.isConnected && grid.relayout());
  stage.onChange(() => {
    folders = null;
    shown = "?";
  });

  /** @param {import("../core/address.js").Address} now @param {import("../core/address.js").Address | null} before */
  async function update(now, before) {
    if (shown === now.folder && before) return grid.repaint();
    folders ??= (await api.facets()).folders;
    shown = now.folder;
    const open = now.folder || onlyOne(folders);
    const current = folders.find(({ value }) => value === open);
    replace(head.heading, crumbs(open));
    const below = childrenOf(folders, open);
    replace(cards, below.map(card));
    head.note.textContent = current
      ? t("grid.count", { n: current.count })
      : t("folders.count", { n: below.length });
    if (!below.length && !current) replace(cards, h("li", {}, empty("folder", t("folders.none"))));
    const roll = current ? rollOfTimeline(await api.timeline(current.filter)) : new Roll();
    grid.show(roll, remembered().scroll ?? 0);
  }

  return { element, grid, update };
}

/** Where there is but one folder at the top, it is open at once. @param {FacetValue[]} folders */
function onlyOne(folders) {
  const [first, ...others] = childrenOf(folders, "");
  return first && !others.length ? first.value : "";
}

/** @param {string} folder */
function crumbs(folder) {
  const parts = crumbsOf(folder);
  if (!parts.length) return [t("view.folders")];
  return [
    h("a", { href: hrefOf({ view: "folders" }) }, t("view.folders")),
    ...parts.flatMap(({ name, path }) => [
      icon("next"),
      path === folder
        ? h("span", {}, name)
        : h("a", { href: hrefOf({ view: "folders", folder: path }) }, name),
    ]),
  ];
}

/** @param {FacetValue} folder */
function card({ value, count, filter }) {
  return h(
    "li",
    {},
    h(
      "a",
      { class: "card", href: hrefOf({ view: "folders", folder: value }) },
      mosaicOf(filter),
      h("strong", {}, crumbsOf(value).at(-1)?.name ?? value),
      h("small", {}, number(count)),
    ),
  );
}
