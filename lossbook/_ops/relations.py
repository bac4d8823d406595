"""Relations between vectors: an anchor and its candidates, an embedding and the proxies of the classes."""

from typing import Any

from lossbook._ops.arrays import floating, is_torch, namespace
from lossbook._ops.classes import labels
from lossbook._ops.stable import mean
from lossbook._ops.vectors import dot, embeddings, matmul


def pick_of_many(anchor: Any, positive: Any, negatives: Any) -> None:
    """Raise unless anchors and positives (…, D) have negatives (…, K, D), or a batch to find them in."""
    embeddings(anchor=anchor, positive=positive)
    shape = tuple(anchor.shape)
    if negatives is None:
        if len(shape) < 2 or shape[-2] < 2:
            raise ValueError(f"without negatives, anchor must have shape (…, B, D) with a batch B of at least 2, got {shape}")
        return
    embeddings(negatives=negatives)
    floating(anchor=anchor, negatives=negatives)
    of_negatives = tuple(negatives.shape)
    if of_negatives[:-2] + of_negatives[-1:] != shape or len(of_negatives) < 2 or of_negatives[-2] == 0:
        raise ValueError(
            f"negatives must have shape (…, K, D) with at least one vector for each anchor (…, D): "
            f"got negatives {of_negatives}, anchor {shape}"
        )


def candidates(anchor: Any, positive: Any, negatives: Any) -> tuple[Any, Any]:
    """Return the inner product of each anchor with each of its candidates, and which of them is the positive.

    Without negatives, the candidates are all positives of the batch, on the axis before the last.
    """
    xp = namespace(anchor=anchor, positive=positive)
    on_device = {"device": anchor.device} if is_torch(xp) else {}
    free = tuple(anchor.shape[:-1])
    if negatives is None:
        own = xp.arange(free[-1], **on_device)
        return matmul(anchor, xp.matrix_transpose(positive)), xp.broadcast_to(own, free)
    to_negatives = matmul(negatives, anchor[..., None])[..., 0]
    scores = xp.concat([dot(anchor, positive)[..., None], to_negatives], axis=-1)
    return scores, xp.zeros(free, dtype=xp.arange(1).dtype, **on_device)


def nearness(embedding: Any, y: Any, proxies: Any) -> tuple[Any, Any]:
    """Return for each embedding (…, D) and proxy (C, D) minus their squared distance, but for a term of the row.

    Such a term leaves every softmax over the proxies as it is. With it comes y, checked to name a proxy.
    """
    xp = embeddings(embedding=embedding)
    floating(embedding=embedding, proxies=proxies)
    namespace(embedding=embedding, y=y, proxies=proxies)
    if proxies.ndim != 2 or proxies.shape[0] < 2 or proxies.shape[1] != embedding.shape[-1]:
        raise ValueError(
            f"proxies must have shape (C, D), at least two of them and D as in embedding: "
            f"got proxies {tuple(proxies.shape)}, embedding {tuple(embedding.shape)}"
        )
    embedding, y = labels(y, proxies.shape[0], embedding, "embedding", "vector's numbers")
    # Only differences count: seen from the proxies' centre the numbers are small, and little cancels.
    centre = mean(proxies, axis=0)
    proxies = proxies - centre
    return 2 * matmul(embedding - centre, xp.matrix_transpose(proxies)) - dot(proxies, proxies), y
