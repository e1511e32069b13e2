"""Tokenizers of OpenCLIP as ``tokenizers`` objects, with cleaning, truncation and padding set.

They differ from OpenCLIP's only in that mojibake and HTML entities are not mended first (ftfy), and
in that a special token written out in a text (``</s>``) is read as one.
"""

from typing import Literal, get_args

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

Clean = Literal["whitespace", "lower", "canonicalize"]
clean_names: tuple[str, ...] = get_args(Clean)

_CONTROLS = Regex(  # what ftfy removes
    r"[\x00-\x08\x0b\x0e-\x1f\x7f\x{206a}-\x{206f}\x{feff}\x{fff9}-\x{fffc}]"
)
_SPACES = Regex(r"\s+")
_PUNCTUATION = Regex(r"[!-/:-@\[-`{-~]")  # string.punctuation
_WORDS = Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")


def clip_tokenizer(
    vocabulary: dict[str, int], merges: list[tuple[str, str]], clean: Clean, context_length: int
) -> Tokenizer:
    """CLIP's byte-pair tokenizer, padded with token 0."""
    start, end = "<start_of_text>", "<end_of_text>"
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence(cleaning(clean))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(_WORDS, behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}",
        special_tokens=[(start, vocabulary[start]), (end, vocabulary[end])],
    )
    tokenizer.enable_truncation(context_length)
    tokenizer.enable_padding(length=context_length, pad_id=0, pad_token="!")  # noqa: S106  (token 0)
    return tokenizer


def cleaned_tokenizer(
    backend: Tokenizer,
    clean: Clean,
    context_length: int,
    *,
    padding: tuple[int, str],
    direction: str,
) -> Tokenizer:
    """A copy of a Hugging Face fast tokenizer that cleans its text first.

    ``padding`` is the id and the text of the token it pads with, on the side ``direction``.
    """
    tokenizer = Tokenizer.from_str(backend.to_str())
    own = [tokenizer.normalizer] if tokenizer.normalizer else []
    tokenizer.normalizer = normalizers.Sequence([*cleaning(clean), *own])
    tokenizer.enable_truncation(context_length)
    tokenizer.enable_padding(
        direction=direction, length=context_length, pad_id=padding[0], pad_token=padding[1]
    )
    return tokenizer


def cleaning(clean: Clean) -> list[normalizers.Normalizer]:
    """OpenCLIP's clean functions; what ftfy does to characters and quotes comes first."""
    unicode = [
        normalizers.Replace(_CONTROLS, ""),
        normalizers.NFC(),
        normalizers.Replace(Regex("[‘’‚‛]"), "'"),
        normalizers.Replace(Regex("[“”„‟]"), '"'),
    ]
    spaces = [normalizers.Replace(_SPACES, " "), normalizers.Strip()]
    if clean == "whitespace":
        return [*unicode, *spaces]
    if clean == "lower":
        return [*unicode, *spaces, normalizers.Lowercase()]
    bare = [normalizers.Replace("_", " "), normalizers.Replace(_PUNCTUATION, "")]
    return [*unicode, *bare, normalizers.Lowercase(), *spaces]
