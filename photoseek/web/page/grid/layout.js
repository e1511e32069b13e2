/**
 * A justified grid: rows of one width whose pictures keep their shapes. Small sections (days with a
 * few photographs) may stand side by side. Pure, in typed arrays: 100,000 pictures take milliseconds.
 *
 * @typedef {object} Shape
 * @property {number} width of the grid, in pixels
 * @property {number} height that rows should have
 * @property {number} gap between pictures
 * @property {number} heading height of a section's heading, 0 for none
 * @property {boolean} [beside] whether small sections may stand side by side
 *
 * @typedef {{section: number, x: number, y: number, width: number}} Heading
 *
 * @typedef {object} Layout
 * @property {Float32Array} x of each picture, from the left
 * @property {Float32Array} w width of each picture
 * @property {number} rows how many rows there are
 * @property {Int32Array} first the first picture of each row, and one more: the number of pictures
 * @property {Float64Array} top of each row
 * @property {Float32Array} tall height of each row
 * @property {Heading[]} headings by y, then x
 * @property {number} total height of all of it
 */

const NARROWEST = 0.4;
const WIDEST = 4;
const STRETCH = 1.3;
const BETWEEN_SECTIONS = 24;
const NARROWEST_SECTION = 150;

/** Rows that are being filled. */
class Sheet {
  /** @param {ArrayLike<number>} ratios @param {Shape} shape */
  constructor(ratios, shape) {
    const count = ratios.length;
    this.shape = shape;
    this.ratio = Float32Array.from(ratios, (ratio) => Math.min(WIDEST, Math.max(NARROWEST, ratio || 1)));
    this.x = new Float32Array(count);
    this.w = new Float32Array(count);
    this.first = new Int32Array(count + 1);
    this.top = new Float64Array(count);
    this.tall = new Float32Array(count);
    this.rows = 0;
    this.y = 0;
    /** @type {Heading[]} */
    this.headings = [];
  }

  /** Puts pictures in a row of that height, from x on. @param {number} from @param {number} to @param {number} height @param {number} x */
  put(from, to, height, x) {
    for (let i = from; i < to; i++) {
      this.x[i] = x;
      this.w[i] = this.ratio[i] * height;
      x += this.w[i] + this.shape.gap;
    }
  }

  /** Ends the row of the pictures from there. @param {number} from @param {number} height */
  end(from, height) {
    this.first[this.rows] = from;
    this.top[this.rows] = this.y;
    this.tall[this.rows] = height;
    this.rows += 1;
    this.y += height + this.shape.gap;
  }

  /** How wide pictures are side by side, or more than the grid. @param {number} from @param {number} to */
  breadth(from, to) {
    let width = -this.shape.gap;
    for (let i = from; i < to && width <= this.shape.width; i++) {
      width += this.ratio[i] * this.shape.height + this.shape.gap;
    }
    return width;
  }

  /** @returns {Layout} */
  done() {
    const { x, w, rows, headings } = this;
    this.first[rows] = x.length;
    return {
      x,
      w,
      rows,
      headings,
      total: Math.max(0, this.y - this.shape.gap),
      first: this.first.subarray(0, rows + 1),
      top: this.top.subarray(0, rows),
      tall: this.tall.subarray(0, rows),
    };
  }
}

/**
 * @param {ArrayLike<number>} ratios width to height of each picture
 * @param {ArrayLike<number>} starts the first picture of each section; the first of them is 0
 * @param {Shape} shape
 * @returns {Layout}
 */
export function layOut(ratios, starts, shape) {
  const sheet = new Sheet(ratios, shape);
  const count = ratios.length;
  for (let section = 0; section < starts.length && count;) {
    const until = sideBySide(sheet, starts, section, count);
    if (until > section) {
      bandOf(sheet, starts, section, until, count);
      section = until;
    } else {
      block(sheet, section, starts[section], starts[section + 1] ?? count);
      section += 1;
    }
  }
  return sheet.done();
}

/** The first section that no longer fits beside those from `section` on. @param {Sheet} sheet @param {ArrayLike<number>} starts @param {number} section @param {number} count */
function sideBySide(sheet, starts, section, count) {
  let used = 0;
  let until = section;
  while (until < starts.length) {
    const width = sheet.breadth(starts[until], starts[until + 1] ?? count);
    const needed = Math.max(width, Math.min(NARROWEST_SECTION, sheet.shape.width));
    if (used + needed > sheet.shape.width || (used && !sheet.shape.beside)) break;
    used += needed + BETWEEN_SECTIONS;
    until += 1;
  }
  return until;
}

/** One row with whole sections in it, a little taller if that fills it. @param {Sheet} sheet @param {ArrayLike<number>} starts @param {number} from @param {number} until @param {number} count */
function bandOf(sheet, starts, from, until, count) {
  const { shape } = sheet;
  const begin = starts[from];
  const end = starts[until] ?? count;
  const height = stretched(sheet, begin, end, until - from);
  if (shape.heading) sheet.y += shape.heading;
  let x = 0;
  for (let section = from; section < until; section++) {
    const first = starts[section];
    const last = starts[section + 1] ?? count;
    sheet.put(first, last, height, x);
    const width = Math.max(
      (sheet.x[last - 1] ?? 0) + (sheet.w[last - 1] ?? 0) - x,
      Math.min(NARROWEST_SECTION, shape.width - x),
    );
    const room = section + 1 === until ? shape.width - x : width; // the last may say all it has to
    if (shape.heading) sheet.headings.push({ section, x, y: sheet.y - shape.heading, width: room });
    x += width + BETWEEN_SECTIONS;
  }
  sheet.end(begin, height);
}

/** @param {Sheet} sheet @param {number} from @param {number} to @param {number} sections */
function stretched(sheet, from, to, sections) {
  const { shape } = sheet;
  if (sections > 1) return shape.height;
  const gaps = (to - from - 1) * shape.gap;
  const full = (shape.width - gaps) / sum(sheet.ratio, from, to);
  return full <= shape.height * STRETCH ? full : shape.height;
}

/** A section of several rows. @param {Sheet} sheet @param {number} section @param {number} from @param {number} to */
function block(sheet, section, from, to) {
  const { shape } = sheet;
  if (shape.heading) {
    sheet.headings.push({ section, x: 0, y: sheet.y, width: shape.width });
    sheet.y += shape.heading;
  }
  while (from < to) {
    const next = rowEnd(sheet, from, to);
    const gaps = (next - from - 1) * shape.gap;
    const full = (shape.width - gaps) / sum(sheet.ratio, from, next);
    const height = next === to && full > shape.height * STRETCH ? shape.height : full;
    sheet.put(from, next, height, 0);
    sheet.end(from, height);
    from = next;
  }
}

/** Where a row ends so that its height is nearest to what it should be. @param {Sheet} sheet @param {number} from @param {number} to */
function rowEnd(sheet, from, to) {
  const { width, height, gap } = sheet.shape;
  let ratios = 0;
  for (let i = from; i < to; i++) {
    const before = ratios;
    ratios += sheet.ratio[i];
    const with_ = (width - (i - from) * gap) / ratios;
    if (with_ > height) continue;
    if (i === from) return i + 1;
    const without = (width - (i - from - 1) * gap) / before;
    return height - with_ < without - height ? i + 1 : i;
  }
  return to;
}

/** @param {Float32Array} values @param {number} from @param {number} to */
function sum(values, from, to) {
  let total = 0;
  for (let i = from; i < to; i++) total += values[i];
  return total;
}
