"""Every accepted format, every orientation, every mode, and whatever else is named like a photo."""

import io
import json
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from errors import PictureError
from indexer import Picture, decode, read_picture
from pictures.decode import read_bytes
from pictures.limits import LIMITS, Limits
from rawfiles import SHORT, dng

REPOSITORY = Path(__file__).parents[2]
SIDE = 64
RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 0)
QUARTERS = (RED, GREEN, BLUE, YELLOW)
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
LOSSY = 40
"""How far a channel may be off after lossy compression with subsampled colour."""

FORMATS: dict[str, dict[str, Any]] = {
    "AVIF": {},
    "BMP": {},
    "GIF": {},
    "HEIF": {},
    "JPEG": {},
    "JPEG2000": {},
    "PNG": {},
    "PPM": {},
    "TIFF": {},
    "WEBP": {},
}
STORED_AS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera held that way lays an upright scene down in the file."""

Rgb = tuple[int, int, int]


def quartered(size: tuple[int, int] = (96, 64)) -> Image.Image:
    """Red, green / blue, yellow: no two of the eight orientations look the same."""
    image = Image.new("RGB", size)
    width, height = size[0] // 2, size[1] // 2
    for number, colour in enumerate(QUARTERS):
        left, top = width * (number % 2), height * (number // 2)
        image.paste(colour, (left, top, left + width, top + height))
    return image


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def quarters(image: Image.Image) -> list[Rgb]:
    """The colour in the middle of each quarter, row by row."""
    width, height = image.size
    pixels = np.asarray(image)
    middles = [(height * y // 4, width * x // 4) for y in (1, 3) for x in (1, 3)]
    return [(int(r), int(g), int(b)) for r, g, b in (pixels[middle] for middle in middles)]


def assert_near(found: Sequence[Rgb], wanted: Sequence[Rgb], tolerance: int = LOSSY) -> None:
    assert np.abs(np.array(found) - np.array(wanted)).max() <= tolerance, (found, wanted)


def assert_colour(data: bytes, wanted: Rgb, tolerance: int = 3) -> Picture:
    picture = decode(data, short_side=SIDE)
    assert picture.image.mode == "RGB"
    assert_near(quarters(picture.image), [wanted] * 4, tolerance)
    return picture


def orientation(value: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


# --- formats ---


@pytest.mark.parametrize("kind", FORMATS)
def test_every_accepted_format_is_read_in_its_colours_and_size(kind: str) -> None:
    picture = decode(saved(quartered(), kind, **FORMATS[kind]), short_side=SIDE)
    assert picture.format == kind
    assert (picture.width, picture.height) == picture.image.size == (96, 64)
    assert picture.image.mode == "RGB"
    assert_near(quarters(picture.image), QUARTERS)


def test_the_suffix_does_not_matter_where_the_bytes_are_clear(tmp_path: Path) -> None:
    path = tmp_path / "really-a-png.jpg"
    path.write_bytes(saved(quartered(), "PNG"))
    picture = read_picture(path, short_side=SIDE)
    assert picture.format == "PNG"
    assert_near(quarters(picture.image), QUARTERS, 0)


@pytest.mark.parametrize("kind", ["EPS", "ICO", "PDF", "TGA", "PCX", "DDS", "SGI"])
def test_formats_that_are_no_photographs_reach_no_decoder(kind: str) -> None:
    with pytest.raises(PictureError, match="not a picture of a known kind"):
        decode(saved(quartered(), kind), short_side=SIDE)


# --- orientation ---


@pytest.mark.parametrize("value", STORED_AS)
@pytest.mark.parametrize("kind", ["AVIF", "HEIF", "JPEG", "MPO", "PNG", "TIFF", "WEBP"])
def test_all_eight_orientations_give_the_same_upright_picture(kind: str, value: int) -> None:
    turn = STORED_AS[value]
    stored = quartered() if turn is None else quartered().transpose(turn)
    exif = orientation(value)
    data = saved(stored, kind, exif=exif.tobytes() if kind == "HEIF" else exif)
    picture = decode(data, short_side=SIDE)
    assert (picture.width, picture.height) == picture.image.size == (96, 64)
    assert_near(quarters(picture.image), QUARTERS)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg"])
def test_a_compressed_tiff_is_turned_once(compression: str) -> None:
    stored = quartered().transpose(Image.Transpose.ROTATE_90)
    data = saved(stored, "TIFF", exif=orientation(6), compression=compression)
    picture = decode(data, short_side=SIDE)
    assert (picture.width, picture.height) == picture.image.size == (96, 64)
    assert_near(quarters(picture.image), QUARTERS)


def test_the_size_told_is_the_upright_one_of_the_original_when_the_picture_is_reduced() -> None:
    stored = quartered((768, 512)).transpose(Image.Transpose.ROTATE_90)
    picture = decode(saved(stored, "JPEG", exif=orientation(6)), short_side=SIDE)
    assert (picture.width, picture.height) == (768, 512)
    assert picture.image.size == (96, 64)
    assert_near(quarters(picture.image), QUARTERS)


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_impossible_orientation_is_none(value: int) -> None:
    picture = decode(saved(quartered(), "JPEG", exif=orientation(value)), short_side=SIDE)
    assert picture.exif.orientation == 1
    assert_near(quarters(picture.image), QUARTERS)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, about the block
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "block",
    [
        b"garbage",
        b"Exif\0\0garbage",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12\0\x03",
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\xff\xff\xff\xff\x01\0\0\0",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
    ],
)
def test_a_damaged_exif_block_does_not_cost_the_picture(kind: str, block: bytes) -> None:
    picture = decode(saved(quartered(), kind, exif=block), short_side=SIDE)
    assert_near(quarters(picture.image), QUARTERS)
    assert picture.exif.taken_at is None


# --- reduced size ---


def test_a_twelve_megapixel_jpeg_comes_out_small() -> None:
    picture = decode(saved(quartered((4000, 3000)), "JPEG"), short_side=288)
    assert (picture.width, picture.height) == (4000, 3000)
    assert 288 <= min(picture.image.size) < 2 * 288
    assert_near(quarters(picture.image), QUARTERS)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(1, 700),
    height=st.integers(1, 700),
    short_side=st.integers(1, 300),
)
def test_no_side_falls_below_what_was_asked_where_the_original_has_it(
    kind: str, width: int, height: int, short_side: int
) -> None:
    data = saved(Image.new("RGB", (width, height), "red"), kind)
    picture = decode(data, short_side=short_side)
    assert (picture.width, picture.height) == (width, height)
    assert min(picture.image.size) >= min(short_side, width, height)
    assert min(picture.image.size) < 2 * max(short_side, 1) + 1
    if min(width, height) < short_side:
        assert picture.image.size == (width, height)


def test_a_large_jpeg_is_never_whole_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    Image.new("RGB", (6000, 4000), "red").save(path)
    [(reason, _)], grown = read_in_a_fresh_process([path])
    assert reason is None
    assert grown < 32  # MiB; whole it takes 92


def test_a_panorama_keeps_its_short_side() -> None:
    picture = decode(saved(Image.new("RGB", (6000, 300), "red"), "JPEG"), short_side=288)
    assert picture.image.size == (6000, 300)


# --- modes ---


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_transparency_lies_on_white(kind: str) -> None:
    image = quartered().convert("RGBA")
    image.paste((9, 9, 9, 0), (0, 0, 48, 32))
    picture = decode(saved(image, kind), short_side=SIDE)
    assert_near(quarters(picture.image), [WHITE, GREEN, BLUE, YELLOW])


def test_half_transparent_is_half_white() -> None:
    assert_colour(saved(Image.new("RGBA", (96, 64), (255, 0, 0, 128)), "PNG"), (255, 127, 127))


@pytest.mark.parametrize("size", [(96, 64), (960, 640)], ids=["whole", "reduced"])
def test_what_is_hidden_under_transparency_does_not_bleed_out(size: tuple[int, int]) -> None:
    pixels = np.full((size[1], size[0], 4), (255, 0, 0, 255), dtype=np.uint8)
    pixels[:, ::2] = (0, 0, 255, 0)  # invisible blue between visible red
    picture = decode(saved(Image.fromarray(pixels), "PNG"), short_side=SIDE)
    assert np.asarray(picture.image)[..., 2].max() in (127, 128, 255)
    assert np.asarray(picture.image)[..., 0].min() == 255


def test_grey_with_transparency_lies_on_white() -> None:
    assert_colour(saved(Image.new("LA", (96, 64), (0, 0)), "PNG"), WHITE)
    assert_colour(saved(Image.new("LA", (96, 64), (90, 255)), "PNG"), (90, 90, 90))


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_a_palette_is_read_in_colour_its_transparent_entry_as_white(kind: str) -> None:
    image = quartered().quantize(4)
    transparent = image.getpixel((0, 0))
    assert_near(quarters(decode(saved(image, kind), short_side=SIDE).image), QUARTERS, 0)
    data = saved(image, kind, transparency=transparent)
    wanted = [WHITE, GREEN, BLUE, YELLOW]
    assert_near(quarters(decode(data, short_side=SIDE).image), wanted, 0)


def test_a_palette_with_shades_of_transparency_lies_on_white() -> None:
    image = quartered().quantize(4)
    shades = bytes(128 if number == image.getpixel((0, 0)) else 255 for number in range(4))
    picture = decode(saved(image, "PNG", transparency=shades), short_side=SIDE)
    assert_near(quarters(picture.image), [(255, 127, 127), GREEN, BLUE, YELLOW], 1)


def test_a_transparent_colour_of_a_true_colour_png_is_white() -> None:
    picture = decode(saved(quartered(), "PNG", transparency=RED), short_side=SIDE)
    assert_near(quarters(picture.image), [WHITE, GREEN, BLUE, YELLOW], 0)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG2000", "PPM"])
def test_sixteen_bits_of_grey_keep_their_scale(kind: str) -> None:
    pixels = np.full((64, 96), 65535, dtype=np.uint16)
    pixels[:, :48] = 0x4000
    picture = decode(saved(Image.fromarray(pixels), kind), short_side=SIDE)
    dark, light = (64, 64, 64), WHITE
    assert_near(quarters(picture.image), [dark, light, dark, light], 1)


def test_a_big_endian_sixteen_bit_tiff_keeps_its_scale() -> None:
    row = struct.pack(">96H", *[0x8000] * 96)
    image = Image.frombytes("I;16B", (96, 64), row * 64)
    assert_colour(saved(image, "TIFF"), (127, 127, 127), 1)


@pytest.mark.parametrize("top", [1.0, 255.0, 40_000.0])
def test_a_floating_point_tiff_is_scaled_by_its_brightest_pixel(top: float) -> None:
    pixels = np.full((64, 96), top, dtype=np.float32)
    pixels[:, :48] = top / 2
    picture = decode(saved(Image.fromarray(pixels), "TIFF"), short_side=SIDE)
    assert_near(quarters(picture.image), [(127, 127, 127), WHITE] * 2, 1)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, -1.0, 1e-40, 3e38, 0.0])
def test_no_number_in_a_floating_point_tiff_is_too_odd(odd: float) -> None:
    for value in (odd, 1.0):
        pixels = np.full((64, 96), value, dtype=np.float32)
        pixels[:32] = odd
        picture = decode(saved(Image.fromarray(pixels), "TIFF"), short_side=SIDE)
        assert picture.image.size == (96, 64)


def test_a_cmyk_jpeg_is_read_in_colour() -> None:
    picture = decode(saved(quartered().convert("CMYK"), "JPEG"), short_side=SIDE)
    assert_near(quarters(picture.image), QUARTERS)


def test_a_large_cmyk_or_grey_jpeg_is_reduced_too() -> None:
    for mode in ("CMYK", "L"):
        picture = decode(saved(quartered((768, 512)).convert(mode), "JPEG"), short_side=SIDE)
        assert picture.image.size == (96, 64)


def test_black_and_white_is_read() -> None:
    image = Image.new("1", (96, 64), 1)
    image.paste(0, (0, 0, 48, 64))
    for kind in ("PNG", "TIFF", "PPM", "BMP"):
        picture = decode(saved(image, kind), short_side=SIDE)
        assert_near(quarters(picture.image), [BLACK, WHITE] * 2, 0)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF", "AVIF", "HEIF"])
def test_of_several_frames_the_first_is_taken(kind: str) -> None:
    others = [Image.new("RGB", (96, 64), colour) for colour in ("black", "white")]
    data = saved(quartered(), kind, save_all=True, append_images=others)
    with Image.open(io.BytesIO(data)) as opened:
        assert getattr(opened, "n_frames", 1) == 3
    assert_near(quarters(decode(data, short_side=SIDE).image), QUARTERS)


def test_a_multi_picture_jpeg_gives_its_first_reduced() -> None:
    others = [Image.new("RGB", (768, 512), "black")]
    data = saved(quartered((768, 512)), "MPO", save_all=True, append_images=others)
    picture = decode(data, short_side=SIDE)
    assert (picture.width, picture.height) == (768, 512)
    assert picture.image.size == (96, 64)
    assert_near(quarters(picture.image), QUARTERS)


# --- what is no picture, or no longer one ---


def noisy(size: tuple[int, int] = (96, 64)) -> Image.Image:
    """A picture that cannot be compressed to nothing, so that its end is missed."""
    pixels = np.random.default_rng(7).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "HEIF", "TIFF", "PPM", "AVIF"])
def test_a_picture_that_stops_halfway_is_refused(kind: str) -> None:
    data = saved(noisy(), kind)
    with pytest.raises(PictureError, match=r"damaged picture: .|not a picture of a known kind"):
        decode(data[: len(data) // 2], short_side=SIDE)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, about what it decodes all the same
@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_cut_anywhere_is_read_or_refused_with_a_reason(kind: str) -> None:
    data = saved(noisy(), kind)
    for length in {1, 2, 4, 8, 16, 32, 64, *range(0, len(data), max(1, len(data) // 60))}:
        refused_or_read(data[:length])


def refused_or_read(data: bytes, name: str = "") -> Picture | None:
    try:
        return decode(data, short_side=SIDE, name=name)
    except PictureError as error:
        reason = str(error)
        assert reason.strip() == reason
        assert not reason.endswith(":"), reason
        assert "\n" not in reason
        assert " object at 0x" not in reason
        assert "b'" not in reason[:25], reason
        return None


def test_a_file_of_no_bytes_is_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "nothing.jpg"
    path.touch()
    with pytest.raises(PictureError, match=r"^empty file$"):
        read_picture(path, short_side=SIDE)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every file tells its size")
def test_a_file_that_holds_more_than_it_tells_is_read_whole() -> None:
    """As one that somebody is writing does."""
    file = Path("/proc/version")
    assert file.stat().st_size == 0
    assert read_bytes(file) == file.read_bytes()


def test_a_missing_file_and_a_folder_are_refused_with_the_systems_reason(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"^cannot be read: No such file or directory$"):
        read_picture(tmp_path / "gone.jpg", short_side=SIDE)
    with pytest.raises(PictureError, match=r"^is a folder; give a picture$"):
        read_picture(tmp_path, short_side=SIDE)


def zipped() -> bytes:
    """A zip archive whose entry says that it is encrypted."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("secret.jpg", saved(noisy(), "JPEG"))
    data = bytearray(stream.getvalue())
    data[6] |= 1  # general purpose flag, bit 0
    return bytes(data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("holiday.jpg", zipped()),
        ("letter.png", b"Dear all,\n" * 500),
        ("page.jpg", b"<!DOCTYPE html><html><body>404</body></html>"),
        ("drawing.png", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("nul.jpg", bytes(10_000)),
        ("clip.heic", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(1000)),
        ("._holiday.jpg", b"\0\x05\x16\x07\0\x02\0\0Mac OS X" + bytes(4000)),
    ],
)
def test_what_is_only_named_like_a_picture_is_refused(
    tmp_path: Path, name: str, data: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(PictureError, match=r"^not a picture of a known kind$"):
        read_picture(path, short_side=SIDE)


def png_of_zeros(width: int, height: int, rows: int = 0) -> bytes:
    """A PNG by hand: its header says any size, its data are ``rows`` black rows."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    packer = zlib.compressobj(9, wbits=-15)
    row = packer.compress(bytes(1 + 3 * width) if rows else b"")
    row += packer.flush(zlib.Z_FULL_FLUSH)
    adler = ((1 + 3 * width) * rows % 65521 << 16) + 1  # of as many zeros
    packed = b"\x78\x9c" + row * rows + packer.flush() + struct.pack(">I", adler)
    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"IDAT", packed),
            chunk(b"IEND", b""),
        ]
    )


READ = """
import json, sys, time
from pathlib import Path
from errors import PictureError
from indexer import read_picture

def peak():
    # Not ru_maxrss: a process inherits that from the one that started it.
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) >> 10 for line in lines if line.startswith("VmHWM")), 0)

before, answers = peak(), []
for name in sys.argv[1:]:
    begun = time.monotonic()
    try:
        read_picture(Path(name), short_side=64)
        answer = None
    except PictureError as error:
        answer = str(error)
    answers.append((answer, time.monotonic() - begun))
print(json.dumps([answers, peak() - before]))
"""


def read_in_a_fresh_process(paths: Sequence[Path]) -> tuple[list[tuple[str | None, float]], int]:
    """For each file the reason to refuse it and the seconds, and by how many MiB memory grew.

    Where the system has no /proc it seems not to have grown.
    """
    command = [sys.executable, "-W", "ignore", "-c", READ, *map(str, paths)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True, timeout=60)
    answers, grown = json.loads(done.stdout)
    return [(reason, seconds) for reason, seconds in answers], grown


def test_a_png_bomb_is_refused_from_its_header_at_once_and_with_little_memory(
    tmp_path: Path,
) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_of_zeros(30_000, 30_000, rows=30_000))  # 2.7 GB of pixels
    assert path.stat().st_size < 4_000_000
    [(reason, seconds)], grown = read_in_a_fresh_process([path])
    assert reason == "too many pixels: more than 256 megapixels"
    assert seconds < 1
    assert grown < 32


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        ((20_000, 15_000), "too many pixels: more than 256 megapixels"),
        ((13_000, 10_000), "too many pixels: 130 megapixels, at most 128"),
        ((2**31 - 1, 2**31 - 1), "too many pixels: more than 256 megapixels"),
    ],
)
def test_more_pixels_than_memory_allows_are_refused(size: tuple[int, int], reason: str) -> None:
    with pytest.raises(PictureError, match=f"^{reason}$"):
        decode(png_of_zeros(*size), short_side=SIDE)


@pytest.mark.parametrize("kind", ["WEBP", "AVIF", "PNG", "MPO"])
def test_more_frames_than_a_photograph_has_are_refused_where_the_header_tells(kind: str) -> None:
    others = [noisy().rotate(angle) for angle in (0, 10, 20, 30)]
    data = saved(quartered(), kind, save_all=True, append_images=others)
    assert decode(data, short_side=SIDE, limits=Limits(frames=5)).width == 96
    with pytest.raises(PictureError, match=r"^too many frames: 5, at most 4$"):
        decode(data, short_side=SIDE, limits=Limits(frames=4))


@pytest.mark.parametrize("kind", ["AVIF", "HEIF", "JPEG", "PNG", "WEBP"])
def test_more_metadata_than_a_photograph_has_is_refused(kind: str) -> None:
    exif = orientation(1)
    exif[0x010E] = "x" * 50_000
    data = saved(quartered(), kind, exif=exif.tobytes())
    assert decode(data, short_side=SIDE).width == 96
    with pytest.raises(PictureError, match=r"^too much metadata: "):
        decode(data, short_side=SIDE, limits=Limits(metadata_bytes=40_000))


def test_pictures_packed_by_hand_are_real_ones() -> None:
    picture = assert_colour(png_of_zeros(300, 200, rows=200), BLACK, 0)
    assert (picture.width, picture.height) == (300, 200)


def test_pillows_own_guard_stays_on_for_the_rest_of_the_process() -> None:
    assert LIMITS.pixels == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        *(("BMP", "<I"), ("GIF", "<H"), ("HEIF", ">I"), ("AVIF", ">I")),
        *(("JPEG", ">H"), ("JPEG2000", ">I"), ("PNG", ">I"), ("TIFF", "<I"), ("PPM", "")),
    ],
)
def test_a_header_that_lies_about_the_size_is_refused_cheaply(
    tmp_path: Path, kind: str, pattern: str
) -> None:
    def number(value: int) -> bytes:
        return struct.pack(pattern, value) if pattern else b"%d" % value

    data = saved(Image.new("RGB", (199, 198), "red"), kind)
    assert number(199) in data
    path = tmp_path / "liar"
    path.write_bytes(data.replace(number(199), number(30_000)).replace(number(198), number(30_000)))
    [(reason, seconds)], grown = read_in_a_fresh_process([path])
    assert reason is not None
    assert seconds < 2
    assert grown < 128


SEEDS = [
    *(saved(noisy((24, 16)), kind, **options) for kind, options in FORMATS.items()),
    saved(noisy((24, 16)).quantize(16), "PNG", transparency=3),
    saved(noisy((24, 16)), "TIFF", compression="tiff_lzw"),
    saved(noisy((24, 16)), "JPEG", exif=orientation(6), progressive=True),
    saved(noisy((24, 16)), "MPO", save_all=True, append_images=[noisy((24, 16))]),
    saved(noisy((24, 16)), "GIF", save_all=True, append_images=[quartered((24, 16))]),
]


@st.composite
def mutated(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """A seed with a few bytes flipped, cut out or put in; more of them near its head."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 6))):
        last = max(0, len(data) - 1)
        at = draw(st.integers(0, min(last, 80)) | st.integers(0, last))
        match draw(st.sampled_from(["flip", "set", "cut", "insert", "end"])):
            case "flip" if data:
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "set" if data:
                data[at] = draw(st.sampled_from([0, 1, 127, 128, 255]))
            case "cut":
                del data[at : at + draw(st.integers(1, 16))]
            case "insert":
                data[at:at] = draw(st.binary(min_size=1, max_size=16))
            case _:
                del data[at:]
    return bytes(data)


@pytest.mark.filterwarnings("ignore")  # as in a person's process, where decoding goes on after one
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated(SEEDS))
def test_damaged_bytes_raise_nothing_but_a_picture_error(data: bytes) -> None:
    picture = refused_or_read(data)
    if picture is not None:
        assert picture.image.mode == "RGB"
        assert min(picture.image.size) >= 1


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated(SEEDS))
def test_damaged_bytes_raise_nothing_else_where_warnings_are_errors_either(data: bytes) -> None:
    refused_or_read(data)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["", "x.jpg", "x.nef", "x.heic"]))
def test_any_bytes_raise_nothing_but_a_picture_error(data: bytes, name: str) -> None:
    refused_or_read(data, name)


# --- camera RAW ---


def test_camera_raw_is_developed_with_its_camera_told() -> None:
    pytest.importorskip("rawpy", reason="the raw extra is not installed")
    picture = decode(dng(800, 600, (40_000, 1000, 1000)), short_side=SIDE, name="holiday.DNG")
    assert (picture.width, picture.height, picture.format) == (800, 600, "RAW")
    assert picture.exif.camera == "Hand Made"
    red, green, blue = quarters(picture.image)[0]
    assert red > 200
    assert max(green, blue) < 100


@pytest.mark.parametrize("turn", STORED_AS)
def test_camera_raw_is_upright(turn: int) -> None:
    pytest.importorskip("rawpy", reason="the raw extra is not installed")
    picture = decode(dng(400, 300, (9000, 9000, 9000), turn), short_side=SIDE, name="x.dng")
    assert (picture.width, picture.height) == ((300, 400) if turn >= 5 else (400, 300))
    assert (picture.image.width < picture.image.height) == (turn >= 5)


@pytest.mark.parametrize("short_side", [50, 100, 151, 299, 300, 301])
def test_camera_raw_keeps_the_short_side_that_was_asked(short_side: int) -> None:
    pytest.importorskip("rawpy", reason="the raw extra is not installed")
    picture = decode(dng(400, 300, (9000, 9000, 9000)), short_side=short_side, name="x.dng")
    assert min(short_side, 300) <= min(picture.image.size) <= max(2 * short_side, 300)


def test_camera_raw_without_colour_filters_is_grey() -> None:
    pytest.importorskip("rawpy", reason="the raw extra is not installed")
    data = dng(400, 300, (9000, 9000, 9000))
    filtered, linear = (struct.pack("<HHIH", 262, SHORT, 1, kind) for kind in (32803, 34892))
    assert filtered in data
    picture = decode(data.replace(filtered, linear), short_side=SIDE, name="x.dng")
    assert picture.image.mode == "RGB"
    red, green, blue = quarters(picture.image)[0]
    assert red == green == blue


@pytest.mark.filterwarnings("ignore")  # Pillow's, about tags of the EXIF block
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated([dng(32, 24, (9000, 9000, 9000))]))
def test_damaged_camera_raw_raises_nothing_but_a_picture_error(data: bytes) -> None:
    pytest.importorskip("rawpy", reason="the raw extra is not installed")
    refused_or_read(data, "x.dng")


@pytest.mark.parametrize("suffix", [".dng", ".nef", ".CR2", ".arw", ".raf"])
def test_what_is_only_named_like_camera_raw_is_refused(suffix: str) -> None:
    pytest.importorskip("rawpy", reason="the raw extra is not installed")
    with pytest.raises(PictureError, match=r"^damaged RAW file: \w"):
        decode(b"Dear all,\n" * 500, short_side=SIDE, name="x" + suffix)
