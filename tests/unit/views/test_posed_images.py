"""Masks of every kind of image that segmenters and image editors write."""

from pathlib import Path

import numpy as np
import pytest
from boxfit.errors import DatasetError
from boxfit.views.posed_images import MaskKind, open_mask
from PIL import Image

MASK = np.zeros((20, 30), dtype=bool)
MASK[4:15, 7:22] = True
BYTES = np.where(MASK, 255, 0).astype(np.uint8)
SOFT = np.repeat(np.linspace(0, 1, 30)[None], 20, axis=0)
SCENE = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def palette_image(indices: np.ndarray, *colours: tuple[int, ...]) -> Image.Image:
    image = Image.fromarray(indices.astype(np.uint8)).convert("P")
    image.putdata(indices.ravel().tolist())
    image.putpalette([value for colour in colours for value in colour])
    return image


IMAGES = {
    "bits": Image.fromarray(MASK),
    "bytes": Image.fromarray(BYTES),
    "ids": Image.fromarray(3 * MASK.astype(np.uint8)),
    "colours": Image.fromarray(np.stack([BYTES, 0 * BYTES, 0 * BYTES], axis=-1)),
    "opaque colours": Image.fromarray(np.stack([BYTES, BYTES, BYTES, 0 * BYTES + 255], axis=-1)),
    "four equal channels": Image.fromarray(np.stack([BYTES] * 4, axis=-1)),
    "a cut-out": Image.fromarray(np.concatenate([SCENE, BYTES[..., None]], axis=-1)),
    "grey with alpha": Image.fromarray(np.stack([SCENE[..., 0], BYTES], axis=-1)),
    "16 bits": Image.fromarray(BYTES.astype(np.uint16) * 257),
    "ids of 16 bits": Image.fromarray(700 * MASK.astype(np.uint16)),
    "a palette": palette_image(MASK, (0, 0, 0), (255, 255, 255)),
    "a palette with white first": palette_image(~MASK, (255, 255, 255), (0, 0, 0)),
    "a coloured palette": palette_image(MASK, (0, 0, 0), (128, 0, 0)),
    "a coloured palette with black last": palette_image(~MASK, (128, 0, 0), (0, 0, 0)),
    "ids with a border": palette_image(
        np.where(MASK, 1 + (np.indices(MASK.shape)[1] > 12), 0), (0, 0, 0), (1, 0, 0), (224, 224, 192)
    ),
}


def saved(image: Image.Image, folder: Path) -> Path:
    image.save(folder / "mask.png")
    return folder / "mask.png"


def labels(image: Image.Image, folder: Path, kind: MaskKind = "object") -> np.ndarray:
    return open_mask(saved(image, folder), kind).labels()


@pytest.mark.parametrize("name", IMAGES)
def test_open_mask_of_every_kind_of_image_gives_its_object(tmp_path: Path, name: str) -> None:
    np.testing.assert_array_equal(labels(IMAGES[name], tmp_path), MASK)
    np.testing.assert_array_equal(labels(IMAGES[name], tmp_path, "background"), ~MASK)


@pytest.mark.parametrize("name", ["8 bits", "16 bits", "a palette", "alpha"])
def test_open_mask_with_shares_of_coverage_takes_the_half_and_keeps_them(tmp_path: Path, name: str) -> None:
    shares = (255 * SOFT).round().astype(np.uint8)
    images = {
        "8 bits": Image.fromarray(shares),
        "16 bits": Image.fromarray((65535 * SOFT).round().astype(np.uint16)),
        "a palette": palette_image(255 - shares, *((255 - grey,) * 3 for grey in range(256))),
        "alpha": Image.fromarray(np.stack([0 * shares, shares], axis=-1)),
    }
    mask = open_mask(saved(images[name], tmp_path), "object")
    np.testing.assert_array_equal(mask.labels(), shares >= 128)
    assert mask.coverage is not None
    np.testing.assert_allclose(mask.coverage(), shares, atol=1)


def test_open_mask_of_noisy_shares_takes_whole_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boxfit.views.labels.MOST_RUNS", 100)
    noise = np.random.default_rng(0).integers(0, 40, MASK.shape)
    path = saved(Image.fromarray(np.where(MASK, 255 - noise, noise).astype(np.uint8)), tmp_path)
    mask = open_mask(path, "object")
    np.testing.assert_array_equal(mask.labels(), MASK)
    assert mask.coverage is None
    with pytest.raises(DatasetError, match="it is noise"):
        open_mask(path, "ids")


def test_open_mask_of_ids_of_a_palette_takes_its_indices(tmp_path: Path) -> None:
    ids = MASK * 2
    np.testing.assert_array_equal(labels(palette_image(ids, (9, 9, 9), (5, 0, 0), (0, 0, 0)), tmp_path, "ids"), ids)


def test_open_mask_without_alpha_channel_says_so(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no alpha channel"):
        labels(IMAGES["bytes"], tmp_path, "alpha")
