"""Exported tokenizers give OpenCLIP's own token ids, for every kind of tokenizer."""

import json
import shutil
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from open_clip.tokenizer import HFTokenizer, SimpleTokenizer
from PIL import Image
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerFast

from conftest import PHOTOS
from encoder.check import Parity
from encoder.export import export_openclip, portable_tokenizer
from encoder.install import AddRequest, add_model
from encoder.onnx import OnnxEncoder
from encoder.openclip import load_openclip
from encoder.tokens import clean_names
from errors import ExportError, ModelError

TEXTS = [
    "a dog running on the beach",
    "Two  children,\tplaying; 100% happy!",
    "snake_case and (brackets) [and] more: don't; {}~^`",
    "café – “naïve” ‘quotes’ ÄÖÜ İ Σας",
    "日本の写真",
    "\x1cseparated\x1fby\ufeffcontrols\u2003and\x0cspaces ",
    "word " * 200,
    "x",
    "",
]
CAPTIONS_OF = PHOTOS.parent / "captions.tsv"


def captions() -> list[str]:
    lines = CAPTIONS_OF.read_text(encoding="utf-8").splitlines()
    return [line.split("\t")[1] for line in lines]


def require_equal_ids(tokenize: SimpleTokenizer | HFTokenizer, context_length: int) -> None:
    portable = portable_tokenizer(tokenize, context_length)
    texts = [*TEXTS, *captions()]
    ours = np.array([encoding.ids for encoding in portable.encode_batch(texts)])
    theirs = tokenize(texts, context_length=context_length).numpy()
    np.testing.assert_array_equal(ours, theirs)


@pytest.fixture(scope="module")
def wordpieces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A local Hugging Face tokenizer of BERT's kind, trained on the captions."""
    specials = {"unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    names = ["[PAD]", *specials.values()]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=500, special_tokens=names, show_progress=False)
    tokenizer.train_from_iterator(captions(), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    folder = tmp_path_factory.mktemp("wordpieces")
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, pad_token="[PAD]", **specials
    )
    fast.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("clean", clean_names)
@pytest.mark.parametrize("context_length", [77, 76, 12])
def test_clips_own_tokenizer(clean: str, context_length: int) -> None:
    require_equal_ids(SimpleTokenizer(clean=clean, context_length=context_length), context_length)


@pytest.mark.parametrize("clean", clean_names)
@pytest.mark.parametrize("context_length", [64, 12])
def test_hugging_face_tokenizers(wordpieces: Path, clean: str, context_length: int) -> None:
    tokenize = HFTokenizer(str(wordpieces), context_length=context_length, clean=clean)
    require_equal_ids(tokenize, context_length)


def test_sentencepiece_tokenizers() -> None:
    """The kind of SigLIP and mT5: unigrams, padded with a token that is not 0."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    specials = ["</s>", "<pad>", "<unk>"]
    trainer = trainers.UnigramTrainer(
        vocab_size=300, special_tokens=specials, unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(captions(), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 0)]
    )
    tokenize = HFTokenizer.__new__(HFTokenizer)
    tokenize.tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    )
    tokenize.tokenizer_mode, tokenize.strip_sep_token = "", False
    tokenize.clean_fn = open_clip.tokenizer.get_clean_fn("canonicalize")
    tokenize.context_length = 64
    require_equal_ids(tokenize, 64)


def test_a_tokenizer_without_a_portable_form_is_refused(wordpieces: Path) -> None:
    with pytest.raises(ExportError, match="HFTokenizer of 'clips' mode"):
        portable_tokenizer(HFTokenizer(str(wordpieces), tokenizer_mode="clips"), 77)
    with pytest.raises(ExportError, match="cannot be exported"):
        portable_tokenizer(str.split, 77)


VISION = {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 8}


def described(folder: Path, config: dict[str, object]) -> str:
    """A whole model with random weights in a folder, as ``local-dir:`` wants it."""
    folder.mkdir(exist_ok=True)
    document = {"model_cfg": config, "preprocess_cfg": {"resize_mode": "squash"}}
    (folder / "open_clip_config.json").write_text(json.dumps(document))
    (folder / f"{folder.name}.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder / f"{folder.name}.json")
    torch.manual_seed(0)
    model = open_clip.create_model(folder.name, pretrained_text=False)
    torch.save(model.state_dict(), folder / "open_clip_pytorch_model.bin")
    return f"local-dir:{folder}"


def export(spec: str, folder: Path, pictures: list[Image.Image]) -> tuple[Parity, OnnxEncoder]:
    encoder = load_openclip(spec, device="cpu")
    parity = export_openclip(encoder, folder, images=pictures, texts=TEXTS)
    return parity, OnnxEncoder(folder)


def test_siglip_like_models_are_exported(
    wordpieces: Path, tmp_path: Path, pictures: list[Image.Image]
) -> None:
    """A Hugging Face tokenizer whose separators the model sees as 0, and bidirectional text."""
    shutil.copytree(wordpieces, tmp_path / "tiny-siglip")
    text = {
        "context_length": 24,
        "vocab_size": 30522,
        "hf_tokenizer_name": "unused",
        "tokenizer_kwargs": {"clean": "canonicalize", "strip_sep_token": True},
        "width": 32,
        "heads": 2,
        "layers": 1,
        "no_causal_mask": True,
        "pool_type": "last",
    }
    config = {"embed_dim": 32, "custom_text": True, "vision_cfg": VISION, "text_cfg": text}
    spec = described(tmp_path / "tiny-siglip", config)
    parity, exported = export(spec, tmp_path / "exported", pictures)
    assert min(parity.image, parity.text) > 0.9999
    assert exported.info.context_length == 24
    assert exported.manifest.image.resize == "squash"


def test_without_transformers_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is downloaded."""
    monkeypatch.setattr("encoder.pretrained.find_spec", lambda _: None)
    with pytest.raises(ModelError, match=r"pip install 'photoseek\[huggingface\]'"):
        load_openclip("ViT-B-16-SigLIP", pretrained="webli", device="cpu")
    with pytest.raises(ModelError, match=r"pip install 'photoseek\[huggingface\]'"):
        add_model(AddRequest("ViT-B-16-SigLIP/webli", offline=True))


def test_coca_is_exported(tmp_path: Path, pictures: list[Image.Image]) -> None:
    """CoCa's text tower reads 76 tokens and adds one of its own."""
    text = {
        "context_length": 76,
        "vocab_size": 49408,
        "width": 32,
        "heads": 2,
        "layers": 1,
        "embed_cls": True,
        "output_tokens": True,
    }
    multimodal = {"context_length": 76, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1}
    vision = VISION | {"attentional_pool": True, "attn_pooler_heads": 2, "output_tokens": True}
    config = {
        "embed_dim": 32,
        "custom_text": True,
        "vision_cfg": vision,
        "text_cfg": text,
        "multimodal_cfg": multimodal | {"attn_pooler_heads": 2},
    }
    spec = described(tmp_path / "tiny-coca", config)
    parity, exported = export(spec, tmp_path / "exported", pictures)
    assert min(parity.image, parity.text) > 0.9999
    assert exported.info.context_length == 76


@pytest.mark.usefixtures("checkpoint")
def test_weights_too_large_for_one_file_go_beside_it(
    checkpoint: Path, tmp_path: Path, pictures: list[Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("encoder.export.LARGEST_FILE", 1000)
    tiny = load_openclip("tiny-clip", checkpoint=checkpoint, device="cpu")
    parity = export_openclip(tiny, tmp_path / "large", images=pictures, texts=TEXTS)
    assert min(parity.image, parity.text) > 0.9999
    files = OnnxEncoder(tmp_path / "large").manifest.files
    assert {"image.onnx.data", "text.onnx.data"} <= set(files)
