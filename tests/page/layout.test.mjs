import assert from "node:assert/strict";
import { test } from "node:test";
import { layOut } from "../../photoseek/web/page/grid/layout.js";
import { firstAbove, headingsWithin, neighbour, rowOf, rowsWithin } from "../../photoseek/web/page/grid/windowing.js";

const SHAPE = { width: 1000, height: 200, gap: 4, heading: 40, beside: true };
let seed = 7;
const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
const ratiosOf = (count) => Array.from({ length: count }, () => 0.5 + 1.5 * random());
/** Sections of random sizes. */
function startsOf(count, most) {
  const starts = [];
  for (let at = 0; at < count; at += 1 + Math.floor(random() * most)) starts.push(at);
  return starts;
}

for (const [count, most] of [[0, 1], [1, 1], [7, 3], [500, 1], [500, 40], [2000, 2000]]) {
  test(`${count} pictures in sections of up to ${most}: each in one row, inside the grid, over none`, () => {
    const layout = layOut(ratiosOf(count), startsOf(count, most), SHAPE);
    assert.equal(layout.first[layout.rows] ?? 0, count);
    for (let row = 0; row < layout.rows; row++) {
      assert.ok(layout.first[row] < layout.first[row + 1], "no row is empty");
      if (row) assert.ok(layout.top[row] >= layout.top[row - 1] + layout.tall[row - 1], "rows do not overlap");
      let right = -SHAPE.gap;
      for (let i = layout.first[row]; i < layout.first[row + 1]; i++) {
        assert.ok(layout.x[i] >= right + SHAPE.gap - 0.01, "pictures do not overlap");
        right = layout.x[i] + layout.w[i];
      }
      assert.ok(right <= SHAPE.width + 0.5, `row ${row} ends at ${right}`);
    }
    const bottom = layout.rows ? layout.top[layout.rows - 1] + layout.tall[layout.rows - 1] : 0;
    assert.ok(Math.abs(layout.total - bottom) < 0.01);
  });
}

test("pictures keep their shapes, and rows their height within reason", () => {
  const ratios = ratiosOf(1000);
  const layout = layOut(ratios, [0], SHAPE);
  for (let row = 0; row < layout.rows - 1; row++) {
    assert.ok(layout.tall[row] > 130 && layout.tall[row] < 290, `row of ${layout.tall[row]}`);
    const i = layout.first[row];
    assert.ok(Math.abs(layout.w[i] / layout.tall[row] - ratios[i]) < 0.01);
    const last = layout.first[row + 1] - 1;
    assert.ok(Math.abs(layout.x[last] + layout.w[last] - SHAPE.width) < 0.5, "whole rows fill the width");
  }
});

test("every section has one heading, above its first picture", () => {
  const starts = startsOf(800, 30);
  const layout = layOut(ratiosOf(800), starts, SHAPE);
  assert.deepEqual(layout.headings.map(({ section }) => section), starts.map((_, i) => i));
  for (const { section, x, y } of layout.headings) {
    assert.ok(Math.abs(layout.top[rowOf(layout, starts[section])] - y - SHAPE.heading) < 0.01);
    assert.ok(Math.abs(layout.x[starts[section]] - x) < 0.01);
  }
});

test("small days stand side by side, verdicts do not", () => {
  const ratios = [1, 1, 1];
  assert.equal(layOut(ratios, [0, 1, 2], SHAPE).rows, 1);
  assert.equal(layOut(ratios, [0, 1, 2], { ...SHAPE, beside: false }).rows, 3);
});

test("rows in view are the same as by looking at each", () => {
  const layout = layOut(ratiosOf(3000), startsOf(3000, 60), SHAPE);
  for (let from = -300; from < layout.total + 300; from += 977) {
    const touching = [...layout.top.keys()].filter((row) => layout.top[row] + layout.tall[row] >= from && layout.top[row] <= from + 800);
    const [first, end] = rowsWithin(layout, from, from + 800);
    assert.deepEqual(Array.from({ length: end - first }, (_, i) => first + i), touching);
  }
});

test("headings in view are the same as by looking at each", () => {
  const layout = layOut(ratiosOf(1000), startsOf(1000, 12), SHAPE);
  for (let from = -300; from < layout.total; from += 613) {
    const touching = layout.headings.filter(({ y }) => y + 40 >= from && y <= from + 500);
    assert.deepEqual(headingsWithin(layout, from, from + 500, 40), touching);
  }
});

test("arrows go to neighbours, and stay at the ends", () => {
  const layout = layOut(Array(20).fill(1), [0], SHAPE);
  assert.equal(neighbour(layout, 0, "ArrowLeft"), 0);
  assert.equal(neighbour(layout, 0, "ArrowRight"), 1);
  assert.equal(neighbour(layout, 19, "ArrowRight"), 19);
  assert.equal(neighbour(layout, 2, "ArrowUp"), 2);
  assert.equal(neighbour(layout, 2, "ArrowDown"), layout.first[1] + 2);
  assert.equal(neighbour(layout, 7, "Home"), 0);
  assert.equal(neighbour(layout, 7, "End"), 19);
});

test("the first above, by halving", () => {
  assert.equal(firstAbove([], 3), 0);
  assert.equal(firstAbove([1, 3, 3, 5], 3), 3);
  assert.equal(firstAbove([1, 3], 9), 2);
});

test("100,000 pictures in 3,000 days are laid out in well under a frame's patience", () => {
  const ratios = ratiosOf(100_000);
  const starts = startsOf(100_000, 66);
  const begun = performance.now();
  const layout = layOut(ratios, starts, SHAPE);
  console.log(`layout of 100,000: ${(performance.now() - begun).toFixed(1)} ms, ${layout.rows} rows`);
  assert.equal(layout.first[layout.rows], 100_000);
});
