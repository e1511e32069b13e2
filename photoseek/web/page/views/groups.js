/** Groups of photographs that are alike, named by what distinguishes them. */

import * as api from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { number, t } from "../core/language.js";
import { go, hrefOf, remembered } from "../core/route.js";
import { Grid } from "../grid/grid.js";
import { Roll, rollOfIds } from "../grid/roll.js";
import { empty, segments, sizeSlider, viewHead, waiting } from "../parts/head.js";
import { mosaic } from "../parts/mosaic.js";
import { complain } from "../shell/toasts.js";

/** @typedef {import("../core/schemas.js").Cluster} Cluster */

const NUMBERS = ["0", "6", "12", "24", "40"];

/** @param {import("../shell/stage.js").Stage} stage */
export const create = (stage) => new Groups(stage);

class Groups {
  /** @type {{n: number, clusters: Cluster[]} | null} */
  #made = null;
  #shown = "";
  #asking = new AbortController();

  /** @param {import("../shell/stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.grid = new Grid(stage.main);
    this.number = segments(
      t("groups.number"),
      NUMBERS.map((n) => [n, n === "0" ? t("groups.auto") : n]),
      (n) => go({ n: Number(n), group: 0 }),
    );
    this.head = viewHead(t("view.groups"), this.number.element, sizeSlider());
    this.cards = h("ul", { class: "cards wide" });
    this.element = h(
      "section",
      { class: "view groups", "aria-label": t("view.groups") },
      this.head.element,
      this.cards,
      this.grid.element,
    );
    window.addEventListener("rowschange", () => this.element.isConnected && this.grid.relayout());
    stage.onChange(() => (this.#made = null));
  }

  leave() {
    this.#asking.abort();
    this.#shown = "";
  }

  /** @param {import("../core/address.js").Address} now @param {import("../core/address.js").Address | null} before */
  async update({ n, group }, before) {
    const wanted = `${n} ${group}`;
    if (wanted === this.#shown && before && this.#made) return this.grid.repaint();
    this.#shown = wanted;
    this.number.set(String(n));
    const clusters = await this.#clusters(n);
    if (!clusters || this.#shown !== wanted) return;
    const open = clusters[group - 1];
    replace(this.head.heading, open ? crumbs(open) : t("view.groups"));
    this.head.note.textContent = open
      ? t("grid.count", { n: open.ids.length })
      : t("groups.count", { n: clusters.length });
    replace(this.cards, open ? [] : clusters.map((cluster, i) => card(cluster, n, i + 1)));
    if (!clusters.length) replace(this.cards, h("li", {}, empty("groups", t("groups.none"))));
    const roll = open ? rollOfIds(open.ids, await this.stage.shapes()) : new Roll();
    if (this.#shown === wanted) this.grid.show(roll, remembered().scroll ?? 0);
  }

  /** @param {number} n @returns {Promise<Cluster[] | null>} */
  async #clusters(n) {
    if (this.#made?.n === n) return this.#made.clusters;
    this.#asking.abort();
    this.#asking = new AbortController();
    this.grid.show(new Roll());
    replace(this.cards, h("li", { class: "whole" }, waiting(t("groups.waiting"))));
    try {
      const { clusters } = await api.clusters(n, () => undefined, this.#asking.signal);
      this.#made = { n, clusters };
      return clusters;
    } catch (problem) {
      replace(this.cards);
      complain(problem);
      return null;
    }
  }
}

/** @param {Cluster} cluster */
const nameOf = ({ names }) => names[0] ?? t("groups.unnamed");

/** @param {Cluster} cluster */
const crumbs = (cluster) => [
  h("a", { href: hrefOf({ view: "groups" }) }, t("view.groups")),
  icon("next"),
  h("span", {}, nameOf(cluster)),
];

/** @param {Cluster} cluster @param {number} n @param {number} group */
function card(cluster, n, group) {
  return h(
    "li",
    {},
    h(
      "a",
      { class: "card", href: hrefOf({ view: "groups", n, group }) },
      mosaic(cluster.ids),
      h("strong", {}, nameOf(cluster)),
      h("small", {}, number(cluster.ids.length)),
      h("small", { class: "others" }, cluster.names.slice(1, 4).join(", ")),
    ),
  );
}
