"""Our Vision Transformer is timm's, weight for weight and map for map, and says what it cannot express."""

import pytest
import torch

from playground.data import ImageSpec
from playground.labs import recipe
from playground.labs.vision.attention import attention
from playground.labs.vision.convert import NotExpressible, from_timm, renamed
from playground.labs.vision.vit import VisionTransformer
from playground.labs.waves import angles

pytestmark = pytest.mark.usefixtures("one_thread")

GRAY = dict(img_size=28, patch_size=4, in_chans=1, num_classes=10, embed_dim=64, depth=4, num_heads=4, mlp_ratio=2)
COLOR = dict(img_size=32, patch_size=8, in_chans=3, num_classes=7, embed_dim=48, depth=2, num_heads=3)
DESIGNS = {
    "gray": GRAY,
    "color": COLOR,
    "layer scale": COLOR | {"init_values": 0.1},
    "no head": COLOR | {"num_classes": 0},
    "odd width of the MLP": COLOR | {"mlp_ratio": 2.66},
    "one patch": COLOR | {"patch_size": 32},
    "mean of the patches": COLOR | {"class_token": False, "global_pool": "avg", "fc_norm": False},
    "any size": COLOR | {"dynamic_img_size": True},
    "registers": COLOR | {"reg_tokens": 4},
    "registers without positions": COLOR | {"reg_tokens": 4, "no_embed_class": True},
    "registers and no class token": COLOR
    | {"reg_tokens": 3, "class_token": False, "global_pool": "avg", "fc_norm": False},
    "a class token without a position": COLOR | {"no_embed_class": True},
    "no positions": COLOR | {"pos_embed": "none"},
}


def timm_model(timm, **options):
    """timm's transformer in float64, all its weights random, so that none can be forgotten unnoticed."""
    model = timm.models.vision_transformer.VisionTransformer(**options).double().eval()
    return randomized(model)


def randomized(model):
    rng = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.3 * torch.randn(parameter.shape, generator=rng, dtype=parameter.dtype))
    return model


def pictures(options, n=5):
    side = options["img_size"]
    return torch.randn(n, options["in_chans"], side, side, generator=torch.Generator().manual_seed(2)).double()


@pytest.mark.parametrize("design", DESIGNS)
def test_the_output_is_timms(timm, design):
    reference = timm_model(timm, **DESIGNS[design])
    ours = from_timm(reference)
    x = pictures(DESIGNS[design])
    expected = reference(x)
    assert expected.std() > 0.1
    torch.testing.assert_close(ours(x), expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize("design", DESIGNS)
def test_the_attention_is_timms(timm, design):
    reference = timm_model(timm, **DESIGNS[design])
    expected_maps = []
    for block in reference.blocks:
        block.attn.fused_attn = False
        block.attn.attn_drop.register_forward_pre_hook(lambda _, inputs: expected_maps.append(inputs[0]))
    x = pictures(DESIGNS[design])
    expected = reference(x)
    logits, maps = attention(from_timm(reference), x)
    assert maps.shape == (5, len(expected_maps), *expected_maps[0].shape[1:])
    torch.testing.assert_close(maps, torch.stack(expected_maps, dim=1), rtol=0, atol=1e-8)
    torch.testing.assert_close(logits, expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("test_vit", {"img_size": 64}),
        ("vit_tiny_patch16_224", {"img_size": 32, "depth": 2}),
        ("vit_small_patch14_dinov2", {"img_size": 28, "depth": 2}),
        ("vit_small_patch14_reg4_dinov2", {"img_size": 28, "depth": 2}),
        ("deit_tiny_patch16_224", {"img_size": 32, "depth": 2}),
        ("deit_tiny_distilled_patch16_224", {"img_size": 32, "depth": 2}),
    ],
)
def test_timms_named_designs_are_taken(timm, name, options):
    reference = randomized(timm.create_model(name, **options).double().eval())
    x = pictures({"img_size": options["img_size"], "in_chans": 3})
    torch.testing.assert_close(from_timm(reference)(x), reference(x), rtol=0, atol=1e-8)


@pytest.mark.parametrize("design", ["gray", "layer scale", "no head", "mean of the patches"])
def test_weights_go_to_timm_and_back_bit_for_bit(timm, design):
    reference = timm_model(timm, **DESIGNS[design])
    ours = randomized(from_timm(reference).float())
    weights = ours.state_dict()
    reference = reference.float()
    reference.load_state_dict({name: weights[renamed(name)] for name in reference.state_dict()})
    back = from_timm(reference).state_dict()
    assert list(back) == list(weights)
    for name, value in weights.items():
        assert back[name].dtype == torch.float32 and torch.equal(back[name], value), name


def test_the_copy_is_a_copy(timm):
    reference = timm_model(timm, **COLOR)
    ours = from_timm(reference)
    x = pictures(COLOR)
    before = ours(x)
    with torch.no_grad():
        reference.pos_embed.add_(1.0)
    assert torch.equal(ours(x), before)
    assert not ours.training and all(parameter.requires_grad for parameter in ours.parameters())


REFUSED = [
    ({"class_token": False, "global_pool": "avg"}, "a norm behind the pooling"),
    ({"global_pool": "avg"}, "a class token and pooling of the kind “avg”"),
    ({"global_pool": ""}, "a class token and pooling of the kind “none”"),
    ({"class_token": False, "global_pool": "max", "fc_norm": False}, "no class token and pooling of the kind “max”"),
    ({"pre_norm": True}, "a norm in front of the blocks"),
    ({"final_norm": False}, "no norm behind the blocks"),
    ({"norm_layer": "rmsnorm"}, "a norm of another kind"),
    ({"norm_layer": torch.nn.LayerNorm}, "a norm of another kind"),
    ({"embed_norm_layer": "layernorm"}, "a norm on the patches"),
    ({"qk_norm": True}, "normalized queries and keys"),
    ({"scale_attn_norm": True}, "a norm inside the attention"),
    ({"scale_mlp_norm": True}, "a norm inside the MLP"),
    ({"act_layer": "gelu_tanh"}, "an activation other than GELU"),
    ({"act_layer": torch.nn.SiLU}, "an activation other than GELU"),
    ({"qkv_bias": False}, "layers without a bias"),
    ({"proj_bias": False}, "layers without a bias"),
    ({"attn_layer": "diff"}, "blocks of another kind"),
    ({"img_size": (32, 16)}, "pictures or patches that are not square"),
    ({"img_size": 36}, "patches that do not tile the picture"),
    ({"embed_norm_layer": "layernorm", "qk_norm": True}, "a norm on the patches and normalized queries and keys"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_what_ours_cannot_express_is_named(timm, options, message):
    with pytest.raises(NotExpressible) as refusal:
        from_timm(timm.models.vision_transformer.VisionTransformer(**COLOR | options))
    assert message in str(refusal.value)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("beit_base_patch16_224", "a design of its own (Beit)"),
        ("resnet18", "a design of its own (ResNet)"),
    ],
)
def test_other_designs_of_timm_are_refused(timm, name, message):
    with pytest.raises(NotExpressible) as refusal:
        from_timm(timm.create_model(name))
    assert message in str(refusal.value)


@pytest.mark.parametrize("layer_scale", [False, True])
@pytest.mark.parametrize("class_token", [False, True])
@pytest.mark.parametrize("classes", [0, 10])
def test_the_number_of_parameters(layer_scale, class_token, classes):
    side, patch, channels, width, depth, hidden = 28, 7, 3, 24, 3, 60
    model = VisionTransformer(
        image_size=side,
        patch_size=patch,
        channels=channels,
        classes=classes,
        width=width,
        depth=depth,
        heads=3,
        mlp_ratio=2.5,
        layer_scale=layer_scale,
        class_token=class_token,
    )
    tokens = (side // patch) ** 2 + class_token
    block = 4 * width + 4 * width**2 + 4 * width + 2 * width * hidden + hidden + width + 2 * width * layer_scale
    expected = (channels * patch**2 + 1) * width + (tokens + class_token) * width + depth * block + 2 * width
    expected += (width + 1) * classes if classes else 0
    assert sum(parameter.numel() for parameter in model.parameters()) == expected


def test_an_untrained_one_has_no_opinion():
    logits = VisionTransformer()(torch.randn(4, 1, 28, 28))
    assert torch.equal(logits, torch.zeros(4, 10))


def test_the_recipe_builds_what_its_knobs_say():
    knobs = {"patch_size": 7, "depth": 2, "heads": 3, "width": 48, "mlp_ratio": 1.5, "class_token": True}
    model = (
        recipe("vit-fashion").changed(**knobs).network(ImageSpec(name="any", channels=3, size=21, classes=("a", "b")))
    )
    assert (model.image_size, model.patch_size, len(model.blocks)) == (21, 7, 2)
    assert model.patches.weight.shape == (48, 3, 7, 7) and model.positions.shape == (1, 10, 48)
    assert model.blocks[0].attention.heads == 3 and model.blocks[0].mlp[0].out_features == 72
    assert model.head.out_features == 2


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="patches of 5 pixels do not tile a picture of 28"):
        VisionTransformer(patch_size=5)
    with pytest.raises(ValueError, match="5 heads do not divide a width of 64"):
        VisionTransformer(heads=5)


@pytest.mark.parametrize("class_token", [False, True])
def test_small_crops_get_the_positions_that_timm_gives_them(timm, class_token):
    model = VisionTransformer(image_size=32, patch_size=4, width=16, heads=4, class_token=class_token)
    ours = model.positions_at(6, 6)
    theirs = timm.layers.resample_abs_pos_embed(
        model.positions, [6, 6], num_prefix_tokens=int(class_token), antialias=False
    )
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-7)
    assert model.positions_at(8, 8) is model.positions
    assert model.features(torch.zeros(2, 1, 24, 24)).shape == (2, model.num_features)


def turning(**options):
    torch.manual_seed(0)
    return VisionTransformer(image_size=32, patch_size=8, width=48, heads=3, depth=2, positions="rotary", **options)


@pytest.mark.parametrize("prefix", [{"class_token": False}, {"class_token": True, "registers": 2}])
def test_rotary_positions_turn_queries_and_keys_of_patches_alone(prefix):
    model = randomized(turning(**prefix).double())
    x = pictures({"img_size": 32, "in_chans": 1})
    tokens = model.embed(x)
    attention = model.blocks[0].attention
    turns = angles(16, 4, 4)
    plain, turned = attention.split(tokens), attention.split(tokens, turns)
    assert torch.equal(plain[2], turned[2])  # values stay as they are
    for before, after in zip(plain[:2], turned[:2], strict=True):
        assert torch.equal(before[:, :, : model.prefix], after[:, :, : model.prefix])
        torch.testing.assert_close(after.norm(dim=-1), before.norm(dim=-1))
        assert not torch.allclose(before[:, :, model.prefix + 1 :], after[:, :, model.prefix + 1 :])
    assert model.positions is None and "positions" not in model.state_dict()


def test_positions_of_any_kind_tell_shuffled_patches_apart_and_no_positions_do_not():
    x = pictures({"img_size": 32, "in_chans": 1})
    rolled = x.roll(8, dims=3)  # by one patch, the last column comes first
    for positions, tells in [("learned", True), ("sin-cos", True), ("rotary", True), ("none", False)]:
        torch.manual_seed(0)
        model = VisionTransformer(image_size=32, patch_size=8, width=48, heads=3, depth=2, positions=positions)
        model = randomized(model.double()).eval()
        assert torch.allclose(model(x), model(rolled)) != tells, positions


def test_a_rotary_network_takes_pictures_of_other_sizes():
    model = turning(class_token=False)
    assert model.features(torch.zeros(2, 1, 48, 16)).shape == (2, 48)


@pytest.mark.parametrize(("positions", "width"), [("rotary", 18), ("sin-cos", 30)])
def test_positions_of_pairs_need_pairs(positions, width):
    with pytest.raises(ValueError, match="positions need a multiple of 4 features"):
        VisionTransformer(width=width, heads=3, positions=positions)


def test_a_register_is_no_patch():
    model = randomized(VisionTransformer(image_size=28, patch_size=7, registers=3, class_token=False, depth=1).double())
    tokens = model.tokens(pictures({"img_size": 28, "in_chans": 1}))
    assert tokens.shape == (5, 3 + 16, 64) and model.prefix == 3
    torch.testing.assert_close(model.pooled(tokens), tokens[:, 3:].mean(dim=1))
