"""NT-Xent, the loss of contrastive learning: of all others in the batch, which is another view of the same image?

Chen et al., SimCLR, 2020 (arXiv 2002.05709), equation 1, for two views of each image. With more views each pair of one
image is told from all views of other images, and the losses are averaged; as the other views of the same image stand
aside, the loss can fall to 0 with any number of them.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def similarities(embeddings: Tensor) -> Tensor:
    """The cosines of all pairs of embeddings (N, D), (N, N), from -1 to 1."""
    z = F.normalize(embeddings, dim=1)  # (N, D)
    return z @ z.T


def nt_xent(embeddings: Tensor, *, temperature: float) -> Tensor:
    """The normalized, temperature-scaled cross entropy, in nats, a mean over all pairs of views of one image.

    Notation: z_i `embeddings`, sim `similarities`, tau `temperature`.

    Args:
        embeddings: (V, B, D), V >= 2 views of each of B images.
        temperature: Above 0; the smaller, the more the most similar of the others count.
    """
    views, batch, _ = embeddings.shape
    logits = similarities(embeddings.flatten(0, 1)) / temperature  # (V B, V B)
    image = torch.arange(batch, device=logits.device).repeat(views)  # (V B,)
    alike = image[:, None] == image[None, :]  # (V B, V B)
    wrong = logits.masked_fill(alike, -torch.inf).logsumexp(dim=1, keepdim=True)  # (V B, 1)
    right = alike & ~torch.eye(len(image), dtype=torch.bool, device=logits.device)
    return F.softplus(wrong - logits)[right].mean()  # -log(e^right / (e^right + sum e^wrong))
