/** Days as sections: where each begins in a list that is ordered by day. */

/**
 * @param {ArrayLike<number | null>} days of each photograph, since 1970; null where nothing is known
 * @returns {{starts: number[], keys: (number | null)[]}}
 */
export function daySections(days) {
  /** @type {number[]} */
  const starts = [];
  /** @type {(number | null)[]} */
  const keys = [];
  for (let i = 0; i < days.length; i++) {
    const day = days[i] ?? null;
    if (i > 0 && day === keys[keys.length - 1]) continue;
    starts.push(i);
    keys.push(day);
  }
  return { starts, keys };
}

/**
 * The day of a photograph by the camera's clock, or else by the file's time.
 *
 * @param {{taken_at: string | null, file_time: string | null}} photo
 * @returns {number | null}
 */
export function dayOf(photo) {
  const said = photo.taken_at ?? photo.file_time;
  const found = /^(\d{4})-(\d\d)-(\d\d)/.exec(said ?? "");
  return found
    ? Math.floor(Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3])) / 86_400_000)
    : null;
}

/**
 * Where years begin along a scroll bar.
 *
 * @param {(number | null)[]} keys days of the sections, newest first
 * @param {ArrayLike<number>} tops of the sections, in pixels
 * @param {number} total height of the grid
 * @param {number} height of the bar
 * @param {number} apart the least distance of two marks
 * @returns {{year: number, y: number}[]}
 */
export function yearMarks(keys, tops, total, height, apart) {
  /** @type {{year: number, y: number}[]} */
  const marks = [];
  let year = 0;
  for (let i = 0; i < keys.length; i++) {
    const day = keys[i];
    if (day === null || day === undefined) continue;
    const its = new Date(day * 86_400_000).getUTCFullYear();
    if (its === year) continue;
    year = its;
    const y = (tops[i] / (total || 1)) * height;
    if (!marks.length || y - marks[marks.length - 1].y >= apart) marks.push({ year, y });
  }
  return marks;
}
