/** The last queries of this browser, newest first. */

const KEY = "photoseek.recent";
const MOST = 6;

/** @returns {string[]} */
export function recentQueries() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

/** @param {string} q */
export function rememberQuery(q) {
  if (!q) return;
  const kept = [q, ...recentQueries().filter((one) => one !== q)].slice(0, MOST);
  localStorage.setItem(KEY, JSON.stringify(kept));
}
