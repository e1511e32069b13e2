/** Models of the library: which is in use, how much each covers, and changing between them. */

import * as api from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { number, percent, t } from "../core/language.js";
import { hrefOf } from "../core/route.js";
import { empty, viewHead } from "../parts/head.js";
import { confirm } from "../shell/dialogs.js";
import { complain, say } from "../shell/toasts.js";

/** @typedef {import("../core/schemas.js").Model} Model */

/** @param {import("../shell/stage.js").Stage} stage @returns {import("../shell/stage.js").Shown} */
export function create(stage) {
  const head = viewHead(t("view.models"));
  const list = h("ul", { class: "models" });
  const coverage = h("div", { class: "coverage" });
  const element = h(
    "section",
    { class: "view narrow", "aria-label": t("view.models") },
    head.element,
    coverage,
    list,
  );

  async function update() {
    const [models, status] = await Promise.all([api.models(), stage.renewStatus()]);
    head.note.textContent = t("models.count", { n: models.length });
    replace(coverage, status.photos ? coverageOf(status) : null);
    replace(
      list,
      models.map((model) => item(model, status.can.change, () => use(model))),
    );
    if (!models.length) replace(list, h("li", {}, empty("model", t("models.none"))));
  }

  /** @param {Model} model */
  async function use(model) {
    const whole = model.covered >= model.photos;
    const text = t("models.partly", { n: model.covered, total: model.photos });
    if (
      !whole &&
      !(await confirm({
        title: t("models.use_name", { name: model.name }),
        text,
        confirm: t("models.anyway"),
      }))
    )
      return;
    try {
      await api.useModel(model.name, !whole);
      say(t("said.model", { name: model.name }));
      await stage.changed();
    } catch (problem) {
      complain(problem);
    }
  }

  return { element, update };
}

/** @param {import("../core/schemas.js").Status} status */
function coverageOf({ coverage, unsearchable, photos, failed }) {
  const uncovered = Math.max(0, unsearchable - failed);
  const says = uncovered ? t("models.uncovered", { n: uncovered }) : failed ? "" : t("models.all_covered");
  return h(
    "section",
    { class: "panel", "aria-label": t("models.coverage") },
    h("h2", {}, t("models.coverage")),
    h("p", { class: "coverage-share" }, percent(coverage / 100)),
    meter(coverage / 100, t("models.coverage")),
    h(
      "p",
      {},
      says,
      failed ? [" ", h("a", { href: hrefOf({ view: "library" }) }, t("models.failed", { n: failed }))] : null,
      h("span", { class: "unseen" }, number(photos)),
    ),
  );
}

/** @param {number} share @param {string} label */
function meter(share, label) {
  return h("meter", { min: 0, max: 1, value: share, "aria-label": label });
}

/** @param {Model} model @param {boolean} change @param {() => Promise<void>} use */
function item(model, change, use) {
  const { name, installed, state, covered, photos, dimension, images_per_second: speed } = model;
  const share = photos ? covered / photos : 0;
  const usable = change && installed && state !== "active" && covered > 0;
  return h(
    "li",
    { class: `panel model ${state ?? ""}` },
    h(
      "header",
      {},
      icon("model"),
      h("strong", {}, name),
      h("span", { class: `pill ${state ?? ""}` }, t(`models.state.${state ?? "none"}`)),
      usable ? h("button", { type: "button", on: { click: () => void use() } }, t("models.use")) : null,
    ),
    meter(share, t("models.covers", { name })),
    h(
      "p",
      {},
      [
        t("models.covered", { n: covered, total: photos }),
        dimension ? t("models.dimension", { n: dimension }) : "",
        speed ? t("models.speed", { n: speed }) : "",
        installed ? "" : t("models.not_installed"),
      ]
        .filter(Boolean)
        .join(" · "),
    ),
  );
}
