/** Copies and look-alikes, side by side. Nothing is deleted from here. */

import * as api from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { date, number, size, t } from "../core/language.js";
import { go, hrefOf } from "../core/route.js";
import { empty, segments, viewHead, waiting } from "../parts/head.js";
import { messageOf } from "../shell/toasts.js";

/** @typedef {import("../core/schemas.js").DuplicateGroup} Group */
/** @typedef {Group["pictures"][number]} Picture */

const AT_ONCE = 20;

/** @param {import("../shell/stage.js").Stage} stage */
export const create = (stage) => new DuplicatesView(stage);

class DuplicatesView {
  #shown = "?";
  #asking = new AbortController();

  /** @param {import("../shell/stage.js").Stage} stage */
  constructor(stage) {
    this.tier = segments(
      t("duplicates.tier"),
      [
        ["", t("tier.all")],
        ["exact", t("tier.exact")],
        ["same", t("tier.same")],
        ["similar", t("tier.similar")],
      ],
      (tier) => go({ tier }),
    );
    this.head = viewHead(t("view.duplicates"), this.tier.element);
    this.list = h("ol", { class: "duplicates" });
    this.end = h("div", { class: "more-sentinel" });
    this.element = h(
      "section",
      { class: "view", "aria-label": t("view.duplicates") },
      this.head.element,
      this.list,
      this.end,
    );
    stage.onChange(() => (this.#shown = "?"));
  }

  leave() {
    this.#asking.abort();
    this.#shown = "?";
  }

  /** @param {import("../core/address.js").Address} now */
  async update({ tier }) {
    if (tier === this.#shown) return;
    this.#shown = tier;
    this.tier.set(tier);
    this.#asking.abort();
    this.#asking = new AbortController();
    replace(this.list, h("li", { class: "whole" }, waiting(t("duplicates.waiting"))));
    this.head.note.textContent = "";
    try {
      const { groups } = await api.duplicates(tier, () => undefined, this.#asking.signal);
      if (this.#shown === tier) this.#show(groups);
    } catch (problem) {
      if (this.#shown === tier)
        replace(this.list, h("li", { class: "whole" }, empty("warning", messageOf(problem))));
    }
  }

  /** @param {Group[]} groups */
  #show(groups) {
    const spare = groups.reduce((sum, group) => sum + group.spare_bytes, 0);
    this.head.note.textContent = groups.length
      ? [
          t("duplicates.count", { n: groups.length }),
          spare ? t("duplicates.spare", { size: size(spare) }) : "",
        ]
          .filter(Boolean)
          .join(" · ")
      : "";
    replace(
      this.list,
      groups.length ? [] : h("li", { class: "whole" }, empty("copies", t("duplicates.none"))),
    );
    this.#grow(groups, 0);
  }

  /** Some at a time, as they are scrolled to. @param {Group[]} groups @param {number} from */
  #grow(groups, from) {
    this.list.append(...groups.slice(from, from + AT_ONCE).map(groupOf));
    if (from + AT_ONCE >= groups.length) return;
    const watcher = new IntersectionObserver(
      ([entry]) => {
        if (!entry.isIntersecting) return;
        watcher.disconnect();
        this.#grow(groups, from + AT_ONCE);
      },
      { rootMargin: "800px" },
    );
    watcher.observe(this.end);
  }
}

/** @param {Group} group */
function groupOf(group) {
  const best = bestOf(group.pictures);
  return h(
    "li",
    { class: "duplicate-group" },
    h(
      "header",
      {},
      h("span", { class: `tier ${group.tier}` }, t(`tier.${group.tier}`)),
      h("span", { class: "tier-says" }, t(`tier.${group.tier}_says`)),
      group.spare_bytes
        ? h("span", { class: "spare" }, t("duplicates.spare", { size: size(group.spare_bytes) }))
        : null,
    ),
    h(
      "div",
      { class: "duplicate-pictures" },
      group.pictures.map((picture) => pictureOf(picture, best)),
    ),
  );
}

/** The values to be seen at once: the most pixels, the most bytes, the earliest date. @param {Picture[]} pictures */
function bestOf(pictures) {
  if (pictures.length < 2) return { pixels: Infinity, bytes: Infinity };
  return {
    pixels: Math.max(...pictures.map(({ photo }) => photo.width * photo.height)),
    bytes: Math.max(...pictures.map(({ photo }) => photo.bytes)),
  };
}

/** @param {Picture} picture @param {{pixels: number, bytes: number}} best */
function pictureOf({ photo, copies }, best) {
  const most = (/** @type {boolean} */ is) => (is ? "best" : "");
  return h(
    "figure",
    {},
    h(
      "a",
      { href: hrefOf({ view: "duplicates", photo: photo.id }), "aria-label": photo.name },
      h("img", { src: api.thumbnail(photo.id, 1024), alt: "", loading: "lazy" }),
    ),
    h(
      "figcaption",
      {},
      h("strong", {}, photo.name),
      h(
        "span",
        {},
        h(
          "b",
          { class: most(photo.width * photo.height === best.pixels) },
          `${number(photo.width)} × ${number(photo.height)}`,
        ),
        " · ",
        h("b", { class: most(photo.bytes === best.bytes) }, size(photo.bytes)),
        ` · ${photo.format.toUpperCase()}`,
      ),
      h("span", {}, date(photo.taken_at, { dateStyle: "medium", timeStyle: "short" })),
      h(
        "ul",
        { class: "copies" },
        copies.map(({ path, offline }) =>
          h("li", { class: "path" }, icon(offline ? "warning" : "folder"), h("span", {}, path)),
        ),
      ),
    ),
  );
}
