"""Runs a model folder on ONNX Runtime: the way every CPU index and search runs. No torch here."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from encoder.manifest import DATA, Manifest, TextSpec, check_file, read_manifest
from encoder.protocol import EncoderInfo, Vectors, unit_rows
from errors import DamagedModel, NoTextTower

if TYPE_CHECKING:
    from PIL.Image import Image

SMALL = 64_000_000
"""Bytes of a text tower that is done with one text before a second thread has woken: on one thread
``mini`` takes 0.45 ms of processor time instead of 0.75, and loads in 28 ms instead of 37."""


onnxruntime.disable_telemetry_events()  # as Windows is told; elsewhere see ``encoder``


class OnnxEncoder:
    """An exported model folder. Each tower is checked and loaded when it is first needed.

    ``threads`` is the number of CPU threads one call may use; None leaves it to ONNX Runtime
    (one per physical core). ``name`` and ``image_file`` replace those of the manifest. Safe to call
    from several threads.
    """

    def __init__(
        self,
        folder: Path,
        *,
        threads: int | None = None,
        name: str | None = None,
        image_file: str | None = None,
    ) -> None:
        self.folder = folder
        self.manifest: Manifest = read_manifest(folder)
        self._name = name or self.manifest.name
        self._image_file = image_file or self.manifest.image.file
        self._threads = threads

    @cached_property
    def info(self) -> EncoderInfo:
        manifest = self.manifest
        return EncoderInfo(
            name=self._name,
            fingerprint=manifest.fingerprint,
            dimension=manifest.dimension,
            image_size=(manifest.image.height, manifest.image.width),
            modalities=manifest.modalities,
            context_length=manifest.text.context_length if manifest.text else None,
        )

    def embed_images(self, images: "Sequence[Image]") -> Vectors:
        """Embed upright RGB pictures: float32 (n, d), rows of unit length."""
        if not images:
            return np.empty((0, self.info.dimension), dtype=np.float32)
        from encoder.preprocess import to_pixels  # brings Pillow, which words need not

        pixels = to_pixels(images, self.manifest.image)
        vectors, *_ = self._image_tower.run(None, {"pixels": pixels})
        return unit_rows(vectors)

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """Embed texts, each as the mean over the model's prompt templates: float32 (n, d).

        Raises NoTextTower if the folder has none.
        """
        spec = self._text_spec
        if not texts:
            return np.empty((0, self.info.dimension), dtype=np.float32)
        rows = [self._embed_text(text, spec) for text in texts]
        return unit_rows(np.stack(rows))

    def _embed_text(self, text: str, spec: TextSpec) -> npt.NDArray[np.float32]:
        """One text by itself: dynamic int8 takes its ranges from a batch, so company would show."""
        prompts = [template.replace("{}", text) for template in spec.templates]
        vectors = np.concatenate([self._embed_prompt(prompt) for prompt in prompts])
        return np.asarray(unit_rows(vectors).mean(axis=0), dtype=np.float32)

    def _embed_prompt(self, prompt: str) -> Vectors:
        encoding = self._tokenizer.encode(prompt)
        feeds = {"input_ids": encoding.ids, "attention_mask": encoding.attention_mask}
        wanted = {node.name for node in self._text_tower.get_inputs()}
        arrays = {name: np.array([ids], np.int64) for name, ids in feeds.items() if name in wanted}
        vectors, *_ = self._text_tower.run(None, arrays)
        return np.asarray(vectors, dtype=np.float32)

    @property
    def _text_spec(self) -> TextSpec:
        if self.manifest.text is None:
            raise NoTextTower(
                f"{self.info.name} has no text tower; search by words with --model mini"
            )
        return self.manifest.text

    @cached_property
    def _image_tower(self) -> onnxruntime.InferenceSession:
        return self._load(self._image_file)

    @cached_property
    def _text_tower(self) -> onnxruntime.InferenceSession:
        name = self._text_spec.file
        known = self.manifest.files.get(name)
        is_small = known is not None and known.bytes <= SMALL
        return self._load(name, threads=1 if is_small else 0)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        path = check_file(self.folder, self.manifest, self._text_spec.tokenizer)
        return Tokenizer.from_str(path.read_text(encoding="utf-8"))

    def _load(self, name: str, threads: int = 0) -> onnxruntime.InferenceSession:
        path = check_file(self.folder, self.manifest, name)
        if name + DATA in self.manifest.files:
            check_file(self.folder, self.manifest, name + DATA)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = self._threads or threads
        # A spinning pool burns the cores that decode the next pictures.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            return onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's own errors share no base
            raise DamagedModel(f"{path}: ONNX Runtime cannot load it ({error})") from error
