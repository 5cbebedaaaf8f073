"""A small StyleGAN2 whose noise does something, though it is not trained."""

import torch

from playground.labs.gan.stylegan import StyleDiscriminator, StyleGan, StyleGenerator


def gan_of(*, image_size=16, channels=3, choices=(), latent=6, width=8):
    """Always the same weights, in float64."""
    torch.manual_seed(0)
    shape = {"image_size": image_size, "channels": channels, "choices": choices, "width": width}
    gan = StyleGan(generator=StyleGenerator(latent=latent, **shape), discriminator=StyleDiscriminator(**shape))
    with torch.no_grad():
        for layer in gan.generator.synthesis.convolutions:
            layer.strength.fill_(0.3)
    return gan.double()


def shown(**shape):
    """The same as views are given it, in float32 and with an average code."""
    gan = gan_of(**shape).float().eval().requires_grad_(False)
    gan.generator.w_average.normal_(generator=torch.Generator().manual_seed(1))
    return gan
