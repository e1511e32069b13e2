"""Pictures and texts to vectors. Knows pixels, tokens and models; no catalog, no photo folders."""

import os

from encoder.devices import Device
from encoder.manifest import ImageSpec, Manifest, TextSpec, read_manifest, write_manifest
from encoder.protocol import (
    Encoder,
    EncoderInfo,
    Modality,
    Vectors,
    preferred_batch,
    unit_rows,
)
from encoder.registry import InstalledModel, installed_models, known_models, load_encoder

__all__ = [
    "Device",
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
    "preferred_batch",
    "read_manifest",
    "unit_rows",
    "write_manifest",
]

# From 1.29 on, ONNX Runtime sends Microsoft what it runs and keeps a number for the machine, unless
# it is told otherwise before it is imported. Nothing of ours imports it before this package.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
