"""Builds the bundled model: ``python -m training.build``."""

import argparse
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from blake3 import blake3

from encoder.manifest import ImageSpec, Manifest, TextSpec, write_manifest
from training import minilm
from training.captions import Captions, read_captions
from training.conse import class_prompts, fused_naming
from training.copies import Copies, Material, train_copies
from training.export import image_tower, text_tower
from training.features import Floats, pixel_batches, plane_features, remembered, text_layers
from training.foreign import Foreign, foreign_texts, learn_foreign, pieces
from training.graph import save
from training.heads import Examples, train_heads
from training.material import Gatherer
from training.prototypes import TEMPLATES, prompts
from training.recipe import Places, Recipe
from training.towers import MEAN, STD, Tower, end_of, load_tower
from training.trunk import LAYERS, PLANES, TOKENS, image_ends, image_trunk, quantise, text_trunk

HERE = Path(__file__).parent
SOURCE = (
    "EfficientNet-Lite1 and 2 (ImageNet), all-MiniLM-L6-v2; copies of their last layers and heads"
    " trained on Flickr8k captions"
)
LICENCE = (
    "Apache-2.0 base weights; copies and heads for research and education (Flickr8k), see README.md"
)
PIECED = 5
"""A piece is cut out of one caption in so many."""
Batches = Callable[[], Iterator[Floats]]


@dataclass(frozen=True, slots=True)
class Trunks:
    """Frozen parts and copies, without heads, as files; ``ends`` is the image copies alone."""

    image: Path
    ends: Path
    text: Path


def build(recipe: Recipe, places: Places) -> Manifest:
    """Build everything from packages and captions; returns what was written to the folder."""
    captions = read_captions(places.captions / "train.tsv", places.captions / "train")
    towers = [load_tower(number) for number in recipe.towers]
    spec = ImageSpec(height=recipe.size, width=recipe.size, mean=MEAN, std=STD)
    calibrating = _calibrating(recipe, captions, spec)
    frozen = Gatherer(recipe, places.cache, spec, calibrating, towers)
    material = frozen.material(captions)
    copies = learn_copies(recipe, places, frozen, material)
    trunks = make_trunks(recipe, places, towers, copies, calibrating, material)
    examples = gather(recipe, places, trunks, captions, material)
    photo_head, text_head = train_heads(examples, recipe.head)
    places.folder.mkdir(parents=True, exist_ok=True)
    names = _sentences(recipe, trunks, class_prompts(recipe.naming))
    naming = fused_naming(towers, names, recipe.naming)
    tower = image_tower(onnx.load(trunks.image), photo_head, naming, recipe.naming)
    save(tower, places.folder / "image.onnx")
    foreign = foreign_of(recipe, trunks, captions, examples.texts)
    graph = text_trunk(recipe, copies.layers)
    text = text_tower(graph, text_head, foreign, minilm.shape().width, recipe)
    save(text, places.folder / "text.onnx")
    return finish(recipe, places, spec, naming.names.shape[1])


def learn_copies(recipe: Recipe, places: Places, frozen: Gatherer, material: Material) -> Copies:
    """Train copies, or go on from where an earlier build with the same choices was stopped."""
    of = frozen.image.read_bytes() + frozen.text.read_bytes() + repr(recipe.copies).encode()
    kept = places.cache / f"copies-{blake3(of).hexdigest(length=8)}.pt"
    ends = [end_of(tower, recipe.copies.blocks) for tower in frozen.towers]
    originals = Copies(ends, minilm.last_layers(recipe.copies.layers))
    return train_copies(originals, minilm.shape(), material, recipe.copies, kept)


def make_trunks(
    recipe: Recipe,
    places: Places,
    towers: Sequence[Tower],
    copies: Copies,
    calibrating: Batches,
    material: Material,
) -> Trunks:
    """Write the parts with the copies to the cache: image in int8, text with int8 weights."""
    image, ends, text = (places.cache / f"{name}.onnx" for name in ("image", "ends", "text"))
    quantise(image_trunk(towers, recipe.size, copies.ends), calibrating(), image)
    planes = material.views[0].planes[_chosen(recipe, len(material.views[0].planes))]
    quantise(
        image_ends(copies.ends, recipe.copies.side), iter([planes.astype(np.float32)]), ends, PLANES
    )
    save(text_trunk(recipe, copies.layers).model(TOKENS, {LAYERS: ("n", "l")}), text)
    return Trunks(image, ends, text)


def gather(
    recipe: Recipe, places: Places, trunks: Trunks, captions: Captions, material: Material
) -> Examples:
    """What frozen parts and copies give for the training photographs, captions and class names."""
    layers = partial(text_layers, trunks.text, minilm.tokenizer(recipe.max_tokens))
    texts = remembered(places.cache, trunks.text, "train captions", lambda: layers(captions.texts))
    named = remembered(places.cache, trunks.text, "prompts", lambda: layers(prompts()))
    copied = [plane_features(trunks.ends, view.planes) for view in material.views]
    views = zip(material.views, copied, strict=True)
    return Examples(
        views=tuple(np.concatenate([view.features, ends], axis=1) for view, ends in views),
        texts=texts,
        owners=captions.owners,
        prototypes=material.prototypes,
        prompts=named.reshape(len(TEMPLATES), -1, texts.shape[1]),
    )


def foreign_of(recipe: Recipe, trunks: Trunks, captions: Captions, texts: Floats) -> Foreign:
    """Learn how foreign a text is; ``texts`` are the layers of the captions."""
    said = pieces(captions.texts[::PIECED], recipe.foreign.seed)
    taught = [_last(recipe, texts), _sentences(recipe, trunks, said)]
    return learn_foreign(taught, _sentences(recipe, trunks, foreign_texts()), recipe.foreign)


def _calibrating(recipe: Recipe, captions: Captions, spec: ImageSpec) -> Batches:
    chosen = _chosen(recipe, len(captions.photos))
    return lambda: pixel_batches([captions.photos[i] for i in chosen], spec)


def _chosen(recipe: Recipe, photos: int) -> npt.NDArray[np.int64]:
    """Photographs that show the ranges of activations."""
    order = np.random.default_rng(recipe.head.seed).permutation(photos)
    return order[: recipe.calibration_photos]


def finish(recipe: Recipe, places: Places, spec: ImageSpec, name_width: int) -> Manifest:
    """Add tokenizer, model card and manifest to the folder."""
    tokenizer = minilm.tokenizer(recipe.max_tokens)
    tokenizer.save(str(places.folder / "tokenizer.json"), pretty=False)
    shutil.copyfile(HERE / "card.md", places.folder / "README.md")
    manifest = Manifest(
        name="mini",
        dimension=recipe.head.dimension + name_width,
        image=spec,
        text=TextSpec(context_length=recipe.max_tokens),
        source=SOURCE,
        licence=LICENCE,
    )
    return write_manifest(places.folder, manifest)


def _sentences(recipe: Recipe, trunks: Trunks, texts: Sequence[str]) -> Floats:
    layers = text_layers(trunks.text, minilm.tokenizer(recipe.max_tokens), texts)
    return _last(recipe, layers)


def _last(recipe: Recipe, layers: Floats) -> Floats:
    """MiniLM's own sentence embeddings: the last of the frozen layers."""
    width = minilm.shape().width
    end = len(recipe.layers) * width
    return layers[:, end - width : end]


def main() -> None:
    """Parse the command line and build."""
    parser = argparse.ArgumentParser(prog="python -m training.build", description=__doc__)
    parser.add_argument("--captions", type=Path, default=Path("../shared/captions"))
    parser.add_argument("--out", type=Path, default=Path("encoder/models/mini"))
    parser.add_argument("--cache", type=Path, default=HERE / ".cache")
    options = parser.parse_args()
    manifest = build(Recipe(), Places(options.captions, options.out, options.cache))
    size = sum(entry.bytes for entry in manifest.files.values()) / 1e6
    print(f"{options.out}: {manifest.dimension} dimensions, {size:.1f} MB, {manifest.fingerprint}")


if __name__ == "__main__":
    main()
