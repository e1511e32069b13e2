"""From a picture file to pixels, safely: the decoder, its limits, and the processes it runs in."""

from pictures.decode import Picture, decode, read_picture
from pictures.decoder import Decoder, Decoders, decode_apart
from pictures.exif import ExifFacts
from pictures.limits import LIMITS, SECONDS, Allowance, Limits
from pictures.messages import Content, Decoded
from pictures.thumbnail import make_thumbnail

__all__ = [
    "LIMITS",
    "SECONDS",
    "Allowance",
    "Content",
    "Decoded",
    "Decoder",
    "Decoders",
    "ExifFacts",
    "Limits",
    "Picture",
    "decode",
    "decode_apart",
    "make_thumbnail",
    "read_picture",
]
