/** Where the page is, and going elsewhere. The address is the only state that views share. */

import { formatAddress, HOME, parseAddress } from "./address.js";

/** @typedef {import("./address.js").Address} Address */
/** @typedef {(now: Address, before: Address | null) => void} Watcher */

/** @type {Set<Watcher>} */
const watchers = new Set();
let current = parseAddress(location.search);

/** @returns {Readonly<Address>} */
export const here = () => current;

/** @param {Watcher} watcher called at every change of address */
export function watchRoute(watcher) {
  watchers.add(watcher);
}

/**
 * Goes on from here with some parts changed.
 *
 * @param {Partial<Address>} patch
 * @param {{replace?: boolean, quiet?: boolean}} [how] `replace`: no step for Back; `quiet`: tell nobody
 */
export function go(patch, how = {}) {
  const next = { ...current, ...patch };
  const text = location.pathname + formatAddress(next);
  if (how.replace) history.replaceState(history.state, "", text);
  else history.pushState(next.pictures ? { pictures: remembered().pictures } : null, "", text);
  if (how.quiet) current = next;
  else arrive(next);
}

/**
 * Goes to a view afresh: nothing of the present address stays.
 *
 * @param {Partial<Address>} address
 */
export function visit(address) {
  go({ ...HOME, ...address });
}

/** @param {Partial<Address>} address @returns {string} for links */
export const hrefOf = (address) => location.pathname + formatAddress({ ...HOME, ...address });

/** @param {Address} next */
function arrive(next) {
  const before = current;
  current = next;
  for (const watcher of watchers) watcher(next, before);
}

/** What belongs to this step of the history besides its address. @returns {Record<string, any>} */
export const remembered = () => history.state ?? {};

/** @param {Record<string, any>} facts */
export function remember(facts) {
  history.replaceState({ ...history.state, ...facts }, "");
}

window.addEventListener("popstate", () => arrive(parseAddress(location.search)));
