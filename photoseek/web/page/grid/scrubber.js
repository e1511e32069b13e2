/** Years beside a timeline; drag to travel. */

import { h, replace } from "../core/dom.js";
import { day, t } from "../core/language.js";
import { yearMarks } from "./days.js";
import { firstAbove } from "./windowing.js";

const APART = 26;

export class Scrubber {
  /** Where each section begins. @type {Float64Array} */
  #tops = new Float64Array();

  /** @param {import("./grid.js").Grid} grid */
  constructor(grid) {
    this.grid = grid;
    this.years = h("div", { class: "scrubber-years", "aria-hidden": "true" });
    this.thumb = h("div", { class: "scrubber-thumb" });
    this.label = h("output", { class: "scrubber-label", "aria-hidden": "true" });
    this.element = h(
      "div",
      {
        class: "scrubber",
        role: "slider",
        tabindex: 0,
        "aria-label": t("timeline.scrubber"),
        "aria-valuemin": 0,
        "aria-valuemax": 100,
        "aria-valuenow": 0,
        "aria-orientation": "vertical",
      },
      this.years,
      this.thumb,
      this.label,
    );
    this.#listen();
  }

  #listen() {
    const { element } = this;
    element.addEventListener("pointerdown", (event) => {
      element.setPointerCapture(event.pointerId);
      element.classList.add("dragging");
      this.#to(event);
    });
    element.addEventListener(
      "pointermove",
      (event) => element.hasPointerCapture(event.pointerId) && this.#to(event),
    );
    element.addEventListener("lostpointercapture", () => element.classList.remove("dragging"));
    element.addEventListener("keydown", (event) => this.#key(event));
    this.grid.scroller.addEventListener("scroll", () => element.isConnected && this.#follow(), {
      passive: true,
    });
    new ResizeObserver(() => this.renew()).observe(element);
  }

  /** After the grid was laid out anew. */
  renew() {
    const { layout, roll } = this.grid;
    this.#tops = Float64Array.from(layout.headings, ({ y }) => y);
    const days = roll.titles.map((title) => (title && "day" in title ? title.day : null));
    const marks = yearMarks(days, this.#tops, layout.total, this.element.clientHeight, APART);
    replace(
      this.years,
      marks.map(({ year, y }) => {
        const mark = h("span", {}, String(year));
        mark.style.top = `${y}px`;
        return mark;
      }),
    );
    this.element.hidden = marks.length < 1 || layout.total < 3 * this.grid.scroller.clientHeight;
    this.#follow();
  }

  /** @param {PointerEvent} event */
  #to(event) {
    const box = this.element.getBoundingClientRect();
    this.#travel((event.clientY - box.top) / box.height);
  }

  /** @param {number} share 0 to 1 */
  #travel(share) {
    const { scroller } = this.grid;
    scroller.scrollTop = Math.max(0, Math.min(1, share)) * (scroller.scrollHeight - scroller.clientHeight);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowDown: 0.01, ArrowUp: -0.01, PageDown: 0.1, PageUp: -0.1, Home: -1, End: 1 }[
      event.key
    ];
    if (step === undefined) return;
    event.preventDefault();
    this.#travel(this.#share() + step);
  }

  #share() {
    const { scroller } = this.grid;
    return scroller.scrollTop / Math.max(1, scroller.scrollHeight - scroller.clientHeight);
  }

  #follow() {
    const share = this.#share();
    const text = this.#month();
    this.thumb.style.top = `${share * 100}%`;
    this.label.style.top = `${share * 100}%`;
    this.label.textContent = text;
    this.element.setAttribute("aria-valuenow", String(Math.round(share * 100)));
    this.element.setAttribute("aria-valuetext", text);
  }

  #month() {
    const { scroller, element, roll, layout } = this.grid;
    const at = firstAbove(this.#tops, scroller.scrollTop - element.offsetTop + 60) - 1;
    const title = roll.titles[layout.headings[Math.max(0, at)]?.section ?? 0];
    const known = title && "day" in title ? title.day : null;
    return known === null || known === undefined
      ? t("grid.no_date")
      : day(known, { month: "long", year: "numeric" });
  }
}
