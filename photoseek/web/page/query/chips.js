/** A query's pieces as chips: each can be taken away, and a click on one edits it. */

import { thumbnail } from "../core/api.js";
import { h } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/language.js";
import { dropPicture, picturesNow, turnPicture } from "./outside.js";

/** @typedef {import("../core/schemas.js").Chip} Chip */

/** @type {Record<string, string>} */
const DRAWINGS = {
  after: "date",
  before: "date",
  date: "date",
  in: "folder",
  name: "picture",
  camera: "camera",
  lens: "camera",
  place: "pin",
  near: "pin",
  tag: "tag",
  sort: "sort",
  type: "picture",
};

/** @param {{edit: (chip: Chip) => void, remove: (without: string) => void}} acts @param {Chip[]} chips */
export function chipList(chips, acts) {
  return chips
    .filter((chip) => chip.upload === null)
    .map((chip) => chipOf(chip, acts));
}

/** @param {Chip} chip @param {{edit: (chip: Chip) => void, remove: (without: string) => void}} acts */
function chipOf(chip, acts) {
  const text = chip.negated ? chip.text.replace(/^-/, "") : chip.text;
  const label = h(
    "button",
    { type: "button", class: "chip-text", title: t("chip.edit"), on: { click: () => acts.edit(chip) } },
    chip.negated ? h("b", {}, t("chip.not")) : null,
    pictureOf(chip, text),
  );
  const remove = h(
    "button",
    {
      type: "button",
      class: "chip-remove",
      "aria-label": t("chip.remove", { text: chip.text }),
      on: { click: () => acts.remove(chip.without) },
    },
    icon("close"),
  );
  const kind = `chip ${chip.kind}${chip.negated ? " negated" : ""}${chip.understood ? " understood" : ""}`;
  return h("li", { class: kind, title: chip.understood ? t("chip.understood") : "" }, label, remove);
}

/** @param {Chip} chip @param {string} text */
function pictureOf(chip, text) {
  if (chip.photo)
    return [
      h("img", { src: thumbnail(chip.photo), alt: "" }),
      h("span", {}, t("chip.photo", { id: String(chip.photo) })),
    ];
  const [, key, value] = /^([a-z]+):(.+)$/.exec(text) ?? [];
  if (chip.kind === "words" || !key) return h("span", {}, text);
  return [
    icon(DRAWINGS[key] ?? "check"),
    h("span", { class: "chip-key" }, key),
    h("span", {}, value.replace(/^"(.*)"$/, "$1")),
  ];
}

/** Pictures from outside, each with a way to turn it round and to take it away. */
export function pictureChips() {
  return picturesNow().map(({ url, file, liked }, index) =>
    h(
      "li",
      { class: `chip picture outside${liked ? "" : " negated"}` },
      h(
        "button",
        {
          type: "button",
          class: "chip-text",
          title: t(liked ? "picture.liked" : "picture.unliked"),
          "aria-label": t(liked ? "picture.liked" : "picture.unliked"),
          on: { click: () => turnPicture(index) },
        },
        liked ? null : h("b", {}, t("chip.not")),
        h("img", { src: url, alt: file.name }),
      ),
      h(
        "button",
        {
          type: "button",
          class: "chip-remove",
          "aria-label": t("chip.remove", { text: file.name }),
          on: { click: () => dropPicture(index) },
        },
        icon("close"),
      ),
    ),
  );
}
