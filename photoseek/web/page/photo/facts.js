/** What is known of a photograph, as a list for people. */

import { h } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { date, number, size, t } from "../core/language.js";
import { hrefOf } from "../core/route.js";
import { untag } from "./actions.js";
import { scoreBar, scoreText } from "./scorebar.js";

/** @typedef {import("../core/schemas.js").PhotoDetails} PhotoDetails */
/** @typedef {import("../core/schemas.js").Hit} Hit */

/** The name of the folder a file is in. @param {string | undefined} path */
export const folderOf = (path) => (path ?? "").split(/[\\/]/).slice(-2, -1)[0] ?? "";

/** @param {string} value of a filter */
const quoted = (value) => (/[\s"]/.test(value) ? `"${value.replace(/"/g, '\\"')}"` : value);

/** @param {string} q @param {string} text */
const searchLink = (q, text) => h("a", { class: "fact-link", href: hrefOf({ view: "search", q }) }, text);

/**
 * @param {PhotoDetails} photo
 * @param {Hit | undefined} hit how it was found
 * @param {{change: boolean, refresh: () => void}} can
 * @returns {HTMLElement}
 */
export function factsOf(photo, hit, can) {
  return h(
    "dl",
    { class: "facts" },
    hit ? fact("similar", t("fact.score"), [scoreBar(hit), h("span", {}, scoreText(hit)), named(hit)]) : null,
    fact("date", t("fact.date"), when(photo)),
    photo.camera
      ? fact("camera", t("fact.camera"), [
          searchLink(`camera:${quoted(photo.camera)}`, photo.camera),
          h("small", {}, photo.lens ?? ""),
        ])
      : null,
    photo.place
      ? fact("pin", t("fact.place"), [
          searchLink(`place:${quoted(photo.place)}`, photo.place),
          coordinates(photo),
        ])
      : null,
    fact("picture", t("fact.file"), [
      shape(photo),
      photo.offline ? h("small", { class: "warn" }, t("fact.offline")) : null,
    ]),
    fact(
      "folder",
      t("fact.folder", { n: photo.paths.length }),
      photo.paths.map((path) => h("span", { class: "path" }, path)),
    ),
    fact("tag", t("fact.tags"), tags(photo, can)),
  );
}

/** @param {string} drawing @param {string} name @param {any} value */
const fact = (drawing, name, value) =>
  h(
    "div",
    { class: "fact" },
    h("dt", {}, icon(drawing), h("span", { class: "unseen" }, name)),
    h("dd", {}, value),
  );

/** @param {PhotoDetails} photo */
function when(photo) {
  if (photo.taken_at) return date(photo.taken_at, { dateStyle: "full", timeStyle: "short" });
  if (!photo.file_time) return t("grid.no_date");
  return [
    date(photo.file_time, { dateStyle: "full", timeStyle: "short" }),
    h("small", {}, t("fact.file_time")),
  ];
}

/** @param {Hit} hit */
const named = ({ named: where }) =>
  where.length
    ? h("small", {}, t("fact.named", { where: where.map((one) => t(`named.${one}`)).join(", ") }))
    : null;

/** @param {PhotoDetails} photo */
function coordinates({ latitude, longitude }) {
  if (latitude === null || longitude === null) return null;
  const text = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  return h(
    "a",
    {
      class: "fact-link",
      href: hrefOf({ view: "places", at: `${longitude.toFixed(4)},${latitude.toFixed(4)},9` }),
    },
    text,
  );
}

/** @param {PhotoDetails} photo */
function shape({ width, height, bytes, format }) {
  const pixels = t("fact.megapixels", { mp: number((width * height) / 1e6) });
  return `${format.toUpperCase()} · ${width} × ${height} · ${pixels} · ${size(bytes)}`;
}

/** @param {PhotoDetails} photo @param {{change: boolean, refresh: () => void}} can */
function tags(photo, can) {
  if (!photo.tags.length) return h("span", { class: "none" }, t("fact.no_tags"));
  return h(
    "ul",
    { class: "tags" },
    photo.tags.map((label) =>
      h(
        "li",
        { class: "pill" },
        searchLink(`tag:${quoted(label)}`, label),
        can.change ? removeTag(photo.id, label, can.refresh) : null,
      ),
    ),
  );
}

/** @param {number} id @param {string} label @param {() => void} refresh */
const removeTag = (id, label, refresh) =>
  h(
    "button",
    {
      type: "button",
      "aria-label": t("tag.remove", { label }),
      on: {
        click: async () => {
          await untag(id, label);
          refresh();
        },
      },
    },
    icon("close"),
  );
