/** Photographs on a canvas: squares with round corners, the middle of each picture. */

/**
 * @param {CanvasRenderingContext2D} context
 * @param {CanvasImageSource & {width: number, height: number} | null} image
 * @param {number} x of the middle @param {number} y
 * @param {number} side
 * @param {{border: string, blank: string}} colours
 */
export function drawPhoto(context, image, x, y, side, { border, blank }) {
  const [left, top] = [Math.round(x - side / 2), Math.round(y - side / 2)];
  context.save();
  context.beginPath();
  context.roundRect(left, top, side, side, Math.min(8, side / 6));
  context.fillStyle = blank;
  context.shadowColor = "rgba(0,0,0,0.35)";
  context.shadowBlur = 6;
  context.shadowOffsetY = 1;
  context.fill();
  context.shadowColor = "transparent";
  context.clip();
  if (image) drawMiddle(context, image, left, top, side);
  context.lineWidth = 4;
  context.strokeStyle = border;
  context.stroke();
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {CanvasImageSource & {width: number, height: number}} image @param {number} left @param {number} top @param {number} side */
function drawMiddle(context, image, left, top, side) {
  const short = Math.min(image.width, image.height);
  context.drawImage(
    image,
    (image.width - short) / 2,
    (image.height - short) / 2,
    short,
    short,
    left,
    top,
    side,
    side,
  );
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x of the right end @param {number} y of the middle
 * @param {{accent: string, on: string}} colours
 */
export function drawCount(context, text, x, y, { accent, on }) {
  context.font = "600 12px system-ui, sans-serif";
  const width = Math.max(22, context.measureText(text).width + 12);
  context.fillStyle = accent;
  context.beginPath();
  context.roundRect(x - width, y - 10, width, 20, 10);
  context.fill();
  context.fillStyle = on;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, x - width / 2, y + 0.5);
}

/**
 * Words that can be read on anything: with an edge of the ground's colour.
 *
 * @param {CanvasRenderingContext2D} context @param {string} text @param {number} x @param {number} y @param {{ink: string, ground: string}} colours @param {string} font
 */
export function drawName(context, text, x, y, { ink, ground }, font) {
  context.font = font;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 4;
  context.strokeStyle = ground;
  context.strokeText(text, x, y);
  context.fillStyle = ink;
  context.fillText(text, x, y);
}
