"""Tags, clusters, recommendations, maps: how right on real photographs, how fast on many."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from benchmarks.process import ROOT, apart, photoseek
from benchmarks.settings import Settings
from benchmarks.synthetic import made_up_library
from photoseek import Library

PHOTOS = ROOT / "data" / "photos"
FOLDERS = {
    "animals": "animal",
    "food": "food",
    "people": "person",
    "places": "place",
    "plants": "plant",
    "things": "object",
    "vehicles": "vehicle",
}
"""The folders of data/photos, which are labels by hand, and the words they are asked with."""
LABELS = ("dog", "cat", "beach", "snow", "mountain", "car", "flower", "food", "boat", "child")


def organising(settings: Settings) -> Iterator[Figure]:
    """Labels against the folders of data/photos; then whole processes on a made-up library."""
    with TemporaryDirectory() as scratch:
        yield from labels(Path(scratch) / "photos")
        count = settings.library_sizes[1]
        library = Path(scratch) / "many"
        apart(made_up_library, library=library, count=count, seed=settings.seed)
        yield from commands(library, count, Path(scratch))


def labels(path: Path) -> Iterator[Figure]:
    """Seven words and seven folders of examples against the folders of 80 photographs."""
    with Library.open(path) as library:
        library.index(PHOTOS)
        for strictness in (50, 0):
            tagged = library.tag(list(FOLDERS.values()), strictness=strictness, keep=False)
            photos = library._store.catalog.photos(record.content_id for record in tagged.records)
            right = sum(
                FOLDERS[photos[record.content_id].paths[0].parent.name] == record.label
                for record in tagged.records
            )
            name = f"tag by 7 words, strictness {strictness}"
            yield Figure(f"{name}: tagged", 100 * len(tagged.records) / tagged.photos, "%")
            yield Figure(f"{name}: right of those", 100 * right / len(tagged.records), "%")
        learnt = library.tag_by_examples(PHOTOS)
        yield Figure("tag --from-folder: held-out accuracy", 100 * learnt.accuracy, "%")


def commands(library: Path, count: int, scratch: Path) -> Iterator[Figure]:
    """Whole processes."""
    runs = {
        f"clusters of {count:,}": ("clusters", "--examples", "1"),
        f"clusters -n 20 of {count:,}": ("clusters", "-n", "20", "--examples", "1"),
        f"tag of {count:,} by {len(LABELS)} labels": ("tag", *LABELS),
        f"recommend by average_vector, {count:,}": ("recommend", "--like", "id:1", "id:2"),
        f"recommend by best_score, {count:,}": (
            *("recommend", "--strategy", "best_score"),
            *("--like", "id:1", "id:2", "--unlike", "id:3"),
        ),
        f"export of {count:,} to Parquet": ("export", scratch / "out.parquet"),
        "map of 10,000": ("map", scratch / "map.html", "--most", "10000"),
    }
    for name, command in runs.items():
        run = photoseek(*map(str, command), "--library", library)
        yield Figure(name, run.seconds, "s")
        yield Figure(f"{name}, peak memory", run.peak_mb, "MB")
    size = (scratch / "map.html").stat().st_size / 1e6
    yield Figure("map of 10,000, size without thumbnails", size, "MB")
