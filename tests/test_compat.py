"""timm can be imported whatever build of torchvision stands beside torch."""

import subprocess
import sys

SCRIPT = """
import torch
from playground.compat import torchvision_operators
try:
    import torchvision
except RuntimeError as error:
    print(error)
else:
    print("complete")
torchvision_operators()
torchvision_operators()
import timm
from torchvision.transforms import v2
model = timm.create_model("test_vit", num_classes=7, img_size=32).eval()
print(tuple(model(v2.functional.horizontal_flip(torch.zeros(2, 3, 32, 32))).shape))
torchvision_operators()
boxes = torch.tensor([[0.0, 0, 1, 1], [0, 0, 1, 1]])
try:
    print(torch.ops.torchvision.nms(boxes, torch.tensor([1.0, 0.5]), 0.5).tolist())
except NotImplementedError:
    print("declared")
"""


def run(code):
    return subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120)


def test_the_import_of_torchvision_is_mended_or_left_alone():
    done = run(SCRIPT)
    assert done.returncode == 0, done.stderr
    without, shape, operator = done.stdout.splitlines()
    assert shape == "(2, 7)"
    if without == "complete":
        assert operator == "[0]"
    else:
        assert without == "operator torchvision::nms does not exist"
        assert operator == "declared"


def test_what_else_is_wrong_with_torchvision_is_not_hidden(tmp_path):
    (tmp_path / "torchvision.py").write_text("raise RuntimeError('something else')")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nfrom playground.compat import torchvision_operators\n"
    done = run(code + "torchvision_operators()")
    assert done.returncode == 1 and done.stderr.endswith("RuntimeError: something else\n")
