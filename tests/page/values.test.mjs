import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { formatAddress, HOME, parseAddress } from "../../photoseek/web/page/core/address.js";
import { dayOf, daySections, yearMarks } from "../../photoseek/web/page/grid/days.js";
import { addHits, Roll, rollOfIds, rollOfTimeline } from "../../photoseek/web/page/grid/roll.js";
import { everything, extended, NONE, toggled } from "../../photoseek/web/page/grid/selection.js";
import { kilometres, projected, roundLength, unprojected } from "../../photoseek/web/page/maps/projection.js";
import { ringsOf } from "../../photoseek/web/page/maps/topology.js";
import { bunches, fitting, moved, toPlane, toScreen, within, zoomed } from "../../photoseek/web/page/maps/viewport.js";
import { marked, marksOf, pieceAt, piecesOf, withPiece } from "../../photoseek/web/page/query/pieces.js";
import { completed, suggestions } from "../../photoseek/web/page/query/suggest.js";
import { childrenOf, crumbsOf } from "../../photoseek/web/page/views/foldertree.js";

const near = (a, b, within = 1e-9) => assert.ok(Math.abs(a - b) <= within, `${a} is not ${b}`);

test("an address reads back as it was written, and is short", () => {
  for (const patch of [{}, { q: "a dog -people", view: "search" }, { view: "map", at: "0.5,0.5,9" }, { view: "search" },
    { view: "search", q: 'camera:"Pixel 8" & ü?', sort: "date", photo: 12, pictures: 2 }, { view: "folders", folder: "Trips/2023" },
    { view: "timeline", q: "in:Trips" }, { view: "groups", n: 12, group: 3 }, { view: "duplicates", tier: "same" }]) {
    const address = { ...HOME, ...patch };
    assert.deepEqual(parseAddress(formatAddress(address)), address);
  }
  assert.equal(formatAddress(HOME), "");
  assert.equal(formatAddress({ ...HOME, view: "search", q: "dog" }), "?q=dog");
});

test("what an address does not know is as if it was not there", () => {
  assert.deepEqual(parseAddress("?view=evil&sort=x&photo=-1&n=1e9&tier=&pictures=99999999999999999999"), HOME);
  assert.equal(parseAddress("?q=dog").view, "search");
});

test("pieces of a query end at blanks outside quotes", () => {
  assert.deepEqual(piecesOf('a "red car" in:"My Trips" -x'), ["a", '"red car"', 'in:"My Trips"', "-x"]);
  assert.deepEqual(pieceAt("dog came", 8), { from: 4, to: 8, text: "came" });
  assert.deepEqual(pieceAt("dog ", 4), { from: 4, to: 4, text: "" });
  assert.equal(withPiece("dog in:A", "in:A"), "dog in:A");
});

test("marks are added, turned round and taken away", () => {
  assert.equal(marked("dog", 12, 1), "dog id:12");
  assert.equal(marked("dog id:12", 12, -1), "dog -id:12");
  assert.equal(marked("dog -id:12 snow", 12, -1), "dog snow");
  assert.equal(marked("", 3, 1), "id:3");
  assert.deepEqual([...marksOf('id:1 -id:2 2:id:3 "id:4"')], [[1, 1], [2, -1], [3, 1]]);
});

test("suggestions know the values of the library, and keep a minus", () => {
  const facets = { photos: 1, dates: [], cameras: [{ value: "Google Pixel 8", count: 3, filter: 'camera:"Google Pixel 8"' }], lenses: [], types: [], orientations: [], tags: [], folders: [],
    places: [{ value: "Århus, Denmark", count: 1, filter: 'place:"Århus, Denmark"' }] };
  assert.equal(suggestions("dog pix", 7, facets, [])[0].piece, 'camera:"Google Pixel 8"');
  assert.equal(suggestions("arh", 3, facets, [])[0].piece, 'place:"Århus, Denmark"');
  assert.equal(suggestions("-camera:", 8, facets, [])[0].piece, '-camera:"Google Pixel 8"');
  assert.deepEqual(suggestions("dog came", 8, null, []).map((one) => one.piece), ["camera:"]);
  assert.equal(suggestions("@be", 3, null, [{ name: "beaches", query: "beach" }])[0].piece, "@beaches");
  assert.deepEqual(suggestions("dog ", 4, facets, []), []);
  assert.deepEqual(completed("dog pix now", 7, "camera:x"), { text: "dog camera:x now", caret: 13 });
  assert.deepEqual(completed("came", 4, "camera:"), { text: "camera:", caret: 7 });
});

test("days are sections, in the camera's own time", () => {
  assert.deepEqual(daySections([5, 5, 4, null, null]), { starts: [0, 2, 3], keys: [5, 4, null] });
  assert.equal(dayOf({ taken_at: "1970-01-02T23:59:59", file_time: null }), 1);
  assert.equal(dayOf({ taken_at: null, file_time: "1970-01-11T00:00:00+09:00" }), 10);
  assert.equal(dayOf({ taken_at: null, file_time: null }), null);
  assert.deepEqual(yearMarks([400, 380, 10, null], [0, 500, 900, 990], 1000, 100, 20), [{ year: 1971, y: 0 }, { year: 1970, y: 90 }]);
});

const hit = (id, verdict, day = "2023-01-01") => ({ verdict, moment: [], photo: { id, width: 3, height: 2, taken_at: day, file_time: null } });

test("a roll of hits has a section for each verdict, and none twice", () => {
  const roll = new Roll();
  addHits(roll, [hit(1, "strong"), hit(2, "possible"), hit(3, "strong")], "verdict");
  addHits(roll, [hit(3, "strong"), hit(4, "rest"), hit(5, "possible")], "verdict");
  assert.deepEqual(roll.ids, [1, 2, 3, 4, 5]);
  assert.deepEqual(roll.starts, [0, 1, 3]);
  assert.deepEqual(roll.titles.map((title) => title.verdict), ["strong", "possible", "rest"]);
});

test("rolls by day, of a timeline, of ids", () => {
  const byDay = new Roll();
  addHits(byDay, [hit(1, "strong"), hit(2, "rest"), hit(3, "rest", "2022-05-05")], "day");
  assert.deepEqual(byDay.starts, [0, 2]);
  const nothing = new Roll();
  addHits(nothing, [hit(1, "possible"), hit(2, "rest")], "nothing");
  assert.deepEqual(nothing.titles, [null]);
  assert.deepEqual(rollOfTimeline({ ids: [7, 8], ratios: [150, 75], days: [3, 3] }).ratios, [1.5, 0.75]);
  assert.deepEqual(rollOfIds([3, 9, 1], new Map([[1, 1], [3, 2]])).ids, [3, 1]);
});

test("a click with ctrl turns one round, with shift it selects as far as there", () => {
  const order = [10, 20, 30, 40];
  let now = toggled(NONE, order, 3);
  now = extended(now, order, 1);
  assert.deepEqual([...now.ids].sort(), [20, 30, 40]);
  now = toggled(now, order, 2);
  assert.deepEqual([...now.ids].sort(), [20, 40]);
  assert.equal(everything(order).ids.size, 4);
  assert.equal(NONE.ids.size, 0);
});

test("the map goes there and back", () => {
  for (const [lon, lat] of [[0, 0], [10.2, 56.15], [-179, -60], [139.7, 35.7]]) {
    const [x, y] = projected(lon, lat);
    const [backLon, backLat] = unprojected(x, y);
    near(backLon, lon, 1e-6);
    near(backLat, lat, 1e-6);
  }
  near(kilometres(1 / 360, 0), 111.3, 0.1);
  assert.equal(roundLength(730), 500);
  assert.equal(roundLength(0.3), 0.2);
});

test("what is under the pointer stays there while it is zoomed", () => {
  const screen = { width: 800, height: 600 };
  const view = { x: 0.4, y: 0.6, scale: 1000 };
  const before = toPlane(view, screen, 500, 200);
  const after = zoomed(view, screen, 2.5, 500, 200, [100, 10_000]);
  const [px, py] = toScreen(after, screen, ...before);
  near(px, 500, 1e-6);
  near(py, 200, 1e-6);
  assert.equal(zoomed(view, screen, 1e9, 0, 0, [100, 10_000]).scale, 10_000);
  assert.equal(moved(view, 1e9, 0).x, 0);
  const fit = fitting([0.2, 0.4], [0.1, 0.2], screen, [1, 1e6]);
  near(fit.x, 0.3);
  assert.equal(fitting([], [], screen, [50, 1e6]).scale, 50);
});

test("bunches hold every point in view once", () => {
  const xs = Array.from({ length: 500 }, (_, i) => (i * 0.618) % 1);
  const ys = Array.from({ length: 500 }, (_, i) => (i * 0.383) % 1);
  const screen = { width: 800, height: 600 };
  const all = bunches(xs, ys, { x: 0.5, y: 0.5, scale: 500 }, screen, 50).flatMap((bunch) => bunch.members);
  assert.equal(new Set(all).size, 500);
  assert.equal(all.length, 500);
});

test("what is within the screen is what toScreen puts on it", () => {
  const xs = Array.from({ length: 500 }, (_, i) => (i * 0.618) % 1);
  const ys = Array.from({ length: 500 }, (_, i) => (i * 0.383) % 1);
  const [view, screen] = [{ x: 0.3, y: 0.6, scale: 1500 }, { width: 800, height: 600 }];
  const seen = new Set(within(xs, ys, view, screen));
  assert.ok(seen.size > 50 && seen.size < 450);
  for (let i = 0; i < 500; i++) {
    const [px, py] = toScreen(view, screen, xs[i], ys[i]);
    assert.equal(seen.has(i), px > 0 && px < 800 && py > 0 && py < 600);
  }
});

test("the land is rings on the plane, closed and within it", () => {
  for (const scale of ["110m", "50m"]) {
    const topology = JSON.parse(readFileSync(new URL(`../../photoseek/web/page/maps/land-${scale}.json`, import.meta.url), "utf8"));
    const rings = ringsOf(topology, "land");
    assert.ok(rings.length > 100);
    for (const ring of rings) {
      assert.ok(ring.every((value) => value >= -1e-6 && value <= 1 + 1e-6));
      near(ring[0], ring.at(-2), 1e-9);
    }
  }
});

test("folders below folders", () => {
  const folders = ["Trips", "Trips/2023", "Trips/2023/Lisbon", "Trips/2024", "Home"].map((value) => ({ value, count: 1, filter: "" }));
  assert.deepEqual(childrenOf(folders, "").map(({ value }) => value), ["Trips", "Home"]);
  assert.deepEqual(childrenOf(folders, "Trips").map(({ value }) => value), ["Trips/2023", "Trips/2024"]);
  assert.deepEqual(crumbsOf("Trips/2023").map(({ name }) => name), ["Trips", "2023"]);
});
