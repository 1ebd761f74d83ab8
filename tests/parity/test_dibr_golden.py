"""DIB-R's soft mask against outputs and gradients of kaolin's own CUDA kernels."""

import numpy as np
import pytest


@pytest.mark.parametrize("name", ["simple", "sphere"])
def test_soft_mask_of_golden_triangles_equals_kaolin(name, shared, torch_module):
    from boxfit.render.dibr_mask import soft_mask

    torch = torch_module
    golden = np.load(shared / "data" / "dibr_golden" / f"{name}.npz")
    settings = [key.removeprefix("soft_mask_") for key in golden if key.startswith("soft_mask_")]
    assert len(settings) == 4
    for setting in settings:
        sigmainv, boxlen = map(float, setting.split("_"))
        triangles = torch.tensor(golden["face_vertices_image"], requires_grad=True)
        covered = torch.tensor(golden["covered"])
        mask = soft_mask(triangles, covered, sigmainv, boxlen)
        np.testing.assert_allclose(mask.detach(), golden[f"soft_mask_{setting}"], atol=1e-5)

        # The golden gradient is of 1 - mean IoU with the covered mask shifted five pixels to the left.
        target = torch.nn.functional.pad(covered, (0, 5))[..., 5:].double()
        overlap = (mask * target).sum(dim=(1, 2))
        union = (mask + target - mask * target).sum(dim=(1, 2))
        (1 - (overlap / union).mean()).backward()
        np.testing.assert_allclose(triangles.grad, golden[f"grad_{setting}"], atol=1e-6)
