/** One picture of a grid: an element that is used again and again while the grid is scrolled. */

import { original, thumbnail } from "../core/api.js";
import { h } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { date, day, t } from "../core/language.js";
import { firstAbove } from "./windowing.js";

const SIDE = 384;

export class Tile {
  index = -1;
  id = 0;
  /** What is to be loaded once scrolling is calm. */
  pending = "";

  constructor() {
    this.image = h("img", {
      alt: "",
      decoding: "async",
      on: {
        load: () => this.element.classList.add("loaded"),
        error: () => this.element.classList.add("broken"),
      },
    });
    this.link = h("a", { class: "tile-open" }, this.image);
    this.check = h(
      "button",
      { class: "tile-check", type: "button", role: "checkbox", tabindex: -1 },
      icon("check"),
    );
    this.badge = h("span", { class: "tile-badge" });
    this.element = h("div", { class: "tile", role: "listitem" }, this.link, this.check, this.badge);
  }

  /**
   * Shows a photograph.
   *
   * @param {import("./roll.js").Roll} roll
   * @param {number} index
   * @param {string} href of the photograph
   */
  fill(roll, index, href) {
    const id = roll.ids[index];
    this.index = index;
    if (this.id !== id) this.#picture(id);
    this.id = id;
    this.element.dataset.id = String(id);
    this.element.setAttribute("aria-posinset", String(index + 1));
    this.element.setAttribute("aria-setsize", String(roll.more ? -1 : roll.count));
    this.link.href = href;
    const label = labelOf(roll, index);
    this.link.setAttribute("aria-label", label);
    this.check.setAttribute("aria-label", t("grid.select", { name: label }));
    this.#count(roll.hits.get(id)?.moment.length ?? 0);
  }

  /** @param {number} id */
  #picture(id) {
    this.element.classList.remove("loaded", "broken");
    this.image.removeAttribute("src");
    this.pending = thumbnail(id, SIDE);
    this.link.dataset.file = original(id);
  }

  /** @param {number} others of the same moment */
  #count(others) {
    this.badge.textContent = others ? `+${others}` : "";
    this.badge.hidden = !others;
    this.badge.title = others ? t("grid.moment", { n: others }) : "";
  }

  load() {
    if (!this.pending) return;
    this.image.src = this.pending;
    this.pending = "";
  }

  /** @param {number} x @param {number} y @param {number} w @param {number} height */
  place(x, y, w, height) {
    const { style } = this.element;
    style.transform = `translate(${x}px,${y}px)`;
    style.width = `${w}px`;
    style.height = `${height}px`;
  }

  /** @param {boolean} selected @param {1 | -1 | undefined} mark @param {boolean} focusable */
  state(selected, mark, focusable) {
    this.element.classList.toggle("selected", selected);
    this.check.setAttribute("aria-checked", String(selected));
    this.element.dataset.mark = mark === 1 ? "+" : mark === -1 ? "-" : "";
    this.link.tabIndex = focusable ? 0 : -1;
  }
}

/** @param {import("./roll.js").Roll} roll @param {number} index */
function labelOf(roll, index) {
  const photo = roll.hits.get(roll.ids[index])?.photo;
  if (photo) return [photo.name, date(photo.taken_at, { dateStyle: "long" })].filter(Boolean).join(", ");
  const title = roll.titles[firstAbove(roll.starts, index) - 1];
  const known = title && "day" in title && title.day !== null ? title.day : null;
  return known === null
    ? t("grid.photo", { n: index + 1 })
    : t("grid.photo_of", { n: index + 1, day: day(known, { dateStyle: "long" }) });
}
