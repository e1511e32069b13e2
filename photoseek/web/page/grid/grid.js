/** A windowed grid: only what is in view, and a screen around it, is in the document. */

import { h } from "../core/dom.js";
import { day, t } from "../core/language.js";
import { here, hrefOf } from "../core/route.js";
import { marksOf } from "../query/pieces.js";
import { Hover } from "./hover.js";
import { layOut } from "./layout.js";
import { Pace } from "./pace.js";
import { listenToPointing } from "./pointing.js";
import { Roll } from "./roll.js";
import { selected, watchSelection } from "./selected.js";
import { Tile } from "./tile.js";
import { headingsWithin, rowOf, rowsWithin } from "./windowing.js";
import { rowHeight } from "./zoom.js";

const HEADING = 46;

export class Grid {
  roll = new Roll();
  layout = layOut([], [], { width: 1, height: 1, gap: 1, heading: 0 });
  focused = 0;
  /** @type {Map<number, Tile>} */
  #shown = new Map();
  /** @type {Map<number, HTMLElement>} */
  #headings = new Map();
  /** @type {Tile[]} */
  #spare = [];
  #loading = false;
  #width = 0;

  /** @param {HTMLElement} scroller what scrolls, around the grid and whatever is above it */
  constructor(scroller) {
    this.scroller = scroller;
    this.titles = h("div", { class: "grid-titles" });
    this.list = h("div", { class: "grid-list", role: "list", "aria-label": t("grid.photos") });
    this.element = h("div", { class: "grid" }, this.titles, this.list);
    this.hover = new Hover(this);
    listenToPointing(this);
    this.pace = new Pace(
      () => this.#update(),
      () => this.#loadAll(),
    );
    scroller.addEventListener(
      "scroll",
      () => this.element.isConnected && this.pace.scrolled(scroller.scrollTop),
      { passive: true },
    );
    new ResizeObserver(() => this.#resized()).observe(this.element);
    watchSelection(() => this.repaint());
  }

  /** @param {Roll} roll @param {number} [scrollTop] */
  show(roll, scrollTop = 0) {
    this.roll = roll;
    this.focused = 0;
    this.relayout();
    this.scroller.scrollTop = scrollTop;
    this.#update();
  }

  /** After the roll has grown, or rows are to be of another height. */
  relayout() {
    const { roll } = this;
    this.#width = this.element.clientWidth;
    if (!this.#width) return;
    const heading = roll.titles.some((title) => title) ? HEADING : 0;
    const beside = roll.titles.some((title) => title && "day" in title);
    const shape = {
      beside,
      width: this.#width,
      height: rowHeight(this.#width),
      gap: this.#width < 600 ? 2 : 4,
      heading,
    };
    this.layout = layOut(roll.ratios, roll.starts, shape);
    this.element.style.height = `${this.layout.total}px`;
    this.#clear();
    this.#update();
  }

  /** Keeps in view what was on top, whatever the width becomes. */
  #resized() {
    if (!this.element.isConnected || this.element.clientWidth === this.#width) return;
    const [row] = rowsWithin(this.layout, this.#viewTop(), this.#viewTop());
    const index = this.layout.first[row] ?? 0;
    const offset = this.#viewTop();
    this.relayout();
    if (offset > 0 && index)
      this.scroller.scrollTop = this.element.offsetTop + this.layout.top[rowOf(this.layout, index)];
  }

  /** Selection or marks are others now. */
  repaint() {
    const { ids } = selected();
    const marks = marksOf(here().q);
    this.list.classList.toggle("selecting", ids.size > 0);
    for (const tile of this.#shown.values())
      tile.state(ids.has(tile.id), marks.get(tile.id), tile.index === this.focused);
  }

  #viewTop() {
    return this.scroller.scrollTop - this.element.offsetTop;
  }

  #update() {
    const { layout } = this;
    const height = this.scroller.clientHeight;
    const top = this.#viewTop();
    const [from, to] = rowsWithin(layout, top - height * 0.7, top + height * 1.7);
    this.#showTiles(layout.first[from] ?? 0, layout.first[to] ?? 0);
    this.#showTitles(headingsWithin(layout, top - height, top + height * 2, HEADING));
    if (top + height * 3 > layout.total) void this.loadMore();
  }

  /** @param {number} from @param {number} to */
  #showTiles(from, to) {
    for (const [index, tile] of this.#shown) if (index < from || index >= to) this.#release(index, tile);
    const { ids } = selected();
    const marks = marksOf(here().q);
    const after = this.list.firstChild;
    const firstShown = after ? Number(/** @type {HTMLElement} */ (after).dataset.index) : Infinity;
    for (let index = from; index < to; index++) {
      if (this.#shown.has(index)) continue;
      const tile = this.#mount(index);
      tile.state(ids.has(tile.id), marks.get(tile.id), index === this.focused);
      this.list.insertBefore(tile.element, index < firstShown ? after : null);
    }
    this.#anchorTab(from, to);
  }

  /** Tab always finds a picture in view. @param {number} from @param {number} to */
  #anchorTab(from, to) {
    if (from < to && (this.focused < from || this.focused >= to)) {
      const tile = this.#shown.get(rowsFirst(this, from));
      if (tile) tile.link.tabIndex = 0;
    }
  }

  /** @param {number} index */
  #mount(index) {
    const { layout, roll } = this;
    const tile = this.#spare.pop() ?? new Tile();
    const row = rowOf(layout, index);
    tile.fill(roll, index, hrefOf({ ...here(), photo: roll.ids[index] }));
    tile.element.dataset.index = String(index);
    tile.place(layout.x[index], layout.top[row], layout.w[index], layout.tall[row]);
    if (this.pace.calm) tile.load();
    this.#shown.set(index, tile);
    return tile;
  }

  /** @param {number} index @param {Tile} tile */
  #release(index, tile) {
    if (this.hover.tile === tile) this.hover.hide();
    tile.element.remove();
    this.#shown.delete(index);
    this.#spare.push(tile);
  }

  #loadAll() {
    for (const tile of this.#shown.values()) tile.load();
  }

  #clear() {
    for (const [index, tile] of this.#shown) this.#release(index, tile);
    for (const title of this.#headings.values()) title.remove();
    this.#headings.clear();
  }

  /** @param {import("./layout.js").Heading[]} headings */
  #showTitles(headings) {
    const wanted = new Set(headings.map(({ section }) => section));
    for (const [section, title] of this.#headings) {
      if (wanted.has(section)) continue;
      title.remove();
      this.#headings.delete(section);
    }
    for (const heading of headings) if (!this.#headings.has(heading.section)) this.#mountTitle(heading);
  }

  /** @param {import("./layout.js").Heading} heading */
  #mountTitle({ section, x, y, width }) {
    const said = this.roll.titles[section];
    const title = h(
      "h2",
      { class: said && "verdict" in said ? "grid-title divider" : "grid-title" },
      titleText(said),
    );
    title.style.transform = `translate(${x}px,${y}px)`;
    title.style.width = `${width}px`;
    this.titles.append(title);
    this.#headings.set(section, title);
  }

  /** Asks for a page more, if there is one. */
  async loadMore() {
    if (!this.roll.more || this.#loading) return;
    this.#loading = true;
    const { roll } = this;
    try {
      await roll.more?.();
      if (roll === this.roll) this.#grown();
    } finally {
      this.#loading = false;
    }
  }

  /** A page more: what is shown stays where it is. */
  #grown() {
    this.relayout();
    this.element.dispatchEvent(new Event("grown", { bubbles: true }));
  }

  /** @param {number} index @returns {Tile | undefined} */
  tile(index) {
    return this.#shown.get(index);
  }

  /** Moves the keyboard's place to a picture and brings it into view. @param {number} index */
  focus(index) {
    if (!this.roll.count) return;
    this.focused = Math.max(0, Math.min(index, this.roll.count - 1));
    this.reveal(this.focused);
    this.#update();
    this.repaint();
    this.tile(this.focused)?.link.focus({ preventScroll: true });
  }

  /** Where the keys begin: at the picture in focus, or if that was scrolled away at the first in view. */
  start() {
    const top = this.#viewTop();
    const [from, to] = rowsWithin(this.layout, top, top + this.scroller.clientHeight);
    const first = this.layout.first[from] ?? 0;
    const seen = this.focused >= first && this.focused < (this.layout.first[to] ?? 0);
    return seen || top <= 0 ? this.focused : first;
  }

  /** @param {number} index */
  reveal(index) {
    const row = rowOf(this.layout, index);
    const top = this.element.offsetTop + this.layout.top[row];
    const bottom = top + this.layout.tall[row];
    const { scroller } = this;
    if (top - HEADING < scroller.scrollTop) scroller.scrollTop = top - HEADING;
    else if (bottom > scroller.scrollTop + scroller.clientHeight)
      scroller.scrollTop = bottom - scroller.clientHeight + 8;
  }
}

/** The first picture that is really in view, so that Tab does not jump back. @param {Grid} grid @param {number} from */
function rowsFirst(grid, from) {
  const top = grid.scroller.scrollTop - grid.element.offsetTop;
  const [row] = rowsWithin(grid.layout, top, top + 1);
  return Math.max(from, grid.layout.first[row] ?? from);
}

/** @param {import("./roll.js").Title} title */
function titleText(title) {
  if (!title) return "";
  if ("verdict" in title) return t(`verdict.${title.verdict}`);
  if (title.day === null) return t("grid.no_date");
  return day(title.day, { weekday: "short", day: "numeric", month: "long", year: "numeric" });
}
