/** What shows on the picture under the pointer, or in focus: what it is, and what can be done with it. */

import { h, replace } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { date, t } from "../core/language.js";
import { mark, similar } from "../photo/actions.js";
import { detailsOf } from "../photo/details.js";
import { folderOf } from "../photo/facts.js";
import { scoreBar } from "../photo/scorebar.js";

/** @typedef {import("./tile.js").Tile} Tile */

const DELAY = 130;

export class Hover {
  /** @type {Tile | null} */
  tile = null;
  #timer = 0;

  /** @param {import("./grid.js").Grid} grid */
  constructor(grid) {
    this.grid = grid;
    this.caption = h("div", { class: "hover-caption" });
    this.actions = h(
      "div",
      { class: "hover-actions" },
      this.#button("similar", "similar", (id) => similar(id)),
      this.#button("plus", "more", (id) => mark(id, 1)),
      this.#button("minus", "less", (id) => mark(id, -1)),
    );
    grid.list.addEventListener("pointerover", (event) => event.pointerType === "mouse" && this.#at(event));
    grid.list.addEventListener("pointerleave", () => this.hide());
    grid.list.addEventListener("focusin", (event) => this.#at(event));
  }

  /** @param {string} drawing @param {string} name @param {(id: number) => void} act */
  #button(drawing, name, act) {
    const label = t(`photo.${name}`);
    return h(
      "button",
      {
        type: "button",
        class: `hover-${name}`,
        tabindex: -1,
        "aria-label": label,
        title: label,
        on: {
          click: (/** @type {Event} */ event) => {
            event.stopPropagation();
            if (this.tile) act(this.tile.id);
          },
        },
      },
      icon(drawing),
    );
  }

  /** @param {Event} event */
  #at(event) {
    const element = /** @type {HTMLElement} */ (event.target).closest(".tile");
    const tile = element instanceof HTMLElement ? this.grid.tile(Number(element.dataset.index)) : undefined;
    if (tile && tile !== this.tile) this.show(tile);
  }

  /** @param {Tile} tile */
  show(tile) {
    this.hide();
    this.tile = tile;
    const hit = this.grid.roll.hits.get(tile.id);
    replace(this.caption, hit ? this.#lines(hit.photo, hit) : []);
    tile.element.append(this.caption, this.actions);
    this.#timer = window.setTimeout(() => void this.#fill(tile), DELAY);
  }

  /** @param {Tile} tile */
  async #fill(tile) {
    const id = tile.id;
    const details = await detailsOf(id).catch(() => null);
    if (details && this.tile === tile && tile.id === id)
      replace(this.caption, this.#lines(details, this.grid.roll.hits.get(id)));
  }

  /**
   * @param {import("../core/schemas.js").Photo & {place?: string | null}} photo
   * @param {import("../core/schemas.js").Hit | undefined} hit
   */
  #lines(photo, hit) {
    const about = [photo.camera, photo.place, folderOf(photo.paths[0])].filter(Boolean).join(" · ");
    return [
      h(
        "span",
        { class: "hover-date" },
        date(photo.taken_at, { dateStyle: "medium", timeStyle: "short" }) || photo.name,
      ),
      h("span", { class: "hover-about" }, about),
      hit ? scoreBar(hit) : null,
    ];
  }

  hide() {
    clearTimeout(this.#timer);
    this.caption.remove();
    this.actions.remove();
    this.tile = null;
  }
}
