"""The losses of contrastive learning: of all others, which is another view of the same image?

NT-Xent looks for it in the batch, InfoNCE in a queue. NT-Xent is that of Chen et al., SimCLR, 2020 (arXiv 2002.05709),
equation 1, for two views of each image. With more views each pair of one image is told from all views of other images,
and the losses are averaged; as the other views of the same image stand aside, the loss can fall to 0 with any number of
them.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.precision import full_precision


@full_precision
def cosines(first: Tensor, second: Tensor) -> Tensor:
    """Those of all pairs of vectors (N, D) and (M, D), (N, M), from -1 to 1."""
    return F.normalize(first, dim=1) @ F.normalize(second, dim=1).T


@full_precision
def nt_xent(embeddings: Tensor, *, temperature: float) -> Tensor:
    """The normalized, temperature-scaled cross entropy, in nats, a mean over all pairs of views of one image.

    Notation: z_i `embeddings`, sim `cosines`, tau `temperature`.

    Args:
        embeddings: (V, B, D), V >= 2 views of each of B images.
        temperature: Above 0; the smaller, the more the most similar of the others count.
    """
    views, batch, _ = embeddings.shape
    z = embeddings.flatten(0, 1)  # (V B, D)
    logits = cosines(z, z) / temperature  # (V B, V B)
    image = torch.arange(batch, device=logits.device).repeat(views)  # (V B,)
    alike = image[:, None] == image[None, :]  # (V B, V B)
    wrong = logits.masked_fill(alike, -torch.inf).logsumexp(dim=1, keepdim=True)  # (V B, 1)
    right = alike & ~torch.eye(len(image), dtype=torch.bool, device=logits.device)
    return F.softplus(wrong - logits)[right].mean()  # -log(e^right / (e^right + sum e^wrong))


@full_precision
def attraction(embeddings: Tensor, *, temperature: float) -> Tensor:
    """What is left of NT-Xent without other images, its numerator: a mean of -cosine / temperature, -1 / tau at best.

    Args:
        embeddings: (V, B, D), V >= 2 views of each of B images.
        temperature: Above 0.
    """
    views = len(embeddings)
    z = F.normalize(embeddings, dim=2)  # (V, B, D)
    pairs = z.sum(dim=0).square().sum(dim=1) - views  # (B,): of the cosines of all pairs of two views, the sum
    return -pairs.mean() / (views * (views - 1) * temperature)


@full_precision
def info_nce(queries: Tensor, keys: Tensor, negatives: Tensor, *, temperature: float) -> Tensor:
    """The cross entropy of telling each query's own key from all negatives, in nats, a mean over queries.

    He et al., MoCo, 2019 (arXiv 1911.05722), equation 1. Notation: q `queries`, k_+ `keys`, k_i `negatives`, tau
    `temperature`.

    Args:
        queries: (N, D), of any length, as all of these.
        keys: (N, D), each of another view of the same image.
        negatives: (K, D), of other images.
        temperature: Above 0; the smaller, the more the most similar of the negatives count.
    """
    q, k, others = (F.normalize(each, dim=1) for each in (queries, keys, negatives))
    right = (q * k).sum(dim=1, keepdim=True) / temperature  # (N, 1)
    logits = torch.cat([right, q @ others.T / temperature], dim=1)  # (N, 1 + K)
    return (logits.logsumexp(dim=1, keepdim=True) - right).mean()
