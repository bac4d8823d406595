"""What one loss is in terms of another."""

from collections.abc import Callable
from math import log, log2, pi
from typing import Any

import numpy as np

from lossbook import classification, distance, generative, ranking, regression, reinforcement, sequence, structured
from lossbook._ops import constant, log_odds, log_softmax, logsumexp, namespace, of_class, sigmoid, softplus
from lossbook.taxonomy.distance import at_unit_length, pick, pick_by_cosine
from lossbook.taxonomy.peers import as_one_hot
from lossbook.taxonomy.records import Identity


def _two_logits(z: Any) -> Any:
    """Return the logits of no and yes, (0, z)."""
    return namespace(z=z).stack([0 * z, z], axis=-1)


def _pair(z: Any, y: Any) -> tuple[Any, Any]:
    """Return a list of two items with the scores (0, z), of which the second is the relevant one where y is 1."""
    xp = namespace(z=z, y=y)
    yes = xp.astype(y > 0, z.dtype)
    return _two_logits(z), xp.stack([1 - yes, yes], axis=-1)


def _as_better(chosen: Any, rejected: Any) -> tuple[Any, Any]:
    """Return a list of two items with scores, of which the first is the relevant one."""
    xp = namespace(chosen=chosen, rejected=rejected)
    scores = xp.stack([chosen, rejected], axis=-1)
    return scores, xp.broadcast_to(xp.asarray([1, 0]), scores.shape)


def _by_distance(anchor: Any, positive: Any, negative: Any) -> tuple[Any, Any]:
    """Return a list of a positive and a negative, scored by minus their distances to the anchor."""
    xp = namespace(anchor=anchor)
    scores = xp.stack([-distance.euclidean_distance(anchor, each) for each in (positive, negative)], axis=-1)
    return scores, xp.broadcast_to(xp.asarray([1, 0]), scores.shape)


def _as_list(scores: Any, place: Any) -> tuple[Any, Any]:
    """Return scores, and grades of 1 at the place given and 0 elsewhere."""
    return scores, as_one_hot(scores, place)


def _first_of(positive: Any, others: Any) -> tuple[Any, Any]:
    """Return a score and others as one list, and 0, the place of the first."""
    xp = namespace(positive=positive)
    return xp.concat([positive[..., None], others], axis=-1), xp.zeros(positive.shape, dtype=xp.int64)


def _as_class(y: Any) -> Any:
    """Return class 1 for the labels 1 and class 0 for the labels 0 or −1."""
    xp = namespace(y=y)
    return xp.astype(y > 0, xp.int64)


def _other_than_blank(y: Any) -> Any:
    """Return classes with 1 in place of 0, the blank."""
    return namespace(y=y).where(y == 0, 1, y)


def _alternating(z: Any) -> Any:
    """Return a label for each step of logits (…, T, C): 1, 2, 1, 2, …"""
    xp = namespace(z=z)
    return xp.broadcast_to(1 + xp.arange(z.shape[-2]) % 2, z.shape[:-1])


def _no_labels(z: Any) -> Any:
    """Return an empty sequence of labels for each of a batch of logits (…, T, C)."""
    xp = namespace(z=z)
    return xp.zeros((*z.shape[:-2], 0), dtype=xp.int64)


def _of_gap(loss: Callable[..., Any], anchor: Any, positive: Any, negative: Any) -> Any:
    """Return a loss of the signed score d⁻ − d⁺, where the answer is yes."""
    gap = distance.euclidean_distance(anchor, negative) - distance.euclidean_distance(anchor, positive)
    return loss(gap, 1 + 0 * gap, reduction="none")


def _added_up(loss: Callable[..., Any], a: Any, b: Any) -> Any:
    """Return the loss of two arrays of vectors, number by number, summed over the last axis."""
    return namespace(a=a).sum(loss(a, b, reduction="none"), axis=-1)


def _at_a_corner(s: Any) -> tuple[Any, Any]:
    """Return scores that are all as large, larger than 1, with the signs of those given; and how large."""
    xp = namespace(s=s)
    size = 1 + xp.mean(xp.abs(s), axis=-1)
    return xp.where(s > 0, size[..., None], -size[..., None]), size


def _row(pixels: Any) -> Any:
    """Return pixels (…, P) as masks of one row."""
    return pixels[..., None, :]


def _towards_a_corner(q: Any, y: Any) -> tuple[Any, Any, Any, Any]:
    """Return a share t, probabilities with 1 − t at the true classes and t at those most likely in q, and as masks of one row both."""
    xp = namespace(q=q, y=y)
    share = xp.mean(q[..., 0], axis=-1)
    picked, true = (as_one_hot(q, each) for each in (xp.argmax(q, axis=-1), y))
    mixed = share[..., None, None] * picked + (1 - share[..., None, None]) * true
    return share, mixed, _row(xp.matrix_transpose(picked)), _row(xp.matrix_transpose(true))


def _jaccard_of_classes(share: Any, _: Any, picked: Any, true: Any) -> Any:
    """Return the mean of the Jaccard loss over classes, times a share."""
    return share * namespace(share=share).mean(structured.jaccard_loss(picked, true, reduction="none"), axis=-1)


def _around(boxes: Any, others: Any) -> Any:
    """Return boxes with both well inside, as constants."""
    xp = namespace(boxes=boxes)
    low = xp.minimum(boxes[..., :2], others[..., :2]) - 1
    high = xp.maximum(boxes[..., 2:], others[..., 2:]) + 1
    return constant(xp.concat([low, high], axis=-1))


def _of_one_aspect(boxes: Any, target: Any) -> Any:
    """Return the target made as high as its width and the aspect of the boxes ask for."""
    xp = namespace(boxes=boxes)
    wide, high = (constant(boxes[..., i + 2] - boxes[..., i]) for i in (0, 1))
    top = target[..., 1] + (target[..., 2] - target[..., 0]) * high / wide
    return xp.stack([target[..., 0], target[..., 1], target[..., 2], top], axis=-1)


def _one_point(points: Any) -> Any:
    """Return the first of each set of points, as a set of its own."""
    return points[..., :1, :]


def _linear_normal(x: Any) -> tuple[Any, ...]:
    """Return the reconstruction and the posterior of x = 2 z + ε/2, z and ε standard Normal: of each number, exactly."""
    mean, variance = 8 / 17 * x, 1 / 17
    of_each = 2 * ((x - 2 * mean) ** 2 + 4 * variance) + log(pi / 2) / 2
    return namespace(x=x).sum(of_each, axis=-1), mean, log(variance) + 0 * x


def _by_rank(x: Any, y: Any) -> tuple[Any, Any]:
    """Return two samples on the line from the least number up."""
    xp = namespace(x=x, y=y)
    return xp.sort(x, axis=-1), xp.sort(y, axis=-1)


def _under_noise(x: Any, noise: Any, share: Any) -> tuple[Any, Any, Any]:
    """Return the roots of the shares of signal and noise (…, 1), and what is seen of a sample."""
    xp = namespace(share=share)
    signal, rest = xp.sqrt(share)[..., None], xp.sqrt(1 - share)[..., None]
    return signal, rest, signal * x + rest * noise


def _as_velocity(u: Any, x: Any, noise: Any, share: Any) -> Any:
    """Return the velocity that a predicted noise stands for."""
    signal, rest, seen = _under_noise(x, noise, share)
    return (u - rest * seen) / signal


def _as_sample(u: Any, x: Any, noise: Any, share: Any) -> Any:
    """Return the sample that a predicted noise stands for."""
    signal, rest, seen = _under_noise(x, noise, share)
    return (seen - rest * u) / signal


def _along_the_path(u: Any, x: Any, noise: Any, share: Any) -> tuple[Any, Any]:
    """Return the velocity from noise to sample that a predicted noise stands for, and the time on the path of equal noise."""
    signal, rest, seen = _under_noise(x, noise, share)
    return (seen / (signal + rest) - u) * (signal + rest) / signal, (signal / (signal + rest))[..., 0]


def _squared_step(x: Any, y: Any) -> Any:
    """Return the squared distance between the middles of two samples, as D times the mean squared error."""
    xp = namespace(x=x, y=y)
    values = regression.mse_loss(xp.mean(x, axis=-2), xp.mean(y, axis=-2), reduction="none")
    return xp.sum(values, axis=-1)


def _in_a_row(x: Any) -> Any:
    """Return numbers (…, N) moved apart, so that a small ε sees them one by one."""
    xp = namespace(x=x)
    return x + 20 * xp.astype(xp.arange(x.shape[-1]), x.dtype)


def _one_step(scores: Any, y: Any) -> tuple[Any, Any, Any]:
    """Return scores and classes as chains of one step, and transitions that nobody reads."""
    return scores[..., None, :], _unlinked(scores), y[..., None]


def _unlinked(scores: Any) -> Any:
    """Return transitions of 0 between the classes of scores (…, C)."""
    return namespace(scores=scores).zeros((scores.shape[-1],) * 2, dtype=scores.dtype)


def _in_unit(s: Any) -> Any:
    """Return scores between −1 and 1."""
    return s / (1 + abs(s))


def _one_best(e: Any, a: Any) -> Any:
    """Return where one chain is ahead of all others."""
    paths = np.stack(np.meshgrid(*[range(e.shape[-1])] * e.shape[-2], indexing="ij"), axis=-1).reshape(-1, e.shape[-2])
    scores = e[..., np.arange(e.shape[-2]), paths].sum(axis=-1) + a[paths[:, :-1], paths[:, 1:]].sum(axis=-1)
    second, first = np.moveaxis(np.sort(scores, axis=-1)[..., -2:], -1, 0)
    return (first - second > 1e-6)[..., None, None]


def _alone_at_the_top(scores: Any, y: Any) -> Any:
    """Return where no two of the wrong classes share the lead, nor one of them and the right one with the margin."""
    others = np.where(as_one_hot(scores, y) > 0, -np.inf, scores)
    first, second = np.moveaxis(np.sort(others, axis=-1)[..., -2:][..., ::-1], -1, 0)
    own = np.take_along_axis(scores, y[..., None], axis=-1)[..., 0]
    return ((first > second) & (first + 1 != own))[..., None]


def _entropy(p: Any) -> Any:
    xp = namespace(p=p)
    return -xp.sum(p * xp.log(xp.where(p == 0, 1.0, p)), axis=-1)


def _zeroth(values: Any) -> Any:
    """Return 0, the first of all actions, for each value."""
    xp = namespace(values=values)
    return xp.zeros(values.shape, dtype=xp.int64)


def _on_three_atoms(reward: Any) -> Any:
    """Return the weights of the atoms −2, 0 and 2 whose mean is the reward, the nearest two alone having any."""
    xp = namespace(reward=reward)
    place = (xp.clip(reward, -2.0, 2.0) + 2) / 2
    below = xp.clip(xp.floor(place), 0.0, 1.0)
    share = place - below
    weights = [xp.where(below == i, 1 - share, 0.0) + xp.where(below == i - 1, share, 0.0) for i in range(3)]
    return xp.stack(weights, axis=-1)


def _at_the_middle(logits: Any) -> Any:
    """Return the distribution (…, 3) that is sure of the middle one of three atoms."""
    xp = namespace(logits=logits)
    return 0 * logits + xp.asarray([0.0, 1.0, 0.0], dtype=logits.dtype)


def _pinball(quantiles: Any, target: Any) -> Any:
    """Return the tilted L1 loss of each quantile, the mean over the samples, added up."""
    xp = namespace(quantiles=quantiles)
    count = quantiles.shape[-1]
    total = 0.0
    for i in range(count):
        one, samples = xp.broadcast_to(quantiles[..., i : i + 1], target.shape), target
        tilt = ((2 * i + 1) / (2 * count) - 0.5) * (samples - one)
        total = total + xp.mean(regression.l1_loss(one, samples, reduction="none") / 2 + tilt, axis=-1)
    return total


def _from_boltzmann(logits: Any, q: Any, temperature: float) -> Any:
    """Return the divergence of a policy from softmax(q / temperature), in units of q, less the logarithm of what that is divided by."""
    xp, log_p = namespace(logits=logits), q / temperature
    divergence = classification.kl_divergence(log_softmax(log_p), xp.exp(log_softmax(logits)), reduction="none")
    return temperature * (divergence - logsumexp(log_p))


def _twice(values: Any) -> Any:
    """Return a group (…, 2, 1) of two answers with one token, which are alike."""
    return namespace(values=values).stack([values, values], axis=-1)[..., None]


def _and_minus(values: Any) -> Any:
    """Return each number and its negative, (…, 2)."""
    return namespace(values=values).stack([values, -values], axis=-1)


def _of_group(values: Any) -> Any:
    """Return the sum (…) over the tokens (…, G, T) of a group."""
    return namespace(values=values).sum(values, axis=(-2, -1))


def _lead(reward: Any, log_prob: Any) -> Any:
    """Return for each token (…, G, T) how far its answer's reward (…, G) is above the group's mean."""
    xp = namespace(reward=reward)
    return (reward - xp.mean(reward, axis=-1, keepdims=True))[..., None] + xp.zeros_like(log_prob)


IDENTITIES = (
    Identity(
        "Lp at p = 1 is L1", r"L_p(r) = |r|", r"p = 1",
        lambda y_hat, y: regression.lp_loss(y_hat, y, p=1.0, reduction="none"),
        lambda y_hat, y: regression.l1_loss(y_hat, y, reduction="none"),
        ("lp_loss", "l1_loss"),
    ),
    Identity(
        "Lp at p = 2 is L2", r"L_p(r) = r^2", r"p = 2",
        lambda y_hat, y: regression.lp_loss(y_hat, y, p=2.0, reduction="none"),
        lambda y_hat, y: regression.mse_loss(y_hat, y, reduction="none"),
        ("lp_loss", "mse_loss"),
    ),
    Identity(
        "Huber becomes half of L2", r"L_\delta(r) \to \tfrac12 r^2", r"\delta \to \infty",
        lambda y_hat, y: regression.huber_loss(y_hat, y, delta=1e6, reduction="none"),
        lambda y_hat, y: regression.mse_loss(y_hat, y, reduction="none") / 2,
        ("huber_loss", "mse_loss"),
    ),
    Identity(
        "Huber over δ becomes L1", r"L_\delta(r) / \delta \to |r|", r"\delta \to 0",
        lambda y_hat, y: regression.huber_loss(y_hat, y, delta=1e-6, reduction="none") / 1e-6,
        lambda y_hat, y: regression.l1_loss(y_hat, y, reduction="none"),
        ("huber_loss", "l1_loss"),
        within=1e-6,
        apart=lambda y_hat, y: abs(y_hat - y) > 1e-6,
    ),
    Identity(
        "Smooth L1 is Huber over β", r"L_\beta(r) = L_{\delta}(r) / \delta", r"\delta = \beta",
        lambda y_hat, y: regression.smooth_l1_loss(y_hat, y, beta=0.7, reduction="none"),
        lambda y_hat, y: regression.huber_loss(y_hat, y, delta=0.7, reduction="none") / 0.7,
        ("smooth_l1_loss", "huber_loss"),
    ),
    Identity(
        "Smooth L1 at β = 0 is L1", r"L_\beta(r) = |r|", r"\beta = 0",
        lambda y_hat, y: regression.smooth_l1_loss(y_hat, y, beta=0.0, reduction="none"),
        lambda y_hat, y: regression.l1_loss(y_hat, y, reduction="none"),
        ("smooth_l1_loss", "l1_loss"),
    ),
    Identity(
        "Cross-entropy is NLL of the log-softmax", r"L(z, y) = -\log \operatorname{softmax}(z)_y", "always",
        lambda z, y: classification.cross_entropy(z, y, reduction="none"),
        lambda z, y: classification.nll_loss(log_softmax(z), y, reduction="none"),
        ("cross_entropy", "nll_loss"),
        inputs=("logits", "class"),
    ),
    Identity(
        "Label smoothing is cross-entropy with a mixed target",
        r"L_\varepsilon(z, y) = L\bigl(z, (1 - \varepsilon)\,p + \varepsilon / C\bigr)", r"p \text{ one-hot at } y",
        lambda z, y: classification.cross_entropy(z, y, label_smoothing=0.1, reduction="none"),
        lambda z, y: classification.cross_entropy(z, 0.9 * as_one_hot(z, y) + 0.1 / z.shape[-1], reduction="none"),
        ("cross_entropy", "cross_entropy"),
        inputs=("logits", "class"),
    ),
    Identity(
        "Binary cross-entropy is cross-entropy with two classes", r"L(z, y) = L\bigl((0, z), y\bigr)", r"C = 2",
        lambda z, y: classification.cross_entropy(_two_logits(z), _as_class(y), reduction="none"),
        lambda z, y: classification.binary_cross_entropy_with_logits(z, y, reduction="none"),
        ("cross_entropy", "binary_cross_entropy_with_logits"),
        inputs=("logit", "label"),
    ),
    Identity(
        "Binary cross-entropy from a logit is that of its sigmoid",
        r"L(z, y) = -y \log q - (1 - y) \log(1 - q)", r"q = \operatorname{sigmoid}(z)",
        lambda z, y: classification.binary_cross_entropy_with_logits(z, y, reduction="none"),
        lambda z, y: classification.binary_cross_entropy(sigmoid(z), y, reduction="none"),
        ("binary_cross_entropy_with_logits", "binary_cross_entropy"),
        inputs=("logit", "probability of yes"),
    ),
    Identity(
        "KL is cross-entropy less the target's entropy", r"D_{\mathrm{KL}}(p \,\|\, q) = H(p, q) - H(p)", "always",
        lambda z, p: classification.kl_divergence(log_softmax(z), p, reduction="none"),
        lambda z, p: classification.cross_entropy(z, p, reduction="none") - _entropy(p),
        ("kl_divergence", "cross_entropy"),
        inputs=("logits", "probabilities"),
    ),
    Identity(
        "KL from a one-hot target is cross-entropy", r"D_{\mathrm{KL}}(p \,\|\, q) = -\log q_y", r"p \text{ one-hot at } y",
        lambda z, y: classification.kl_divergence(log_softmax(z), as_one_hot(z, y), reduction="none"),
        lambda z, y: classification.cross_entropy(z, y, reduction="none"),
        ("kl_divergence", "cross_entropy"),
        inputs=("logits", "class"),
    ),
    Identity(
        "Focal at γ = 0 is cross-entropy", r"L_\gamma(z, y) = -\log q_y", r"\gamma = 0",
        lambda z, y: classification.focal_loss(z, y, gamma=0.0, reduction="none"),
        lambda z, y: classification.cross_entropy(z, y, reduction="none"),
        ("focal_loss", "cross_entropy"),
        inputs=("logits", "class"),
    ),
    Identity(
        "Sigmoid focal is focal with two classes", r"L_\gamma(z, y) = L_\gamma\bigl((0, z), y\bigr)", r"C = 2",
        lambda z, y: classification.focal_loss(_two_logits(z), _as_class(y), reduction="none"),
        lambda z, y: classification.sigmoid_focal_loss(z, y, reduction="none"),
        ("focal_loss", "sigmoid_focal_loss"),
        inputs=("logit", "label"),
    ),
    Identity(
        "Multiclass hinge with two classes is the hinge of their difference",
        r"L\bigl((0, z), y\bigr) = \max(0, m - y\,z)", r"C = 2",
        lambda s, y: classification.multiclass_hinge_loss(_two_logits(s), _as_class(y), reduction="none"),
        lambda s, y: classification.hinge_loss(s, y, reduction="none"),
        ("multiclass_hinge_loss", "hinge_loss"),
        inputs=("score", "sign"),
    ),
    Identity(
        "Squared hinge is the hinge, squared", r"L(z, y) = \max(0, m - y\,z)^2", "always",
        lambda s, y: classification.squared_hinge_loss(s, y, reduction="none"),
        lambda s, y: classification.hinge_loss(s, y, reduction="none") ** 2,
        ("squared_hinge_loss", "hinge_loss"),
        inputs=("score", "sign"),
    ),
    Identity(
        "Binary cross-entropy of the shortfall becomes the hinge",
        r"\tau \log\bigl(1 + e^{(m - y z)/\tau}\bigr) \to \max(0, m - y\,z)", r"\tau \to 0",
        lambda s, y: 1e-6 * classification.binary_cross_entropy_with_logits((y * s - 1) / 1e-6, 1 + 0 * s, reduction="none"),
        lambda s, y: classification.hinge_loss(s, y, reduction="none"),
        ("binary_cross_entropy_with_logits", "hinge_loss"),
        inputs=("score", "sign"),
        within=1e-6,
        apart=lambda s, y: abs(y * s - 1) > 1e-4,
    ),
    Identity(
        "Contrastive loss of a similar pair is the squared distance", r"L(d, 1) = d^2", r"y = 1",
        lambda a, b: distance.contrastive_loss(distance.euclidean_distance(a, b), 1 + 0 * a[..., 0], reduction="none"),
        lambda a, b: namespace(a=a).sum((a - b) ** 2, axis=-1),
        ("contrastive_loss", "mse_loss"),
        inputs=("embedding", "embedding"),
    ),
    Identity(
        "Triplet is the hinge of the gap", r"L(a, a^+, a^-) = \max(0, m - z)", r"z = d^- - d^+, \; y = 1",
        lambda a, p, n: distance.triplet_margin_loss(a, p, n, reduction="none"),
        lambda a, p, n: _of_gap(classification.hinge_loss, a, p, n),
        ("triplet_margin_loss", "hinge_loss"),
        inputs=("embedding", "embedding", "embedding"),
    ),
    Identity(
        "N-pair with one negative is binary cross-entropy of the gap",
        r"L(a, a^+, a^-) = \log(1 + e^{-z})", r"K = 1, \; z = a \cdot (a^+ - a^-), \; y = 1",
        lambda a, p, n: distance.n_pair_loss(a, p, n[..., None, :], reduction="none"),
        lambda a, p, n: softplus(namespace(a=a).sum(a * (n - p), axis=-1)),
        ("n_pair_loss", "binary_cross_entropy_with_logits"),
        inputs=("embedding", "embedding", "embedding"),
    ),
    Identity(
        "InfoNCE is N-pair of unit vectors over the temperature",
        r"L_\tau(a, a^+, a^-) = L(u / \tau, u^+, u^-)", r"u = a / \lVert a \rVert",
        lambda a, p, n: distance.info_nce_loss(a, p, n, temperature=0.5, reduction="none"),
        lambda a, p, n: distance.n_pair_loss(
            at_unit_length(a) / 0.5, at_unit_length(p), None if n is None else at_unit_length(n), reduction="none"
        ),
        ("info_nce_loss", "n_pair_loss"),
        inputs=("embedding", "embedding", "negatives"),
    ),
    Identity(
        "InfoNCE is cross-entropy of the cosines", r"L_\tau(a, a^+, a^-) = L(z / \tau, 0)",
        r"z = (\cos(a, a^+), \cos(a, a^-_1), \dots, \cos(a, a^-_K))",
        lambda a, p, n: distance.info_nce_loss(a, p, n, temperature=0.2, reduction="none"),
        lambda a, p, n: classification.cross_entropy(*pick_by_cosine(a, p, n, 0.2), reduction="none"),
        ("info_nce_loss", "cross_entropy"),
        inputs=("embedding", "embedding", "negatives"),
    ),
    Identity(
        "N-pair is cross-entropy of the inner products", r"L(a, a^+, a^-) = L(z, 0)",
        r"z = (a \cdot a^+, a \cdot a^-_1, \dots, a \cdot a^-_K)",
        lambda a, p, n: distance.n_pair_loss(a, p, n, reduction="none"),
        lambda a, p, n: classification.cross_entropy(*pick(a, p, n), reduction="none"),
        ("n_pair_loss", "cross_entropy"),
        inputs=("embedding", "embedding", "negatives"),
    ),
    Identity(
        "Proxy softmax is cross-entropy of minus the squared distances", r"L(a, y, c) = L(z, y)",
        r"z_k = -\lVert a - c_k \rVert^2",
        lambda a, y, c: distance.proxy_softmax_loss(a, y, c, reduction="none"),
        lambda a, y, c: classification.cross_entropy(-namespace(a=a).sum((a[..., None, :] - c) ** 2, axis=-1), y, reduction="none"),
        ("proxy_softmax_loss", "cross_entropy"),
        inputs=("embedding", "class", "proxies"),
    ),
    Identity(
        "Proxy softmax is the softplus of Proxy-NCA", r"L(a, y, c) = \log(1 + e^{L'(a, y, c)})", r"L' \text{ Proxy-NCA}",
        lambda a, y, c: distance.proxy_softmax_loss(a, y, c, reduction="none"),
        lambda a, y, c: softplus(distance.proxy_nca_loss(a, y, c, reduction="none")),
        ("proxy_softmax_loss", "proxy_nca_loss"),
        inputs=("embedding", "class", "proxies"),
    ),
    Identity(
        "Pairwise logistic of two items is binary cross-entropy of their difference",
        r"L\bigl((0, z), (1 - y, y)\bigr) = L(z, y)", r"N = 2",
        lambda z, y: ranking.pairwise_logistic_loss(*_pair(z, y), reduction="none"),
        lambda z, y: classification.binary_cross_entropy_with_logits(z, y, reduction="none"),
        ("pairwise_logistic_loss", "binary_cross_entropy_with_logits"),
        inputs=("logit", "label"),
    ),
    Identity(
        "Pairwise hinge of two items is the hinge of their difference",
        r"L\bigl((0, z), (0, 1)\bigr) = \max(0, m - z)", r"N = 2",
        lambda s, y: ranking.pairwise_hinge_loss(*_pair(s, y), reduction="none"),
        lambda s, y: classification.hinge_loss(s, y, reduction="none"),
        ("pairwise_hinge_loss", "hinge_loss"),
        inputs=("score", "sign"),
    ),
    Identity(
        "Triplet is the pairwise hinge of minus the distances", r"L(a, a^+, a^-) = L(z, (1, 0))", r"z = (-d^+, -d^-)",
        lambda a, p, n: ranking.pairwise_hinge_loss(*_by_distance(a, p, n), reduction="none"),
        lambda a, p, n: distance.triplet_margin_loss(a, p, n, reduction="none"),
        ("pairwise_hinge_loss", "triplet_margin_loss"),
        inputs=("embedding", "embedding", "embedding"),
    ),
    Identity(
        "WARP with one rival is the pairwise hinge", r"L\bigl((0, z), (0, 1)\bigr) = \max(0, m - z)", r"N = 2",
        lambda s, y: ranking.warp_loss(*_pair(s, y), reduction="none"),
        lambda s, y: ranking.pairwise_hinge_loss(*_pair(s, y), reduction="none"),
        ("warp_loss", "pairwise_hinge_loss"),
        inputs=("score", "sign"),
        apart=lambda s, y: abs(s * y - 1) > 1e-9,
    ),
    Identity(
        "ListNet is cross-entropy with the softmax of the grades", r"L(z, y) = L(z, p)", r"p = \operatorname{softmax}(y)",
        lambda s, r: ranking.list_net_loss(s, r, reduction="none"),
        lambda s, r: classification.cross_entropy(s, namespace(r=r).exp(log_softmax(r)), reduction="none"),
        ("list_net_loss", "cross_entropy"),
        inputs=("scores of a list", "relevance"),
    ),
    Identity(
        "ListNet of log-grades is listwise softmax", r"L(z, \log y) = L'(z, y)", r"y \ge 1",
        lambda s, r: ranking.list_net_loss(s, namespace(r=r).log1p(r), reduction="none"),
        lambda s, r: ranking.listwise_softmax_loss(s, 1 + r, reduction="none"),
        ("list_net_loss", "listwise_softmax_loss"),
        inputs=("scores of a list", "relevance"),
    ),
    Identity(
        "Listwise softmax with one relevant item is cross-entropy", r"L(z, y) = L'(z, k)", r"y \text{ one-hot at } k",
        lambda z, y: ranking.listwise_softmax_loss(z, as_one_hot(z, y), reduction="none"),
        lambda z, y: classification.cross_entropy(z, y, reduction="none"),
        ("listwise_softmax_loss", "cross_entropy"),
        inputs=("logits", "class"),
    ),
    Identity(
        "InfoNCE is listwise softmax of the cosines", r"L_\tau(a, a^+, a^-) = L(z / \tau, y)",
        r"z = (\cos(a, a^+), \cos(a, a^-_1), \dots), \; y = (1, 0, \dots)",
        lambda a, p, n: ranking.listwise_softmax_loss(*_as_list(*pick_by_cosine(a, p, n, 0.2)), reduction="none"),
        lambda a, p, n: distance.info_nce_loss(a, p, n, temperature=0.2, reduction="none"),
        ("listwise_softmax_loss", "info_nce_loss"),
        inputs=("embedding", "embedding", "negatives"),
    ),
    Identity(
        "ListMLE of two items is pairwise logistic", r"L(z, y) = \log\bigl(1 + e^{-(z_{(1)} - z_{(2)})}\bigr)", r"N = 2",
        lambda z, y: ranking.list_mle_loss(*_pair(z, y), reduction="none"),
        lambda z, y: ranking.pairwise_logistic_loss(*_pair(z, y), reduction="none"),
        ("list_mle_loss", "pairwise_logistic_loss"),
        inputs=("logit", "label"),
    ),
    Identity(
        "LambdaRank of two items is pairwise logistic, times what their swap costs",
        r"L(z, y) = \bigl(1 - 1 / \log_2 3\bigr)\,L'(z, y)", r"N = 2",
        lambda z, y: ranking.lambda_rank_loss(*_pair(z, y), reduction="none"),
        lambda z, y: (1 - 1 / log2(3)) * ranking.pairwise_logistic_loss(*_pair(z, y), reduction="none"),
        ("lambda_rank_loss", "pairwise_logistic_loss"),
        inputs=("logit", "label"),
    ),
    Identity(
        "Approximate NDCG of two items is a curve of the sigmoid",
        r"L(z, y) = 1 - 1 / \log_2(1 + \rho), \; \rho = 2 - e^{-L'(z / \tau, y)}", r"N = 2",
        lambda z, y: ranking.approx_ndcg_loss(*_pair(z, y), temperature=2.0, reduction="none"),
        lambda z, y: 1 - 1 / namespace(z=z).log2(
            3 - namespace(z=z).exp(-ranking.pairwise_logistic_loss(*_pair(z / 2, y), reduction="none"))
        ),
        ("approx_ndcg_loss", "pairwise_logistic_loss"),
        inputs=("logit", "label"),
    ),
    Identity(
        "Sampled softmax without log q is cross-entropy", r"L(z^+, z^-) = L(z, 0)", r"z = (z^+, z^-_1, \dots, z^-_K)",
        lambda p, n: ranking.sampled_softmax_loss(p, n, reduction="none"),
        lambda p, n: classification.cross_entropy(*_first_of(p, n), reduction="none"),
        ("sampled_softmax_loss", "cross_entropy"),
        inputs=("score of the positive", "scores of a sample"),
    ),
    Identity(
        "Token cross-entropy with all steps counted is cross-entropy", r"L(z, y) = -\log q_y", r"\lambda = 0",
        lambda z, y: sequence.token_cross_entropy(z, y, label_smoothing=0.1, reduction="none"),
        lambda z, y: classification.cross_entropy(z, y, label_smoothing=0.1, reduction="none"),
        ("token_cross_entropy", "cross_entropy"),
        inputs=("logits", "class"),
    ),
    Identity(
        "CTC of one step is cross-entropy", r"L(z, y) = -\log q_{1, y_1}", r"T = U = 1",
        lambda z, y: sequence.ctc_loss(z[..., None, :], _other_than_blank(y)[..., None], reduction="none"),
        lambda z, y: classification.cross_entropy(z, _other_than_blank(y), reduction="none"),
        ("ctc_loss", "cross_entropy"),
        inputs=("logits", "class"),
    ),
    Identity(
        "CTC without room for blanks is token cross-entropy, added up", r"L(z, y) = -\sum_t \log q_{t, y_t}",
        r"T = U, \; y_t \ne y_{t + 1}",
        lambda z: sequence.ctc_loss(z, _alternating(z), reduction="none"),
        lambda z: namespace(z=z).sum(sequence.token_cross_entropy(z, _alternating(z), reduction="none"), axis=-1),
        ("ctc_loss", "token_cross_entropy"),
        inputs=("logits of steps",),
    ),
    Identity(
        "A transducer with nothing to say is token cross-entropy of the blank, added up",
        r"L(z, y) = -\sum_t \log q_{t, 0, \varnothing}", r"U = 0",
        lambda z: sequence.transducer_loss(z[..., None, :], _no_labels(z), reduction="none"),
        lambda z: namespace(z=z).sum(
            sequence.token_cross_entropy(z, 0 * _alternating(z), reduction="none"), axis=-1
        ),
        ("transducer_loss", "token_cross_entropy"),
        inputs=("logits of steps",),
    ),
    Identity(
        "CTC with nothing to say is a transducer with nothing to say", r"L(z, y) = -\sum_t \log q_{t, \varnothing}", r"U = 0",
        lambda z: sequence.ctc_loss(z, _no_labels(z), reduction="none"),
        lambda z: sequence.transducer_loss(z[..., None, :], _no_labels(z), reduction="none"),
        ("ctc_loss", "transducer_loss"),
        inputs=("logits of steps",),
    ),
    Identity(
        "Soft-DTW of single points is the squared error, added up", r"L(x, y) = \lVert x - y \rVert^2", r"T = S = 1",
        lambda a, b: sequence.soft_dtw(a[..., None, :], b[..., None, :], reduction="none"),
        lambda a, b: namespace(a=a).sum(regression.mse_loss(a, b, reduction="none"), axis=-1),
        ("soft_dtw", "mse_loss"),
        inputs=("embedding", "embedding"),
    ),
    Identity(
        "The soft-DTW divergence becomes soft-DTW", r"L(x, y) - L'(x, y) \to 0", r"\gamma \to 0",
        lambda x, y: sequence.soft_dtw_divergence(x, y, gamma=1e-6, reduction="none"),
        lambda x, y: sequence.soft_dtw(x, y, gamma=1e-6, reduction="none"),
        ("soft_dtw_divergence", "soft_dtw"),
        inputs=("series", "another series"),
        within=1e-5,
    ),
    Identity(
        "Unlikelihood of one of two classes is binary cross-entropy of the other",
        r"L\bigl((0, z), y\bigr) = L(z, 1 - y)", r"C = 2",
        lambda z, y: sequence.unlikelihood_loss(_two_logits(z), as_one_hot(_two_logits(z), _as_class(y)) > 0, reduction="none"),
        lambda z, y: classification.binary_cross_entropy_with_logits(z, 1 - y, reduction="none"),
        ("unlikelihood_loss", "binary_cross_entropy_with_logits"),
        inputs=("logit", "label"),
    ),
    Identity(
        "Minimum risk of right or wrong is 1 − e to minus the cross-entropy", r"L(z, c) = 1 - q_y", r"c_k = [k \ne y]",
        lambda z, y: sequence.minimum_risk_loss(z, 1 - as_one_hot(z, y), reduction="none"),
        lambda z, y: 1 - namespace(z=z).exp(-classification.cross_entropy(z, y, reduction="none")),
        ("minimum_risk_loss", "cross_entropy"),
        inputs=("logits", "class"),
    ),
    Identity(
        "Distillation at τ = 1 is KL divergence", r"L(z, z') = D_{\mathrm{KL}}(p \,\|\, q)", r"\tau = 1",
        lambda z, t: sequence.distillation_loss(z, t, reduction="none"),
        lambda z, t: classification.kl_divergence(log_softmax(z), namespace(t=t).exp(log_softmax(t)), reduction="none"),
        ("distillation_loss", "kl_divergence"),
        inputs=("logits", "teacher's logits"),
    ),
    Identity(
        "Generalised JSD over β becomes distillation", r"\tau^2 L_\beta(z, z') / \beta \to L(z, z')", r"\beta \to 0",
        lambda z, t: sequence.generalised_jsd_loss(z, t, beta=1e-7, temperature=5.0, reduction="none") / 1e-7,
        lambda z, t: sequence.distillation_loss(z, t, temperature=5.0, reduction="none") / 25,
        ("generalised_jsd_loss", "distillation_loss"),
        inputs=("logits", "teacher's logits"),
        within=2e-3,
    ),
    Identity(
        "Generalised JSD over 1 − β becomes the reverse KL divergence",
        r"L_\beta(z, z') / (1 - \beta) \to D_{\mathrm{KL}}(q \,\|\, p)", r"\beta \to 1",
        lambda z, t: sequence.generalised_jsd_loss(z, t, beta=1 - 1e-7, temperature=5.0, reduction="none") / 1e-7,
        lambda z, t: classification.kl_divergence(log_softmax(t / 5), namespace(z=z).exp(log_softmax(z / 5)), reduction="none"),
        ("generalised_jsd_loss", "kl_divergence"),
        inputs=("logits", "teacher's logits"),
        within=2e-3,
    ),
    Identity(
        "Normal KL at unit variance is half the squared error to 0, added up", r"L(\mu, 1) = \tfrac12 \lVert \mu \rVert^2", r"\sigma = 1",
        lambda mu: generative.normal_kl(mu, 0 * mu, reduction="none"),
        lambda mu: _added_up(regression.mse_loss, mu, 0 * mu) / 2,
        ("normal_kl", "mse_loss"),
        inputs=("vector",),
    ),
    Identity(
        "The ELBO of a free reconstruction is Normal KL, times β",
        r"L(0, \mu, \sigma^2) = \beta\, D_{\mathrm{KL}}\bigl(\mathcal N(\mu, \sigma^2) \,\|\, \mathcal N(0, 1)\bigr)", r"R = 0",
        lambda mu, log_v: generative.elbo_loss(0 * mu[..., 0], mu, log_v, beta=0.5, reduction="none"),
        lambda mu, log_v: generative.normal_kl(mu, log_v, reduction="none") / 2,
        ("elbo_loss", "normal_kl"),
        inputs=("vector", "log-variance"),
    ),
    Identity(
        "The ELBO at the exact posterior is a flow's NLL",
        r"L(R, \mu, \sigma^2) = -\log p(x)", r"q(z \mid x) = p(z \mid x), \text{ here of } x = 2 z + \tfrac12 \epsilon, \; \beta = 1",
        lambda x: generative.elbo_loss(*_linear_normal(x), reduction="none"),
        lambda x: generative.flow_nll_loss(x / 4.25**0.5, 0 * x[..., 0] - x.shape[-1] * log(4.25) / 2, reduction="none"),
        ("elbo_loss", "flow_nll_loss"),
        inputs=("vector",),
    ),
    Identity(
        "IWAE with one sample is the ELBO of a sample from the prior", r"L(w) = -\log w_1", r"K = 1, \; q = p(z)",
        lambda log_p: generative.iwae_loss(log_p[..., None], reduction="none"),
        lambda log_p: generative.elbo_loss(-log_p, 0 * log_p[..., None], 0 * log_p[..., None], reduction="none"),
        ("iwae_loss", "elbo_loss"),
        inputs=("reconstruction",),
    ),
    Identity(
        "Vector quantisation is the squared error twice, each time with one side held",
        r"L(a, c) = \lVert \operatorname{sg}(a) - c \rVert^2 + \beta\, \lVert a - \operatorname{sg}(c) \rVert^2", "always",
        lambda a, c: generative.vector_quantisation_loss(a, c, beta=0.5, reduction="none"),
        lambda a, c: _added_up(regression.mse_loss, constant(a), c) + _added_up(regression.mse_loss, a, constant(c)) / 2,
        ("vector_quantisation_loss", "mse_loss"),
        inputs=("vector", "vector"),
    ),
    Identity(
        "Flow NLL of a shift is half the squared error, but for a constant",
        r"L(x - \mu, 1) = \tfrac12 \lVert x - \mu \rVert^2 + \tfrac D2 \log 2\pi", r"z = x - \mu, \; J = 1",
        lambda x, mu: generative.flow_nll_loss(x - mu, 0 * x[..., 0], reduction="none"),
        lambda x, mu: (_added_up(regression.mse_loss, x, mu) + x.shape[-1] * log(2 * pi)) / 2,
        ("flow_nll_loss", "mse_loss"),
        inputs=("vector", "vector"),
    ),
    Identity(
        "GAN's discriminator is binary cross-entropy over both halves", r"L(z^+, z^-) = L(z^+, 1) + L(z^-, 0)", "always",
        lambda r, f: generative.gan_discriminator_loss(r, f, reduction="none"),
        lambda r, f: classification.binary_cross_entropy_with_logits(r, 1 + 0 * r, reduction="none")
        + classification.binary_cross_entropy_with_logits(f, 0 * f, reduction="none"),
        ("gan_discriminator_loss", "binary_cross_entropy_with_logits"),
        inputs=("logit of the real", "logit of the fake"),
    ),
    Identity(
        "GAN's generator is binary cross-entropy with label 1", r"L(z^-) = L(z^-, 1)", r"\text{not saturating}",
        lambda f: generative.gan_generator_loss(f, reduction="none"),
        lambda f: classification.binary_cross_entropy_with_logits(f, 1 + 0 * f, reduction="none"),
        ("gan_generator_loss", "binary_cross_entropy_with_logits"),
        inputs=("logit of the fake",),
    ),
    Identity(
        "GAN's saturating generator is minus the discriminator's loss of its fakes",
        r"L(z^-) = \log 2 - L'(0, z^-)", r"\text{saturating}, \; z^+ = 0",
        lambda f: generative.gan_generator_loss(f, saturating=True, reduction="none"),
        lambda f: log(2) - generative.gan_discriminator_loss(0 * f, f, reduction="none"),
        ("gan_generator_loss", "gan_discriminator_loss"),
        inputs=("logit of the fake",),
    ),
    Identity(
        "Least-squares GAN is half the squared error to 1 and to 0",
        r"L(z^+, z^-) = \tfrac12 L(z^+, 1) + \tfrac12 L(z^-, 0)", "always",
        lambda r, f: generative.least_squares_discriminator_loss(r, f, reduction="none"),
        lambda r, f: (regression.mse_loss(r, 1 + 0 * r, reduction="none") + regression.mse_loss(f, 0 * f, reduction="none")) / 2,
        ("least_squares_discriminator_loss", "mse_loss"),
        inputs=("score of the real", "score of the fake"),
    ),
    Identity(
        "The least-squares generator is half the squared error to 1", r"L(z^-) = \tfrac12 L(z^-, 1)", "always",
        lambda f: generative.least_squares_generator_loss(f, reduction="none"),
        lambda f: regression.mse_loss(f, 1 + 0 * f, reduction="none") / 2,
        ("least_squares_generator_loss", "mse_loss"),
        inputs=("score of the fake",),
    ),
    Identity(
        "Hinge GAN is the hinge of both halves", r"L(z^+, z^-) = L(z^+, 1) + L(z^-, -1)", "always",
        lambda r, f: generative.hinge_discriminator_loss(r, f, reduction="none"),
        lambda r, f: classification.hinge_loss(r, 1 + 0 * r, reduction="none")
        + classification.hinge_loss(f, -1 + 0 * f, reduction="none"),
        ("hinge_discriminator_loss", "hinge_loss"),
        inputs=("score of the real", "score of the fake"),
    ),
    Identity(
        "Hinge GAN inside its margins is the Wasserstein critic, but for a constant",
        r"L(z^+, z^-) = 2 + z^- - z^+", r"z^+, z^- \in [-1, 1]",
        lambda r, f: generative.hinge_discriminator_loss(*map(namespace(r=r).tanh, (r, f)), reduction="none"),
        lambda r, f: 2 + generative.wasserstein_critic_loss(*map(namespace(r=r).tanh, (r, f)), reduction="none"),
        ("hinge_discriminator_loss", "wasserstein_critic_loss"),
        inputs=("score of the real", "score of the fake"),
    ),
    Identity(
        "The Wasserstein generator is minus the critic's loss of its fakes", r"L(z^-) = -L'(0, z^-)", r"z^+ = 0",
        lambda f: generative.wasserstein_generator_loss(f, reduction="none"),
        lambda f: -generative.wasserstein_critic_loss(0 * f, f, reduction="none"),
        ("wasserstein_generator_loss", "wasserstein_critic_loss"),
        inputs=("score of the fake",),
    ),
    Identity(
        "The gradient penalty at ν = 0 is the squared error to 0, added up", r"L_\nu(g) = \lVert g \rVert^2", r"\nu = 0",
        lambda g: generative.gradient_penalty(g, target=0.0, reduction="none"),
        lambda g: _added_up(regression.mse_loss, g, 0 * g),
        ("gradient_penalty", "mse_loss"),
        inputs=("vector",),
    ),
    Identity(
        "Wasserstein at p = 1 is L1 of the sorted numbers", r"L(x, y) = \operatorname{mean}_i |x_{(i)} - y_{(i)}|", r"p = 1",
        lambda x, y: generative.wasserstein_distance(x, y, reduction="none"),
        lambda x, y: namespace(x=x).mean(regression.l1_loss(*_by_rank(x, y), reduction="none"), axis=-1),
        ("wasserstein_distance", "l1_loss"),
        inputs=("sample on the line", "another sample on the line"),
    ),
    Identity(
        "Wasserstein at p = 2 is L2 of the sorted numbers", r"L(x, y) = \operatorname{mean}_i (x_{(i)} - y_{(i)})^2", r"p = 2",
        lambda x, y: generative.wasserstein_distance(x, y, p=2.0, reduction="none"),
        lambda x, y: namespace(x=x).mean(regression.mse_loss(*_by_rank(x, y), reduction="none"), axis=-1),
        ("wasserstein_distance", "mse_loss"),
        inputs=("sample on the line", "another sample on the line"),
    ),
    Identity(
        "Denoising score matching is diffusion's noise prediction, times D/2",
        r"L(s, \varepsilon) = \tfrac D2 L'(-\sigma s, x, \varepsilon)", r"\bar\alpha = 1 / (1 + \sigma^2)",
        lambda s, e, sigma: generative.denoising_score_matching_loss(s, e, sigma, reduction="none"),
        lambda s, e, sigma: s.shape[-1] / 2 * generative.diffusion_loss(
            -sigma[..., None] * s, 0 * e, e, 1 / (1 + sigma**2), reduction="none"
        ),
        ("denoising_score_matching_loss", "diffusion_loss"),
        inputs=("predicted vector", "target vector", "noise level"),
    ),
    Identity(
        "Diffusion of the velocity is diffusion of the noise", r"L(u', x, \varepsilon) = L(u, x, \varepsilon)",
        r"\text{weighting snr}, \; u' \text{ the velocity of } u",
        lambda *fed: generative.diffusion_loss(_as_velocity(*fed), *fed[1:], predicts="velocity", weighting="snr", reduction="none"),
        lambda *fed: generative.diffusion_loss(*fed, weighting="snr", reduction="none"),
        ("diffusion_loss", "diffusion_loss"),
        inputs=("predicted vector", "vector under noise", "target vector", "share of the signal"),
    ),
    Identity(
        "Diffusion of the sample is diffusion of the noise", r"L(u', x, \varepsilon) = L(u, x, \varepsilon)",
        r"\text{weighting snr}, \; u' \text{ the sample of } u",
        lambda *fed: generative.diffusion_loss(_as_sample(*fed), *fed[1:], predicts="sample", weighting="snr", reduction="none"),
        lambda *fed: generative.diffusion_loss(*fed, weighting="snr", reduction="none"),
        ("diffusion_loss", "diffusion_loss"),
        inputs=("predicted vector", "vector under noise", "target vector", "share of the signal"),
    ),
    Identity(
        "Diffusion of the sample is the mean squared error, times the signal-to-noise ratio",
        r"L(u, x, \varepsilon) = \tfrac{\bar\alpha}{1 - \bar\alpha} \operatorname{mean}_i (u_i - x_i)^2",
        r"w = \bar\alpha / (1 - \bar\alpha)",
        lambda u, x, e, a: generative.diffusion_loss(u, x, e, a, predicts="sample", weighting="snr", reduction="none"),
        lambda u, x, e, a: namespace(u=u).mean(regression.mse_loss(u, x, reduction="none"), axis=-1) * a / (1 - a),
        ("diffusion_loss", "mse_loss"),
        inputs=("predicted vector", "vector under noise", "target vector", "share of the signal"),
    ),
    Identity(
        "Flow matching is the mean squared error of velocity and difference",
        r"L(v, x_0, x_1) = \operatorname{mean}_i \bigl(v - (x_1 - x_0)\bigr)_i^2", "always",
        lambda v, x0, x1: generative.flow_matching_loss(v, x0, x1, reduction="none"),
        lambda v, x0, x1: namespace(v=v).mean(regression.mse_loss(v, x1 - x0, reduction="none"), axis=-1),
        ("flow_matching_loss", "mse_loss"),
        inputs=("predicted vector", "target vector", "target vector"),
    ),
    Identity(
        "Flow matching by a predicted noise is diffusion over t²", r"L(v, \varepsilon, x) = L'(u, x, \varepsilon) / t^2",
        r"t = \sqrt{\bar\alpha} / (\sqrt{\bar\alpha} + \sqrt{1 - \bar\alpha}), \; v = (x_t - u) / t, \; x_t = (1 - t)\,\varepsilon + t\,x",
        lambda *fed: generative.flow_matching_loss(_along_the_path(*fed)[0], fed[2], fed[1], reduction="none"),
        lambda *fed: generative.diffusion_loss(*fed, reduction="none") / _along_the_path(*fed)[1] ** 2,
        ("flow_matching_loss", "diffusion_loss"),
        inputs=("predicted vector", "vector under noise", "target vector", "share of the signal"),
    ),
    Identity(
        "MMD of a wide kernel becomes the squared distance of the means", r"h^2 L_h(x, y) \to \lVert \bar x - \bar y \rVert^2",
        r"h \to \infty, \text{ all pairs counted}",
        lambda x, y: 1e8 * generative.mmd_loss(x, y, bandwidth=1e4, unbiased=False, reduction="none"),
        _squared_step,
        ("mmd_loss", "mse_loss"),
        inputs=("sample", "another sample"),
        within=2e-3,
    ),
    Identity(
        "Sinkhorn becomes half the squared distance of the means", r"L_\epsilon(x, y) \to \tfrac12 \lVert \bar x - \bar y \rVert^2",
        r"\epsilon \to \infty",
        lambda x, y: generative.sinkhorn_loss(x, y, epsilon=1e7, reduction="none"),
        lambda x, y: _squared_step(x, y) / 2,
        ("sinkhorn_loss", "mse_loss"),
        inputs=("sample", "another sample"),
        within=2e-3,
    ),
    Identity(
        "Sinkhorn becomes half of Wasserstein at p = 2 on the line",
        r"L_\epsilon(x, y) \to \tfrac12 L'(x, y)", r"\epsilon \to 0, \; D = 1",
        lambda x, y: generative.sinkhorn_loss(_in_a_row(x)[..., None], _in_a_row(y)[..., None], epsilon=0.1, reduction="none"),
        lambda x, y: generative.wasserstein_distance(_in_a_row(x), _in_a_row(y), p=2.0, reduction="none") / 2,
        ("sinkhorn_loss", "wasserstein_distance"),
        inputs=("sample on the line", "another sample on the line"),
        within=1e-6,
    ),
    Identity(
        "Noise-contrastive estimation with one point of noise is binary cross-entropy of both",
        r"L(G, G') = L'(G, 1) + L'(G', 0)", r"K = 1",
        lambda data, noise: generative.noise_contrastive_loss(data, noise[..., None], reduction="none"),
        lambda data, noise: classification.binary_cross_entropy_with_logits(data, 0 * data + 1, reduction="none")
        + classification.binary_cross_entropy_with_logits(noise, 0 * noise, reduction="none"),
        ("noise_contrastive_loss", "binary_cross_entropy_with_logits"),
        inputs=("log-ratio of data", "log-ratio of data"),
    ),
    Identity(
        "The CRF of one step is cross-entropy", r"L(e, A, y) = -\log \operatorname{softmax}(e_1)_{y_1}", r"T = 1",
        lambda z, y: structured.linear_chain_crf_loss(*_one_step(z, y), reduction="none"),
        lambda z, y: classification.cross_entropy(z, y, reduction="none"),
        ("linear_chain_crf_loss", "cross_entropy"),
        inputs=("logits", "class"),
    ),
    Identity(
        "The CRF without transitions is a sum of cross-entropies", r"L(e, A, y) = -\sum_t \log \operatorname{softmax}(e_t)_{y_t}", r"A = 0",
        lambda e, y: structured.linear_chain_crf_loss(e, _unlinked(e), y, reduction="none"),
        lambda e, y: _added_up(classification.cross_entropy, e, y),
        ("linear_chain_crf_loss", "cross_entropy"),
        inputs=("emissions", "tags"),
    ),
    Identity(
        "Structured hinge of one step is multiclass hinge", r"L(e, A, y) = \max\bigl(0, m + \max_{k \ne y} e_{1, k} - e_{1, y}\bigr)", r"T = 1",
        lambda s, y: structured.structured_hinge_loss(*_one_step(s, y), reduction="none"),
        lambda s, y: classification.multiclass_hinge_loss(s, y, reduction="none"),
        ("structured_hinge_loss", "multiclass_hinge_loss"),
        inputs=("scores", "class"),
        apart=_alone_at_the_top,
    ),
    Identity(
        "Structured hinge without a margin is the structured perceptron", r"L_m(e, A, y) = \max_{y'} s(y') - s(y)", r"m = 0",
        lambda e, a, y: structured.structured_hinge_loss(e, a, y, margin=0.0, reduction="none"),
        lambda e, a, y: structured.structured_perceptron_loss(e, a, y, reduction="none"),
        ("structured_hinge_loss", "structured_perceptron_loss"),
        inputs=("emissions", "transitions", "tags"),
    ),
    Identity(
        "The CRF of large scores becomes the structured perceptron", r"\tau L(e / \tau, A / \tau, y) \to \max_{y'} s(y') - s(y)",
        r"\tau \to 0",
        lambda e, a, y: 1e-9 * structured.linear_chain_crf_loss(1e9 * e, 1e9 * a, y, reduction="none"),
        lambda e, a, y: structured.structured_perceptron_loss(e, a, y, reduction="none"),
        ("linear_chain_crf_loss", "structured_perceptron_loss"),
        inputs=("emissions", "transitions", "tags"),
        within=1e-6,
        apart=lambda e, a, y: _one_best(e, a),
    ),
    Identity(
        "Entmax at α = 1 is cross-entropy", r"L_\alpha(z, y) = -\log \operatorname{softmax}(z)_y", r"\alpha = 1",
        lambda z, y: structured.entmax_loss(z, y, alpha=1.0, reduction="none"),
        lambda z, y: classification.cross_entropy(z, y, reduction="none"),
        ("entmax_loss", "cross_entropy"),
        inputs=("logits", "class"),
    ),
    Identity(
        "Entmax at α = 1 is KL from the softmax", r"L_\alpha(z, p) = D_{\mathrm{KL}}(p \,\|\, \operatorname{softmax}(z))", r"\alpha = 1",
        lambda z, p: structured.entmax_loss(z, p, alpha=1.0, reduction="none"),
        lambda z, p: classification.kl_divergence(log_softmax(z), p, reduction="none"),
        ("entmax_loss", "kl_divergence"),
        inputs=("logits", "probabilities"),
    ),
    Identity(
        "Entmax becomes cross-entropy", r"L_\alpha(z, y) \to -\log \operatorname{softmax}(z)_y", r"\alpha \to 1",
        lambda z, y: structured.entmax_loss(z, y, alpha=1 + 1e-9, reduction="none"),
        lambda z, y: classification.cross_entropy(z, y, reduction="none"),
        ("entmax_loss", "cross_entropy"),
        inputs=("logits", "class"),
        within=1e-6,
    ),
    Identity(
        "Entmax at α = 2 is sparsemax", r"L_\alpha(z, p) = L(z, p)", r"\alpha = 2",
        lambda z, p: structured.entmax_loss(z, p, alpha=2.0, reduction="none"),
        lambda z, p: structured.sparsemax_loss(z, p, reduction="none"),
        ("entmax_loss", "sparsemax_loss"),
        inputs=("scores to be spread", "class or probabilities"),
    ),
    Identity(
        "Sparsemax of two classes near each other is a quarter of the squared hinge", r"L\bigl((0, z), y\bigr) = \tfrac14 \max(0, 1 - y z)^2",
        r"C = 2, \; \lvert z \rvert \le 1",
        lambda s, y: structured.sparsemax_loss(_two_logits(_in_unit(s)), _as_class(y), reduction="none"),
        lambda s, y: classification.squared_hinge_loss(_in_unit(s), y, reduction="none") / 4,
        ("sparsemax_loss", "squared_hinge_loss"),
        inputs=("score", "sign"),
    ),
    Identity(
        "Tversky at α = β = ½ is Dice", r"L_{1/2, 1/2, s}(q, y) = L'_{2 s}(q, y)", r"\alpha = \beta = \tfrac12, \; \gamma = 1",
        lambda q, y: structured.tversky_loss(q, y, smooth=0.5, reduction="none"),
        lambda q, y: structured.dice_loss(q, y, smooth=1.0, reduction="none"),
        ("tversky_loss", "dice_loss"),
        inputs=("mask", "true mask"),
    ),
    Identity(
        "Tversky at α = β = 1 is Jaccard", r"L_{1, 1, s}(q, y) = L'_s(q, y)", r"\alpha = \beta = 1, \; \gamma = 1",
        lambda q, y: structured.tversky_loss(q, y, alpha=1.0, beta=1.0, smooth=0.5, reduction="none"),
        lambda q, y: structured.jaccard_loss(q, y, smooth=0.5, reduction="none"),
        ("tversky_loss", "jaccard_loss"),
        inputs=("mask", "true mask"),
    ),
    Identity(
        "Jaccard's overlap is Dice's over two minus Dice's", r"1 - L(q, y) = \frac{1 - L'(q, y)}{1 + L'(q, y)}", r"s = 0",
        lambda q, y: 1 - structured.jaccard_loss(q, y, reduction="none"),
        lambda q, y: (1 - structured.dice_loss(q, y, reduction="none")) / (1 + structured.dice_loss(q, y, reduction="none")),
        ("jaccard_loss", "dice_loss"),
        inputs=("mask", "true mask"),
    ),
    Identity(
        "Lovász hinge at the corners is Jaccard, times the wrong pixels' error", r"L(s, y) = (1 + t)\, L'([s > 0], y)", r"|s_i| = t \ge 1",
        lambda s, y: structured.lovasz_hinge_loss(_at_a_corner(s)[0], y, reduction="none"),
        lambda s, y: (1 + _at_a_corner(s)[1]) * structured.jaccard_loss(
            namespace(s=s).astype(_row(s) > 0, s.dtype), _row(y), reduction="none"
        ),
        ("lovasz_hinge_loss", "jaccard_loss"),
        inputs=("scores of pixels", "labels of pixels"),
    ),
    Identity(
        "Lovász hinge of one pixel is the hinge", r"L(s, y) = (1 - \pm s)_+", r"P = 1",
        lambda s, y: structured.lovasz_hinge_loss(s[..., None], y[..., None] > 0, reduction="none"),
        lambda s, y: classification.hinge_loss(s, y, reduction="none"),
        ("lovasz_hinge_loss", "hinge_loss"),
        inputs=("score", "sign"),
    ),
    Identity(
        "Lovász-softmax at the corners is Jaccard, averaged over classes", r"L(q, y) = t \operatorname{mean}_k L'([p_i = k], [y_i = k])",
        r"q_i = t\,[p_i] + (1 - t)\,[y_i], \text{ all classes averaged}",
        lambda q, y: structured.lovasz_softmax_loss(_towards_a_corner(q, y)[1], y, present_only=False, reduction="none"),
        lambda q, y: _jaccard_of_classes(*_towards_a_corner(q, y)),
        ("lovasz_softmax_loss", "jaccard_loss"),
        inputs=("probabilities of pixels", "classes of pixels"),
    ),
    Identity(
        "GIoU is IoU where one box lies in the other", r"L(b, b') = L'(b, b')", r"h = b \cup b'",
        lambda b, t: structured.giou_loss(b, _around(b, t), reduction="none"),
        lambda b, t: structured.iou_loss(b, _around(b, t), reduction="none"),
        ("giou_loss", "iou_loss"),
        inputs=("box", "true box"),
    ),
    Identity(
        "CIoU is DIoU where both boxes have one aspect", r"L(b, b') = L'(b, b')", r"w / h = w' / h'",
        lambda b, t: structured.ciou_loss(b, _of_one_aspect(b, t), reduction="none"),
        lambda b, t: structured.diou_loss(b, _of_one_aspect(b, t), reduction="none"),
        ("ciou_loss", "diou_loss"),
        inputs=("box", "true box"),
    ),
    Identity(
        "The matching of one with one is its cost", r"L(c) = c_{1, 1}", r"N = M = 1, \; c = |\hat y - y|",
        lambda y_hat, y: structured.set_matching_loss(abs(y_hat - y)[..., None, None], reduction="none"),
        lambda y_hat, y: regression.l1_loss(y_hat, y, reduction="none"),
        ("set_matching_loss", "l1_loss"),
    ),
    Identity(
        "The matching of numbers by squared distance is Wasserstein at p = 2", r"L(c) = L'(x, y)", r"N = M, \; c_{ij} = (x_i - y_j)^2",
        lambda x, y: structured.set_matching_loss((_in_a_row(x)[..., None] - _in_a_row(y)[..., None, :]) ** 2, reduction="none"),
        lambda x, y: generative.wasserstein_distance(_in_a_row(x), _in_a_row(y), p=2.0, reduction="none"),
        ("set_matching_loss", "wasserstein_distance"),
        inputs=("sample on the line", "another sample on the line"),
    ),
    Identity(
        "Chamfer of single points is twice the squared distance", r"L(x, y) = 2 \lVert x - y \rVert^2", r"N = M = 1",
        lambda x, y: structured.chamfer_loss(_one_point(x), _one_point(y), reduction="none"),
        lambda x, y: 2 * _added_up(regression.mse_loss, x[..., 0, :], y[..., 0, :]),
        ("chamfer_loss", "mse_loss"),
        inputs=("sample", "another sample"),
    ),
    Identity(
        "TD is L2 to its target", r"L(v, r, v') = L_2(v, r + \gamma v')", r"\text{the target a constant}",
        lambda v, r, w: reinforcement.td_loss(v, r, w, reduction="none"),
        lambda v, r, w: regression.mse_loss(v, r + 0.99 * w, reduction="none"),
        ("td_loss", "mse_loss"),
        inputs=("value", "reward", "next value"),
    ),
    Identity(
        "Q-learning with one action is TD", r"L(Q, a, r, Q') = L(Q_1, r, Q'_1)", r"A = 1",
        lambda v, r, w: reinforcement.q_learning_loss(v[..., None], _zeroth(v), r, w[..., None], reduction="none"),
        lambda v, r, w: reinforcement.td_loss(v, r, w, reduction="none"),
        ("q_learning_loss", "td_loss"),
        inputs=("value", "reward", "next value"),
    ),
    Identity(
        "C51 of a point mass is cross-entropy with a two-hot target", r"L(z, r, p') = -(1 - s) \log q_k - s \log q_{k + 1}",
        r"p' \text{ sure of one atom, moved to } x_k + s \Delta",
        lambda z, r: reinforcement.categorical_td_loss(z, r, _at_the_middle(z), support=(-2.0, 2.0), reduction="none"),
        lambda z, r: classification.cross_entropy(z, _on_three_atoms(r), reduction="none"),
        ("categorical_td_loss", "cross_entropy"),
        inputs=("logits of atoms", "reward"),
    ),
    Identity(
        "Quantile TD at κ = 0 is the pinball loss, a tilted L1",
        r"L(\theta, y) = \sum_i \frac1K \sum_j \bigl(\tfrac12 |u_{ij}| + (\tau_i - \tfrac12)\, u_{ij}\bigr)", r"\kappa = 0",
        lambda q, y: reinforcement.quantile_td_loss(q, y, kappa=0.0, reduction="none"),
        _pinball,
        ("quantile_td_loss", "l1_loss"),
        inputs=("quantiles", "samples of the target"),
        # At a sample itself the pinball has a kink, and its slope there is one's choice.
        apart=lambda q, y: (q[..., None] != y[..., None, :]).all(axis=-1),
    ),
    Identity(
        "Quantile TD of the median is half the L1 loss", r"L(\theta, y) = \tfrac12 |y - \theta|", r"M = K = 1, \; \kappa = 0",
        lambda v, y: reinforcement.quantile_td_loss(v[..., None], y[..., None], kappa=0.0, reduction="none"),
        lambda v, y: regression.l1_loss(v, y, reduction="none") / 2,
        ("quantile_td_loss", "l1_loss"),
        inputs=("value", "observed value"),
    ),
    Identity(
        "Quantile TD of the median at κ is half of smooth L1", r"L(\theta, y) = \tfrac12 L_\beta(\theta, y)", r"M = K = 1, \; \kappa = \beta",
        lambda v, y: reinforcement.quantile_td_loss(v[..., None], y[..., None], kappa=2.0, reduction="none"),
        lambda v, y: regression.smooth_l1_loss(v, y, beta=2.0, reduction="none") / 2,
        ("quantile_td_loss", "smooth_l1_loss"),
        inputs=("value", "observed value"),
    ),
    Identity(
        "Policy gradient at advantage 1 is NLL of the actions taken", r"L(\log \pi_a, 1) = -\log \pi_a", r"A = 1",
        lambda z, y: reinforcement.policy_gradient_loss(of_class(log_softmax(z), y), 1 + 0 * z[..., 0], reduction="none"),
        lambda z, y: classification.nll_loss(log_softmax(z), y, reduction="none"),
        ("policy_gradient_loss", "nll_loss"),
        inputs=("logits of actions", "action"),
    ),
    Identity(
        "PPO where the policy has not moved is the policy gradient, but for a constant",
        r"L(\log \pi, \log \pi_{\text{old}}, A) + A - A \log \pi_{\text{old}} = -A \log \pi", r"\pi_{\text{old}} = \pi, \text{ a constant}",
        lambda log_p, a: reinforcement.ppo_loss(log_p, constant(log_p), a, reduction="none") + a - a * constant(log_p),
        lambda log_p, a: reinforcement.policy_gradient_loss(log_p, a, reduction="none"),
        ("ppo_loss", "policy_gradient_loss"),
        inputs=("log-probability", "advantage"),
    ),
    Identity(
        "Soft policy is the reverse KL divergence from a Boltzmann distribution",
        r"L(z, Q) = \tau\, D_{\mathrm{KL}}\bigl(\pi \,\|\, \operatorname{softmax}(Q / \tau)\bigr) - \tau \log \sum_a e^{Q_a / \tau}", "always",
        lambda z, q: reinforcement.soft_policy_loss(z, q, temperature=2.0, reduction="none"),
        lambda z, q: _from_boltzmann(z, q, 2.0),
        ("soft_policy_loss", "kl_divergence"),
        inputs=("logits of actions", "fixed action values"),
    ),
    Identity(
        "The preference loss is the pairwise logistic loss of two items", r"L(z^+, z^-) = L\bigl((z^+, z^-), (1, 0)\bigr)", r"N = 2",
        lambda c, r: ranking.pairwise_logistic_loss(*_as_better(c, r), reduction="none"),
        lambda c, r: reinforcement.preference_loss(c, r, reduction="none"),
        ("pairwise_logistic_loss", "preference_loss"),
        inputs=("reward of the chosen", "reward of the rejected"),
    ),
    Identity(
        "The preference loss is binary cross-entropy of the difference", r"L(z^+, z^-) = L(z^+ - z^-, 1)", "always",
        lambda c, r: reinforcement.preference_loss(c, r, reduction="none"),
        lambda c, r: classification.binary_cross_entropy_with_logits(c - r, 1 + 0 * c, reduction="none"),
        ("preference_loss", "binary_cross_entropy_with_logits"),
        inputs=("reward of the chosen", "reward of the rejected"),
    ),
    Identity(
        "DPO is the preference loss of β times the log-ratios", r"L(\rho^+, \rho^-) = L(\beta \log \rho^+, \beta \log \rho^-)",
        r"\varepsilon = 0",
        lambda c, r: reinforcement.dpo_loss(c, r, beta=0.3, reduction="none"),
        lambda c, r: reinforcement.preference_loss(0.3 * c, 0.3 * r, reduction="none"),
        ("dpo_loss", "preference_loss"),
        inputs=("log-ratio of the chosen", "log-ratio of the rejected"),
    ),
    Identity(
        "DPO with label smoothing is binary cross-entropy with a soft label",
        r"L(\rho^+, \rho^-) = L(z, 1 - \varepsilon)", r"z = \beta \log (\rho^+ / \rho^-)",
        lambda c, r: reinforcement.dpo_loss(c, r, beta=0.3, label_smoothing=0.2, reduction="none"),
        lambda c, r: classification.binary_cross_entropy_with_logits(0.3 * (c - r), 0.8 + 0 * c, reduction="none"),
        ("dpo_loss", "binary_cross_entropy_with_logits"),
        inputs=("log-ratio of the chosen", "log-ratio of the rejected"),
    ),
    Identity(
        "IPO is the squared error of the difference to 1/2β", r"L(\rho^+, \rho^-) = L\bigl(\log \tfrac{\rho^+}{\rho^-}, \tfrac{1}{2\beta}\bigr)",
        "always",
        lambda c, r: reinforcement.ipo_loss(c, r, beta=0.25, reduction="none"),
        lambda c, r: regression.mse_loss(c - r, 2 + 0 * c, reduction="none"),
        ("ipo_loss", "mse_loss"),
        inputs=("log-ratio of the chosen", "log-ratio of the rejected"),
    ),
    Identity(
        "KTO is L1 of the chance that the answer is good", r"L(\rho, y) = |q - y|",
        r"\lambda = 1, \; q = \operatorname{sigmoid}(\beta (\log \rho - b))",
        lambda d, y, b: reinforcement.kto_loss(d, y, baseline=b, beta=0.3, reduction="none"),
        lambda d, y, b: regression.l1_loss(sigmoid(0.3 * (d - b)), namespace(y=y).astype(y, d.dtype), reduction="none"),
        ("kto_loss", "l1_loss"),
        inputs=("log-ratio of an answer", "desirable", "baseline"),
    ),
    Identity(
        "ORPO's term is the preference loss of the log-odds", r"L(p^+, p^-) = L\bigl(\log \tfrac{p^+}{1 - p^+}, \log \tfrac{p^-}{1 - p^-}\bigr)",
        "always",
        lambda c, r: reinforcement.orpo_loss(c, r, reduction="none"),
        lambda c, r: reinforcement.preference_loss(log_odds(c=c), log_odds(r=r), reduction="none"),
        ("orpo_loss", "preference_loss"),
        inputs=("mean log-probability of the chosen, below 0", "mean log-probability of the rejected, below 0"),
    ),
    Identity(
        "SimPO without a margin is the preference loss of β times the mean log-probabilities",
        r"L(p^+, p^-) = L(\beta \log p^+, \beta \log p^-)", r"m = 0",
        lambda c, r: reinforcement.simpo_loss(c, r, beta=2.5, margin=0.0, reduction="none"),
        lambda c, r: reinforcement.preference_loss(2.5 * c, 2.5 * r, reduction="none"),
        ("simpo_loss", "preference_loss"),
        inputs=("mean log-probability of the chosen", "mean log-probability of the rejected"),
    ),
    Identity(
        "SimPO with a margin is DPO of log-ratios to a reference that leads by it",
        r"L(p^+, p^-) = L(\rho^+, \rho^-)", r"\log \tfrac{\rho^+}{\rho^-} = \log \tfrac{p^+}{p^-} - \tfrac{m}{\beta}",
        lambda c, r: reinforcement.simpo_loss(c, r, reduction="none"),
        lambda c, r: reinforcement.dpo_loss(c, r + 0.5, beta=2.0, reduction="none"),
        ("simpo_loss", "dpo_loss"),
        inputs=("mean log-probability of the chosen", "mean log-probability of the rejected"),
    ),
    Identity(
        "GRPO of two answers of one token is PPO, each one's lead over their mean being its advantage", r"L(\rho, r)_1 = L(\rho_1, A)",
        r"G = 2, \; T = 1, \; r = (A, -A), \; \beta = 0, \text{ not normalised}",
        lambda new, old, a: reinforcement.grpo_loss(_twice(new), _twice(old), _and_minus(a), normalise=False, reduction="none")[..., 0, 0],
        lambda new, old, a: reinforcement.ppo_loss(new, old, a, reduction="none"),
        ("grpo_loss", "ppo_loss"),
        inputs=("log-probability", "old log-probability", "advantage"),
    ),
    Identity(
        "GRPO where the policy has not moved is the policy gradient with the group's mean as baseline, but for a constant",
        r"L(\rho, r) + A - A \log \pi_{\text{old}} = -A \log \pi",
        r"\pi_{\text{old}} = \pi, \text{ a constant}, \; \beta = 0, \; A = r - \operatorname{mean} r, \text{ not normalised}",
        lambda log_p, r: _of_group(
            reinforcement.grpo_loss(log_p, constant(log_p), r, normalise=False, reduction="none") + _lead(r, log_p) * (1 - constant(log_p))
        ),
        lambda log_p, r: _of_group(reinforcement.policy_gradient_loss(log_p, _lead(r, log_p), reduction="none")),
        ("grpo_loss", "policy_gradient_loss"),
        inputs=("log-probabilities of tokens", "rewards of a group"),
    ),
    Identity(
        "The expectile loss at ½ is half the L2 loss", r"L(v, y) = \tfrac12 (y - v)^2", r"\ell = \tfrac12",
        lambda v, y: reinforcement.expectile_loss(v, y, level=0.5, reduction="none"),
        lambda v, y: regression.mse_loss(v, y, reduction="none") / 2,
        ("expectile_loss", "mse_loss"),
        inputs=("value", "observed value"),
    ),
    Identity(
        "Advantage-weighted regression without advantages is NLL", r"L(\log \pi_a, 0) = -\log \pi_a", r"A = 0, \; w_{\max} \ge 1",
        lambda z, y: reinforcement.advantage_weighted_loss(of_class(log_softmax(z), y), 0 * z[..., 0], reduction="none"),
        lambda z, y: classification.nll_loss(log_softmax(z), y, reduction="none"),
        ("advantage_weighted_loss", "nll_loss"),
        inputs=("logits of actions", "action"),
    ),
    Identity(
        "Advantage-weighted regression of an endless temperature is NLL", r"L(\log \pi, A) \to -\log \pi", r"\tau \to \infty",
        lambda log_p, a: reinforcement.advantage_weighted_loss(log_p, a, temperature=1e9, reduction="none"),
        lambda log_p, a: reinforcement.policy_gradient_loss(log_p, 1 + 0 * a, reduction="none"),
        ("advantage_weighted_loss", "policy_gradient_loss"),
        inputs=("log-probability", "advantage"),
        within=1e-6,
    ),
    Identity(
        "The conservative penalty is cross-entropy with the values as logits", r"L(Q, a) = -\log \operatorname{softmax}(Q)_a", "always",
        lambda q, a: reinforcement.conservative_loss(q, a, reduction="none"),
        lambda q, a: classification.cross_entropy(q, a, reduction="none"),
        ("conservative_loss", "cross_entropy"),
        inputs=("values as logits", "action"),
    ),
)  # fmt: skip
