"""The records of the toy losses."""

from itertools import product
from math import inf, sqrt

import numpy as np

from lossbook import toys
from lossbook.taxonomy.kinds import SIZES
from lossbook.taxonomy.records import YES, Curve, Lipschitz, Loss, Minimiser, Peer


def _every_sequence(fed):
    logits, _, *lengths = fed
    shape = logits.shape[:-2]
    sequences = [np.broadcast_to(each, (*shape, SIZES["T"])) for each in product(range(SIZES["C"]), repeat=SIZES["T"])]
    return [(logits, sequence, *(np.full(shape, SIZES["T"]) for _ in lengths)) for sequence in sequences]


def _steps(f, logits, y, lengths):
    import torch

    values = f(logits.swapaxes(-1, -2), y, reduction="none")
    if lengths is not None:
        values = values * (torch.arange(values.shape[-1]) < lengths[..., None])
    return values.sum(-1)


LOSSES = (
    Loss(
        function=toys.toy_list_loss,
        title="Toy list",
        chapter="ranking/toy_list",
        summary="A list.",
        formula=r"\frac1N \sum_i (s_i - r_i)^2",
        gradient=r"2 (s_i - r_i) / N",
        symbols=("s", "r"),
        arguments="s, r",
        where="",
        inputs=("scores of a list", "relevance"),
        named={"mask": "mask of a list"},
        units="those of r, squared",
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("none", lambda: inf),
        minimiser=Minimiser("mean", np.mean),
        orderless=("N",),
        peers=(
            Peer(
                "torch.where",
                "none of its own",
                lambda f, s, r, mask: (
                    ((s - r) ** 2).mean(-1) if mask is None else f(mask, (s - r) ** 2, 0.0).sum(-1) / mask.sum(-1)
                ),
            ),
        ),
        reference="None",
        curve=Curve("residual r", -3, 3, lambda r: toys.toy_list_loss(r[..., None], 0 * r[..., None], reduction="none")),
    ),
    Loss(
        function=toys.toy_sequence_loss,
        title="Toy sequence",
        chapter="sequence/toy_sequence",
        summary="A sequence.",
        formula=r"-\sum_t \log q_{t, y_t}",
        gradient=r"q - [k = y_t]",
        symbols=("z", "y"),
        arguments="z, y",
        where="",
        inputs=("logits of steps", "labels of steps"),
        named={"lengths": "lengths"},
        units="nats",
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz(r"$\sqrt{2T}$", lambda: sqrt(2 * SIZES["T"])),
        minimiser=Minimiser("q = p at each step", None),
        answers=_every_sequence,
        peers=(Peer("torch.nn.functional.cross_entropy", "a value for each step", _steps),),
        reference="None",
        curve=Curve(
            "logit",
            -3,
            3,
            lambda z: toys.toy_sequence_loss(
                np.stack([z, 0 * z], -1)[:, None], np.zeros((len(z), 1), np.int64), reduction="none"
            ),
        ),
    ),
)
