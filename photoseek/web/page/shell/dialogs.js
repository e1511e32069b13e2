/** Dialogs, on the browser's own element: it keeps the focus inside and closes with Esc. */

import { h } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/language.js";

/**
 * @param {string} title
 * @param {...(Node | null)} children
 * @returns {HTMLDialogElement} open; removed when it is closed
 */
export function dialog(title, ...children) {
  const heading = h("h2", { id: "dialog-title" }, title);
  const close = h(
    "button",
    { type: "button", class: "plain", "aria-label": t("close"), on: { click: () => box.close() } },
    icon("close"),
  );
  const box = h(
    "dialog",
    { class: "dialog", "aria-labelledby": "dialog-title" },
    h("header", {}, heading, close),
    ...children,
  );
  box.addEventListener("close", () => box.remove());
  box.addEventListener("click", (event) => event.target === box && box.close());
  document.body.append(box);
  box.showModal();
  return box;
}

/**
 * Asks for a line of text.
 *
 * @param {{title: string, label: string, confirm: string, value?: string, options?: string[]}} asked
 * @returns {Promise<string>} "" if nothing was said
 */
export function prompt({ title, label, confirm, value = "", options = [] }) {
  return new Promise((resolve) => {
    const input = h("input", {
      type: "text",
      maxlength: 200,
      list: "dialog-options",
      autocomplete: "off",
      required: true,
    });
    input.value = value;
    const form = h(
      "form",
      { method: "dialog" },
      h("label", {}, label, input),
      h(
        "datalist",
        { id: "dialog-options" },
        options.map((one) => h("option", { value: one })),
      ),
      h("footer", {}, h("button", { class: "primary", value: "ok" }, confirm)),
    );
    const box = dialog(title, form);
    box.addEventListener("close", () => resolve(box.returnValue === "ok" ? input.value.trim() : ""));
    input.focus();
  });
}

/**
 * Asks whether to go on.
 *
 * @param {{title: string, text: string, confirm: string}} asked
 * @returns {Promise<boolean>}
 */
export function confirm({ title, text, confirm: yes }) {
  return new Promise((resolve) => {
    const form = h(
      "form",
      { method: "dialog" },
      h("p", {}, text),
      h(
        "footer",
        {},
        h("button", { value: "" }, t("cancel")),
        h("button", { class: "primary", value: "ok" }, yes),
      ),
    );
    const box = dialog(title, form);
    box.addEventListener("close", () => resolve(box.returnValue === "ok"));
  });
}
