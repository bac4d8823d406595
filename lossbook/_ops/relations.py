"""Relations between vectors: an anchor and its candidates, an embedding and the proxies of the classes."""

from typing import Any

from lossbook._ops.arrays import counted, floating, namespace
from lossbook._ops.classes import labels, of_class
from lossbook._ops.stable import log_softmax, mean
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


def candidates(anchor: Any, positive: Any, negatives: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return the rows of a choice among candidates, and what all rows share; see `picked`.

    Without negatives, the candidates are all positives of the batch, on the axis before the last.
    """
    if negatives is not None:
        return (anchor, positive, negatives), ()
    xp = namespace(anchor=anchor)
    free = tuple(anchor.shape[:-1])
    return (anchor, xp.broadcast_to(counted(free[-1], anchor), free)), (positive,)


def picked(anchor: Any, own: Any, others: Any) -> Any:
    """Return the surprise at each anchor's positive, picked among its candidates by inner product.

    Candidates are `own`, its positive, and `others`, its negatives; or the batch's positives, of
    which `own` says the place of each anchor's.
    """
    xp = namespace(anchor=anchor)
    if own.ndim < anchor.ndim:
        return -of_class(log_softmax(matmul(anchor, xp.matrix_transpose(others))), own)
    to_others = matmul(others, anchor[..., None])[..., 0]
    scores = xp.concat([dot(anchor, own)[..., None], to_others], axis=-1)
    return -log_softmax(scores)[..., 0]


def from_centre(embedding: Any, y: Any, proxies: Any) -> tuple[Any, Any, Any]:
    """Return embeddings (…, D) and proxies (C, D) as seen from the proxies' centre, and y, checked to name a proxy.

    Only differences count for what follows: seen from there the numbers are small, and little cancels.
    """
    embeddings(embedding=embedding)
    floating(embedding=embedding, proxies=proxies)
    namespace(embedding=embedding, y=y, proxies=proxies)
    if proxies.ndim != 2 or proxies.shape[0] < 2 or proxies.shape[1] != embedding.shape[-1]:
        raise ValueError(
            f"proxies must have shape (C, D), at least two of them and D as in embedding: "
            f"got proxies {tuple(proxies.shape)}, embedding {tuple(embedding.shape)}"
        )
    embedding, y = labels(y, proxies.shape[0], embedding, "embedding", "vector's numbers")
    centre = mean(proxies, axis=0)
    return embedding - centre, y, proxies - centre


def nearness(embedding: Any, proxies: Any, squares: Any) -> Any:
    """Return for each embedding (…, D) and proxy (C, D) minus their squared distance, but for a term of the row.

    Such a term leaves every softmax over the proxies as it is. `squares` (C,) are the proxies' squared
    lengths: the same for all rows, they are made once.
    """
    xp = namespace(embedding=embedding, proxies=proxies)
    return matmul(2 * embedding, xp.matrix_transpose(proxies)) - squares
