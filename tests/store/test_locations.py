"""Addresses where paths are wanted: they stay what they are, and are no files of this machine."""

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import ObjectPath, location

names = st.text(
    st.characters(exclude_characters="/\\\0", exclude_categories=["Cs"]), min_size=1, max_size=12
).filter(lambda name: name not in (".", ".."))


@given(st.sampled_from(["s3", "gs", "memory", "abfs"]), st.lists(names, min_size=1, max_size=4))
def test_an_address_keeps_its_text(scheme: str, parts: list[str]) -> None:
    text = f"{scheme}://" + "/".join(parts)
    there = location(text)
    assert str(there) == text
    assert location(str(there)) == there == pickle.loads(pickle.dumps(there))
    assert there.name == parts[-1]
    assert there.is_absolute()
    assert str(there / "a.jpg") == f"{text}/a.jpg"
    assert (there / "a.jpg").parent == there
    assert (there / "a" / "b.jpg").relative_to(there).as_posix() == "a/b.jpg"
    assert there.resolve() == there.absolute() == there
    assert not there.exists()


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("file:///srv/my%20photos", "/srv/my photos"),
        ("/srv/photos", "/srv/photos"),
        ("photos", "photos"),
        ("C:/photos", "C:/photos"),
        ("a:b//c", "a:b/c"),
    ],
)
def test_what_is_of_this_machine(text: str, path: str) -> None:
    assert location(text) == Path(path)
    assert not isinstance(location(text), ObjectPath)


def test_folders_and_buckets_hold_only_their_own() -> None:
    assert not location("s3://a/b").is_relative_to(Path("/a"))
    assert not Path("/a/b").is_relative_to(location("s3://a"))
    assert not location("s3://ab/c").is_relative_to(location("s3://a"))
    assert location("S3://a") == location("s3://a") != location("gs://a")
