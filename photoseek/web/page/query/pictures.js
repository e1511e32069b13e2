/** Pictures from outside the library that a search is made with. They stay in this page's memory
 * and are sent with every question; the server keeps none. */

/** @typedef {{file: File, liked: boolean, url: string}} Held */

/** @type {Map<string, Held[]>} */
const kept = new Map();
let last = 0;

/** @param {File} file @param {boolean} [liked] @returns {Held} */
export const held = (file, liked = true) => ({ file, liked, url: URL.createObjectURL(file) });

/** @param {Held[]} pictures @returns {string} a name for the step of the history */
export function keep(pictures) {
  const name = `pictures-${++last}`;
  kept.set(name, pictures);
  return name;
}

/** @param {string | undefined} name @returns {Held[]} none after the page was loaded anew */
export const keptAs = (name) => (name ? (kept.get(name) ?? []) : []);

/** Files of a drop or a paste that are pictures. @param {DataTransfer | null} transfer @returns {File[]} */
export function picturesIn(transfer) {
  const files = [...(transfer?.files ?? [])];
  return files.filter(
    (file) => file.type.startsWith("image/") || /\.(heic|heif|avif|tiff?|dng|cr2|nef|arw)$/i.test(file.name),
  );
}
