"""Weights of real architectures with random numbers in them, as their own packages save them."""

from pathlib import Path

import torch

from encoder.yolo import _contained, _ultralytics


def create_yolo(architecture: str, path: Path, *, seed: int = 0) -> Path:
    """Saved by Ultralytics with a trained model's image size."""
    with _contained():
        torch.manual_seed(seed)
        yolo = _ultralytics()(architecture)
        yolo.ckpt = {"train_args": {"imgsz": 224}}
        yolo.save(path)
    return path
