"""Libraries that benchmarks make up are as indexed ones: calibrated, and tuned where in lists."""

from pathlib import Path

import pytest

from benchmarks.searching import agreement_with_brute_force, open_store
from benchmarks.synthetic import made_up_library
from search.calibration import calibration_of


@pytest.mark.parametrize("lists", ["always", "never"])
def test_it_is_calibrated_and_tuned_with_texts_where_there_are_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lists: str
) -> None:
    monkeypatch.setenv("PHOTOSEEK_LISTS", lists)
    assert made_up_library(str(tmp_path), 6000, seed=0) == {"photos": 6000}
    store, space = open_store(str(tmp_path))
    assert calibration_of(store, space) is not None
    texts = list((tmp_path / "vectors").glob("*.texts.npy"))
    assert bool(store.caches.described(space)) == bool(texts) == (lists == "always")
    assert agreement_with_brute_force(str(tmp_path), 100)["found"] >= 0.985
