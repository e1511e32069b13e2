"""What the API answers, for a library of three colours."""

import io
import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from colours import COLOURS
from conftest import Paint
from photoseek import Library
from photoseek.web.app import create_app

API = "/api/v1"


def picture(colour: str, size: tuple[int, int] = (40, 40)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, COLOURS[colour]).save(stream, "PNG")
    return stream.getvalue()


def names(answer: dict) -> list[str]:  # type: ignore[type-arg]
    return [hit["photo"]["name"] for hit in answer["hits"]]


def colours(answer: dict) -> set[str]:  # type: ignore[type-arg]
    return {name.partition("-")[0] for name in names(answer)}


def test_no_request_is_reported_to_a_collector_that_the_environment_names(
    filled: Library, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "nowhere://")  # FastAPI would complain
    with TestClient(create_app(filled), base_url="http://localhost") as client:
        assert client.get(f"{API}/health").status_code == 200
    assert "telemetry" not in caplog.text


def test_words_find_what_the_library_finds(client: TestClient, filled: Library) -> None:
    answer = client.get(f"{API}/search", params={"q": "green", "limit": 4}).json()
    expected = filled.search("green", limit=4)
    assert [hit["photo"]["id"] for hit in answer["hits"]] == [hit.photo.id for hit in expected]
    assert [hit["score"] for hit in answer["hits"]] == [round(hit.score, 6) for hit in expected]
    assert answer["photos"] == 12
    assert set(answer["steps"]) == {"open", "embed", "names", "filter", "nearest", "judge"}


def test_chips_are_pieces_of_the_query_and_can_be_taken_away(client: TestClient) -> None:
    query = "red -blue in:green orientation:portrait"
    answer = client.get(f"{API}/search", params={"q": query}).json()
    assert answer["query"] == query
    for chip in answer["chips"]:
        assert query[chip["start"] : chip["end"]] == chip["text"]
    kinds = [(chip["kind"], chip["negated"]) for chip in answer["chips"]]
    assert kinds == [("words", False), ("words", True), ("filter", False), ("filter", False)]
    assert answer["chips"][2]["without"] == "red -blue orientation:portrait"


def test_the_last_chip_leaves_an_empty_query(client: TestClient) -> None:
    answer = client.get(f"{API}/search", params={"q": "in:green"}).json()
    assert [chip["without"] for chip in answer["chips"]] == [""]
    settings = client.get(f"{API}/search", params={"q": "in:green sort:date"}).json()
    assert [chip["without"] for chip in settings["chips"]] == ["sort:date", "in:green"]
    assert client.get(f"{API}/search", params={"q": "sort:date"}).json()["query"] == "sort:date"


def test_an_empty_query_is_the_whole_library_newest_first(client: TestClient) -> None:
    answer = client.get(f"{API}/search", params={"group": False}).json()
    assert len(answer["hits"]) == 12
    assert answer["query"] == ""
    assert answer["chips"] == []
    assert answer["cursor"] is None
    timeline = client.get(f"{API}/timeline").json()
    assert [hit["photo"]["id"] for hit in answer["hits"]] == timeline["ids"]


def test_a_picture_is_looked_for_and_not_kept(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    files = {"image": ("a blue one.png", picture("blue"), "image/png")}
    answer = client.post(f"{API}/search", files=files, data={"limit": "4", "group": "no"}).json()
    assert colours(answer) == {"blue"}
    assert answer["query"] == ""
    (chip,) = answer["chips"]
    assert (chip["text"], chip["upload"], chip["negated"]) == ("a blue one.png", 0, False)
    assert list(scratch.iterdir()) == []


def test_pictures_and_words_mix_and_unwanted_ones_push_away(client: TestClient) -> None:
    files = [
        ("image", ("b.png", picture("blue"), "image/png")),
        ("unlike", ("g.png", picture("green"), "image/png")),
    ]
    data = {"q": "red orientation:landscape", "limit": "3"}
    answer = client.post(f"{API}/search", files=files, data=data).json()
    assert colours(answer) == {"red"}
    assert [chip["upload"] for chip in answer["chips"]] == [None, None, 0, 1]
    assert answer["chips"][3]["negated"] is True


def test_json_asks_as_parameters_do(client: TestClient) -> None:
    by_post = client.post(f"{API}/search", json={"q": "red", "limit": 5}).json()
    by_get = client.get(f"{API}/search", params={"q": "red", "limit": 5}).json()
    assert names(by_post) == names(by_get)


def test_similar_and_recommended(client: TestClient) -> None:
    timeline = client.get(f"{API}/timeline", params={"q": "in:red"}).json()
    first, second = timeline["ids"][:2]
    alike = client.get(f"{API}/similar", params={"id": first, "limit": 1}).json()
    assert colours(alike) == {"red"}
    assert first not in [h["photo"]["id"] for h in alike["hits"]]
    wanted = {"like": [first, second], "words": ["blue"], "limit": 5}
    for strategy in ("average_vector", "best_score"):
        found = client.post(f"{API}/recommend", json=wanted | {"strategy": strategy}).json()
        assert colours(found) <= {"red", "blue"}


def test_pages_follow_each_other_while_photographs_come(
    client: TestClient, filled: Library, photos: Path, paint: Paint
) -> None:
    whole = names(client.get(f"{API}/search", params={"q": "red group:no"}).json())
    pages, cursor = [], None
    for page in range(4):
        params: dict[str, str | int] = {"q": "red group:no", "limit": 4}
        params |= {"cursor": cursor} if cursor else {}
        answer = client.get(f"{API}/search", params=params).json()
        pages += names(answer)
        cursor = answer["cursor"]
        paint(photos / "red" / f"red-late-{page}.png", "red", seed=100 + page)
        filled.index(photos)
        if cursor is None:
            break
    assert pages == whole
    anew = names(client.get(f"{API}/search", params={"q": "red group:no"}).json())
    assert {name for name in anew if "late" in name} != set()


def test_a_limit_in_the_text_is_of_all_pages_together(client: TestClient) -> None:
    first = client.get(f"{API}/search", params={"q": "red limit:5 group:no", "limit": 3}).json()
    assert len(first["hits"]) == 3
    params = {"q": "red limit:5 group:no", "limit": 3, "cursor": first["cursor"]}
    second = client.get(f"{API}/search", params=params).json()
    assert len(second["hits"]) == 2
    assert second["cursor"] is None


def test_facets_count_and_their_filters_keep_just_those(client: TestClient) -> None:
    facets = client.get(f"{API}/facets").json()
    assert facets["photos"] == 12
    assert {f["value"]: f["count"] for f in facets["orientations"]} == {
        "landscape": 4,
        "portrait": 4,
        "square": 4,
    }
    assert {f["value"]: f["count"] for f in facets["folders"]} == {
        "photos": 12,
        "photos/blue": 4,
        "photos/green": 4,
        "photos/red": 4,
    }
    for values in facets.values():
        for facet in values if isinstance(values, list) else []:
            kept = client.get(f"{API}/timeline", params={"q": facet["filter"]}).json()
            assert len(kept["ids"]) == facet["count"], facet


def test_the_time_line_is_asked_for_again_only_if_the_library_changed(
    client: TestClient, filled: Library, photos: Path, paint: Paint
) -> None:
    first = client.get(f"{API}/timeline")
    assert sorted(first.json()["ratios"]) == sorted([133] * 4 + [75] * 4 + [100] * 4)
    again = client.get(f"{API}/timeline", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    paint(photos / "red" / "another.png", "red", seed=77)
    filled.index(photos)
    changed = client.get(f"{API}/timeline", headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200
    assert len(changed.json()["ids"]) == 13


def test_tags_are_given_found_counted_and_taken(client: TestClient) -> None:
    ids = client.get(f"{API}/timeline", params={"q": "in:blue"}).json()["ids"]
    given = client.post(f"{API}/tags", json={"label": "sea", "ids": ids})
    assert given.json() == {"count": 4}
    assert client.get(f"{API}/photos/{ids[0]}").json()["tags"] == ["sea"]
    found = client.get(f"{API}/search", params={"q": "tag:sea group:no"}).json()
    assert sorted(hit["photo"]["id"] for hit in found["hits"]) == sorted(ids)
    assert client.get(f"{API}/facets").json()["tags"] == [
        {"value": "sea", "count": 4, "filter": "tag:sea"}
    ]
    (tag,) = client.get(f"{API}/tags").json()
    assert (tag["label"], tag["count"], tag["source"]) == ("sea", 4, "hand")
    assert client.delete(f"{API}/tags/sea", params={"id": ids[:1]}).json() == {"count": 1}
    assert client.delete(f"{API}/tags/sea").json() == {"count": 3}
    assert client.delete(f"{API}/tags/sea").status_code == 400


def test_searches_are_saved_and_asked_by_name(client: TestClient) -> None:
    assert client.put(f"{API}/saved/sky", json={"query": "blue"}).status_code == 204
    assert client.get(f"{API}/saved").json() == [{"name": "sky", "query": "blue"}]
    assert colours(client.get(f"{API}/search", params={"q": "@sky", "limit": 1}).json()) == {"blue"}
    assert client.delete(f"{API}/saved/sky").status_code == 204
    assert client.delete(f"{API}/saved/sky").status_code == 400


def test_duplicates_clusters_and_map_are_made_aside(client: TestClient) -> None:
    for path in ("duplicates", "duplicates?tier=exact", "clusters?n=3", "map"):
        for _ in range(60):
            answer = client.get(f"{API}/{path}")
            if answer.status_code == 200:
                break
            assert answer.status_code == 202
            assert answer.json()["stage"]
        assert answer.status_code == 200, path
    plane = answer.json()
    assert sorted(plane["ids"]) == sorted(client.get(f"{API}/timeline").json()["ids"])
    assert all(0 <= value <= 1 for value in (*plane["x"], *plane["y"]))


def test_status_says_what_is_here_and_what_may_be_done(client: TestClient) -> None:
    status = client.get(f"{API}/status").json()
    assert (status["library"], status["photos"], status["coverage"]) == (True, 12, 100.0)
    assert status["roots"][0]["name"] == "photos"
    assert status["can"] == {"change": True, "reveal": False}  # a test client has no address
    assert client.get(f"{API}/models").json()[0]["state"] == "active"
    assert client.get(f"{API}/failed").json() == []
    assert client.get(f"{API}/health").json() == {"status": "ok"}


def test_metrics_tell_latency_by_step_and_counts(client: TestClient) -> None:
    client.get(f"{API}/search", params={"q": "red"})
    text = client.get(f"{API}/metrics").text
    for line in (
        'photoseek_search_step_seconds_count{step="nearest"} 1.0',
        'route="/search",status="200"',
        "photoseek_photos 12.0",
        "photoseek_embedding_queue 0.0",
        "photoseek_indexing 0.0",
    ):
        assert line in text, line


@pytest.mark.parametrize("form", ["zip", "csv", "json", "txt"])
def test_several_photographs_are_one_download(client: TestClient, form: str) -> None:
    ids = client.get(f"{API}/timeline", params={"q": "in:red"}).json()["ids"]
    listed = ",".join(map(str, [*ids, ids[0], 10**9]))
    answer = client.post(f"{API}/photos/export", data={"ids": listed, "format": form})
    assert f'attachment; filename="photoseek.{form}"' in answer.headers["content-disposition"]
    if form == "zip":
        import zipfile

        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.testzip() is None
            assert sorted(archive.namelist()) == [f"red-{seed}.png" for seed in range(4)]
    elif form == "json":
        assert [photo["id"] for photo in json.loads(answer.content)] == ids
    else:
        assert all(f"red-{seed}.png" in answer.text for seed in range(4))


def test_the_library_is_followed_when_another_process_writes(
    client: TestClient, filled: Library, photos: Path, paint: Paint
) -> None:
    paint(photos / "red" / "from-outside.png", "red", seed=55)
    with Library.open(filled.path, encoder=filled._encoders.get("colours")) as other:
        other.index(photos)
    found = client.get(f"{API}/search", params={"q": "red group:no"}).json()
    assert "from-outside.png" in names(found)
