/** The state of indexing: streamed by the server while it goes on, asked for now and then otherwise. */

import * as api from "../core/api.js";
import { t } from "../core/language.js";
import { complain, say } from "./toasts.js";

/** @typedef {import("../core/schemas.js").IndexState} IndexState */

const LOOK = 15_000; // milliseconds: another tab, or a program, may have started a run

/** @type {IndexState} */
let latest = {
  state: "idle",
  folder: null,
  stage: null,
  done: 0,
  total: null,
  failed: 0,
  seconds: 0,
  counts: {},
  failures: [],
  notes: [],
  error: null,
};
/** @type {Set<(state: IndexState) => void>} */
const watchers = new Set();
let look = async () => {};

/** @returns {IndexState} */
export const indexing = () => latest;

/** @param {(state: IndexState) => void} watcher */
export function watchIndexing(watcher) {
  watchers.add(watcher);
  watcher(latest);
}

/** @param {IndexState} state */
export const isBusy = ({ state }) => state === "running" || state === "paused";

/** Does something about indexing, and follows what comes of it. @param {() => Promise<unknown>} act */
export async function changeIndexing(act) {
  await act();
  await look();
}

/** @param {import("./stage.js").Stage} stage @param {import("./sidebar.js").Sidebar} sidebar */
export function followIndexing(stage, sidebar) {
  watchIndexing((state) => sidebar.indexing(state));
  /** @type {EventSource | null} */
  let stream = null;
  /** @param {IndexState} state */
  const take = (state) => {
    arrived(state, stage);
    if (isBusy(state) || !stream) return;
    stream.close();
    stream = null;
  };
  look = async () => {
    take(await api.indexState());
    if (!isBusy(latest) || stream) return;
    stream = new EventSource(api.indexEvents);
    stream.addEventListener("index", (event) => take(JSON.parse(event.data)));
  };
  const ask = () => void look().catch(() => undefined);
  ask();
  window.setInterval(() => stream || document.hidden || ask(), LOOK);
}

/** @param {IndexState} state @param {import("./stage.js").Stage} stage */
function arrived(state, stage) {
  const ended = isBusy(latest) && !isBusy(state);
  latest = state;
  for (const watcher of watchers) watcher(state);
  if (!ended) return;
  say(t(`index.said.${state.state}`));
  stage.changed().catch(complain);
}
