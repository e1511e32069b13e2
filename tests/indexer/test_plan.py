"""The plan as arithmetic on sets: nothing counted twice, nothing forgotten."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from indexer.plan import Plan, ToRead, make_plan
from indexer.walk import FoundFile
from store import KnownFile

FOLDERS = ("", "a/", "a/b/", "ab/", "c/")
PATHS = [f"{folder}{name}" for folder in FOLDERS for name in ("x.jpg", "y.jpg", "a")]
STAMPS = st.sampled_from([1, 2])


@st.composite
def known_files(draw: st.DrawFn) -> list[KnownFile]:
    paths = draw(st.lists(st.sampled_from(PATHS), unique=True))
    return [draw(known_file(number, path)) for number, path in enumerate(paths)]


@st.composite
def known_file(draw: st.DrawFn, number: int, path: str) -> KnownFile:
    """As the catalog has them: searchable, waiting for a vector, failed, or never even opened."""
    content, searchable, failed = draw(
        st.sampled_from(
            [(7, True, False), (7, False, False), (7, False, True), (None, False, False)]
        )
    )
    present = draw(st.booleans())
    return KnownFile(number, path, draw(STAMPS), draw(STAMPS), content, present, searchable, failed)


@st.composite
def found_files(draw: st.DrawFn) -> list[FoundFile]:
    paths = draw(st.lists(st.sampled_from(PATHS), unique=True))
    return [FoundFile(path, draw(STAMPS), draw(STAMPS)) for path in paths]


UNREADABLE = st.sets(st.sampled_from([*FOLDERS, "a/x.jpg", "ab/a", "a", "a/b"]), max_size=3)


def applied(known: list[KnownFile], plan: Plan) -> list[KnownFile]:
    """The catalog once the plan was carried out and every file to be read proved readable."""
    rows = {row.path: row for row in known}
    for row in plan.missing:
        rows[row.path] = replace(row, present=False)
    for row in plan.returned:
        rows[row.path] = replace(row, present=True)
    for number, task in enumerate(plan.to_read, start=1000):
        found, old = task.found, task.known
        key = old.id if old else number
        rows[found.path] = KnownFile(
            key, found.path, found.bytes, found.mtime_ns, 8, True, True, False
        )
    return list(rows.values())


def below(path: str, unreadable: set[str]) -> bool:
    """Said differently than in the code: the path itself, or one of the folders it is in."""
    parts = path.split("/")
    folders = ["", *("/".join(parts[:depth]) + "/" for depth in range(1, len(parts)))]
    return bool(unreadable & {path, *folders})


@given(known_files(), found_files(), UNREADABLE, st.booleans(), st.booleans())
def test_every_found_file_is_in_one_class_and_every_other_known_one_is_missing_or_left(
    known: list[KnownFile],
    found: list[FoundFile],
    unreadable: set[str],
    retry_failed: bool,
    rehash: bool,
) -> None:
    plan = make_plan(known, found, unreadable=unreadable, retry_failed=retry_failed, rehash=rehash)
    assert len(plan.to_read) + plan.unchanged + plan.failed + len(plan.returned) == len(found)

    rows, paths = {row.path: row for row in known}, {file.path for file in found}
    read = {task.found.path for task in plan.to_read}
    returned = {row.path for row in plan.returned}
    assert len(read) == len(plan.to_read)
    assert len(returned) == len(plan.returned)
    assert not read & returned
    assert read | returned <= paths
    assert all(task.known == rows.get(task.found.path) for task in plan.to_read)
    assert all(not row.present for row in plan.returned)

    present = {row.path for row in known if row.present}
    missing = {row.path for row in plan.missing}
    assert len(missing) == len(plan.missing)
    assert missing == {path for path in present - paths if not below(path, unreadable)}


@given(known_files(), found_files(), UNREADABLE)
def test_a_second_plan_has_nothing_left_to_do(
    known: list[KnownFile], found: list[FoundFile], unreadable: set[str]
) -> None:
    first = make_plan(known, found, unreadable=unreadable)
    second = make_plan(applied(known, first), found, unreadable=unreadable)
    assert (second.to_read, second.returned, second.missing) == ([], [], [])
    assert second.unchanged + second.failed == len(found)


@given(known_files(), found_files())
def test_a_file_is_read_if_and_only_if_something_about_it_is_new(
    known: list[KnownFile], found: list[FoundFile]
) -> None:
    rows = {row.path: row for row in known}
    for task in make_plan(known, found).to_read:
        row = task.known
        assert (
            row is None
            or (row.bytes, row.mtime_ns) != (task.found.bytes, task.found.mtime_ns)
            or not (row.searchable or row.failed)
        )
    same = [FoundFile(row.path, row.bytes, row.mtime_ns) for row in rows.values()]
    settled = [row for row in known if row.searchable or row.failed]
    assert make_plan(settled, [file for file in same if file.path in rows]).to_read == [
        ToRead(file, None) for file in same if file.path not in {row.path for row in settled}
    ]


@given(known_files(), found_files())
def test_retry_failed_reads_the_unreadable_again_and_nothing_else_more(
    known: list[KnownFile], found: list[FoundFile]
) -> None:
    plain = {task.found.path for task in make_plan(known, found).to_read}
    retried = make_plan(known, found, retry_failed=True)
    failed = {row.path for row in known if row.failed}
    paths = {file.path for file in found}
    assert {task.found.path for task in retried.to_read} == plain | (failed & paths)
    assert retried.failed == 0


@given(known_files(), found_files())
def test_rehash_reads_every_file(known: list[KnownFile], found: list[FoundFile]) -> None:
    plan = make_plan(known, found, rehash=True)
    assert [task.found for task in plan.to_read] == found
    assert (plan.unchanged, plan.failed, plan.returned) == (0, 0, [])


@given(known_files())
def test_an_unreadable_root_protects_all(known: list[KnownFile]) -> None:
    assert make_plan(known, [], unreadable={""}).missing == []


def test_an_unreadable_folder_protects_what_is_below_and_not_its_namesakes() -> None:
    paths = ["a/x.jpg", "a/b/x.jpg", "ab/x.jpg", "a.jpg", "b/a/x.jpg"]
    known = [
        KnownFile(number, path, 1, 1, 7, present=True, searchable=True, failed=False)
        for number, path in enumerate(paths)
    ]
    plan = make_plan(known, [], unreadable={"a/"})
    assert [row.path for row in plan.missing] == ["ab/x.jpg", "a.jpg", "b/a/x.jpg"]
