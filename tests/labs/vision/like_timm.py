"""One of our networks and timm's with the same weights: the same values and gradients, in float64."""

import torch


def shaken(model):
    """All weights away from where they start, so that none can be forgotten unnoticed; float64."""
    rng = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            size = 0.5 if parameter.ndim < 2 else (2 / parameter[0].numel()) ** 0.5
            parameter.copy_(size * torch.randn(parameter.shape, generator=rng))
    return model.double().eval()


def agree(ours, reference, renamed, images):
    """Copies the weights of timm's network into ours, all of them, and compares to 1e-8."""
    ours = ours.double().eval()
    ours.load_state_dict({renamed(name): value for name, value in reference.state_dict().items()})
    inputs = [images.double().requires_grad_() for _ in range(2)]
    mine, theirs = ours(inputs[0]), reference(inputs[1])
    assert theirs.std() > 0.01
    torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-8)
    direction = torch.randn(theirs.shape, generator=torch.Generator().manual_seed(3)).double()
    for output in (mine, theirs):
        (output * direction).sum().backward()
    torch.testing.assert_close(inputs[0].grad, inputs[1].grad, rtol=0, atol=1e-8)
    own = dict(ours.named_parameters())
    for name, parameter in reference.named_parameters():
        torch.testing.assert_close(own[renamed(name)].grad, parameter.grad, rtol=1e-9, atol=1e-8)
