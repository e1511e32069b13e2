"""Builds the bundled model: ``python -m training.build``. Takes about ten minutes on two cores."""

import argparse
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

from encoder.manifest import ImageSpec, Manifest, TextSpec, write_manifest
from training import minilm
from training.captions import Captions, read_captions
from training.conse import class_prompts, fused_naming
from training.export import image_tower, text_tower
from training.features import (
    Floats,
    photo_features,
    pixel_batches,
    remembered,
    text_layers,
)
from training.graph import save
from training.heads import Examples, train_heads
from training.prototypes import TEMPLATES, prompts, prototypes
from training.recipe import Places, Recipe
from training.towers import MEAN, STD, Tower, load_tower
from training.trunk import LAYERS, TOKENS, image_trunk, quantise, text_trunk

HERE = Path(__file__).parent
SOURCE = (
    "EfficientNet-Lite0, 1 and 2 (ImageNet), all-MiniLM-L6-v2; heads trained on Flickr8k captions"
)
LICENCE = "Apache-2.0 base weights; heads for research and education (Flickr8k), see README.md"


@dataclass(frozen=True, slots=True)
class Trunks:
    """The frozen parts as files, and how a photograph is brought to them."""

    image: Path
    text: Path
    spec: ImageSpec


def build(recipe: Recipe, places: Places) -> Manifest:
    """Build everything from packages and captions; returns what was written to the folder."""
    captions = read_captions(places.captions / "train.tsv", places.captions / "train")
    towers = [load_tower(number) for number in recipe.towers]
    trunks = make_trunks(recipe, places, towers, captions)
    examples = gather(recipe, places, trunks, towers, captions)
    photo_head, text_head = train_heads(examples, recipe.head)
    places.folder.mkdir(parents=True, exist_ok=True)
    names = _sentences(recipe, trunks, class_prompts(recipe.naming))
    naming = fused_naming(towers, names, recipe.naming)
    trunk = onnx.load(trunks.image)
    save(image_tower(trunk, photo_head, naming, recipe.naming), places.folder / "image.onnx")
    text = text_tower(text_trunk(recipe), text_head, minilm.shape().width, recipe)
    save(text, places.folder / "text.onnx")
    return finish(recipe, places, trunks.spec, naming.names.shape[1])


def make_trunks(recipe: Recipe, places: Places, towers: list[Tower], captions: Captions) -> Trunks:
    """Write the frozen parts to the cache: image in int8, text with int8 weights."""
    places.cache.mkdir(parents=True, exist_ok=True)
    spec = ImageSpec(height=recipe.size, width=recipe.size, mean=MEAN, std=STD)
    trunks = Trunks(places.cache / "image.onnx", places.cache / "text.onnx", spec)
    order = np.random.default_rng(recipe.head.seed).permutation(len(captions.photos))
    seen = [captions.photos[i] for i in order[: recipe.calibration_photos]]
    quantise(image_trunk(towers, recipe.size), pixel_batches(seen, spec), trunks.image)
    save(text_trunk(recipe).model(TOKENS, {LAYERS: ("n", "l")}), trunks.text)
    return trunks


def gather(
    recipe: Recipe, places: Places, trunks: Trunks, towers: list[Tower], captions: Captions
) -> Examples:
    """What the frozen parts give for the training photographs, captions and class names."""
    tokenizer = minilm.tokenizer(recipe.max_tokens)
    texts = remembered(
        places.cache,
        trunks.text,
        "train captions",
        lambda: text_layers(trunks.text, tokenizer, captions.texts),
    )
    named = text_layers(trunks.text, tokenizer, prompts())
    sides = (False, True) if recipe.mirrored else (False,)
    views = tuple(_view(places, trunks, captions, mirrored=side) for side in sides)
    return Examples(
        views=views,
        texts=texts,
        owners=captions.owners,
        prototypes=prototypes(towers, views[0].shape[1]),
        prompts=named.reshape(len(TEMPLATES), -1, texts.shape[1]),
    )


def _view(places: Places, trunks: Trunks, captions: Captions, *, mirrored: bool) -> Floats:
    return remembered(
        places.cache,
        trunks.image,
        f"train photos, mirrored={mirrored}",
        lambda: photo_features(trunks.image, captions.photos, trunks.spec, mirrored=mirrored),
    )


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


def _sentences(recipe: Recipe, trunks: Trunks, texts: list[str]) -> Floats:
    """MiniLM's own sentence embeddings: the last of the pooled layers."""
    layers = text_layers(trunks.text, minilm.tokenizer(recipe.max_tokens), texts)
    return layers[:, -minilm.shape().width :]


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
