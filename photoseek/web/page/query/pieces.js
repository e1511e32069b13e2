/** Query texts, as far as the page must know them: adding and taking away pieces. The server parses. */

/** Where quotes are, a piece does not end at a blank. */
const PIECE = /(?:[^\s"“”]+|"(?:\\.|[^"\\])*"|“[^”]*”)+/g;
const MARK = /^(-?)(?:([\d.]+):)?id:(\d+)$/;

/**
 * @param {string} text
 * @returns {string[]}
 */
export const piecesOf = (text) => text.match(PIECE) ?? [];

/**
 * Photographs that a query names: 1 for those liked, -1 for those not.
 *
 * @param {string} text
 * @returns {Map<number, 1 | -1>}
 */
export function marksOf(text) {
  const marks = new Map();
  for (const piece of piecesOf(text)) {
    const found = MARK.exec(piece);
    if (found) marks.set(Number(found[3]), found[1] ? -1 : 1);
  }
  return marks;
}

/**
 * The query with a photograph marked so, or with its mark gone if it had the same one.
 *
 * @param {string} text
 * @param {number} id
 * @param {1 | -1} mark
 */
export function marked(text, id, mark) {
  const had = marksOf(text).get(id);
  const rest = piecesOf(text).filter((piece) => Number(MARK.exec(piece)?.[3]) !== id);
  if (had !== mark) rest.push(`${mark < 0 ? "-" : ""}id:${id}`);
  return rest.join(" ");
}

/**
 * The query with a piece more, unless it is there.
 *
 * @param {string} text
 * @param {string} piece
 */
export function withPiece(text, piece) {
  return piecesOf(text).includes(piece) ? text : `${text} ${piece}`.trim();
}

/**
 * The piece that a person is writing.
 *
 * @param {string} text
 * @param {number} caret
 * @returns {{from: number, to: number, text: string}}
 */
export function pieceAt(text, caret) {
  for (const found of text.matchAll(PIECE)) {
    const from = found.index;
    const to = from + found[0].length;
    if (from < caret && caret <= to) return { from, to, text: found[0] };
  }
  return { from: caret, to: caret, text: "" };
}
