"""The facts of an EXIF block: taken where they make sense, left out where they do not."""

import io
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base
from PIL.TiffImagePlugin import IFDRational

from indexer import decode
from pictures.exif import ExifFacts, read_exif

Tags = dict[int, Any]
BERLIN = (52.0, 31.0, 12.0)


def block(
    main: Tags | None = None, details: Tags | None = None, gps: Tags | None = None
) -> Image.Exif:
    exif = Image.Exif()
    for tag, value in (main or {}).items():
        exif[tag] = value
    exif.get_ifd(IFD.Exif).update(details or {})
    exif.get_ifd(IFD.GPSInfo).update(gps or {})
    return exif


def through_a_file(exif: Image.Exif, kind: str = "JPEG") -> ExifFacts:
    """Written into a picture and read back, as a camera's would be."""
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, kind, exif=exif.tobytes())
    return decode(stream.getvalue(), short_side=8).exif


def camera(make: str | None, model: str | None) -> str | None:
    tags = {Base.Make.value: make, Base.Model.value: model}
    return read_exif(block({tag: text for tag, text in tags.items() if text})).camera


def taken_at(**tags: str) -> datetime | None:
    main = {Base.DateTime.value: tags["saved"]} if "saved" in tags else {}
    details = {Base.DateTimeOriginal.value: tags["taken"]} if "taken" in tags else {}
    return read_exif(block(main, details)).taken_at


def place(latitude: Any, north: Any, longitude: Any, east: Any) -> tuple[float | None, ...]:
    gps = {
        GPS.GPSLatitude.value: latitude,
        GPS.GPSLatitudeRef.value: north,
        GPS.GPSLongitude.value: longitude,
        GPS.GPSLongitudeRef.value: east,
    }
    facts = read_exif(block(gps={tag: value for tag, value in gps.items() if value is not None}))
    return facts.latitude, facts.longitude


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_everything_is_read_from_a_file_of_each_kind(kind: str) -> None:
    facts = through_a_file(
        block(
            {Base.Make: "NIKON CORPORATION", Base.Model: "NIKON D90"},
            {Base.DateTimeOriginal: "2019:07:28 18:05:59", Base.LensModel: "50.0 mm f/1.8"},
            {
                GPS.GPSLatitude: BERLIN,
                GPS.GPSLatitudeRef: "N",
                GPS.GPSLongitude: (13.0, 24.0, 36.0),
                GPS.GPSLongitudeRef: "E",
            },
        ),
        kind,
    )
    assert facts.taken_at == datetime(2019, 7, 28, 18, 5, 59)
    assert (facts.camera, facts.lens) == ("NIKON D90", "50.0 mm f/1.8")
    assert (facts.latitude, facts.longitude) == pytest.approx((52.52, 13.41))


def test_no_exif_is_no_facts() -> None:
    assert read_exif(Image.Exif()) == ExifFacts()


def test_the_time_of_taking_goes_before_the_time_of_saving() -> None:
    both = taken_at(taken="2001:02:03 04:05:06", saved="2020:01:01 00:00:00")
    assert both == datetime(2001, 2, 3, 4, 5, 6)
    assert taken_at(saved="2020:01:01 00:00:00") == datetime(2020, 1, 1)


@pytest.mark.parametrize("nonsense", ["0000:00:00 00:00:00", "    :  :     :  :  ", "yesterday"])
def test_a_camera_whose_clock_was_never_set_leaves_the_time_of_saving(nonsense: str) -> None:
    found = taken_at(taken=nonsense, saved="2020:01:01 00:00:00")
    assert found == datetime(2020, 1, 1)


@pytest.mark.parametrize(
    "text",
    [
        *("", "0000:00:00 00:00:00", "2019:02:30 12:00:00", "2019:13:01 12:00:00"),
        *("2019:01:01 25:00:00", "2019-01-01T12:00:00", "2019", "\0\0\0\0", "    :  :     :  :  "),
    ],
)
def test_an_impossible_date_is_none(text: str) -> None:
    assert taken_at(taken=text) is None


@pytest.mark.parametrize(
    "text", ["2019:07:28 18:05:59\0", "2019:07:28 18:05:59.123", b"2019:07:28 18:05:59\0"]
)
def test_a_date_with_something_behind_it_is_read(text: Any) -> None:
    assert taken_at(taken=text) == datetime(2019, 7, 28, 18, 5, 59)


@pytest.mark.parametrize(
    ("make", "model", "name"),
    [
        ("Canon", "Canon EOS 5D Mark III", "Canon EOS 5D Mark III"),
        ("NIKON CORPORATION", "NIKON D90", "NIKON D90"),
        ("SONY", "ILCE-7M3", "SONY ILCE-7M3"),
        ("Apple", "iPhone 12 Pro", "Apple iPhone 12 Pro"),
        ("canon", "CANON PowerShot", "CANON PowerShot"),
        ("Leica  Camera AG\0\0", " LEICA\tM10 \0", "LEICA M10"),
        (None, "Pixel 8", "Pixel 8"),
        ("Google", None, "Google"),
        ("   ", "Pixel 8", "Pixel 8"),
        ("\0", "\x01\x02", None),
        (None, None, None),
    ],
)
def test_make_and_model_are_one_name_without_repetition(
    make: str | None, model: str | None, name: str | None
) -> None:
    assert camera(make, model) == name


def test_names_are_clean_and_of_a_sane_length() -> None:
    assert camera(None, "x" * 5000) == "x" * 200
    assert camera(None, "red\x1b[31m\nline") == "red [31m line"
    assert read_exif(block({Base.Model: "Kamera Ä".encode()})).camera == "Kamera Ä"
    assert read_exif(block({Base.Model: b"\xff\xfe"})).camera == "\ufffd\ufffd"
    assert read_exif(block({Base.Model: 7})).camera is None


def test_the_lens_is_told() -> None:
    details = {Base.LensModel.value: "EF24-70mm f/2.8L\0\0\0"}
    assert read_exif(block(details=details)).lens == "EF24-70mm f/2.8L"


@pytest.mark.parametrize(
    ("north", "east", "signs"),
    [
        ("N", "E", (1, 1)),
        ("S", "W", (-1, -1)),
        ("S\0", "W\0", (-1, -1)),
        (b"S", b"W", (-1, -1)),
        (None, None, (1, 1)),
        (7, "?", (1, 1)),
    ],
)
def test_south_and_west_are_negative(north: Any, east: Any, signs: tuple[int, int]) -> None:
    latitude, longitude = place(BERLIN, north, (13.0, 30.0, 0.0), east)
    assert (latitude, longitude) == pytest.approx((52.52 * signs[0], 13.5 * signs[1]))


@pytest.mark.parametrize(
    "angle",
    [
        *((91.0, 0.0, 0.0), (-1.0, 0.0, 0.0), (90.0, 0.0, 1.0), (float("nan"), 0.0, 0.0)),
        *((float("inf"), 0.0, 0.0), (1.0,), (1.0, 2.0), (1.0, 2.0, 3.0, 4.0), (), 52.5, "52.5"),
        *(b"\0\1\2\3", (IFDRational(1, 0), IFDRational(0, 1), IFDRational(0, 1)), ("a", "b", "c")),
        *((10**400, 0, 0), (IFDRational(10**400, 1), 0, 0), [None, 1, 2]),
    ],
)
def test_an_impossible_place_is_none(angle: Any) -> None:
    assert place(angle, "N", (13.0, 0.0, 0.0), "E") == (None, 13.0)


def test_the_poles_and_the_date_line_are_possible() -> None:
    assert place((90.0, 0.0, 0.0), "S", (180.0, 0.0, 0.0), "W") == (-90.0, -180.0)
    assert place((0.0, 0.0, 0.0), "N", (180.0, 0.0, 1.0), "E") == (0.0, None)


def test_rationals_with_decimals_in_the_minutes_are_read() -> None:
    angle = (IFDRational(52, 1), IFDRational(3120, 100), IFDRational(0, 1))
    assert place(angle, "N", angle, "E") == pytest.approx((52.52, 52.52))


@pytest.mark.parametrize(
    "value", [0, 9, -1, 2**40, 3.5, "6", b"\6", (6,), (6, 6), None, float("nan")]
)
def test_an_impossible_orientation_is_upright(value: Any) -> None:
    assert read_exif(block({Base.Orientation: value})).orientation == 1


@pytest.mark.parametrize("value", [6, 6.0, IFDRational(6, 1)])
def test_an_orientation_is_a_plain_number(value: Any) -> None:
    orientation = read_exif(block({Base.Orientation: value})).orientation
    assert (orientation, type(orientation)) == (6, int)


def test_a_block_that_points_nowhere_is_as_good_as_none() -> None:
    exif = block({Base.Model: "Pixel 8"})
    exif._ifds = {}
    exif[IFD.Exif], exif[IFD.GPSInfo] = 2**31, "?"
    assert read_exif(exif) == ExifFacts(camera="Pixel 8")


ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.binary(max_size=30),
    st.builds(IFDRational, st.integers(), st.integers(0, 2**32)),
    st.sampled_from(["N", "S", "W", "2019:07:28 18:05:59"]),
)
VALUES = ATOMS | st.lists(ATOMS, max_size=4) | st.lists(ATOMS, max_size=4).map(tuple)
TAGS = st.sampled_from(
    [
        *(tag.value for tag in (Base.Orientation, Base.Make, Base.Model, Base.DateTime)),
        *(tag.value for tag in (Base.DateTimeOriginal, Base.LensModel, IFD.Exif, IFD.GPSInfo)),
        *(tag.value for tag in (GPS.GPSLatitude, GPS.GPSLatitudeRef)),
        *(tag.value for tag in (GPS.GPSLongitude, GPS.GPSLongitudeRef)),
    ]
)
BLOCKS = st.dictionaries(TAGS, VALUES, max_size=12)


def assert_sane(facts: ExifFacts) -> None:
    assert type(facts.orientation) is int
    assert 1 <= facts.orientation <= 8
    assert facts.latitude is None or -90 <= facts.latitude <= 90
    assert facts.longitude is None or -180 <= facts.longitude <= 180
    for text in (facts.camera, facts.lens):
        assert text is None or (text.isprintable() and text.strip() == text != "")
        assert len(text or "") <= 401
        (text or "").encode()


@settings(max_examples=300, deadline=None)
@given(BLOCKS, BLOCKS, BLOCKS)
def test_whatever_pillow_holds_gives_sane_facts(main: Tags, details: Tags, gps: Tags) -> None:
    exif = Image.Exif()
    exif._ifds = {IFD.Exif: details, IFD.GPSInfo: gps}
    for tag, value in main.items():
        exif[tag] = value
    assert_sane(read_exif(exif))


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, about the block
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=200), st.sampled_from([b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"]))
def test_any_bytes_for_a_block_give_sane_facts(garbage: bytes, head: bytes) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "PNG", exif=b"Exif\0\0" + head + garbage)
    assert_sane(decode(stream.getvalue(), short_side=8).exif)
