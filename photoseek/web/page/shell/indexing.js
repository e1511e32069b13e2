/** The state of indexing, as the server sends it: to whoever wants to know. */

import * as api from "../core/api.js";
import { t } from "../core/language.js";
import { say } from "./toasts.js";

/** @typedef {import("../core/schemas.js").IndexState} IndexState */

/** @type {IndexState} */
let latest = {
  state: "idle", folder: null, stage: null, done: 0, total: null, failed: 0, seconds: 0, counts: {}, failures: [], notes: [], error: null,
};
/** @type {Set<(state: IndexState) => void>} */
const watchers = new Set();

/** @returns {IndexState} */
export const indexing = () => latest;

/** @param {(state: IndexState) => void} watcher */
export function watchIndexing(watcher) {
  watchers.add(watcher);
  watcher(latest);
}

/** @param {IndexState} state */
export const isBusy = ({ state }) => state === "running" || state === "paused";

/** @param {import("./stage.js").Stage} stage @param {import("./sidebar.js").Sidebar} sidebar */
export function followIndexing(stage, sidebar) {
  watchIndexing((state) => sidebar.indexing(state));
  const source = new EventSource(api.indexEvents);
  source.addEventListener("message", (event) => arrived(JSON.parse(event.data), stage));
}

/** @param {IndexState} state @param {import("./stage.js").Stage} stage */
function arrived(state, stage) {
  const ended = isBusy(latest) && !isBusy(state);
  latest = state;
  for (const watcher of watchers) watcher(state);
  if (!ended) return;
  say(t(`index.said.${state.state}`));
  void stage.changed();
}
