/** What is known of photographs: asked for once, kept for the last few hundred. */

import { photo } from "../core/api.js";

/** @typedef {import("../core/schemas.js").PhotoDetails} PhotoDetails */

const MOST = 500;
/** @type {Map<number, Promise<PhotoDetails>>} */
const known = new Map();

/** @param {number} id @returns {Promise<PhotoDetails>} */
export function detailsOf(id) {
  const kept = known.get(id);
  if (kept) return kept;
  const asked = photo(id);
  asked.catch(() => known.delete(id));
  known.set(id, asked);
  const [oldest] = known.keys();
  if (known.size > MOST) known.delete(oldest);
  return asked;
}

/** After a change. @param {Iterable<number>} ids */
export function forget(ids) {
  for (const id of ids) known.delete(id);
}
