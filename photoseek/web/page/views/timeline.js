/** All photographs, newest first, day by day. */

import * as api from "../core/api.js";
import { h } from "../core/dom.js";
import { t } from "../core/language.js";
import { remembered } from "../core/route.js";
import { Grid } from "../grid/grid.js";
import { rollOfTimeline } from "../grid/roll.js";
import { Scrubber } from "../grid/scrubber.js";
import { sizeSlider, viewHead } from "../parts/head.js";

/** @param {import("../shell/stage.js").Stage} stage @returns {import("../shell/stage.js").Shown} */
export function create(stage) {
  const grid = new Grid(stage.main);
  const scrubber = new Scrubber(grid);
  const head = viewHead(t("view.timeline"), sizeSlider());
  const element = h(
    "section",
    { class: "view timeline", "aria-label": t("view.timeline") },
    head.element,
    grid.element,
    scrubber.element,
  );
  let shown = "?";
  window.addEventListener("rowschange", () => renewRows());
  stage.onChange(() => (shown = "?"));

  function renewRows() {
    if (!element.isConnected) return;
    grid.relayout();
    scrubber.renew();
  }

  /** @param {import("../core/address.js").Address} now @param {import("../core/address.js").Address | null} before */
  async function update(now, before) {
    if (shown === now.q && before) return grid.repaint();
    const timeline = await (now.q ? api.timeline(now.q) : stage.everything());
    head.note.textContent = t("grid.count", { n: timeline.ids.length });
    shown = now.q;
    grid.show(rollOfTimeline(timeline), remembered().scroll ?? 0);
    scrubber.renew();
  }

  return { element, grid, update };
}
