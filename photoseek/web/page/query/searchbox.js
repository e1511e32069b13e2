/** The box. Its text is the query; while nobody writes in it, the pieces show as chips. */

import { h, replace } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/language.js";
import { go, here } from "../core/route.js";
import { chipList, pictureChips } from "./chips.js";
import { chooser } from "./outside.js";
import { Proposals } from "./proposals.js";
import { rememberQuery } from "./recent.js";

/** @typedef {import("../core/schemas.js").Chip} Chip */

export class SearchBox {
  /** What the chips are of. @type {{q: string, chips: Chip[]}} */
  #known = { q: "", chips: [] };

  constructor() {
    this.input = h("input", {
      type: "text",
      class: "searchbox-input",
      name: "q",
      role: "combobox",
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      enterkeyhint: "search",
      maxlength: 10_000,
      "aria-label": t("search.label"),
      "aria-expanded": "false",
      "aria-controls": "proposals",
      "aria-autocomplete": "list",
    });
    this.chips = h("ul", { class: "chips", "aria-label": t("chip.list") });
    this.clear = h(
      "button",
      {
        type: "button",
        class: "plain clear",
        "aria-label": t("search.clear"),
        title: t("search.clear"),
        on: { click: () => this.#clearAll() },
      },
      icon("close"),
    );
    this.problem = h("p", { class: "searchbox-problem", role: "alert", hidden: true });
    this.form = h(
      "form",
      {
        class: "searchbox",
        role: "search",
        on: { submit: (/** @type {Event} */ event) => this.#submitted(event) },
      },
      icon("search"),
      this.chips,
      this.input,
      this.clear,
      ...chooser(),
    );
    this.proposals = new Proposals(this.input, (text) => this.submit(text));
    this.element = h("div", { class: "searchbox-around" }, this.form, this.proposals.element, this.problem);
    this.#listen();
  }

  #listen() {
    this.input.addEventListener("focus", () => this.edit());
    this.input.addEventListener("blur", () => this.input.value.trim() === here().q && this.#rest());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.form.addEventListener("click", (event) => {
      const on = /** @type {Element} */ (event.target);
      if (!on.closest("button, input, li")) this.input.focus();
    });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Escape" && !this.proposals.open) {
      this.input.value = here().q;
      this.input.blur();
      document.getElementById("main")?.focus();
    } else if (event.key === "Tab" && this.input.value.trim() === here().q) this.#rest();
  }

  /** Shows the text to be written in. @param {Chip} [chip] the piece to select; all of it without one */
  edit(chip) {
    if (!this.form.classList.contains("editing")) {
      this.input.value = here().q;
      this.form.classList.add("editing");
    }
    if (document.activeElement !== this.input) this.input.focus();
    if (chip) this.input.setSelectionRange(chip.start, chip.end);
    else this.input.select();
  }

  /** Chips instead of text, if it is known what the pieces are. */
  #rest() {
    const { q } = here();
    const known = this.#known.q === q;
    this.form.classList.toggle("editing", Boolean(q) && !known);
    this.input.value = q && !known ? q : "";
    this.input.placeholder = q || here().pictures ? "" : t("search.placeholder");
    this.clear.hidden = !q && !here().pictures;
    replace(
      this.chips,
      pictureChips(),
      known
        ? chipList(this.#known.chips, {
            edit: (chip) => this.edit(chip),
            remove: (without) => this.submit(without),
          })
        : [],
    );
  }

  /** After the address has changed. */
  follow() {
    this.problem.hidden = true;
    this.input.removeAttribute("aria-invalid");
    if (document.activeElement === this.input) this.input.value = here().q;
    else this.#rest();
  }

  /** @param {string} q that was asked @param {Chip[]} chips */
  understood(q, chips) {
    this.#known = { q, chips };
    if (document.activeElement !== this.input) this.#rest();
  }

  /** A mistake in the text: said below it, and the place selected. @param {string} message @param {number | null} column from 1 */
  mistaken(message, column) {
    this.edit();
    this.problem.textContent = message;
    this.problem.hidden = false;
    this.input.setAttribute("aria-invalid", "true");
    if (column) this.input.setSelectionRange(column - 1, this.input.value.length);
  }

  /** @param {Event} event */
  #submitted(event) {
    event.preventDefault();
    this.submit(this.input.value.trim());
  }

  /** @param {string} q */
  submit(q) {
    this.proposals.close();
    rememberQuery(q);
    document.getElementById("main")?.focus({ preventScroll: true });
    go({ view: q || here().pictures ? "search" : "timeline", q, photo: 0, folder: "", group: 0 });
    this.#rest();
  }

  #clearAll() {
    go({ view: "timeline", q: "", sort: "", pictures: 0, photo: 0, folder: "", group: 0 });
    this.edit();
  }
}
