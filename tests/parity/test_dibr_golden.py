"""DIB-R's soft mask against outputs and gradients of kaolin's own CUDA kernels."""

import numpy as np
import pytest


@pytest.mark.parametrize("name", ["simple", "sphere"])
def test_soft_mask_of_golden_triangles_equals_kaolin(name, shared, torch_module):
    from boxfit.render.dibr_mask import pixel_centres, soft_mask

    torch = torch_module
    golden = np.load(shared / "data" / "dibr_golden" / f"{name}.npz")
    settings = [key.removeprefix("soft_mask_") for key in golden if key.startswith("soft_mask_")]
    assert len(settings) == 4
    triangles, covered = torch.tensor(golden["face_vertices_image"]), torch.tensor(golden["covered"])
    image, row, column = torch.nonzero(~covered, as_tuple=True)
    x, y = pixel_centres(row, column, covered.shape[1:], torch.float64)
    for setting in settings:
        sigmainv, boxlen = map(float, setting.split("_"))
        low, high = triangles.amin(dim=2)[image] - boxlen, triangles.amax(dim=2)[image] + boxlen
        points = torch.stack([x, y], dim=-1)[:, None]
        pixel, face = torch.nonzero(((points >= low) & (points < high)).all(dim=-1), as_tuple=True)
        triangle = image[pixel] * triangles.shape[1] + face
        soft = soft_mask(triangles.flatten(0, 1), (x, y), pixel, triangle, sigmainv)
        mask = covered.double()
        mask[image, row, column] = soft.values
        np.testing.assert_allclose(mask, golden[f"soft_mask_{setting}"], atol=1e-5)

        # The golden gradient is of 1 - mean IoU with the covered mask shifted five pixels to the left.
        mask.requires_grad_()
        target = torch.nn.functional.pad(covered, (0, 5))[..., 5:].double()
        overlap = (mask * target).sum(dim=(1, 2))
        union = (mask + target - mask * target).sum(dim=(1, 2))
        (slope,) = torch.autograd.grad(1 - (overlap / union).mean(), mask)
        gradient = soft.gradient(slope[image, row, column][None], triangles[..., 0].numel())
        np.testing.assert_allclose(gradient.reshape(triangles.shape), golden[f"grad_{setting}"], atol=1e-6)


@pytest.mark.parametrize("name", ["simple", "sphere"])
def test_definition_of_the_tests_equals_kaolin(name, shared, torch_module):
    from tests.dense_dibr import dense_soft_mask

    golden = np.load(shared / "data" / "dibr_golden" / f"{name}.npz")
    settings = [key.removeprefix("soft_mask_") for key in golden if key.startswith("soft_mask_")]
    for image, (triangles, setting) in enumerate(zip(golden["face_vertices_image"], settings, strict=False)):
        covered = torch_module.tensor(golden["covered"][image])
        mask = dense_soft_mask(torch_module.tensor(triangles), covered, *map(float, setting.split("_")))
        np.testing.assert_allclose(mask, golden[f"soft_mask_{setting}"][image], atol=1e-5)
