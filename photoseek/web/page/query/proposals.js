/** The list below the box: filters with values of this library, and before anything is written, recent and saved searches. */

import * as api from "../core/api.js";
import { debounced, h, replace } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { month, number, t } from "../core/language.js";
import { recentQueries } from "./recent.js";
import { completed, suggestions } from "./suggest.js";

/** @typedef {import("./suggest.js").Suggestion} Suggestion */

/** @type {Record<string, string>} */
const DRAWINGS = {
  in: "folder",
  date: "date",
  place: "pin",
  camera: "camera",
  lens: "camera",
  tag: "tag",
  saved: "bookmark",
  recent: "search",
  key: "plus",
};

export class Proposals {
  /** @type {Suggestion[]} */
  #shown = [];
  #active = -1;
  /** @type {import("../core/schemas.js").Facets | null} */
  #facets = null;
  /** @type {import("../core/schemas.js").SavedSearch[]} */
  #saved = [];

  /** @param {HTMLInputElement} input @param {(text: string) => void} submit */
  constructor(input, submit) {
    this.input = input;
    this.submit = submit;
    this.element = h("ul", {
      id: "proposals",
      class: "proposals",
      role: "listbox",
      "aria-label": t("search.proposals"),
      hidden: true,
    });
    input.addEventListener("focus", () => void this.#load());
    input.addEventListener(
      "input",
      debounced(() => this.#renew(), 40),
    );
    input.addEventListener("keydown", (event) => this.#key(event));
    input.addEventListener("blur", () => this.close());
    this.element.addEventListener("pointerdown", (event) => this.#picked(event));
  }

  get open() {
    return !this.element.hidden;
  }

  async #load() {
    const [facets, saved] = await Promise.allSettled([this.#facets ?? api.facets(), api.saved()]);
    this.#facets = facets.status === "fulfilled" ? facets.value : null;
    this.#saved = saved.status === "fulfilled" ? saved.value : [];
    this.#renew();
  }

  /** The library is another now. */
  outdated() {
    this.#facets = null;
  }

  #renew() {
    if (document.activeElement !== this.input) return;
    const { value, selectionStart, selectionEnd } = this.input;
    const untouched = !value.trim() || (selectionStart === 0 && selectionEnd === value.length);
    this.#show(
      untouched
        ? this.#before()
        : suggestions(value, selectionStart ?? value.length, this.#facets, this.#saved),
    );
  }

  /** @returns {Suggestion[]} */
  #before() {
    const recent = recentQueries().map((q) => ({ kind: "recent", label: q, piece: q, count: null }));
    const saved = this.#saved.map(({ name, query }) => ({
      kind: "saved",
      label: name,
      piece: query,
      count: null,
    }));
    return [...recent, ...saved].slice(0, 8);
  }

  /** @param {Suggestion[]} proposals */
  #show(proposals) {
    this.#shown = proposals;
    this.#active = -1;
    replace(
      this.element,
      proposals.map((one, index) => this.#option(one, index)),
    );
    this.element.hidden = !proposals.length;
    this.input.setAttribute("aria-expanded", String(Boolean(proposals.length)));
    this.input.removeAttribute("aria-activedescendant");
  }

  /** @param {Suggestion} one @param {number} index */
  #option({ kind, label, count }, index) {
    return h(
      "li",
      { id: `proposal-${index}`, role: "option", "aria-selected": "false", data: { index } },
      icon(DRAWINGS[kind] ?? "check"),
      h("span", { class: "proposal-label" }, month(label)),
      h(
        "span",
        { class: "proposal-kind" },
        count === null ? t(`proposal.${kind}`) : `${t(`proposal.${kind}`)} · ${number(count)}`,
      ),
    );
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!this.open) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") this.#move(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Escape") this.close();
    else if ((event.key === "Enter" || event.key === "Tab") && this.#active >= 0) this.#take(this.#active);
    else return;
    event.preventDefault();
  }

  /** @param {1 | -1} step */
  #move(step) {
    const count = this.#shown.length;
    this.#active = this.#active < 0 && step < 0 ? count - 1 : (this.#active + step + count) % count;
    [...this.element.children].forEach((option, index) =>
      option.setAttribute("aria-selected", String(index === this.#active)),
    );
    this.input.setAttribute("aria-activedescendant", `proposal-${this.#active}`);
  }

  /** @param {Event} event */
  #picked(event) {
    const option = /** @type {HTMLElement} */ (event.target).closest("li");
    event.preventDefault();
    if (option) this.#take(Number(option.dataset.index));
  }

  /** @param {number} index */
  #take(index) {
    const { kind, piece } = this.#shown[index];
    if (kind === "recent" || (kind === "saved" && !piece.startsWith("@"))) return this.submit(piece);
    const { value, selectionStart } = this.input;
    const { text, caret } = completed(value, selectionStart ?? value.length, piece);
    this.input.value = text;
    this.input.setSelectionRange(caret, caret);
    this.#renew();
  }

  close() {
    this.#show([]);
  }
}
