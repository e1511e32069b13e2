"""Values of the library as what the API gives. No fact is made here, only its form."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from photoseek.library.browsing import Facet, PhotoFacts
from photoseek.library.mapping import MapLayout
from photoseek.library.searching import coverage_note
from photoseek.models import ModelStatus
from photoseek.web import schemas
from photoseek.web.serving import is_inline
from search import Answer, Chip, Hit, Picture, Query
from search.spares import DuplicateGroup
from store import FailedFile, Photo, RootRecord, RunRecord


def photo(value: Photo) -> schemas.Photo:
    return schemas.Photo(**_photo_fields(value))


def photo_details(value: PhotoFacts) -> schemas.PhotoDetails:
    return schemas.PhotoDetails(
        **_photo_fields(value.photo),
        place=value.place,
        tags=list(value.tags),
        inline=is_inline(value.photo.format),
    )


def _photo_fields(value: Photo) -> dict[str, Any]:
    same = ("id", "width", "height", "bytes", "format", "camera", "lens", "offline")
    return {name: getattr(value, name) for name in same} | {
        "name": _text(value.paths[0].name),
        "paths": [_text(str(path)) for path in value.paths],
        "taken_at": _local(value.taken_at),
        "file_time": _local(value.file_time),
        "latitude": value.latitude,
        "longitude": value.longitude,
    }


def _text(name: str) -> str:
    """A file's name as text: JSON knows no bytes that are none."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _local(moment: datetime | None) -> str | None:
    return None if moment is None else moment.replace(tzinfo=None).isoformat()


def hit(value: Hit) -> schemas.Hit:
    return schemas.Hit(
        rank=value.rank,
        score=round(float(value.score), 6),
        relevance=None if value.relevance is None else round(value.relevance, 4),
        verdict=value.verdict,
        named=sorted(value.named),
        moment=[schemas.Shot(id=p.id, width=p.width, height=p.height) for p in value.moment],
        photo=photo(value.photo),
    )


def chips(query: Query, uploads: Sequence[tuple[str, bool]]) -> list[schemas.Chip]:
    """Those of a query's text, then one for each uploaded picture: its name, and if it is not
    wanted."""
    found = [_chip(query, place, one) for place, one in enumerate(query.chips)]
    end = len(str(query))
    for number, (name, negated) in enumerate(uploads):
        found.append(
            schemas.Chip(
                kind="picture",
                text=name,
                start=end,
                end=end,
                negated=negated,
                understood=False,
                without=str(query),
                upload=number,
            )
        )
    return found


def _chip(query: Query, place: int, value: Chip) -> schemas.Chip:
    part = query.parts[place] if place < len(query.parts) else None
    source = part.source if isinstance(part, Picture) else None
    return schemas.Chip(
        kind=value.kind,
        text=value.text,
        start=value.start,
        end=value.end,
        negated=value.negated,
        understood=value.understood,
        without=_without(query, value),
        photo=source if isinstance(source, int) else None,
    )


def _without(query: Query, value: Chip) -> str:
    """The query's text without one piece; empty if nothing else was looked for."""
    return str(replace(query, everything=True).without(value))


def answer(
    value: Answer,
    asked: Query,
    uploads: Sequence[tuple[str, bool]],
    cursor: str | None,
) -> schemas.Answer:
    """``asked`` is the query's text part, without uploads and paging."""
    return schemas.Answer(
        query=str(asked),
        chips=chips(asked, uploads),
        hits=[hit(one) for one in value],
        nothing=value.nothing,
        best=None if value.best is None else round(value.best, 4),
        photos=value.photos,
        model=value.model,
        notes=[note for note in value.notes if note != coverage_note(value.unsearchable)],
        unsearchable=value.unsearchable,
        cursor=cursor,
        steps={name: round(1000 * seconds, 3) for name, seconds in value.steps.items()},
    )


def facets(value: dict[str, list[Facet]], photos: int) -> schemas.Facets:
    return schemas.Facets(photos=photos, **{name: _facet(found) for name, found in value.items()})


def _facet(values: Sequence[Facet]) -> list[schemas.FacetValue]:
    return [
        schemas.FacetValue(value=_text(one.value), count=one.count, filter=_text(one.filter))
        for one in values
    ]


def duplicate_group(value: DuplicateGroup) -> schemas.DuplicateGroup:
    return schemas.DuplicateGroup(
        tier=value.tier.value,
        spare_bytes=value.spare_bytes,
        pictures=[
            schemas.DuplicatePicture(
                photo=photo(picture.photo),
                copies=[
                    schemas.Copy(path=_text(str(c.path)), bytes=c.bytes, offline=c.offline)
                    for c in picture.copies
                ],
            )
            for picture in value.pictures
        ],
    )


def meaning_map(value: MapLayout) -> schemas.MeaningMap:
    points = value.points.round(4)
    return schemas.MeaningMap(
        method=value.method,
        total=value.total,
        ids=list(value.ids),
        x=points[:, 0].tolist(),
        y=points[:, 1].tolist(),
        places=[
            schemas.MapPlace(name=one.name, x=round(one.x, 4), y=round(one.y, 4), count=one.photos)
            for one in value.places
        ],
    )


def index_root(value: RootRecord) -> schemas.RootState:
    return schemas.RootState(
        id=value.id,
        path=_text(str(value.path)),
        name=_text(value.path.name or str(value.path)),
        offline=value.offline,
        reason=value.offline_reason,
    )


def run(value: RunRecord) -> schemas.RunState:
    return schemas.RunState(
        command=value.command,
        began_at=value.began_at.replace(tzinfo=UTC),
        seconds=round(value.seconds, 3),
        interrupted=value.interrupted,
        counts=dict(value.counts),
    )


def model(value: ModelStatus) -> schemas.Model:
    return schemas.Model(
        name=value.name,
        installed=value.installed is not None,
        state=value.state,
        covered=value.covered,
        photos=value.photos,
        dimension=value.installed.dimension if value.installed else None,
        images_per_second=value.images_per_second,
    )


def failed(value: FailedFile) -> schemas.FailedFile:
    return schemas.FailedFile(path=_text(str(value.path)), reason=_text(value.reason))
