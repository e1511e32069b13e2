"""Addresses, keys of names, and the choice of an index."""

import itertools
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import UsageError
from store.folders import wanted_folder
from store.milvus.address import address_of
from store.milvus.keys import folder_key, folder_keys, key_of
from store.milvus.plans import LITE_KINDS, choose


def test_an_address_is_a_server_or_a_file() -> None:
    assert address_of("http://host:19530/db").uri == "http://host:19530/db"
    assert address_of("v.db").uri == str(Path("v.db").absolute())
    assert address_of("https://host?index=gpu_cagra").index == "GPU_CAGRA"
    assert address_of("v.db?index=HNSW").is_file


@pytest.mark.parametrize("text", ["", "host:19530", "ftp://host", "vectors", "http://"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="neither a server"):
        address_of(text)


@pytest.mark.parametrize("text", ["http://h?index=TREE", "v.db?kind=HNSW", "v.db?x", "v.db?index="])
def test_unknown_settings_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="one of FLAT, HNSW, IVF_SQ8, DISKANN, GPU_CAGRA"):
        address_of(text)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="PHOTOSEEK_VECTORS_TOKEN") as caught:
        address_of("http://root:Secret@host:19530")
    assert "Secret" not in str(caught.value)


names = st.text(st.sampled_from("aBé/\\. \udcff"), min_size=1, max_size=12)


@given(root=names.map(lambda name: f"/{name}"), path=names, folder=names)
def test_a_folders_key_is_among_a_files_as_its_name_is_in_its_path(
    root: str, path: str, folder: str
) -> None:
    wanted, anchored = wanted_folder(folder)
    below = _below(root, path)
    if wanted != "/" and "//" not in wanted and "//" not in below.removeprefix("/"):
        held = below.startswith(wanted) if anchored else wanted in f"/{below}"
        assert (folder_key(wanted, anchored=anchored) in folder_keys(root, path)) == held


def _below(root: str, path: str) -> str:
    from store.folders import comparable

    return f"{comparable(root).rstrip('/')}/{comparable(path)}".rpartition("/")[0] + "/"


def test_keys_are_positive_numbers_of_63_bits() -> None:
    keys = {key_of(str(number)) for number in range(10_000)}
    assert len(keys) == 10_000
    assert all(0 < key < 2**63 for key in keys)


def test_the_index_grows_with_the_library() -> None:
    sizes = [0, 20_000, 20_001, 5_000_000, 5_000_001, 50_000_000, 50_000_001]
    kinds = ["FLAT", "FLAT", "HNSW", "HNSW", "IVF_SQ8", "IVF_SQ8", "DISKANN"]
    assert [choose(size).kind for size in sizes] == kinds
    assert choose(10, asked="GPU_CAGRA").kind == "GPU_CAGRA"


@pytest.mark.parametrize("asked", ["DISKANN", "GPU_CAGRA"])
def test_what_an_engine_cannot_build_is_replaced_and_said(
    asked: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert choose(10, asked, LITE_KINDS).kind in LITE_KINDS
    assert f"builds no {asked} index" in caplog.text


def test_effort_is_within_milvus_bounds_and_never_below_k() -> None:
    counts, ks = (1, 10**4, 10**6, 10**8), (1, 20, 1000, 16_384)
    for count, k in itertools.product(counts, ks):
        assert k <= int(choose(count, "HNSW").search(k)["ef"]) <= 32_768
        assert int(choose(count, "DISKANN").search(k)["search_list"]) >= k
        plan = choose(count, "IVF_SQ8")
        assert 1 <= int(plan.search(k)["nprobe"]) <= int(plan.build["nlist"]) <= 65_536
        assert int(choose(count, "GPU_CAGRA").search(k)["itopk_size"]) % 32 == 0
