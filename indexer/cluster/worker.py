"""What runs on a node: the indexer's own reader, decoders and embedder. Knows nothing of Ray."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from threading import Lock

from PIL import Image

from encoder import Device, Encoder, load_encoder
from encoder.accelerator import accelerate
from errors import ModelError, PathError, PhotoseekError
from indexer.embed import EmbeddedBatch, Embedder, Target
from indexer.objects import Objects
from indexer.plan import ToRead
from indexer.read import Contents
from indexer.work import FETCHES_A_WORKER, Job
from pictures import Allowance, Decoders
from store import ObjectPath, RootRecord, SpaceRecord

LoadEncoder = Callable[[str], Encoder]
_BLANK = Image.new("RGB", (64, 64))


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some files of one root, to be read, embedded and committed together."""

    root: RootRecord
    tasks: list[ToRead]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a worker is told when it is hired.

    ``spaces`` are to be filled, each by the model it names; ``load`` replaces the models that are
    installed on the node. ``processes`` decode, of as many as ``node_processes`` on the node.
    """

    job: Job
    spaces: Sequence[SpaceRecord]
    roots: Sequence[Path]
    device: Device
    processes: int
    node_processes: int
    version: str
    load: LoadEncoder | None = None


class Worker:
    """Reads and embeds chunks. Two threads may be in ``work``: one decodes while one encodes."""

    def __init__(self, terms: Terms, contents: Contents) -> None:
        allowance = Allowance.of_machine(terms.job.decode_timeout, terms.node_processes)
        remote = any(isinstance(root, ObjectPath) for root in terms.roots)
        threads = terms.processes * (FETCHES_A_WORKER if remote else 1)
        self._terms = terms
        self._contents = contents
        self._embedder = Embedder(contents, [])
        self._decoders = Decoders(terms.processes, allowance)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="read")
        self._encoding = Lock()

    def prepare(self) -> str | None:
        """Load the models. Why nothing can be done here; None if all is ready."""
        try:
            self._require_version()
            for root in self._terms.roots:
                _require_folder(root)
            self._embedder = Embedder(self._contents, self._targets())
        except (PhotoseekError, OSError) as error:
            return str(error)
        return None

    def work(self, chunk: Chunk) -> EmbeddedBatch:
        """The files of a chunk that are here, embedded.

        Raises DecoderError if no process can be started, ModelError for a model gone wrong.
        """
        settled = self._terms.job.reader(chunk.root, self._contents, self._decoders)
        files = [file for file in self._threads.map(settled.read, chunk.tasks) if file is not None]
        with self._encoding:
            return self._embedder.embed(files)

    def close(self) -> None:
        """End its threads and decoders, as the end of its process does."""
        self._decoders.close()
        self._threads.shutdown()

    def _require_version(self) -> None:
        if (here := version("photoseek")) != self._terms.version:
            raise ModelError(f"has photoseek {here}, not {self._terms.version}; install the same")

    def _targets(self) -> list[Target]:
        targets = [Target(self._encoder(space), space) for space in self._terms.spaces]
        for target in targets:
            target.encoder.embed_images([_BLANK])  # loaded, and whole, before a picture is read
        return targets

    def _encoder(self, space: SpaceRecord) -> Encoder:
        load = self._terms.load or partial(load_encoder, threads=self._terms.processes)
        encoder = load(space.model)
        if encoder.info.fingerprint != space.fingerprint:
            raise ModelError(f"has another {space.model} than the library; bring the same there")
        return accelerate(encoder, self._terms.device)


def _require_folder(root: Path) -> None:
    """Raises PathError unless something of a root can be seen from here: it may not be mounted."""
    if isinstance(root, ObjectPath):
        Objects(str(root)).require()
    elif not root.is_dir() or next(root.iterdir(), None) is None:
        raise PathError(f"does not see {root}; mount it there under the same path")
