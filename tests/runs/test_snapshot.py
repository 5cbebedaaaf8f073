"""A snapshot file holds what its network needs in few bytes, and never loses what float16 cannot hold."""

import gzip

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load, save

from playground.runs.snapshot import Previous, decode, digest, encode, pack


def round_trip(tmp_path, weights, **options):
    path = tmp_path / "frame.safetensors"
    path.write_bytes(encode(weights, **{"shape": {}} | options))
    return decode(path)


def test_matrices_are_halves_and_vectors_stay_as_they_are(tmp_path):
    weights = {"w": torch.randn(64, 32), "b": torch.randn(64), "n": torch.tensor(70_001), "m": torch.tensor([True])}
    frame = round_trip(tmp_path, weights)
    assert all(torch.equal(frame.weights[name], weights[name]) for name in "bnm")
    assert torch.equal(frame.weights["w"], weights["w"].half().float())
    assert (tmp_path / "frame.safetensors").stat().st_size < 64 * 32 * 2 + 64 * 4 + 600


def test_what_overflows_or_would_vanish_stays_float32(tmp_path):
    large, small, variance = torch.full((3, 3), 1e5), torch.full((3, 3), 1e-9), torch.full((5,), 1e-8)
    weights = round_trip(tmp_path, {"large": large, "small": small, "variance": variance}).weights
    assert torch.equal(weights["large"], large) and torch.equal(weights["small"], small)
    assert torch.equal(weights["variance"], variance)


def test_numbers_that_are_none_come_back_as_they_are(tmp_path):
    broken = torch.tensor([[1.0, float("nan")], [float("inf"), 2.0]])
    for form in ("float16", "int12", "int8"):
        assert torch.equal(round_trip(tmp_path, {"w": broken}, format=form).weights["w"].isnan(), broken.isnan())


@pytest.mark.parametrize(("form", "largest"), [("int8", 31), ("int8", 127), ("int12", 255), ("int12", 2047)])
def test_rows_of_integers_are_off_by_half_a_step_at_most(tmp_path, form, largest):
    weights = {
        "w": torch.randn(16, 3, 4, 4) * torch.logspace(-4, 2, 16)[:, None, None, None],
        "zero": torch.zeros(4, 4),
    }
    frame = round_trip(tmp_path, weights, format=form, largest=largest)
    step = weights["w"].flatten(1).abs().amax(dim=1) / largest
    off = (frame.weights["w"] - weights["w"]).flatten(1).abs().amax(dim=1)
    assert (off <= 0.501 * step).all() and (off >= 0.3 * step).all()
    assert torch.equal(frame.weights["zero"], weights["zero"]) and frame.weights.keys() == weights.keys()
    assert frame.format == form


def test_without_more_words_integers_are_as_fine_as_they_can_be(tmp_path):
    weights = {"w": torch.randn(16, 16, generator=torch.Generator().manual_seed(0))}
    step = weights["w"].abs().amax(dim=1, keepdim=True)
    for form, largest in (("int8", 127), ("int12", 2047)):
        off = ((round_trip(tmp_path, weights, format=form).weights["w"] - weights["w"]) / step).abs().max()
        assert 0.4 / largest < off <= 0.51 / largest


def test_what_is_exempt_from_int8_is_as_exact_as_halves(tmp_path):
    weights = {"large": torch.randn(30, 30), "small": torch.randn(8, 8)}
    frame = round_trip(tmp_path, weights, format="int8", exempt=64)
    assert torch.equal(frame.weights["small"], weights["small"].half().float())
    assert not torch.equal(frame.weights["large"], weights["large"].half().float())


def test_what_the_seed_builds_is_not_kept(tmp_path):
    frame = round_trip(tmp_path, {"w": torch.randn(64, 64)}, format="seed", shape={"side": 16})
    assert frame.weights == {} and frame.format == "seed" and frame.shape == {"side": 16}
    assert (tmp_path / "frame.safetensors").stat().st_size < 200


def test_a_packed_file_holds_the_same_in_fewer_bytes(tmp_path):
    torch.manual_seed(0)
    content = encode({"w": torch.randn(256, 256), "b": torch.randn(64)}, shape={"side": 16}, format="int8")
    (tmp_path / "frame.safetensors").write_bytes(content)
    (tmp_path / "frame.safetensors.gz").write_bytes(pack(content))
    plain, packed = decode(tmp_path / "frame.safetensors"), decode(tmp_path / "frame.safetensors.gz")
    assert (packed.shape, packed.format) == (plain.shape, plain.format)
    assert digest(packed.weights) == digest(plain.weights)
    assert len(pack(content)) < 0.95 * len(content) and pack(content) == pack(content)
    coarse = encode({"w": torch.randn(256, 256)}, shape={}, format="int8", largest=31)
    assert len(pack(coarse)) < 0.8 * len(pack(content))
    sizes = [
        len(pack(encode({"w": torch.randn(256, 256)}, shape={}, format="int12", largest=largest)))
        for largest in (255, 511, 1023, 2047)
    ]
    half = len(pack(encode({"w": torch.randn(256, 256)}, shape={})))
    assert sizes == sorted(sizes) and len(pack(content)) < sizes[0] < 0.65 * half and sizes[-1] < 0.85 * half


def film(tmp_path, frames, **options):
    """Writes frames, each as its change from the one before; the files."""
    files, previous = [], None
    for number, weights in enumerate(frames):
        files.append(tmp_path / f"{number:08d}.safetensors.gz")
        files[-1].write_bytes(pack(encode(weights, **{"shape": {}, "format": "int8"} | options, previous=previous)))
        previous = Previous(files[-1].name, decode(files[-1]).weights)
    return files


@pytest.mark.parametrize(
    ("form", "largest"), [("int8", 31), ("int8", 127), ("int12", 255), ("int12", 2047), ("float16", None)]
)
def test_a_change_from_the_snapshot_before_comes_back_as_exact_in_fewer_bytes(tmp_path, form, largest):
    torch.manual_seed(0)
    frames = [{"w": torch.randn(64, 8, 3, 3), "new": torch.randn(8, 8), "b": torch.randn(64), "n": torch.tensor(7)}]
    for far in (0.02, 0.02, 50):  # the last one is another network altogether
        before = frames[-1]
        frames.append(before | {"w": before["w"] + far * torch.randn(64, 8, 3, 3), "new": torch.randn(3, 9)})
    options = {"format": form, "largest": largest}
    for weights, file in zip(frames, film(tmp_path, frames, **options), strict=True):
        alone = encode(weights, shape={}, **options)
        (tmp_path / "alone.safetensors").write_bytes(alone)
        assert digest(decode(file).weights) == digest(decode(tmp_path / "alone.safetensors").weights)
        little = file.name[7] in "12"
        assert (b"previous" in gzip.decompress(file.read_bytes())) == little
        assert file.stat().st_size < (0.9 if form == "float16" else 0.8) * len(pack(alone)) or not little


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(["int8", "int12", "float16"]),
    st.lists(st.sampled_from([-1e9, -3.0, -0.0, 0.0, 1e-30, 0.7, 1e9]), max_size=4),
)
def test_however_far_weights_jump_no_bit_is_lost(tmp_path, form, values):
    frames = [{"w": torch.tensor([[value, 1.0], [0.1, value]])} for value in values]
    for weights, file in zip(frames, film(tmp_path, frames, format=form), strict=True):
        (tmp_path / "alone.safetensors").write_bytes(encode(weights, shape={}, format=form))
        assert digest(decode(file).weights) == digest(decode(tmp_path / "alone.safetensors").weights)


def test_a_change_cannot_be_read_without_what_it_changes(tmp_path):
    weights = {"w": torch.randn(64, 64)}
    first, second = film(tmp_path, [weights, weights])
    first.unlink()
    with pytest.raises(FileNotFoundError):
        decode(second)


@pytest.mark.parametrize(
    "previous", ["00000001.safetensors.gz", "00000002.safetensors.gz", "../00000000.safetensors.gz"]
)
def test_a_snapshot_changes_an_earlier_one_alone(tmp_path, previous):
    weights = {"w": torch.randn(64, 64)}
    _, file = film(tmp_path, [weights, weights])
    content = encode(weights, shape={}, format="int8", previous=Previous(previous, decode(file).weights))
    file.write_bytes(pack(content))
    with pytest.raises(ValueError, match="no earlier snapshot"):
        decode(file)


@pytest.mark.parametrize("harm", [lambda b: b[:-9], lambda b: b[:40], lambda b: b[:60] + b"x" + b[61:]])
def test_a_packed_file_that_is_torn_is_told(tmp_path, harm):
    file = tmp_path / "frame.safetensors.gz"
    file.write_bytes(harm(pack(encode({"w": torch.arange(64.0).view(8, 8)}, shape={}))))
    with pytest.raises(ValueError, match="frame.safetensors.gz is torn"):
        decode(file)


def test_what_is_kept_in_an_unknown_way_is_told(tmp_path):
    (tmp_path / "frame.safetensors").write_bytes(save({}, metadata={"shape": "{}", "format": "int4"}))
    with pytest.raises(ValueError, match="kept in a way that is not known"):
        decode(tmp_path / "frame.safetensors")


def test_the_shape_comes_back(tmp_path):
    assert round_trip(tmp_path, {"w": torch.ones(2, 2)}, shape={"side": 16, "stages": [1, 2]}).shape == {
        "side": 16,
        "stages": [1, 2],
    }


def test_a_digest_is_of_the_values_not_of_the_file(tmp_path):
    weights = {"a": torch.randn(4, 4).half().float(), "b": torch.arange(3), "c": torch.tensor(1)}
    assert digest(weights) == digest(dict(reversed(weights.items()))) == digest(round_trip(tmp_path, weights).weights)
    assert digest(weights) != digest(weights | {"b": torch.arange(3) + 1})
    assert digest({"a": torch.zeros(4)}) != digest({"a": torch.zeros(2, 2)})


@settings(deadline=None, suppress_health_check=list(HealthCheck))  # a busy machine is slow to draw numbers
@given(st.integers(1, 40), st.integers(1, 40), st.floats(1e-7, 1e7))
def test_no_matrix_loses_more_than_a_thousandth_of_its_largest_value(rows, columns, scale):
    matrix = scale * torch.randn(rows, columns, generator=torch.Generator().manual_seed(rows * 41 + columns))
    decoded = load(encode({"w": matrix}, shape={}))["w"].float()
    assert float((decoded - matrix).abs().max()) <= 2**-10 * float(matrix.abs().max())
