/** The way between the views: at the side, on a phone behind a button. */

import { parseAddress } from "../core/address.js";
import { $, h, replace } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { chooseLanguage, language, LANGUAGES, number, percent, t } from "../core/language.js";
import { here, hrefOf, visit } from "../core/route.js";
import { chooseTheme, theme, THEMES } from "../core/theme.js";
import { showKeys } from "./keys.js";

/** @type {[string, [import("../core/address.js").View, string][]][]} */
const GROUPS = [
  [
    "look",
    [
      ["timeline", "picture"],
      ["search", "search"],
      ["folders", "folder"],
      ["places", "pin"],
    ],
  ],
  [
    "explore",
    [
      ["map", "scatter"],
      ["groups", "groups"],
      ["duplicates", "copies"],
      ["saved", "bookmark"],
    ],
  ],
  [
    "manage",
    [
      ["library", "library"],
      ["models", "model"],
    ],
  ],
];

export class Sidebar {
  constructor() {
    this.progress = h("a", { class: "sidebar-progress", href: hrefOf({ view: "library" }), hidden: true });
    this.groups = h("div", { class: "sidebar-groups" });
    this.element = h(
      "nav",
      { class: "sidebar", id: "sidebar", "aria-label": t("nav.label") },
      h("a", { class: "brand", href: hrefOf({}) }, mark(), h("span", {}, "Photoseek")),
      this.groups,
      this.progress,
      settings(),
    );
    this.button = h(
      "button",
      {
        type: "button",
        class: "plain menu",
        "aria-label": t("nav.open"),
        "aria-expanded": "false",
        "aria-controls": "sidebar",
        on: { click: () => this.toggle() },
      },
      icon("menu"),
    );
    this.veil = h("div", { class: "sidebar-veil", on: { click: () => this.toggle(false) } });
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && this.toggle(false));
    replace(
      this.groups,
      GROUPS.map(([name, views]) => group(name, views)),
    );
  }

  /** @param {boolean} [open] */
  toggle(open = !this.element.classList.contains("open")) {
    this.element.classList.toggle("open", open);
    this.button.setAttribute("aria-expanded", String(open));
    if (open) $("a", this.groups).focus();
  }

  /** After the address has changed. */
  follow() {
    for (const link of this.groups.querySelectorAll("a")) {
      const current = link.dataset.view === here().view;
      if (current) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (this.element.classList.contains("open")) this.toggle(false);
  }

  /** @param {import("../core/schemas.js").IndexState} state */
  indexing({ state, done, total }) {
    const busy = state === "running" || state === "paused";
    this.progress.hidden = !busy;
    if (!busy) return;
    const bar = h("progress", {
      "aria-label": t("index.progress"),
      max: total ?? false,
      value: total ? done : false,
    });
    replace(
      this.progress,
      h("span", {}, t(`index.${state}`), " ", total ? percent(done / total) : number(done)),
      bar,
    );
  }
}

/** @param {string} name @param {[string, string][]} views */
function group(name, views) {
  return h(
    "ul",
    { "aria-label": t(`nav.${name}`) },
    views.map(([view, drawing]) =>
      h(
        "li",
        {},
        h(
          "a",
          { href: hrefOf({ view: /** @type {any} */ (view) }), data: { view } },
          icon(drawing),
          h("span", {}, t(`view.${view}`)),
        ),
      ),
    ),
  );
}

const mark = () => h("img", { src: "/page/icon.svg", alt: "", width: 26, height: 26 });

/** Theme and language. */
function settings() {
  const drawing = { auto: "sun", light: "sun", dark: "moon" };
  const themes = h(
    "select",
    {
      "aria-label": t("setting.theme"),
      on: { change: (/** @type {any} */ event) => chooseTheme(event.target.value) },
    },
    THEMES.map((one) => h("option", { value: one, selected: one === theme() }, t(`theme.${one}`))),
  );
  const languages = h(
    "select",
    {
      "aria-label": t("setting.language"),
      on: { change: (/** @type {any} */ event) => chooseLanguage(event.target.value) },
    },
    LANGUAGES.map((one) =>
      h("option", { value: one, selected: one === language(), lang: one }, ownName(one)),
    ),
  );
  return h(
    "div",
    { class: "sidebar-settings" },
    h("label", {}, icon(drawing[theme()] ?? "sun"), themes),
    h("label", {}, icon("globe"), languages),
    h(
      "button",
      { type: "button", class: "sidebar-keys", on: { click: showKeys } },
      icon("keyboard"),
      h("span", {}, t("keys.title")),
    ),
  );
}

/** @param {string} tag the name of a language in itself */
const ownName = (tag) => new Intl.DisplayNames([tag], { type: "language" }).of(tag) ?? tag;

/** Links of this page that stay in it: no loading anew. */
export function followLinks() {
  document.addEventListener("click", (event) => {
    const link = /** @type {HTMLElement} */ (event.target).closest?.("a[href]");
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (
      !(link instanceof HTMLAnchorElement) ||
      !plain ||
      event.defaultPrevented ||
      link.hasAttribute("download")
    )
      return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || url.pathname !== location.pathname || link.target) return;
    event.preventDefault();
    visit(parseAddress(url.search));
  });
}
