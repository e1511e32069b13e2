/** The HTTP API: one function for each call. Types follow `photoseek/web/schemas/`. */

/** @typedef {import("./schemas.js").Answer} Answer */

const ROOT = "/api/v1";

/** What the server answers when it cannot do as asked: a problem document (RFC 9457). */
export class Problem extends Error {
  /** @param {number} status @param {{detail?: string, title?: string, code?: string, column?: number | null}} document */
  constructor(status, document) {
    super(document.detail ?? document.title ?? String(status));
    this.status = status;
    this.code = document.code ?? "";
    this.column = document.column ?? null;
  }
}

/**
 * @param {string} path below the root, with its parameters
 * @param {RequestInit & {json?: unknown}} [options] `json` is sent as the body
 * @returns {Promise<{status: number, body: any}>}
 */
async function ask(path, options = {}) {
  const { json, ...init } = options;
  if (json !== undefined) {
    init.body = JSON.stringify(json);
    init.headers = { "Content-Type": "application/json" };
  }
  const response = await fetch(ROOT + path, { credentials: "same-origin", ...init });
  if (response.status === 401)
    location.assign(`/login?to=${encodeURIComponent(location.pathname + location.search)}`);
  const text = await response.text();
  const body = text && /json/.test(response.headers.get("Content-Type") ?? "") ? JSON.parse(text) : {};
  if (!response.ok) throw new Problem(response.status, body);
  return { status: response.status, body };
}

/** @param {Record<string, any>} values those that are null, undefined or "" are left out */
function parameters(values) {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== "") said.set(name, String(value));
  }
  return said.size ? `?${said}` : "";
}

/** @param {string} path @param {Record<string, any>} [values] @param {AbortSignal} [signal] */
const get = async (path, values = {}, signal) => (await ask(path + parameters(values), { signal })).body;

/**
 * Asks until it is made: the server says 202 and what it is doing meanwhile.
 *
 * @param {string} path
 * @param {Record<string, any>} values
 * @param {(working: import("./schemas.js").Working) => void} onWorking
 * @param {AbortSignal} signal
 */
async function made(path, values, onWorking, signal) {
  for (let wait = 200; ; wait = Math.min(wait * 1.5, 2000)) {
    const { status, body } = await ask(path + parameters(values), { signal });
    if (status !== 202) return body;
    onWorking(body);
    await new Promise((resume) => setTimeout(resume, wait));
    signal.throwIfAborted();
  }
}

/**
 * @param {{q: string, sort?: string, limit?: number, cursor?: string | null}} asked
 * @param {import("../query/pictures.js").Held[]} pictures from outside the library
 * @param {AbortSignal} [signal]
 * @returns {Promise<Answer>}
 */
export async function search(asked, pictures, signal) {
  if (!pictures.length) return get("/search", asked, signal);
  const form = new FormData();
  for (const [name, value] of Object.entries(asked)) if (value) form.set(name, String(value));
  for (const held of pictures)
    form.append(held.liked ? "image" : "unlike", held.file, held.file.name || "picture");
  return (await ask("/search", { method: "POST", body: form, signal })).body;
}

/** @param {string} q @param {AbortSignal} [signal] @returns {Promise<import("./schemas.js").Timeline>} */
export const timeline = (q, signal) => get("/timeline", { q }, signal);
/** @param {string} q @param {AbortSignal} [signal] @returns {Promise<import("./schemas.js").Located>} */
export const located = (q, signal) => get("/located", { q }, signal);
/** @param {string} [q] @param {AbortSignal} [signal] @returns {Promise<import("./schemas.js").Facets>} */
export const facets = (q = "", signal) => get("/facets", { q }, signal);
/** @param {number} id @returns {Promise<import("./schemas.js").PhotoDetails>} */
export const photo = (id) => get(`/photos/${id}`);
/** @param {number} id @param {number} [side] */
export const thumbnail = (id, side = 384) => `${ROOT}/photos/${id}/thumbnail?size=${side}`;
/** @param {number} id @param {boolean} [download] */
export const original = (id, download = false) =>
  `${ROOT}/photos/${id}/file${download ? "?download=true" : ""}`;
/** @param {number} id */
export const reveal = (id) => ask(`/photos/${id}/reveal`, { method: "POST" });
export const exporting = `${ROOT}/photos/export`;

/** @param {string} tier @param {(w: any) => void} onWorking @param {AbortSignal} signal @returns {Promise<import("./schemas.js").Duplicates>} */
export const duplicates = (tier, onWorking, signal) => made("/duplicates", { tier }, onWorking, signal);
/** @param {number} n @param {(w: any) => void} onWorking @param {AbortSignal} signal @returns {Promise<import("./schemas.js").Clusters>} */
export const clusters = (n, onWorking, signal) => made("/clusters", { n: n || "" }, onWorking, signal);
/** @param {(w: any) => void} onWorking @param {AbortSignal} signal @returns {Promise<import("./schemas.js").MeaningMap>} */
export const meaning = (onWorking, signal) => made("/map", {}, onWorking, signal);

/** @returns {Promise<import("./schemas.js").TagCount[]>} */
export const tags = () => get("/tags");
/** @param {string} label @param {number[]} ids */
export const tag = (label, ids) => ask("/tags", { method: "POST", json: { label, ids } });
/** @param {string} label @param {number} id */
export const untag = (label, id) => ask(`/tags/${encodeURIComponent(label)}?id=${id}`, { method: "DELETE" });

/** @returns {Promise<import("./schemas.js").SavedSearch[]>} */
export const saved = () => get("/saved");
/** @param {string} name @param {string} query */
export const save = (name, query) =>
  ask(`/saved/${encodeURIComponent(name)}`, { method: "PUT", json: { query } });
/** @param {string} name */
export const unsave = (name) => ask(`/saved/${encodeURIComponent(name)}`, { method: "DELETE" });

/** @returns {Promise<import("./schemas.js").Model[]>} */
export const models = () => get("/models");
/** @param {string} name @param {boolean} anyway although not every photograph has a vector of it */
export const useModel = (name, anyway) => ask("/models/active", { method: "PUT", json: { name, anyway } });
/** @returns {Promise<import("./schemas.js").Status>} */
export const status = () => get("/status");
/** @returns {Promise<import("./schemas.js").FailedFile[]>} */
export const failed = () => get("/failed");

/** @returns {Promise<import("./schemas.js").IndexState>} */
export const indexState = () => get("/index");
/** @param {{folder?: string | null, full?: boolean, retry_failed?: boolean}} wanted */
export const startIndex = (wanted) => ask("/index", { method: "POST", json: wanted });
export const cancelIndex = () => ask("/index", { method: "DELETE" });
export const pauseIndex = () => ask("/index/pause", { method: "POST" });
export const resumeIndex = () => ask("/index/resume", { method: "POST" });
export const indexEvents = `${ROOT}/index/events`;
/** @param {string} below "" for what was allowed at start @returns {Promise<import("./schemas.js").Folder[]>} */
export const folders = (below) => get("/folders", { below });
