/**
 * What the API gives, as types: the shapes of `photoseek/web/schemas/`, where they are explained.
 * A test compares them with the OpenAPI document.
 *
 * @typedef {"strong" | "possible" | "rest"} Verdict
 * @typedef {{id: number, name: string, paths: string[], width: number, height: number, bytes: number,
 *   format: string, taken_at: string | null, file_time: string | null, camera: string | null,
 *   lens: string | null, latitude: number | null, longitude: number | null, offline: boolean}} Photo
 * @typedef {Photo & {place: string | null, tags: string[], inline: boolean}} PhotoDetails
 * @typedef {{id: number, width: number, height: number}} Shot
 * @typedef {{rank: number, score: number, relevance: number | null, verdict: Verdict | null,
 *   named: string[], moment: Shot[], photo: Photo}} Hit
 * @typedef {{kind: "words" | "picture" | "filter" | "setting", text: string, start: number, end: number,
 *   negated: boolean, understood: boolean, without: string, photo: number | null, upload: number | null}} Chip
 * @typedef {{query: string, chips: Chip[], hits: Hit[], nothing: boolean, best: number | null, photos: number,
 *   model: string, notes: string[], unsearchable: number, cursor: string | null, steps: Record<string, number>}} Answer
 * @typedef {{ids: number[], ratios: number[], days: (number | null)[]}} Timeline
 * @typedef {{ids: number[], latitudes: number[], longitudes: number[]}} Located
 * @typedef {{value: string, count: number, filter: string}} FacetValue
 * @typedef {{photos: number, dates: FacetValue[], cameras: FacetValue[], lenses: FacetValue[], types: FacetValue[],
 *   orientations: FacetValue[], places: FacetValue[], tags: FacetValue[], folders: FacetValue[]}} Facets
 * @typedef {{stage: string, seconds: number}} Working
 * @typedef {{path: string, bytes: number, offline: boolean}} Copy
 * @typedef {{tier: "exact" | "same" | "similar", spare_bytes: number,
 *   pictures: {photo: Photo, copies: Copy[]}[]}} DuplicateGroup
 * @typedef {{groups: DuplicateGroup[]}} Duplicates
 * @typedef {{names: string[], ids: number[]}} Cluster
 * @typedef {{clusters: Cluster[]}} Clusters
 * @typedef {{name: string, x: number, y: number, count: number}} MapPlace
 * @typedef {{method: string, total: number, ids: number[], x: number[], y: number[], places: MapPlace[]}} MeaningMap
 * @typedef {{label: string, count: number, source: string, model: string | null, stale: boolean}} TagCount
 * @typedef {{name: string, query: string}} SavedSearch
 * @typedef {{name: string, installed: boolean, state: string | null, covered: number, photos: number,
 *   dimension: number | null, images_per_second: number | null}} Model
 * @typedef {{id: number, path: string, name: string, offline: boolean, reason: string | null}} RootState
 * @typedef {{command: string, began_at: string, seconds: number, interrupted: boolean,
 *   counts: Record<string, number>}} RunState
 * @typedef {{path: string, reason: string}} FailedFile
 * @typedef {{version: string, library: boolean, photos: number, files: number, failed: number, missing: number,
 *   waiting: number, unsearchable: number, coverage: number, bytes: number, model: string | null,
 *   dimension: number | null, roots: RootState[], last_run: RunState | null,
 *   can: {change: boolean, reveal: boolean}}} Status
 * @typedef {{path: string, name: string, indexed: boolean, folders: boolean}} Folder
 * @typedef {{state: "idle" | "running" | "paused" | "done" | "cancelled" | "failed", folder: string | null,
 *   stage: string | null, done: number, total: number | null, failed: number, seconds: number,
 *   counts: Record<string, number>, failures: FailedFile[], notes: string[], error: string | null}} IndexState
 */

export {};
