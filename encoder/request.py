"""What a person asks for when a model is to be brought, and whether that can be meant."""

import re
from dataclasses import dataclass
from pathlib import Path

from encoder.registry import DOWNLOADS, known_models, nearest
from encoder.yolo import holds_yolo
from errors import ExportError, ModelError, UnknownModel

_HUB, _FOLDER = "hf-hub:", "local-dir:"
_CHECKPOINTS = (".pt", ".pth", ".bin", ".safetensors")
_NAME = re.compile(r"[A-Za-z0-9][\w.+-]*(/[A-Za-z0-9][\w.+-]*)*")


@dataclass(frozen=True, slots=True)
class AddRequest:
    """Which model to bring.

    ``spec`` is ``ARCHITECTURE/TAG`` of ``open_clip.list_pretrained()``, ``hf-hub:owner/name``,
    ``local-dir:path``, or the path of a checkpoint (.pt, .pth, .bin, .safetensors), which needs
    ``architecture``. ``name`` is what it will be called, by default after ``spec``. Each of
    ``templates`` holds ``{}`` where the words go; none are the words alone. ``offline`` takes only
    what was downloaded before.
    """

    spec: str
    name: str | None = None
    architecture: str | None = None
    templates: tuple[str, ...] = ()
    offline: bool = False


def resolve(request: AddRequest) -> tuple[str, str | None, Path | None]:
    """Architecture, tag and checkpoint that a request asks for."""
    spec = request.spec
    if spec.startswith(_FOLDER):
        folder = Path(spec.removeprefix(_FOLDER)).expanduser().absolute()
        return f"{_FOLDER}{folder}", None, None
    if spec.startswith(_HUB):
        return spec, None, None
    if is_checkpoint(spec):
        return str(request.architecture), None, Path(spec).expanduser()
    from encoder.pretrained import pretrained_names

    names = pretrained_names()
    if spec not in names:
        raise UnknownModel(
            f"unknown model {spec!r}; {nearest(spec, names)}; or hf-hub:owner/name, a checkpoint "
            "with --architecture, or Ultralytics weights (.pt)"
        )
    architecture, _, tag = spec.rpartition("/")
    return architecture, tag, None


def wants_the_hub(request: AddRequest) -> bool:
    """Whether something may have to be fetched."""
    return not (is_checkpoint(request.spec) or request.spec.startswith(_FOLDER))


def is_yolo(request: AddRequest) -> bool:
    """Whether the spec is a file of Ultralytics weights."""
    return request.architecture is None and holds_yolo(Path(request.spec).expanduser())


def is_checkpoint(spec: str) -> bool:
    """Whether a spec means a file of weights, there or not."""
    return spec.endswith(_CHECKPOINTS) or Path(spec).expanduser().is_file()


def chosen_name(request: AddRequest) -> str:
    """What the model will be called."""
    if request.name is not None:
        return request.name
    if request.spec.startswith(_FOLDER):
        return Path(request.spec.removeprefix(_FOLDER)).name
    return (
        Path(request.spec).stem if is_checkpoint(request.spec) else request.spec.removeprefix(_HUB)
    )


def refuse_bad_request(request: AddRequest, name: str) -> None:
    """Raise ModelError for a name, a template or a checkpoint that cannot be meant, and ExportError
    for a name that is taken."""
    if not _NAME.fullmatch(name) or name.split("/")[0] == DOWNLOADS:
        raise ModelError(f"{name!r} cannot be a model's name; use letters, digits, . _ + - and /")
    if is_checkpoint(request.spec) and request.architecture is None and not is_yolo(request):
        raise _no_architecture(request.spec)
    if any("{}" not in template for template in request.templates):
        raise ModelError("every prompt template needs {} where the words go, as in 'a photo of {}'")
    for other in known_models():
        if other == name or name.startswith(f"{other}/") or other.startswith(f"{name}/"):
            raise ExportError(
                f"{name}: there is a model {other} already; give another --name, or first: "
                f"photoseek models remove {other}"
            )


def _no_architecture(spec: str) -> ModelError:
    if not Path(spec).expanduser().is_file():
        return UnknownModel(f"{spec}: no such checkpoint")
    return ModelError(
        f"{spec}: not Ultralytics weights, and no other checkpoint says what it is of; "
        f"photoseek models add {spec} --architecture NAME, as in ViT-B-32"
    )
