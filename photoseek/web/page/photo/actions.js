/** What can be done with photographs, wherever they are shown. */

import * as api from "../core/api.js";
import { h } from "../core/dom.js";
import { t } from "../core/language.js";
import { go, here } from "../core/route.js";
import { marked } from "../query/pieces.js";
import { prompt } from "../shell/dialogs.js";
import { complain, say } from "../shell/toasts.js";
import { detailsOf, forget } from "./details.js";

/** A search for photographs like one. @param {number} id */
export function similar(id) {
  go({ view: "search", q: `id:${id}`, sort: "", photo: 0, pictures: 0, folder: "", group: 0 });
}

/** Refines the search at once: more like a photograph, or less. @param {number} id @param {1 | -1} sign */
export function mark(id, sign) {
  const { view, q, photo } = here();
  const base = view === "search" ? q : "";
  const next = marked(base, id, sign);
  go({ view: "search", q: next, photo, folder: "", group: 0 });
  const added = next.length > base.length;
  say(t(added ? (sign > 0 ? "said.more" : "said.less") : "said.unmarked"));
}

/** @param {number[]} ids A search for photographs like all of these. */
export function similarToAll(ids) {
  go({
    view: "search",
    q: ids
      .slice(0, 50)
      .map((id) => `id:${id}`)
      .join(" "),
    sort: "",
    photo: 0,
    pictures: 0,
  });
}

/** @param {number} id */
export async function copyPath(id) {
  const { paths } = await detailsOf(id);
  await copy(paths[0] ?? "");
  say(t("said.copied", { text: paths[0] ?? "" }));
}

/** @param {string} text */
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = h("textarea", { class: "unseen" });
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy"); // the only way where the page is not on localhost or https
  area.remove();
}

/** @param {number} id */
export function download(id) {
  const link = h("a", { href: api.original(id, true), download: "" });
  document.body.append(link);
  link.click();
  link.remove();
}

/** @param {number} id */
export async function reveal(id) {
  await api.reveal(id).then(() => say(t("said.revealed")), complain);
}

/** The browser downloads the answer itself, so that a zip may be larger than memory. @param {number[]} ids @param {string} format */
export function exportAs(ids, format) {
  const form = h(
    "form",
    { method: "post", action: api.exporting, hidden: true },
    h("input", { name: "ids", value: ids.join(",") }),
    h("input", { name: "format", value: format }),
  );
  document.body.append(form);
  form.submit();
  form.remove();
}

/** Asks for a label and gives it to photographs. @param {number[]} ids @returns {Promise<boolean>} whether it did */
export async function tagAll(ids) {
  const known = await api.tags().catch(() => []);
  const label = await prompt({
    title: t("tag.title", { n: ids.length }),
    label: t("tag.label"),
    confirm: t("tag.confirm"),
    options: known.map((one) => one.label),
  });
  if (!label) return false;
  try {
    await api.tag(label, ids);
  } catch (problem) {
    complain(problem);
    return false;
  }
  forget(ids);
  say(t("said.tagged", { n: ids.length, label }));
  return true;
}

/** @param {number} id @param {string} label */
export async function untag(id, label) {
  await api.untag(label, id).catch(complain);
  forget([id]);
}
