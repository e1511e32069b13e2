"""Pictures and texts to vectors. Knows pixels, tokens and models; no catalog, no photo folders."""

from encoder.manifest import ImageSpec, Manifest, TextSpec, read_manifest, write_manifest
from encoder.protocol import Encoder, EncoderInfo, Modality, Vectors, unit_rows
from encoder.registry import InstalledModel, installed_models, known_models, load_encoder

__all__ = [
    "Encoder",
    "EncoderInfo",
    "ImageSpec",
    "InstalledModel",
    "Manifest",
    "Modality",
    "TextSpec",
    "Vectors",
    "installed_models",
    "known_models",
    "load_encoder",
    "read_manifest",
    "unit_rows",
    "write_manifest",
]
