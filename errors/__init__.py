"""Every error Photoseek raises on purpose, grouped by what the caller can do about it.

::

    PhotoseekError
    ├── UsageError             change the call
    │   ├── QueryError             an empty query, a limit below one, a mistake in the grammar
    │   └── PathError              no such folder, a file where a folder is wanted
    ├── PictureError           choose or mend the picture
    ├── DecoderError           no process to decode in: free memory, or install anew
    ├── ClusterError           no cluster there, or no node of it can work: start or mend one
    ├── ModelError             choose another model, or fetch this one again
    │   ├── UnknownModel
    │   ├── DamagedModel
    │   ├── DownloadError          get a network, or do with a model that is here
    │   ├── ExportError
    │   ├── ModelsLocked           wait for the process that adds a model
    │   └── NoTextTower
    └── LibraryError           look after the library folder
        ├── NoLibrary              index something first
        ├── NotALibrary            the folder or file is somebody else's
        ├── LibraryTooNew          upgrade photoseek
        ├── LibraryLocked          wait for the process that writes
        ├── LibraryDamaged         the catalog cannot be read
        ├── StorageError           make room, or give write permission; then run again
        └── EngineError            mend what the server says: it refuses, or holds another's vectors
            └── EngineUnreachable      start the server, or mend its address, user or password

A message names the value and the way out. The room below all others, so that each may raise these
and none needs another for it.
"""

__all__ = [
    "ClusterError",
    "DamagedModel",
    "DecoderError",
    "DownloadError",
    "EngineError",
    "EngineUnreachable",
    "ExportError",
    "LibraryDamaged",
    "LibraryError",
    "LibraryLocked",
    "LibraryTooNew",
    "ModelError",
    "ModelsLocked",
    "NoLibrary",
    "NoTextTower",
    "NotALibrary",
    "PathError",
    "PhotoseekError",
    "PictureError",
    "QueryError",
    "StorageError",
    "UnknownModel",
    "UsageError",
]


class PhotoseekError(Exception):
    """Root of the tree; its text is one line meant for a person."""


class UsageError(PhotoseekError):
    """The call is wrong as it stands."""


class QueryError(UsageError):
    """The question cannot be asked: nothing in it, a limit below one, a mistake in its text.

    ``column``, from 1, is where in the text the mistake is.
    """

    def __init__(self, message: str, column: int | None = None) -> None:
        super().__init__(message if column is None else f"column {column}: {message}")
        self.column = column


class PathError(UsageError):
    """A path that is missing, or is not the kind of thing that is wanted."""


class PictureError(PhotoseekError):
    """A picture that cannot be read; the text is the reason, without the path."""


class DecoderError(PhotoseekError):
    """The process that decodes pictures cannot be started."""


class ClusterError(PhotoseekError):
    """A Ray cluster that cannot be reached, or that has no node that can work."""


class ModelError(PhotoseekError):
    """An encoder that cannot be used."""


class UnknownModel(ModelError):
    """No model of this name is known here."""


class DamagedModel(ModelError):
    """A model folder with a file missing, altered or unreadable."""


class DownloadError(ModelError):
    """Weights that are not here and cannot be fetched."""


class ExportError(ModelError):
    """A model that could not be exported, or whose export disagrees with the original."""


class ModelsLocked(ModelError):
    """Another process is adding a model."""


class NoTextTower(ModelError):
    """Words were given to a model that embeds pictures only."""


class LibraryError(PhotoseekError):
    """The library folder stands in the way."""


class NoLibrary(LibraryError):
    """Nothing has been indexed here yet."""


class NotALibrary(LibraryError):
    """The folder holds something that Photoseek did not make."""


class LibraryTooNew(LibraryError):
    """Written by a later version of Photoseek."""


class LibraryLocked(LibraryError):
    """Another process is writing."""


class LibraryDamaged(LibraryError):
    """The catalog is not readable as a database."""


class StorageError(LibraryError):
    """The disk is full, read-only or failing; what was committed before is intact."""


class EngineError(LibraryError):
    """A server that holds a part of the library refuses, or holds another's in its place."""


class EngineUnreachable(EngineError):
    """The server that a library is kept on cannot be reached, or lets us not in."""
