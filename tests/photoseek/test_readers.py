"""Four readers search while one process indexes and switches models: every answer is one state."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PREAMBLE = """
import json, sys
from hashlib import md5
from pathlib import Path
from colours import COLOURS, ColourEncoder
from photoseek import IndexOptions, Library

path, log = Path(sys.argv[1]), open(sys.argv[2], "a", buffering=1)
load = lambda name: ColourEncoder(md5(name.encode()).hexdigest(), name)
library = Library(path, load)
"""

WRITER = """
import sqlite3
from PIL import Image
from store import faults

def note(step):
    # What a person could find now; asked anew after every commit.
    if step != "transaction.committed":
        return
    asked = sqlite3.connect(path / "catalog.db")
    model = asked.execute("SELECT model FROM spaces WHERE state = 'active'").fetchall()
    rows = asked.execute(
        "SELECT f.path FROM files f JOIN embeddings e ON e.content_id = f.content_id"
        " JOIN spaces s ON s.id = e.space_id"
        " WHERE s.state = 'active' AND f.state = 'present' AND e.live"
    )
    paths = sorted(name.decode() for (name,) in rows)
    log.write(json.dumps([model[0][0] if model else None, paths]) + "\\n")
    asked.close()

def paint(number):
    image = Image.new("RGB", (16, 16), [*COLOURS.values()][number % 8])
    for bit in range(8):
        if number >> bit & 1:
            image.putpixel((bit, 0), (128, 128, 128))
    image.save(photos / f"{number:03d}.png")

faults._react = note
photos = Path(sys.argv[3])
small = IndexOptions(batch=4, workers=1)
for number in range(24):
    paint(number)
library.index(photos, model="one", options=small)
library.use_model("one", anyway=True)
print("ready", flush=True)
sys.stdin.readline()
for turn in range(4):
    for number in range(6):
        (photos / f"{8 * turn + number:03d}.png").unlink()
        paint(24 + 8 * turn + number)
    library.index(options=small)
    library.index(model="two", options=small)
    library.use_model("two", anyway=True)
    library.use_model("one", anyway=True)
"""

READER = """
words = " ".join(COLOURS)
print("ready", flush=True)
stop = path.parent / "stop"
while True:
    last = stop.exists()
    answer = library.search([words], limit=1000, strictness=0, only="meaning", group=False)
    found = sorted(path.name for hit in answer for path in hit.paths)
    log.write(json.dumps([answer.model, found, answer.photos]) + "\\n")
    if last:
        break
"""


def start(program: str, *arguments: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", PREAMBLE + program, *map(str, arguments)]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )


def wait_until_ready(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", process.communicate()[1]


def lines(path: Path) -> Iterator[Any]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def test_every_answer_of_four_readers_equals_some_committed_state(tmp_path: Path) -> None:
    library, photos = tmp_path / "library", tmp_path / "photos"
    photos.mkdir()
    logs = [tmp_path / f"reader{number}" for number in range(4)]
    writer = start(WRITER, library, tmp_path / "committed", photos)
    wait_until_ready(writer)
    readers = [start(READER, library, log) for log in logs]
    for reader in readers:
        wait_until_ready(reader)
    _, said = writer.communicate("go\n", timeout=120)
    assert writer.returncode == 0, said
    (tmp_path / "stop").touch()
    for reader in readers:
        _, said = reader.communicate(timeout=60)
        assert (reader.returncode, said) == (0, "")
    committed = {(model, tuple(paths)) for model, paths in lines(tmp_path / "committed")}
    answers = [answer for log in logs for answer in lines(log)]
    for model, paths, count in answers:
        assert len(paths) == count
        assert (model, tuple(paths)) in committed
    assert {model for model, _, _ in answers} >= {"one"}
    assert len(committed) > 20
