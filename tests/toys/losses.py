"""A loss of masked lists and one of padded sequences, as small as such losses can be."""

from lossbook._ops import classes, floating, log_softmax, namespace, no_silent_nan, of_class, reduce, same_shape
from lossbook._ops.arrays import require

__all__ = ["toy_list_loss", "toy_sequence_loss"]


@no_silent_nan
def toy_list_loss(scores, relevance, *, mask=None, reduction="mean"):
    r"""Mean squared error of a list's items.

    .. math:: L(s, r) = \frac1N \sum_i (s_i - r_i)^2

    Parameters
    ----------
    scores, relevance : array of float, shape (..., N)
    mask : array of bool, shape (..., N)
        True where an item is there.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in squared units of relevance

    Raises
    ------
    TypeError
        If an argument is of another type.
    ValueError
        If the shapes differ.

    References
    ----------
    None. Chapter: ranking/toy_list.
    """
    xp = same_shape(scores=scores, relevance=relevance)
    if mask is None:
        mask = scores == scores
        mask = mask | ~mask
    elif not namespace(mask=mask, scores=scores).isdtype(mask.dtype, "bool"):
        raise TypeError(f"mask must be of a boolean dtype, got {mask.dtype}")
    r = xp.where(mask, scores - relevance, 0.0)
    count = xp.sum(xp.astype(mask, r.dtype), axis=-1)
    return reduce(xp.sum(r * r, axis=-1) / count, reduction)


@no_silent_nan
def toy_sequence_loss(logits, y, *, lengths=None, reduction="mean"):
    r"""Cross-entropy of a sequence's steps, added up.

    .. math:: L(z, y) = -\sum_t \log q_{t, y_t}

    Parameters
    ----------
    logits : array of float, shape (..., T, C)
    y : array of int, shape (..., T)
    lengths : array of int, shape (...)
        How many steps count.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If an argument is of another type.
    ValueError
        If the shapes differ, or a label is no class.

    References
    ----------
    None. Chapter: sequence/toy_sequence.
    """
    xp = namespace(logits=logits, y=y)
    floating(logits=logits)
    counted = None
    if lengths is not None:
        if not namespace(logits=logits, lengths=lengths).isdtype(lengths.dtype, "integral"):
            raise TypeError(f"lengths must be of an integer dtype, got {lengths.dtype}")
        require(lengths, (lengths < 0) | (lengths > logits.shape[-2]), f"lengths must lie between 0 and {logits.shape[-2]}")
        steps = xp.cumulative_sum(xp.ones_like(logits[..., 0], dtype=xp.int64), axis=-1)
        counted = steps <= lengths[..., None]
        logits = xp.where(counted[..., None], logits, 0.0)
        if xp.isdtype(y.dtype, "integral") and tuple(y.shape) == tuple(counted.shape):
            y = xp.where(counted, y, 0)
    classes(logits, y, name="logits")
    values = -of_class(log_softmax(logits), y)
    return reduce(xp.sum(values if counted is None else xp.where(counted, values, 0.0), axis=-1), reduction)
