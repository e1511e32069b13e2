/** The library: its folders, bringing them up to date, and what could not be read. */

import * as api from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { date, duration, number, percent, size, t } from "../core/language.js";
import { viewHead } from "../parts/head.js";
import { changeIndexing, indexing, isBusy, watchIndexing } from "../shell/indexing.js";
import { complain } from "../shell/toasts.js";
import { addFolder } from "./chooser.js";
import { failures } from "./failures.js";

/** @typedef {import("../core/schemas.js").IndexState} IndexState */
/** @typedef {import("../core/schemas.js").Status} Status */

const LOOK = 2_000; // milliseconds between two looks at the figures while they grow

/** @param {import("../shell/stage.js").Stage} stage @returns {import("../shell/stage.js").Shown} */
export function create(stage) {
  const add = h(
    "button",
    { type: "button", class: "primary", on: { click: () => void addFolder() } },
    icon("plus"),
    t("library.add"),
  );
  const head = viewHead(t("view.library"), stage.can.change ? add : null);
  const run = h("section", { class: "panel run", "aria-label": t("index.progress") });
  const roots = h("section", { class: "panel", "aria-label": t("library.roots") });
  const facts = h("section", { class: "panel", "aria-label": t("library.facts") });
  const failed = h("section", { class: "panel", "aria-label": t("library.failed") });
  const element = h(
    "section",
    { class: "view narrow library", "aria-label": t("view.library") },
    head.element,
    run,
    roots,
    facts,
    failed,
  );
  let looked = 0;
  watchIndexing((state) => element.isConnected && progressed(state));

  /** @param {IndexState} state */
  function progressed(state) {
    showRun(run, state, stage.can.change);
    if (!isBusy(state) || performance.now() - looked < LOOK) return;
    looked = performance.now();
    stage.renewStatus().then(showStatus, () => undefined); // the next state asks again
  }

  async function update() {
    showRun(run, indexing(), stage.can.change);
    const status = await stage.renewStatus();
    showStatus(status);
    const files = status.failed ? await api.failed() : [];
    replace(failed, h("h2", {}, t("library.failed"), h("small", {}, number(files.length))), failures(files));
    failed.hidden = !files.length;
  }

  /** @param {Status} status */
  function showStatus(status) {
    head.note.textContent = t("grid.count", { n: status.photos });
    replace(roots, h("h2", {}, t("library.roots")), rootsOf(status));
    replace(facts, h("h2", {}, t("library.facts")), factsOf(status));
  }

  return { element, update };
}

/** @param {string} name @param {() => Promise<unknown>} act @param {string} [kind] @param {string} [drawing] */
const button = (name, act, kind = "", drawing = "") =>
  h(
    "button",
    { type: "button", class: kind, on: { click: () => void changeIndexing(act).catch(complain) } },
    drawing ? icon(drawing) : null,
    t(name),
  );

/** @param {HTMLElement} run @param {IndexState} state @param {boolean} change */
function showRun(run, state, change) {
  const had = run.querySelector("button:focus")?.textContent;
  replace(
    run,
    h("h2", {}, t("index.title")),
    isBusy(state) ? progressOf(state, change) : [endOf(state), change ? starts() : null],
  );
  const same = [...run.querySelectorAll("button")].find((one) => one.textContent === had);
  same?.focus();
}

/** @param {IndexState} state @param {boolean} change */
function progressOf(state, change) {
  const { done, total, stage, folder, failed, seconds } = state;
  const left = total && done ? ((total - done) * seconds) / done : 0;
  const paused = state.state === "paused";
  return [
    h(
      "p",
      { class: "run-stage", role: "status" },
      t(`index.${state.state}`),
      stage ? ` · ${stageName(stage)}` : "",
    ),
    folder ? h("p", { class: "path" }, folder) : null,
    h("progress", { "aria-label": t("index.progress"), max: total ?? false, value: total ? done : false }),
    h(
      "p",
      { class: "run-count" },
      total
        ? t("index.of", { n: done, total, share: percent(done / total) })
        : t("index.so_far", { n: done }),
      left > 2 ? ` · ${t("index.left", { time: duration(left) })}` : "",
      failed ? ` · ${t("index.failed_so_far", { n: failed })}` : "",
    ),
    change
      ? h(
          "div",
          { class: "buttons" },
          paused
            ? button("index.resume", api.resumeIndex, "", "play")
            : button("index.pause", api.pauseIndex, "", "pause"),
          button("index.cancel", api.cancelIndex, "", "stop"),
        )
      : null,
    failures(state.failures),
  ];
}

/** @param {string} stage as the server names it */
function stageName(stage) {
  const name = t(`stage.${stage}`);
  return name.startsWith("stage.") ? stage : name;
}

/** @param {IndexState} state how the last run of this server ended */
function endOf(state) {
  if (state.state === "idle") return null;
  const counts = Object.entries(state.counts).filter(([, n]) => n);
  return h(
    "div",
    { class: `run-end ${state.state}`, role: "status" },
    h("p", {}, t(`index.said.${state.state}`), state.seconds ? ` · ${duration(state.seconds)}` : ""),
    state.error ? h("p", { class: "note error" }, state.error) : null,
    counts.length
      ? h(
          "ul",
          { class: "pills" },
          counts.map(([name, n]) => h("li", { class: "pill" }, countName(name), h("small", {}, number(n)))),
        )
      : null,
    state.notes.map((note) => h("p", { class: "note" }, note)),
    failures(state.failures),
  );
}

/** @param {string} name as the server counts */
function countName(name) {
  const known = t(`counted.${name}`);
  return known.startsWith("counted.") ? name.replaceAll("_", " ") : known;
}

const starts = () =>
  h(
    "div",
    { class: "buttons" },
    button("index.update", () => api.startIndex({}), "", "play"),
    button("index.retry", () => api.startIndex({ retry_failed: true })),
    button("index.full", () => api.startIndex({ full: true })),
  );

/** @param {Status} status */
function rootsOf({ roots }) {
  if (!roots.length) return h("p", { class: "none" }, t("library.no_roots"));
  return h(
    "ul",
    { class: "roots" },
    roots.map(({ path, name, offline, reason }) =>
      h(
        "li",
        {},
        icon(offline ? "warning" : "folder"),
        h(
          "span",
          {},
          h("strong", {}, name),
          h("span", { class: "path" }, path),
          offline ? h("span", { class: "warn" }, t("library.offline"), reason ? ` ${reason}` : "") : null,
        ),
      ),
    ),
  );
}

/** @param {Status} status */
function factsOf({
  photos,
  files,
  missing,
  waiting,
  failed,
  unsearchable,
  coverage,
  bytes,
  last_run: last,
  version,
}) {
  /** @type {[string, string][]} */
  const rows = [
    ["photos", number(photos)],
    ["files", number(files)],
    ["missing", number(missing)],
    ["waiting", number(waiting)],
    ["failed", number(failed)],
    ["unsearchable", number(Math.max(0, unsearchable - failed))],
    ["coverage", percent(coverage / 100)],
    ["bytes", size(bytes)],
    [
      "last_run",
      last
        ? `${date(last.began_at, { dateStyle: "short", timeStyle: "short" })}, ${duration(last.seconds)}`
        : "–",
    ],
    ["version", version],
  ];
  return h(
    "dl",
    { class: "figures" },
    rows.map(([name, value]) => h("div", {}, h("dt", {}, t(`status.${name}`)), h("dd", {}, value))),
  );
}
