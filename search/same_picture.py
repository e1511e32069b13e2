"""Whether two pictures are one picture: encoded again, resized, cropped or slightly edited.

Perceptual hashes and embeddings propose; this decides, on the pixels of two thumbnails. One is laid
over the other by an affine transform (enhanced correlation: Evangelidis and Psarakis, "Parametric
Image Alignment Using Enhanced Correlation Coefficient Maximization", 2008), so that crops and
straightened horizons fit; then they are compared block by block, each by its own correlation, so
that brightness and tone do not matter, and a subject that has moved between two shots does.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.float32]
Affine = npt.NDArray[np.float64]

SIDE = 96
"""Pictures are compared as squares of this side, whatever their shape: alignment stretches."""
_BLOCK = 12
_LEVELS = (24, 48, 96)
"""Coarse to fine, so that a step can be as long as a shift is."""
_STEPS = 8
_FARTHEST = 0.5
"""Change of a coefficient beyond which the search for a fit has gone astray."""
_HOPELESS = 0.6
"""Correlation on the coarsest level below which finer ones are not tried."""
_WHOLE, _BLOCKS, _BLOCK_AGREES, _TEXTURED = 0.90, 0.90, 0.70, 0.30
"""Chosen on crops and turns of 205 photographs (99 % found) and on frames between which a subject
has moved (0 to 1 % taken for the same): looser bounds soon take these, stricter ones lose crops."""
_IDENTITY: Affine = np.array([1.0, 0, 0, 0, 1, 0])


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well two pictures fit, once aligned.

    ``overlap`` is the share of the first that the second shows; ``whole``, the correlation there;
    ``blocks``, the share of the ``textured`` blocks, those with anything in them, that agree.
    """

    overlap: float
    whole: float = 0.0
    blocks: float = 0.0
    textured: int = 0

    @property
    def same(self) -> bool:
        enough = self.overlap >= 0.55 and self.textured >= 4  # a blank sheet resembles another
        return enough and self.whole >= _WHOLE and self.blocks >= _BLOCKS


def to_compare(image: Image.Image) -> Pixels:
    """A picture as it is compared: grey, float32 (96, 96), 0 to 255."""
    small = image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=None)
    return np.asarray(small, dtype=np.float32)


def same_picture(one: Pixels, other: Pixels) -> bool:
    """Whether two pictures, float32 (96, 96) each, are one."""
    return agreement(one, other).same


def agreement(one: Pixels, other: Pixels) -> Agreement:
    """Compare as they lie; where that does not fit, aligned."""
    as_they_lie = _compare(one, other, _IDENTITY)
    if as_they_lie.same or as_they_lie.whole < 0.1:
        return as_they_lie
    return _compare(one, other, _align(one, other))


def _compare(one: Pixels, other: Pixels, affine: Affine) -> Agreement:
    laid, inside = _laid_over(other, affine)
    if inside.mean() < 0.3:
        return Agreement(float(inside.mean()))
    a, b = _standard(one, inside), _standard(laid, inside)
    whole = float((a * b)[inside].mean())
    agreeing, textured = _blocks(a, b, inside)
    return Agreement(float(inside.mean()), whole, agreeing, textured)


def _blocks(a: Pixels, b: Pixels, inside: npt.NDArray[np.bool_]) -> tuple[float, int]:
    """Share of blocks with anything in them whose pixels correlate, weighed alike."""
    tiles_a, tiles_b = _tiles(a), _tiles(b)
    covered = _tiles(inside.astype(np.float32)).mean(axis=1) > 0.95
    a0 = tiles_a - tiles_a.mean(axis=1, keepdims=True)
    b0 = tiles_b - tiles_b.mean(axis=1, keepdims=True)
    strength_a, strength_b = a0.std(axis=1), b0.std(axis=1)
    textured = covered & (np.maximum(strength_a, strength_b) > _TEXTURED)
    if not textured.any():
        return 1.0, 0
    correlation = (a0 * b0).mean(axis=1) / np.maximum(strength_a * strength_b, 1e-6)
    return float((correlation[textured] > _BLOCK_AGREES).mean()), int(textured.sum())


def _tiles(pixels: Pixels) -> Pixels:
    count = SIDE // _BLOCK
    split = pixels.reshape(count, _BLOCK, count, _BLOCK).swapaxes(1, 2)
    return split.reshape(count * count, _BLOCK * _BLOCK)


def _standard(pixels: Pixels, inside: npt.NDArray[np.bool_]) -> Pixels:
    """Mean 0 and deviation 1 where both pictures are."""
    values = pixels[inside]
    return np.asarray((pixels - values.mean()) / max(float(values.std()), 1e-3))


def _align(one: Pixels, other: Pixels) -> Affine:
    """The affine transform, in units of the half side, that lays ``other`` over ``one``; the
    identity if none does."""
    affine = _IDENTITY.copy()
    for side in _LEVELS:
        template, moving = _shrunk(one, side), _shrunk(other, side)
        affine = _fitted(template, moving, affine)
        if np.abs(affine - _IDENTITY).max() > _FARTHEST:
            return _IDENTITY
        if side == _LEVELS[0] and _correlation(template, moving, affine) < _HOPELESS:
            return _IDENTITY
    return affine


def _correlation(template: Pixels, moving: Pixels, affine: Affine) -> float:
    laid, inside = _laid_over(moving, affine)
    product = _standard(template, inside) * _standard(laid, inside)
    return float(product[inside].mean())


def _fitted(template: Pixels, moving: Pixels, affine: Affine) -> Affine:
    """Improved on one level, until a step moves no corner by a tenth of a pixel."""
    for _ in range(_STEPS):
        step = _step(template, moving, affine)
        affine = affine + step
        if np.abs(step).max() < 0.1 / len(template):
            break
    return affine


def _shrunk(pixels: Pixels, side: int) -> Pixels:
    if side == SIDE:
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BOX))


def _step(template: Pixels, moving: Pixels, affine: Affine) -> Affine:
    """One Gauss–Newton step on the difference of the standardised pictures."""
    laid, inside = _laid_over(moving, affine)
    if inside.sum() < 30:
        return np.zeros(6)
    difference = (_standard(template, inside) - _standard(laid, inside))[inside]
    down, right = _slopes(laid / max(float(laid[inside].std()), 1e-3) * (len(laid) / 2))
    y, x = _grid(len(laid))
    right, down, x, y = right[inside], down[inside], x[inside], y[inside]
    slopes = np.stack([right * x, right * y, right, down * x, down * y, down])
    normal = (slopes @ slopes.T).astype(np.float64)
    normal[np.diag_indices(6)] *= 1.001
    try:
        step: Affine = np.linalg.solve(normal, slopes @ difference)
    except np.linalg.LinAlgError:  # a picture without any slope has no direction to go
        return np.zeros(6)
    return step


def _slopes(pixels: Pixels) -> tuple[Pixels, Pixels]:
    """As ``np.gradient`` gives them, down and right, in a quarter of the time."""
    down, right = np.empty_like(pixels), np.empty_like(pixels)
    down[1:-1] = (pixels[2:] - pixels[:-2]) / 2
    down[0], down[-1] = pixels[1] - pixels[0], pixels[-1] - pixels[-2]
    right[:, 1:-1] = (pixels[:, 2:] - pixels[:, :-2]) / 2
    right[:, 0] = pixels[:, 1] - pixels[:, 0]
    right[:, -1] = pixels[:, -1] - pixels[:, -2]
    return down, right


def _laid_over(pixels: Pixels, affine: Affine) -> tuple[Pixels, npt.NDArray[np.bool_]]:
    """``pixels`` sampled at A·(x, y), x and y from −1 to 1, and where that is inside them."""
    side = len(pixels)
    xx, xy, x0, yx, yy, y0 = affine
    half = side / 2
    matrix = (
        xx, xy, half * (x0 + 1 - xx - xy),
        yx, yy, half * (y0 + 1 - yx - yy),
    )  # fmt: skip
    laid = Image.fromarray(pixels).transform(
        (side, side), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
    )
    y, x = _grid(side)
    edge = 1 - 1 / side
    inside = (np.abs(xx * x + xy * y + x0) < edge) & (np.abs(yx * x + yy * y + y0) < edge)
    return np.asarray(laid), inside


@cache
def _grid(side: int) -> tuple[Pixels, Pixels]:
    middle = (np.arange(side, dtype=np.float32) + 0.5) * (2 / side) - 1
    y, x = np.meshgrid(middle, middle, indexing="ij")
    return y, x
