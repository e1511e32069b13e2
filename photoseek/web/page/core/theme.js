/** Dark, light, or as the system says. `early.js` puts it on before the first paint. */

/** @typedef {"auto" | "light" | "dark"} Theme */

const KEY = "photoseek.theme";
/** @type {readonly Theme[]} */
export const THEMES = ["auto", "light", "dark"];

/** @returns {Theme} */
export const theme = () => /** @type {Theme} */ (localStorage.getItem(KEY) ?? "auto");

/** @param {Theme} chosen */
export function chooseTheme(chosen) {
  localStorage.setItem(KEY, chosen);
  document.documentElement.dataset.theme = chosen;
  window.dispatchEvent(new Event("themechange"));
}

/** @type {Map<string, string>} */
const found = new Map();
window.addEventListener("themechange", () => found.clear());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => found.clear());

/**
 * The colour of a name of `tokens.css`, for canvases: looked up once for a theme.
 *
 * @param {string} name such as "--accent"
 * @returns {string}
 */
export function colour(name) {
  const kept = found.get(name);
  if (kept) return kept;
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  found.set(name, getComputedStyle(probe).color);
  probe.remove();
  return colour(name);
}
