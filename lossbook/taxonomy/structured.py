"""The losses for an answer with parts that depend on one another."""

from collections.abc import Callable
from itertools import permutations, product
from math import inf, pi, sqrt
from typing import Any

import numpy as np

from lossbook import structured
from lossbook._ops import constant, namespace, share
from lossbook.taxonomy.kinds import SIZES
from lossbook.taxonomy.peers import in_keras, zero_labels
from lossbook.taxonomy.records import NO, YES, Claim, Curve, Hyperparameter, Lipschitz, Loss, Minimiser, Peer

C, D, H, M, P, T, W = (SIZES[name] for name in ("C", "D", "H", "M", "P", "S", "W"))

# --- chains ---


def _every_path(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with every chain of tags, and all steps there."""
    emissions, transitions, _, start, end, _ = fed
    every = (np.broadcast_to(path, emissions.shape[:-1]) for path in product(range(C), repeat=emissions.shape[-2]))
    return [(emissions, transitions, path, start, end, None) for path in every]


def _some_paths(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with chains that stay and that move, where no move has a score: there a kink is where the margin is."""
    emissions, transitions, *_ = fed
    some = (np.broadcast_to(path, emissions.shape[:-1]) for path in ((0, 0, 0), (1, 1, 2), (2, 0, 1)))
    return [(emissions, 0 * transitions, path, None, None, None) for path in some]


def _all_scores(
    emissions: Any, transitions: Any, y: Any, start: Any, end: Any, mask: Any, margin: float = 0.0
) -> tuple[Any, Any]:
    """Return the scores (N, C^T) of all chains of tags, −∞ of those told twice under a mask, and those (N,) of y, in torch."""
    xp, (count, steps, classes) = namespace(emissions=emissions), emissions.shape
    there = xp.ones_like(y, dtype=xp.bool) if mask is None else mask
    ends = [0 * transitions[0] if each is None else each for each in (start, end)]
    last = there.sum(-1)

    def of(path: Any) -> Any:
        path = path * there
        total = (emissions.gather(-1, path[..., None])[..., 0] * there).sum(-1)
        total = total + (transitions[path[:, :-1], path[:, 1:]] * there[:, 1:]).sum(-1)
        closing = path.gather(-1, (last - 1).clamp(min=0)[:, None])[:, 0]
        total = total + (ends[0][path[:, 0]] + ends[1][closing]) * (last > 0)
        return total + margin * ((path != y) & there).sum(-1)

    def told_twice(path: Any) -> Any:
        return ((path != 0) & ~there).any(-1)

    every = [xp.asarray(path).expand(count, steps) for path in product(range(classes), repeat=steps)]
    scores = xp.stack([of(path).masked_fill(told_twice(path), -inf) for path in every], axis=-1)
    return scores, of(xp.where(there, y, 0))


def _crf(logsumexp: Any, *given: Any) -> Any:
    scores, own = _all_scores(*given)
    return logsumexp(scores, -1) - own


def _best(amax: Any, emissions: Any, transitions: Any, y: Any, start: Any, end: Any, mask: Any, margin: float = 0.0) -> Any:
    scores, own = _all_scores(emissions, transitions, y, start, end, mask, margin=margin)
    return amax(scores, -1) - own


def _in_torchcrf(make: Any, emissions: Any, transitions: Any, y: Any, start: Any, end: Any, mask: Any) -> Any:
    """Return it with its first step there, as it asks for, and 0 for chains without a step."""
    from torch.func import functional_call

    xp = namespace(emissions=emissions)
    there = xp.ones_like(y, dtype=xp.bool) if mask is None else mask
    ends = [0 * transitions[0] if each is None else each for each in (start, end)]
    named = {"transitions": transitions, "start_transitions": ends[0], "end_transitions": ends[1]}
    first = xp.arange(y.shape[-1]) == 0
    more = {"mask": there | first, "reduction": "none"}
    crf = make(emissions.shape[-1], batch_first=True).to(emissions.dtype)
    return -functional_call(crf, named, (emissions, y * there), more) * there[:, 0]


def _in_torch_struct(make: Any, emissions: Any, transitions: Any, y: Any, start: Any, end: Any, mask: Any) -> Any:
    """Return it for whole chains of two steps or more: scores go onto the moves, told from column to row."""
    if mask is not None:
        return None
    xp = namespace(emissions=emissions)
    ends = [0 * transitions[0] if each is None else each for each in (start, end)]
    place = xp.arange(y.shape[-1])[:, None]
    e = emissions + xp.where(place == 0, ends[0], 0.0) + xp.where(place == y.shape[-1] - 1, ends[1], 0.0)
    moves = transitions.T + e[:, 1:, :, None]
    moves = xp.cat([moves[:, :1] + e[:, :1, None, :], moves[:, 1:]], 1)
    values = make(moves).partition - _all_scores_of(moves, y)
    # It asks for gradients on its own.
    return values if emissions.requires_grad else values.detach()


def _all_scores_of(moves: Any, y: Any) -> Any:
    """Return the scores of chains whose moves (N, T − 1, C, C) stand from column to row."""
    rows = moves.gather(-2, y[:, 1:, None, None].expand(*moves.shape[:2], 1, moves.shape[-1]))[..., 0, :]
    return rows.gather(-1, y[:, :-1, None])[..., 0].sum(-1)


def _three_steps(z: Any) -> tuple[Any, Any, Any]:
    """Return emissions of three steps and two classes, in which those of the first move, transitions of 0, and tags of the first."""
    emissions = np.stack(np.broadcast_arrays(z[..., None] * np.ones(3), 0.0), axis=-1)
    return emissions, np.zeros((2, 2)), np.zeros((*z.shape, 3), dtype=np.int64)


_PATH = r"s(y) = \sum_t e_{t, y_t} + \sum_{t > 1} A_{y_{t - 1}, y_t}"
_OF_CHAIN: dict[str, Any] = {
    "symbols": ("e", "A", "y"),
    "arguments": "e, A, y",
    "inputs": ("emissions", "transitions", "tags"),
    "named": {"start": "start scores", "end": "end scores", "mask": "mask of a chain"},
    "answers": _every_path,
    "has_target": False,
    "convex": YES,
}
_OF_BEST: dict[str, Any] = {
    **_OF_CHAIN,
    "gradient": r"[\hat y_t = k] - [y_t = k]",
    "where": _PATH + r", \; \hat y \text{ where the maximum is}",
    "peers": (Peer("torch.amax", "none of its own: over all chains, one by one", _best),),
    "answers": _some_paths,
    "units": "those of the scores",
    "smooth": NO,
    "lipschitz": Lipschitz(r"$\sqrt{2T}$ in the emissions", lambda **_: sqrt(2 * T)),
}

# --- distributions with exact zeros ---


def _best_scores(p: Any, alpha: float = 2.0) -> Any:
    """Return the scores whose entmax is p."""
    return np.log(p) if alpha == 1 else p ** (alpha - 1) / (alpha - 1)


def _halved(clamp: Any, scores: Any, y: Any, alpha: float) -> Any:
    """Return the loss with its threshold found by halving, in torch; at α = 1, with log-softmax."""
    xp = namespace(scores=scores)
    target = y if y.dtype.is_floating_point else xp.nn.functional.one_hot(y, scores.shape[-1]).to(scores.dtype)
    if alpha == 1:
        return (xp.special.xlogy(target, target) - target * scores.log_softmax(-1)).sum(-1)
    scaled = (alpha - 1) * scores
    low = scaled.amax(-1, keepdim=True) - 1
    high = low + 1
    for _ in range(80):
        middle = (low + high) / 2
        above = clamp(scaled - middle, min=0).pow(1 / (alpha - 1)).sum(-1, keepdim=True) > 1
        low, high = xp.where(above, middle, low), xp.where(above, high, middle)
    p = clamp(scaled - low, min=0).pow(1 / (alpha - 1))
    entropies = [(1 - each.pow(alpha).sum(-1)) / (alpha * (alpha - 1)) for each in (p, target)]
    return ((p - target) * scores).sum(-1) + entropies[0] - entropies[1]


def _labels_only(f: Any, scores: Any, y: Any) -> Any:
    return f(scores, y) if y.ndim < scores.ndim else None


def _bisected(f: Any, scores: Any, y: Any, alpha: float) -> Any:
    return None if alpha == 1 else _labels_only(lambda *given: f(*given, alpha=alpha), scores, y)


def _lead(z: Any) -> tuple[Any, Any]:
    return np.stack([z, 0 * z], axis=-1), zero_labels(z)


_OF_SPREAD: dict[str, Any] = {
    "symbols": ("z", "p"),
    "arguments": "z, p",
    "inputs": ("scores to be spread", "class or probabilities"),
    "units": "those of the scores",
    "convex": YES,
    "smooth": YES,
    "lipschitz": Lipschitz(r"$\sqrt 2$", lambda **_: sqrt(2)),
    "rounding": 1e-15,  # how far λ is above the score of the class, less the cost of a spread
}


# --- masks, boxes and sets: the answers that are looked at ---

# None of six pixels, one, a row, all but one, all, and half of each.
MASKS = np.asarray([[0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0], [0, 1, 1, 1, 1, 1], [1] * 6, [0.5] * 6])
# To the boundary of one pixel, of a column, and far away.
DISTANCES = np.asarray([[-1.0, 1, 2, 1, 1.5, 2.5], [-2, -1, 1, -2, -1, 1], [4, 5, 6, 4, 5, 6]])
# Two squares around the origin, one beside it, and a line.
BOXES = np.asarray([[-1.0, -1, 1, 1], [-2, -2, 2, 2], [0, -1, 3, 1], [-4, 1, 4, 1.5]])
POINTS = np.asarray([[[0.0, 0], [0, 0], [0, 0]], [[1, 0], [0, 1], [-1, -1]], [[3, 2], [-3, -2], [3, 2]]])
LABELS = np.asarray([[0, 0, 0, 0], [1, 0, 0, 0], [1, 0, 1, 0], [1, 1, 1, 1]])
OF_CLASSES = np.asarray([[0, 0, 0, 0], [0, 1, 2, 0], [2, 2, 1, 1], [1, 1, 1, 1]])


def _each_of(some: Any, own: int) -> Callable[[Any], list[tuple[Any, ...]]]:
    """Return what gives the inputs with each of some answers, of a prediction with so many axes of its own."""

    def answers(fed: Any) -> list[tuple[Any, ...]]:
        batch = fed[0].shape[: fed[0].ndim - own]
        return [(fed[0], np.broadcast_to(each, (*batch, *each.shape))) for each in some]

    return answers


# --- the peers ---


def _counted(f: Any, q: Any, y: Any, **settings: Any) -> Any:
    """Return what optax computes of one class, given as logits."""
    xp = namespace(q=q)
    logits = xp.log(q) - xp.log1p(-q)
    return f(logits[..., None], xp.astype(y, q.dtype)[..., None], axis=(1, 2), **settings)


def _in_monai(make: Any, q: Any, y: Any, **settings: Any) -> Any:
    """Return what MONAI computes of one channel, with the same smoothing above and below."""
    smooth = settings.pop("smooth")
    return make(reduction="none", smooth_nr=smooth, smooth_dr=smooth, **settings)(q[:, None], y[:, None]).reshape(len(q))


def _extended(cumsum: Any, errors: Any, truth: Any) -> Any:
    """Return the Lovász extension of the Jaccard loss as its authors' code has it, in torch."""
    errors, order = errors.sort(-1, descending=True)
    truth = truth.gather(-1, order)
    total = truth.sum(-1, keepdim=True)
    lost = 1 - (total - cumsum(truth, -1)) / (total + cumsum(1 - truth, -1))
    return (errors * lost.diff(dim=-1, prepend=0 * lost[..., :1])).sum(-1)


def _hinge_of_mask(cumsum: Any, scores: Any, y: Any) -> Any:
    truth = y.to(scores.dtype)
    return _extended(cumsum, (1 - scores * (2 * truth - 1)).clamp(min=0), truth)


def _of_every_class(cumsum: Any, q: Any, y: Any, present_only: bool) -> Any:
    own = (y[..., None, :] == namespace(q=q).arange(q.shape[-1])[:, None]).to(q.dtype)
    values, there = _extended(cumsum, (own - q.mT).abs(), own), own.amax(-1)
    return (values * there).sum(-1) / there.sum(-1) if present_only else values.mean(-1)


def _of_classes_in_kornia(f: Any, q: Any, y: Any, present_only: bool) -> Any:
    """Return its mean over images, of the logarithms of probabilities that sum to 1; an absent class may weigh nothing."""
    xp, count = namespace(q=q), q.shape[-1]
    logits, labels = q.log().mT[:, :, None], y[:, None]
    there = (y[..., None] == xp.arange(count)).any(-2)
    if not present_only or bool(there.all()):
        return f(logits, labels)
    weights = count * there.to(q.dtype) / there.sum(-1, keepdim=True)
    pairs = zip(logits, labels, weights, strict=True)
    return xp.stack([f(one[None], label[None], weight) for one, label, weight in pairs]).mean()


def _corners(maximum: Any, boxes: Any, target: Any) -> tuple[Any, Any, Any, Any]:
    """Return the intersection over the union, the union, and the hull's width and height, side by side, in torch."""
    (x1, y1, x2, y2), (a1, b1, a2, b2) = boxes.unbind(-1), target.unbind(-1)
    width = (-maximum(-x2, -a2) - maximum(x1, a1)).clamp(min=0)
    height = (-maximum(-y2, -b2) - maximum(y1, b1)).clamp(min=0)
    union = (x2 - x1) * (y2 - y1) + (a2 - a1) * (b2 - b1) - width * height
    return width * height / union, union, maximum(x2, a2) + maximum(-x1, -a1), maximum(y2, b2) + maximum(-y1, -b1)


def _giou(maximum: Any, boxes: Any, target: Any) -> Any:
    iou, union, width, height = _corners(maximum, boxes, target)
    return 2 - iou - union / (width * height)


def _diou(maximum: Any, boxes: Any, target: Any) -> Any:
    iou, _, width, height = _corners(maximum, boxes, target)
    way = (boxes[:, :2] + boxes[:, 2:] - target[:, :2] - target[:, 2:]) / 2
    return 1 - iou + (way**2).sum(-1) / (width**2 + height**2)


def _ciou(maximum: Any, boxes: Any, target: Any) -> Any:
    v, iou = _form(boxes, target), _corners(maximum, boxes, target)[0]
    return _diou(maximum, boxes, target) + v * v / (1 - iou + v).clamp(min=1e-300)


def _form(boxes: Any, target: Any) -> Any:
    """Return v, the difference of the boxes' forms, of boxes with a width and a height."""
    xp = namespace(boxes=boxes)
    one, other = (xp.atan((each[..., 2] - each[..., 0]) / (each[..., 3] - each[..., 1])) for each in (boxes, target))
    return 4 / pi**2 * (other - one) ** 2


def _weight_held(boxes: Any, target: Any) -> Callable[..., Any]:
    """Return the loss as a function whose trade-off weight is that at given boxes."""
    xp = namespace(boxes=boxes)
    v, disjoint = _form(boxes, target), structured.iou_loss(boxes, target, reduction="none")
    weight = constant(share(v, disjoint + v))

    def held(boxes: Any, target: Any, *, reduction: str) -> Any:
        assert reduction == "none"
        made = namespace(boxes=boxes).asarray(np.asarray(weight)) if namespace(boxes=boxes) is not xp else weight
        return structured.diou_loss(boxes, target, reduction="none") + made * _form(boxes, target)

    return held


def _chamfer(cdist: Any, x: Any, y: Any) -> Any:
    squares = cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist") ** 2
    return squares.amin(-1).mean(-1) + squares.amin(-2).mean(-1)


def _assigned(f: Any, cost: Any) -> Any:
    return np.asarray([each[f(each)].mean() for each in cost])


def _in_every_order(least: Any, cost: Any) -> Any:
    """Return it by trying all assignments."""
    rows, columns = cost.shape[-2:]
    tried = [sum(cost[..., i, j] for i, j in enumerate(order)) / rows for order in permutations(range(columns), rows)]
    return least(namespace(cost=cost).stack(tried, axis=-1), -1)


# --- away from kinks ---


def edges_apart(boxes: Any, target: Any) -> Any:
    """Return whether no edge of one box lies in line with one of the other."""
    pairs = [(i, j) for i in range(4) for j in range(4) if (i - j) % 2 == 0]
    return np.min([np.abs(boxes[..., i] - target[..., j]) for i, j in pairs], axis=0) > 1e-3


def nearest_apart(x: Any, y: Any) -> Any:
    """Return whether each point has one nearest neighbour and not several."""
    squares = np.sum((x[..., :, None, :] - y[..., None, :, :]) ** 2, axis=-1)
    leads = [np.diff(np.sort(squares, axis=axis), axis=axis).take(0, axis).min(axis=-1) for axis in (-1, -2)]
    return np.minimum(*leads) > 1e-3


# --- what the records share ---

_SMOOTH = Hyperparameter("s", "what is added to both sides of the quotient, in pixels, at least 0", (0.0, 1.0), (0.0, -1e-9))
_PRICES = {"alpha": (r"\alpha", "a false positive", (0.5, 0.25)), "beta": (r"\beta", "a false negative", (0.5, 0.75))}
_OF_MASK: dict[str, Any] = {
    "symbols": ("q", "y"),
    "arguments": "q, y",
    "inputs": ("mask", "true mask"),
    "units": "a pure number",
    "answers": _each_of(MASKS.reshape(-1, H, W), 2),
    "orderless": ("H", "W"),
    "convex": NO,
    # At the mask without a pixel itself the value jumps.
    "smooth": Claim("yes; at an empty truth and $s = 0$ it jumps at the empty mask", lambda **_: True),
    "lipschitz": Lipschitz("bounded where the truth has a pixel, or $s > 0$", lambda **_: None),
}
_OF_BOXES: dict[str, Any] = {
    "symbols": ("b", "b'"),
    "arguments": "b, b'",
    "inputs": ("box", "true box"),
    "units": "a pure number",
    "answers": _each_of(BOXES, 1),
    "apart": edges_apart,
    "convex": NO,
    "smooth": NO,
    "lipschitz": Lipschitz("bounded, for a target that is no point or line", lambda: None),
}


def _square(t: Any) -> tuple[Any, Any]:
    """Return squares of side 2 that move, and one that stays."""
    still = np.asarray([-1.0, -1, 1, 1])
    return still + t[:, None] * np.asarray([1.0, 0, 1, 0]), np.broadcast_to(still, (len(t), 4))


def _halves(q: Any) -> tuple[Any, Any]:
    """Return masks of two pixels in and two out of the truth, all of which have the same probability to be wrong."""
    return np.stack([1 - q, 1 - q, q, q], axis=-1)[:, None, :], np.broadcast_to([[1.0, 1, 0, 0]], (len(q), 1, 4))


# --- the records ---

LOSSES = (
    Loss(
        function=structured.linear_chain_crf_loss,
        title="Linear-chain CRF",
        chapter="structured/crf",
        synonyms=("conditional random field", "CRF loss", "sequence labelling", "BiLSTM-CRF"),
        summary="The likelihood of a whole chain of tags, each seen with the one before.",
        formula=r"\log \sum_{y'} e^{s(y')} - s(y)",
        gradient=r"P(y_t = k) - [y_t = k]",
        where=_PATH,
        **_OF_CHAIN,
        units="nats",
        smooth=YES,
        lipschitz=Lipschitz(r"$\sqrt{2T}$ in the emissions", lambda: sqrt(2 * T)),
        minimiser=Minimiser("the chance of each tag at each step, and how often each move is expected, are the true ones", None),
        peers=(Peer("torch.logsumexp", "none of its own: over all chains, one by one", _crf),),
        heavy_peers=(
            Peer(
                "torchcrf.CRF",
                "a module, which gives the log-likelihood, without the minus, and sums; steps first; the first must be there",
                _in_torchcrf,
            ),
            Peer("torch_struct.LinearChainCRF", "takes one array of scores of moves, from column to row", _in_torch_struct),
        ),
        reference="Lafferty, McCallum and Pereira (2001), https://repository.upenn.edu/cis_papers/159",
        curve=Curve(
            "score of the right tag, at three steps",
            -3,
            3,
            lambda z: structured.linear_chain_crf_loss(*_three_steps(z), reduction="none"),
        ),
    ),
    Loss(
        function=structured.structured_hinge_loss,
        title="Structured hinge",
        chapter="structured/structured_hinge",
        synonyms=("structured SVM", "max-margin Markov network", "SSVM loss", "margin rescaling"),
        summary="The right chain must lead each other one by a margin for every tag in which they differ.",
        formula=r"\max_{y'} \Bigl(s(y') + m \sum_t [y'_t \ne y_t]\Bigr) - s(y)",
        **_OF_BEST,
        hyperparameters={
            "margin": Hyperparameter("m", "the lead that is asked for each wrong tag, at least 0", (1.0, 0.5), (0, -1e-9))
        },
        minimiser=Minimiser("no closed form; a chain likelier than all others together leads them", None),
        reference="Tsochantaridis et al. (2005), https://www.jmlr.org/papers/v6/tsochantaridis05a.html",
        curve=Curve(
            "score of the right tag, at three steps",
            -2,
            3,
            lambda z: structured.structured_hinge_loss(*_three_steps(z), reduction="none"),
        ),
    ),
    Loss(
        function=structured.structured_perceptron_loss,
        title="Structured perceptron",
        chapter="structured/structured_hinge",
        synonyms=("averaged perceptron", "Collins perceptron"),
        summary="By how much the best chain's score is above that of the right one.",
        formula=r"\max_{y'} s(y') - s(y)",
        **_OF_BEST,
        minimiser=Minimiser("all scores equal, among others: it asks for no lead", None),
        reference="Collins (2002), https://doi.org/10.3115/1118693.1118694",
        curve=Curve(
            "score of the right tag, at three steps",
            -2,
            2,
            lambda z: structured.structured_perceptron_loss(*_three_steps(z), reduction="none"),
        ),
    ),
    Loss(
        function=structured.sparsemax_loss,
        title="Sparsemax",
        chapter="structured/fenchel_young",
        synonyms=("sparse softmax",),
        summary="Like cross-entropy, but the prediction has exact zeros, and a lead of 1 costs nothing.",
        formula=r"\max_{p'} \bigl(p' \cdot z - \tfrac12 \lVert p' \rVert^2\bigr) - p \cdot z + \tfrac12 \lVert p \rVert^2",
        gradient=r"\hat p_k - p_k",
        where=r"\hat p = \operatorname{sparsemax}(z)",
        **_OF_SPREAD,
        minimiser=Minimiser("$\\hat p = p$", _best_scores),
        peers=(
            Peer("torch.clamp", "none of its own: τ by halving", lambda f, scores, y: _halved(f, scores, y, 2.0)),
            Peer("optax.losses.multiclass_sparsemax_loss", "labels only", _labels_only),
        ),
        heavy_peers=(Peer("entmax.sparsemax_loss", "labels only; sorts", _labels_only),),
        reference="Martins and Astudillo (2016), https://arxiv.org/abs/1602.02068",
        curve=Curve("lead of the right class", -2, 2, lambda z: structured.sparsemax_loss(*_lead(z), reduction="none")),
    ),
    Loss(
        function=structured.entmax_loss,
        title="Entmax",
        chapter="structured/fenchel_young",
        synonyms=("Fenchel-Young loss", "Tsallis loss", "1.5-entmax", "alpha-entmax"),
        summary="From cross-entropy to the sparsemax loss and beyond, by the power in Tsallis' entropy.",
        formula=r"\max_{p'} \bigl(p' \cdot z - \Omega(p')\bigr) - p \cdot z + \Omega(p)",
        gradient=r"\hat p_k - p_k",
        where=r"\Omega(p) = \tfrac{1}{\alpha(\alpha - 1)} \sum_k (p_k^\alpha - p_k), \; \hat p = \operatorname{entmax}_\alpha(z)",
        **_OF_SPREAD,
        hyperparameters={
            "alpha": Hyperparameter(
                r"\alpha", "how sparse, at least 1: softmax at 1, sparsemax at 2", (1.5, 1.0, 2.0), (1, 1 - 1e-9)
            )
        },
        minimiser=Minimiser("$\\hat p = p$", lambda p, alpha: _best_scores(p, alpha)),
        likelihood_at=lambda alpha: alpha == 1,
        peers=(Peer("torch.clamp", "none of its own: τ by halving; at α = 1, with log-softmax", _halved),),
        heavy_peers=(Peer("entmax.entmax_bisect_loss", "labels only; α above 1; by halving, 50 times", _bisected),),
        reference="Peters, Niculae and Martins (2019), https://arxiv.org/abs/1905.05702",
        curve=Curve("lead of the right class", -3, 3, lambda z: structured.entmax_loss(*_lead(z), reduction="none")),
    ),
    Loss(
        function=structured.dice_loss,
        title="Dice",
        chapter="structured/dice",
        synonyms=("Sørensen-Dice coefficient", "F1 loss", "soft Dice", "V-Net loss"),
        summary="How much of two masks does not overlap, whatever their size.",
        formula=r"1 - \frac{2 \sum_i q_i y_i + s}{\sum_i q_i + \sum_i y_i + s}",
        gradient=r"\frac{1 - 2 y_i - L}{\sum_j q_j + \sum_j y_j + s}",
        where="",
        **_OF_MASK,
        hyperparameters={"smooth": _SMOOTH},
        minimiser=Minimiser(
            "of one truth, itself where it is whole; of several of one size, the pixels likelier than half the best overlap", None
        ),
        peers=(
            Peer(
                "optax.losses.dice_loss",
                "takes logits, classes last; adds smooth to half of both sides, and 1 where it is not told",
                lambda f, q, y, smooth: _counted(f, q, y, smooth=smooth / 2),
            ),
        ),
        heavy_peers=(
            Peer("monai.losses.DiceLoss", "adds 1e-5 to both sides where it is not told", _in_monai),
            in_keras("dice", "of all masks together, without an axis; 1e-7 below", lambda f, q, y: f(y, q, axis=(1, 2))),
        ),
        reference="Milletari, Navab and Ahmadi (2016), https://arxiv.org/abs/1606.04797",
        curve=Curve("probability to be wrong", 0.0, 1.0, lambda q: structured.dice_loss(*_halves(q), reduction="none")),
    ),
    Loss(
        function=structured.jaccard_loss,
        title="Jaccard",
        chapter="structured/dice",
        synonyms=("soft IoU", "intersection over union of masks", "Tanimoto"),
        summary="How much of the union of two masks is not in both.",
        formula=r"1 - \frac{\sum_i q_i y_i + s}{\sum_i (q_i + y_i - q_i y_i) + s}",
        gradient=r"\frac{1 - 2 y_i - L\,(1 - y_i)}{\sum_j (q_j + y_j - q_j y_j) + s}",
        where="",
        **_OF_MASK,
        hyperparameters={"smooth": _SMOOTH},
        minimiser=Minimiser("of one truth, itself where it is whole; of several, some whole mask", None),
        peers=(
            Peer(
                "optax.losses.dice_loss",
                "alpha=1, beta=1; takes logits, classes last",
                lambda f, q, y, smooth: _counted(f, q, y, smooth=smooth, alpha=1.0, beta=1.0),
            ),
        ),
        heavy_peers=(
            Peer(
                "monai.losses.DiceLoss",
                "jaccard=True; adds smooth to twice both sides",
                lambda make, q, y, smooth: _in_monai(make, q, y, smooth=2 * smooth, jaccard=True),
            ),
        ),
        reference="Rahman and Wang (2016), https://doi.org/10.1007/978-3-319-50835-1_22",
        curve=Curve("probability to be wrong", 0.0, 1.0, lambda q: structured.jaccard_loss(*_halves(q), reduction="none")),
    ),
    Loss(
        function=structured.tversky_loss,
        title="Tversky",
        chapter="structured/dice",
        synonyms=("focal Tversky", "Tversky index", "F-beta loss"),
        summary="Overlap of two masks where too much and too little have prices of their own.",
        formula=r"\Bigl(1 - \frac{I + s}{I + \alpha A + \beta M + s}\Bigr)^\gamma",
        gradient=r"\gamma\,u^{\gamma - 1}\, \frac{(1 - u)\,\bigl(\alpha\,(1 - y_i) - \beta\,y_i\bigr) - u\,y_i}{I + \alpha A + \beta M + s}",
        where=r"L = u^\gamma, \; I = \textstyle\sum_i q_i y_i, \; A = \sum_i q_i (1 - y_i), \; M = \sum_i (1 - q_i)\, y_i",
        **{
            **_OF_MASK,
            "lipschitz": Lipschitz(
                r"bounded where $\gamma \ge 1$ and the truth has a pixel, or $s > 0$",
                lambda gamma, **_: None if gamma >= 1 else inf,
            ),
        },
        hyperparameters={
            **{
                name: Hyperparameter(symbol, f"price of {what}, at least 0", values, (0.0, -1e-9))
                for name, (symbol, what, values) in _PRICES.items()
            },
            "gamma": Hyperparameter(r"\gamma", "power of the whole loss, positive", (1.0, 1.5), (1e-3, 0.0)),
            "smooth": Hyperparameter("s", _SMOOTH.meaning, (0.0,), _SMOOTH.edge),
        },
        minimiser=Minimiser("of one truth, itself where it is whole; a low price makes the mask larger or smaller", None),
        peers=(
            Peer(
                "optax.losses.dice_loss",
                "its alpha and beta; no gamma; takes logits, classes last",
                lambda f, q, y, alpha, beta, gamma, smooth: _counted(f, q, y, alpha=alpha, beta=beta, smooth=smooth) ** gamma,
            ),
        ),
        heavy_peers=(
            Peer(
                "monai.losses.TverskyLoss",
                "no gamma; adds 1e-5 to both sides where it is not told",
                lambda make, q, y, gamma, **settings: _in_monai(make, q, y, **settings) ** gamma,
            ),
            in_keras(
                "tversky",
                "alpha and beta exchanged against its documentation; no gamma; 1e-7 below",
                lambda f, q, y, alpha, beta, gamma: f(y, q, alpha=beta, beta=alpha, axis=(1, 2)).clamp(min=0) ** gamma,
            ),
        ),
        reference="Salehi, Erdogmus and Gholipour (2017), https://arxiv.org/abs/1706.05721",
        curve=Curve(
            "probability to be wrong",
            0.0,
            1.0,
            lambda q: structured.tversky_loss(*_halves(q), alpha=0.3, beta=0.7, reduction="none"),
        ),
    ),
    Loss(
        function=structured.lovasz_hinge_loss,
        title="Lovász hinge",
        chapter="structured/lovasz",
        synonyms=("convex Jaccard surrogate",),
        summary="The Jaccard loss of a mask, made convex in the scores: its Lovász extension, of the hinge's errors.",
        formula=r"\sum_i (e_{(i)})_+ \, g_i",
        gradient=r"-\pm_i g_{\operatorname{rank}(i)} \text{ where } e_i > 0",
        symbols=("s", "y"),
        arguments="s, y",
        where=(
            r"e_i = 1 - \pm_i s_i, \; e_{(1)} \ge e_{(2)} \ge \dots, "
            r"\; g_i = \Delta\{(1), \dots, (i)\} - \Delta\{(1), \dots, (i - 1)\}, \; \Delta \text{ the Jaccard loss}"
        ),
        inputs=("scores of pixels", "labels of pixels"),
        units="those of the scores",
        answers=_each_of(LABELS, 1),
        orderless=("P",),
        convex=YES,
        smooth=NO,
        lipschitz=Lipschitz("1", lambda: 1.0),
        minimiser=Minimiser("of one truth, every score beyond the margin; there is no least value of the scores", None),
        peers=(Peer("torch.cumsum", "none of its own: the authors' few lines", _hinge_of_mask),),
        heavy_peers=(
            Peer(
                "kornia.losses.lovasz_hinge_loss",
                "averages over the batch; one channel, labels not checked",
                lambda f, scores, y: f(scores[:, None, None], y[:, None]),
            ),
        ),
        reference="Yu and Blaschko (2015), https://arxiv.org/abs/1512.07797",
        curve=Curve(
            "score of one pixel of four, in the truth",
            -3,
            3,
            lambda s: structured.lovasz_hinge_loss(
                np.stack([s, 1 + 0 * s, -1 + 0 * s, -1 + 0 * s], axis=-1),
                np.broadcast_to([1, 1, 0, 0], (len(s), 4)),
                reduction="none",
            ),
        ),
    ),
    Loss(
        function=structured.lovasz_softmax_loss,
        title="Lovász-softmax",
        chapter="structured/lovasz",
        synonyms=("mean IoU surrogate",),
        summary="The Jaccard loss of each class, made convex in the probabilities, and averaged.",
        formula=r"\operatorname{mean}_k \sum_i e_{k, (i)} \, g_{k, i}",
        gradient=r"(1 - 2\,[y_i = k])\, g_{k, \operatorname{rank}_k(i)} / K",
        symbols=("q", "y"),
        arguments="q, y",
        where=(
            r"e_{k, i} = |[y_i = k] - q_{i, k}|, \; e_{k, (1)} \ge e_{k, (2)} \ge \dots, "
            r"\; g_k \text{ as for the hinge}, \; K \text{ classes}"
        ),
        inputs=("probabilities of pixels", "classes of pixels"),
        units="a pure number",
        hyperparameters={"present_only": Hyperparameter("", "whether only the classes that y has are averaged", (True, False))},
        answers=_each_of(OF_CLASSES, 2),
        orderless=("P",),
        convex=YES,
        smooth=NO,
        lipschitz=Lipschitz("bounded, by 1", lambda present_only: None),
        minimiser=Minimiser("of one truth, itself", None),
        peers=(Peer("torch.cumsum", "none of its own: the authors' few lines", _of_every_class),),
        heavy_peers=(
            Peer(
                "kornia.losses.lovasz_softmax_loss",
                "takes logits, classes second; averages over all classes, absent ones too, and over the batch",
                _of_classes_in_kornia,
            ),
        ),
        reference="Berman, Rannen Triki and Blaschko (2018), https://arxiv.org/abs/1705.08790",
        curve=Curve(
            "probability of the right class, at one pixel of two",
            0.0,
            1.0,
            lambda q: structured.lovasz_softmax_loss(
                np.stack([np.stack([q, 1 - q], axis=-1), np.broadcast_to([0.25, 0.75], (len(q), 2))], axis=-2),
                np.broadcast_to([0, 1], (len(q), 2)),
                reduction="none",
            ),
        ),
    ),
    Loss(
        function=structured.boundary_loss,
        title="Boundary",
        chapter="structured/boundary",
        synonyms=("surface loss", "signed distance map loss", "Hausdorff surrogate"),
        summary="Each pixel of the mask costs its distance to the true boundary: far mistakes cost more.",
        formula=r"\operatorname{mean}_i q_i d_i",
        gradient=r"d_i / (H W)",
        symbols=("q", "d"),
        arguments="q, d",
        where=r"d_i \text{ negative inside}",
        inputs=("mask", "signed distance"),
        units="those of the distance",
        answers=_each_of(DISTANCES.reshape(-1, H, W), 2),
        orderless=("H", "W"),
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz(r"$\lVert d \rVert / (H W)$", lambda: float(np.max(np.linalg.norm(DISTANCES, axis=-1))) / (H * W)),
        minimiser=Minimiser("every pixel whose mean distance is negative, and no other", None),
        peers=(Peer("torch.mul", "none of its own: one line", lambda f, q, d: f(q, d).mean((-2, -1))),),
        reference="Kervadec et al. (2019), https://arxiv.org/abs/1812.07032",
        curve=Curve(
            "probability of a pixel two away from the truth",
            0.0,
            1.0,
            lambda q: structured.boundary_loss(q[:, None, None], 2 + 0 * q[:, None, None], reduction="none"),
        ),
    ),
    Loss(
        function=structured.iou_loss,
        title="IoU",
        chapter="structured/box_iou",
        synonyms=("intersection over union", "box overlap", "UnitBox loss"),
        summary="How much of the union of two boxes is not in both: the same at every scale.",
        formula=r"1 - \frac{|b \cap b'|}{|b \cup b'|}",
        gradient=r"\frac{I\,\partial U - U\,\partial I}{U^2}",
        where=r"I = |b \cap b'|, \; U = |b \cup b'|",
        **_OF_BOXES,
        minimiser=Minimiser("of one target, itself", None),
        peers=(Peer("torch.maximum", "none of its own: from the four corners", lambda f, b, t: 1 - _corners(f, b, t)[0]),),
        reference="Yu et al. (2016), https://arxiv.org/abs/1608.01471",
        curve=Curve("way of a square of side 2", -4, 4, lambda t: structured.iou_loss(*_square(t), reduction="none")),
    ),
    Loss(
        function=structured.giou_loss,
        title="GIoU",
        chapter="structured/box_iou",
        synonyms=("generalized IoU", "generalised intersection over union", "generalized_box_iou"),
        summary="IoU, and what is empty in the smallest box around both: disjoint boxes come nearer.",
        formula=r"1 - \frac{|b \cap b'|}{|b \cup b'|} + \frac{|h| - |b \cup b'|}{|h|}",
        gradient=r"\frac{I\,\partial U - U\,\partial I}{U^2} + \frac{U\,\partial H - H\,\partial U}{H^2}",
        where=r"h \text{ the hull}, \; H = |h|, \; I = |b \cap b'|, \; U = |b \cup b'|",
        **_OF_BOXES,
        minimiser=Minimiser("of one target, itself", None),
        peers=(Peer("torch.maximum", "none of its own: from the four corners", _giou),),
        heavy_peers=(Peer("monai.losses.BoxGIoULoss", "in float32", lambda make, b, t: make(reduction="none")(b, t)),),
        reference="Rezatofighi et al. (2019), https://arxiv.org/abs/1902.09630",
        curve=Curve("way of a square of side 2", -4, 4, lambda t: structured.giou_loss(*_square(t), reduction="none")),
    ),
    Loss(
        function=structured.diou_loss,
        title="DIoU",
        chapter="structured/box_iou",
        synonyms=("distance IoU",),
        summary="IoU, and how far the centres lie apart: disjoint boxes are drawn to each other.",
        formula=r"1 - \frac{|b \cap b'|}{|b \cup b'|} + \frac{\lVert m - m' \rVert^2}{D^2}",
        gradient=r"\frac{I\,\partial U - U\,\partial I}{U^2} + \partial \frac{\lVert m - m' \rVert^2}{D^2}",
        where=r"m, m' \text{ centres}, \; D \text{ diagonal}",
        **_OF_BOXES,
        minimiser=Minimiser("of one target, itself", None),
        peers=(Peer("torch.maximum", "none of its own: from the four corners", _diou),),
        reference="Zheng et al. (2020), https://arxiv.org/abs/1911.08287",
        curve=Curve("way of a square of side 2", -4, 4, lambda t: structured.diou_loss(*_square(t), reduction="none")),
    ),
    Loss(
        function=structured.ciou_loss,
        title="CIoU",
        chapter="structured/box_iou",
        synonyms=("complete IoU",),
        summary="Distance IoU, and the form of the boxes, the more the better they overlap.",
        formula=r"L_{\mathrm{DIoU}} + a v",
        gradient=r"\partial L_{\mathrm{DIoU}} + a\, \partial v",
        where=(
            r"v = \tfrac{4}{\pi^2} \bigl(\arctan \tfrac{w'}{h'} - \arctan \tfrac wh\bigr)^2, "
            r"\; a = \operatorname{sg} \tfrac{v}{1 - \mathrm{IoU} + v}"
        ),
        **{**_OF_BOXES, "lipschitz": Lipschitz("none: the form of a small box turns fast", lambda: inf)},
        held=_weight_held,
        minimiser=Minimiser("of one target, itself", None),
        peers=(Peer("torch.maximum", "none of its own: from the four corners", _ciou),),
        reference="Zheng et al. (2020), https://arxiv.org/abs/1911.08287",
        curve=Curve(
            "logarithm of a box's width over its height, beside a square",
            -2,
            2,
            lambda t: structured.ciou_loss(
                np.stack([-np.exp(t / 2), -np.exp(-t / 2), np.exp(t / 2), np.exp(-t / 2)], axis=-1),
                _square(0 * t)[1],
                reduction="none",
            ),
        ),
    ),
    Loss(
        function=structured.set_matching_loss,
        title="Set matching",
        chapter="structured/set_matching",
        synonyms=("Hungarian loss", "bipartite matching", "linear sum assignment", "DETR loss", "permutation invariant training"),
        summary="A set has no order: the cheapest way to give each thing a partner of its own.",
        formula=r"\min_{\pi} \operatorname{mean}_i c_{i, \pi(i)}",
        gradient=r"[j = \pi(i)] / N",
        symbols=("c",),
        arguments="c",
        where=r"\pi \text{ gives each row a column of its own}",
        inputs=("costs of pairs",),
        has_target=False,
        needs="scipy",
        units="those of the costs",
        orderless=("M", "M+1"),
        convex=NO,
        smooth=NO,
        lipschitz=Lipschitz(r"$1 / \sqrt N$", lambda: 1 / sqrt(M)),
        minimiser=Minimiser("none: it falls without bound as costs fall", None),
        peers=(
            Peer("scipy.optimize.linear_sum_assignment", "gives the rows and columns of one matrix, and no loss", _assigned),
            Peer("torch.amin", "none of its own: over all permutations", _in_every_order),
        ),
        reference="Kuhn (1955), https://doi.org/10.1002/nav.3800020109",
        curve=Curve(
            "one of four costs, beside 1, 1 and 2",
            -3,
            3,
            lambda c: structured.set_matching_loss(
                np.stack([np.stack([c, 1 + 0 * c], axis=-1), np.stack([1 + 0 * c, 2 + 0 * c], axis=-1)], axis=-2),
                reduction="none",
            ),
        ),
    ),
    Loss(
        function=structured.chamfer_loss,
        title="Chamfer",
        chapter="structured/set_matching",
        synonyms=("Chamfer distance", "nearest neighbour distance", "point cloud reconstruction"),
        summary="Each point of one set to the nearest of the other, both ways: no partners, only neighbours.",
        formula=r"\operatorname{mean}_i \min_j \lVert x_i - y_j \rVert^2 + \operatorname{mean}_j \min_i \lVert x_i - y_j \rVert^2",
        gradient=r"\tfrac2N (x_i - y_{j(i)}) + \tfrac2M \textstyle\sum_{j \,:\, i(j) = i} (x_i - y_j)",
        symbols=("x", "y"),
        arguments="x, y",
        where=r"j(i), i(j) \text{ the nearest}",
        inputs=("sample", "another sample"),
        units="those of x, squared",
        answers=_each_of(POINTS, 2),
        apart=nearest_apart,
        orderless=("N", "M"),
        convex=NO,
        smooth=NO,
        lipschitz=Lipschitz("none", lambda: inf),
        minimiser=Minimiser("of one set, its points, how often each does not matter", None),
        peers=(Peer("torch.cdist", "none of its own: two minima of its distances, squared", _chamfer),),
        reference="Fan, Su and Guibas (2017), https://arxiv.org/abs/1612.00603",
        curve=Curve(
            "place of one point of two, beside points at −1 and 1",
            -3,
            3,
            lambda t: structured.chamfer_loss(
                np.stack([t, 1 + 0 * t], axis=-1)[..., None],
                np.broadcast_to([[-1.0], [1.0]], (len(t), 2, 1)),
                reduction="none",
            ),
        ),
    ),
)
