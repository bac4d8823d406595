"""The running experiments of the Distance part: a small network embeds handwritten digits.

In the plane, to look at. Each recipe says how one loss reads a batch of embeddings; network, batches,
optimiser and number of steps are the same for all. `train` records the way of the held-out digits
through the plane, `path` shows it, `neighbours` shows whom each digit finds next to it.

In more dimensions, to compare losses by numbers. `six_splits` are the digits to train on, to choose by
and to judge by; `train_six` trains a network for each split, all at once; `recalls` and `verify` judge.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from torch import nn

from lossbook import distance
from lossbook.book.figures import BLUE, GREY, RED, figure, points, with_slider, words

__all__ = [
    "RECIPES", "Proxies", "Recipe", "Run", "Splits", "angular", "angular_triplet", "contrastive", "distances",
    "fit_threshold", "info_nce", "mistakes", "n_pair", "neighbours", "pairs", "path", "proxy_nca", "proxy_softmax",
    "recall_at_1", "recalls", "six_splits", "train", "train_six", "triplet", "verify",
]  # fmt: skip

CLASSES = 10
EACH = 8  # digits of a class in a batch
STEPS = 400
HELD_OUT = 600
# Of the held-out digits, the pictures show as many as can be told apart.
SHOWN = 150


# --- the recipes: from a batch of embeddings, shape (classes, digits of a class, 2), to its loss ---


def contrastive(z: torch.Tensor) -> torch.Tensor:
    """All pairs of the batch; the similar ones and the others count for one half each."""
    flat = z.flatten(0, 1)
    label = torch.arange(CLASSES).repeat_interleave(z.shape[1])
    # Each with each: as a table, because two long lists of pairs are slow to differentiate.
    table = (len(flat), *flat.shape)
    distances = distance.euclidean_distance(flat[:, None].expand(table), flat.expand(table))
    similar, itself = label[:, None] == label, torch.eye(len(flat), dtype=torch.bool)
    losses = distance.contrastive_loss(distances, similar, reduction="none")
    return losses[similar & ~itself].mean() + losses[~similar].mean()


def triplet(z: torch.Tensor, loss: Callable[..., Any] = distance.triplet_margin_loss, **settings: Any) -> torch.Tensor:
    """Each digit with another of its class, against all digits of the other classes: the triplets that still cost."""
    label = torch.arange(CLASSES).repeat_interleave(z.shape[1])
    anchor, positive = z.flatten(0, 1), z.roll(1, dims=1).flatten(0, 1)
    i, k = torch.nonzero(label[:, None] != label, as_tuple=True)
    losses = loss(anchor[i], positive[i], anchor[k], reduction="none", **settings)
    return losses.sum() / (losses > 0).sum().clamp(min=1)


def angular_triplet(z: torch.Tensor) -> torch.Tensor:
    """The same triplets, in angles."""
    return triplet(z, distance.angular_triplet_loss, margin=0.3)


def angular(z: torch.Tensor) -> torch.Tensor:
    """The same triplets, with a bound on the angle at the negative; a spring holds each digit off the middle."""
    apart = ((z - z.mean(dim=(0, 1))) ** 2).sum(dim=-1)
    return triplet(z, distance.angular_loss) + 0.02 * ((apart - 4) ** 2).mean()


def n_pair(z: torch.Tensor) -> torch.Tensor:
    """Groups of ten pairs, one of each class, and a penalty that keeps the embeddings short."""
    anchor, positive = z[:, ::2].transpose(0, 1), z[:, 1::2].transpose(0, 1)
    return distance.n_pair_loss(anchor, positive) + 0.02 * (z**2).sum(dim=-1).mean()


def info_nce(z: torch.Tensor, temperature: float = 0.1) -> torch.Tensor:
    """Groups of ten pairs, one of each class."""
    anchor, positive = z[:, ::2].transpose(0, 1), z[:, 1::2].transpose(0, 1)
    return distance.info_nce_loss(anchor, positive, temperature=temperature)


class Proxies(nn.Module):
    """A point for each class, learned with the network; `length` gives all vectors one length."""

    def __init__(self, loss: Callable[..., Any], *, seed: int = 0, length: float | None = None) -> None:
        super().__init__()
        self.points = nn.Parameter(torch.randn(CLASSES, 2, generator=torch.Generator().manual_seed(seed)))
        self.loss, self.length = loss, length

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        z = z.flatten(0, 1)
        points: torch.Tensor = self.points
        if self.length is not None:
            z, points = (self.length * nn.functional.normalize(each, dim=-1) for each in (z, points))
        label = torch.arange(CLASSES).repeat_interleave(len(z) // CLASSES)
        return self.loss(z, label, points)


def proxy_softmax(seed: int = 0) -> Proxies:
    """Each digit against the proxies of all classes; the seed is that of their first places."""
    return Proxies(distance.proxy_softmax_loss, seed=seed)


def proxy_nca(seed: int = 0) -> Proxies:
    """Each digit against the proxies of all classes, its own left out of the sum; all vectors of length 1."""
    return Proxies(distance.proxy_nca_loss, seed=seed, length=1.0)


@dataclass(frozen=True)
class Recipe:
    """How a chapter trains: `loss(seed)` gives the function of a batch; `directions`: do only directions count?"""

    title: str
    chapter: str
    loss: object
    directions: bool = False


RECIPES = (
    Recipe("Pairwise contrastive", "pairwise_contrastive", lambda _: contrastive),
    Recipe("Triplet", "triplet", lambda _: triplet),
    Recipe("Angular triplet", "angular", lambda _: angular_triplet, directions=True),
    Recipe("Angular", "angular", lambda _: angular),
    Recipe("N-pair", "n_pair", lambda _: n_pair),
    Recipe("InfoNCE", "info_nce", lambda _: info_nce, directions=True),
    Recipe("Proxy softmax", "proxy", proxy_softmax),
    Recipe("Proxy-NCA", "proxy", proxy_nca, directions=True),
)


# --- training ---


@dataclass(frozen=True)
class Run:
    """A training: `embeddings[t]` are those of the held-out digits after `steps[t]` steps.

    `label` and `images` are the digits', `lost[t]` is the loss of the step's batch.
    """

    steps: list[int]
    embeddings: NDArray[Any]
    lost: NDArray[Any]
    label: NDArray[Any]
    images: NDArray[Any]
    directions: bool

    def compared(self, t: int = -1) -> NDArray[Any]:
        """Return the embeddings as neighbours are looked for: at unit length where only directions count."""
        z = self.embeddings[t]
        return z / np.linalg.norm(z, axis=-1, keepdims=True) if self.directions else z

    def recall(self, t: int = -1) -> float:
        """Return the recall@1 of the held-out digits after `steps[t]` steps."""
        return recall_at_1(self.compared(t), self.label)


def train(loss: Callable[..., Any], *, seed: int = 0, directions: bool = False, steps: int = STEPS, snapshots: int = 24) -> Run:
    """Train the network with a function from a batch of embeddings to its loss.

    Parameters
    ----------
    loss : function of a tensor of shape (10, 8, 2)
        Embeddings of eight digits of each class. A torch module's parameters are trained, too.
    seed : int
        Of the network's first weights, and of the batches.
    directions : bool
        Whether neighbours are looked for by angle.
    steps, snapshots : int
        How many steps of Adam, and how often the held-out digits are embedded on the way.

    Returns
    -------
    Run
    """
    x, label = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    held_out, ours = order[:HELD_OUT], order[HELD_OUT:]
    images = torch.tensor((x - x[ours].mean(axis=0)) / 16, dtype=torch.float32)
    members = [torch.tensor(ours[label[ours] == k]) for k in range(CLASSES)]

    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 2))
    parameters = [*network.parameters(), *(loss.parameters() if isinstance(loss, nn.Module) else ())]
    optimiser = torch.optim.Adam(parameters, lr=3e-3)
    # More often at first, when most happens.
    looks = np.unique((steps * np.linspace(0, 1, snapshots) ** 2).round().astype(int))
    seen, lost = [], []
    for step in range(steps + 1):
        batch = torch.stack([own[torch.randint(len(own), (EACH,))] for own in members])
        value = loss(network(images[batch]))
        if step in looks:
            with torch.no_grad():
                seen.append(network(images[held_out]).numpy())
            lost.append(value.item())
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
    return Run(looks.tolist(), np.stack(seen), np.asarray(lost), label[held_out], x[held_out].reshape(-1, 8, 8) / 16, directions)


def distances(z: torch.Tensor) -> torch.Tensor:
    """Return all distances between the rows of z, without the shortcut that loses digits."""
    return torch.cdist(z, z, compute_mode="donot_use_mm_for_euclid_dist")


def nearest(embeddings: NDArray[Any]) -> NDArray[Any]:
    """Return for each embedding which of the others is nearest."""
    return distances(torch.as_tensor(embeddings)).fill_diagonal_(torch.inf).argmin(dim=-1).numpy()


def recall_at_1(embeddings: NDArray[Any], label: NDArray[Any]) -> float:
    """Return the share of embeddings whose nearest other one has the same label."""
    return float(np.mean(label[nearest(embeddings)] == label))


# --- six splits, judged by numbers ---

SPLITS = 6
TRAINED_ON, CHOSEN_BY = 1000, 300  # of 1797; the others judge


class Splits(NamedTuple):
    """The digits, and for each of six random splits the rows to train on, to choose by and to judge by.

    `pixels` (6, 1797, 64) are the same for each split; `ours` (6, 1000), `fitted_on` (6, 300) and
    `judged_on` (6, 497) hold row numbers.
    """

    pixels: torch.Tensor
    label: NDArray[Any]
    ours: NDArray[Any]
    fitted_on: NDArray[Any]
    judged_on: NDArray[Any]


@cache
def six_splits() -> Splits:
    """Return the digits and six random splits of them. The splits overlap: they are not independent."""
    images, label = load_digits(return_X_y=True)
    pixels = torch.tensor(images / 16 - 0.3, dtype=torch.float32).expand(SPLITS, -1, -1)
    order = np.array([np.random.default_rng(seed).permutation(len(label)) for seed in range(SPLITS)])
    return Splits(pixels, label, *np.split(order, [TRAINED_ON, TRAINED_ON + CHOSEN_BY], axis=1))


def train_six(
    loss: Callable[..., Any],
    *,
    rate: float,
    D: int = 8,
    steps: int = 200,
    labels: Any = None,
    classes: Any = None,
    extra: tuple[torch.Tensor, ...] = (),
) -> torch.Tensor:
    """Train a network for each of the six splits, all at once; return its embeddings of all digits.

    Two hidden layers of 128 ReLUs turn 64 pixels into D numbers. A step of Adam sees six digits of each
    class, one class after the other; its rate falls from `rate` to 0 along a cosine. First weights and
    batches are the same in each call.

    Parameters
    ----------
    loss : function of a tensor of shape (6, digits of a batch, D)
        The six losses, added.
    rate, D, steps : float, int, int
        The rate at the start, the dimensions of the embeddings, how many steps.
    labels : six arrays of shape (1797,), optional
        What the batches take for the classes of the digits; the true ones unless told.
    classes : six lists of one length, optional
        Which classes the networks see; all ten unless told.
    extra : tensors, optional
        What else is to be trained.

    Returns
    -------
    tensor, shape (6, 1797, D)
    """
    pixels, label, ours, _, _ = six_splits()
    labels = [label] * SPLITS if labels is None else labels
    classes = [range(CLASSES)] * SPLITS if classes is None else classes
    rng = np.random.default_rng(0)
    drawn = np.array(
        [
            [rng.choice(rows[given[rows] == k], (steps, 6)) for k in own]
            for rows, given, own in zip(ours, labels, classes, strict=True)
        ]
    )
    batches = drawn.transpose(2, 0, 1, 3).reshape(steps, SPLITS, 6 * len(classes[0]))

    torch.manual_seed(0)
    sizes = [64, 128, 128, D]
    weights = [
        torch.empty(SPLITS, rows, after).uniform_(-1, 1).div_(before**0.5).requires_grad_()
        for before, after in pairwise(sizes)
        for rows in (before, 1)
    ]

    def network(x: torch.Tensor) -> torch.Tensor:
        for layer in range(3):
            x = torch.baddbmm(weights[2 * layer + 1], x if layer == 0 else x.relu(), weights[2 * layer])
        return x

    optimiser = torch.optim.Adam([*weights, *extra], lr=rate, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(steps, 1))
    for batch in batches:
        optimiser.zero_grad()
        loss(network(pixels[0][batch])).backward()
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        return network(pixels)


def recalls(z: torch.Tensor, judged: Any = None) -> NDArray[Any]:
    """Return, for each split, the recall@1 among the digits that judge, or among the rows given."""
    splits = six_splits()
    judged = splits.judged_on if judged is None else judged
    return np.array([recall_at_1(each[rows].numpy(), splits.label[rows]) for each, rows in zip(z, judged, strict=True)])


def pairs(z: torch.Tensor, rows: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the distances of all pairs among some rows of z, (1797, D), and which pairs are of one class."""
    i, j = np.triu_indices(len(rows), k=1)
    own = six_splits().label[rows]
    return distances(z[rows])[i, j].numpy(), own[i] == own[j]


def mistakes(d: NDArray[Any], similar: NDArray[Any], threshold: float) -> float:
    """Return the mean of both error rates of "same or not?": similar pairs refused, others accepted."""
    return float((np.mean(d[similar] > threshold) + np.mean(d[~similar] <= threshold)) / 2)


def fit_threshold(d: NDArray[Any], similar: NDArray[Any]) -> float:
    """Return the distance that makes the fewest mistakes as a threshold."""
    at = np.argsort(d)
    accepted, wrongly = (np.cumsum(kind[at]) / kind.sum() for kind in (similar, ~similar))
    return float(d[at][np.argmin(wrongly - accepted)])


def verify(z: torch.Tensor, fitted: Any = None, judged: Any = None) -> NDArray[Any]:
    """Return, for each split, the mistakes on the digits that judge, by a threshold fitted on those to choose by."""
    splits = six_splits()
    fitted = splits.fitted_on if fitted is None else fitted
    judged = splits.judged_on if judged is None else judged
    return np.array(
        [
            mistakes(*pairs(each, after), fit_threshold(*pairs(each, before)))
            for each, before, after in zip(z, fitted, judged, strict=True)
        ]
    )


# --- pictures ---

# Ten colours of one lightness, to be told from each other by the digit that they colour.
INKS = ["#c4553b", "#ad6a1f", "#887a17", "#5c8526", "#1f8b51", "#0f877f", "#2a7fae", "#5e72c9", "#8f63cf", "#b8539d"]


def path(run: Run, alt: str) -> go.Figure:
    """Return the held-out digits in the plane after each of the run's steps, to be played and scrubbed."""
    shown = slice(SHOWN)
    label = run.label[shown]
    reach = 1.05 * float(np.quantile(np.abs(run.embeddings[-1]), 0.995))
    # As exact as the eye: a film of more digits weighs a page down.
    decimals = int(np.ceil(-np.log10(reach / 200)))

    def draw(step: int) -> go.Figure:
        z = run.embeddings[run.steps.index(step)][shown].round(decimals)
        clouds = []
        for k in range(CLASSES):
            x, y = z[label == k].T
            clouds.append(words(x, y, [str(k)] * len(x), str(k), INKS[k], hoverinfo="skip"))
        plane = figure(*clouds, x="", y="", alt=alt, x_range=(-reach, reach), y_range=(-reach, reach), height=460)
        plane.update_layout(showlegend=False, margin={"l": 40, "r": 8, "t": 8, "b": 32})
        plane.update_yaxes(scaleanchor="x", constrain="domain")
        plane.update_xaxes(constrain="domain")
        return plane

    return with_slider(draw, run.steps, name="step", start=run.steps[-1], play=True)


def neighbours(run: Run, alt: str) -> go.Figure:
    """Return, for one held-out digit of each class, its picture above that of its nearest neighbour.

    A class shows the first digit that finds one of another class, if there is any. The alternative
    text ends with the labels: 9→8 for a nine whose nearest neighbour is an eight.
    """
    found = nearest(run.compared())
    right = run.label[found] == run.label
    chosen = [min(np.flatnonzero(run.label == k), key=lambda i: right[i]) for k in range(CLASSES)]

    def dots(which: Any, row: int, name: str, color: str) -> go.Scatter:
        """Draw images as dots, one for each pixel with ink, as opaque as its ink is dark."""
        spots = [(9 * k + c, -9 * row - r, run.images[i][r, c]) for k, i in which for r, c in np.argwhere(run.images[i] > 0.2)]
        x, y, ink = np.asarray(spots).T if spots else ([], [], [])
        cloud = points(x, y, name, color, symbol="square", size=3.5, hoverinfo="skip")
        cloud.marker.opacity = [round(float(each), 2) for each in ink]
        return cloud

    pairs = list(enumerate(chosen))
    told = [str(k) if right[i] else f"{k}→{run.label[found[i]]}" for k, i in pairs]
    made = figure(
        dots(pairs, 0, "held-out digit", GREY),
        dots([(k, found[i]) for k, i in pairs if right[i]], 1, "its neighbour, of its class", BLUE),
        dots([(k, found[i]) for k, i in pairs if not right[i]], 1, "its neighbour, of another", RED),
        x="", y="", alt=f"{alt} The labels below, from left to right: {', '.join(told)}.", x_range=(-1.5, 90), y_range=(-17.5, 1.5), height=220,
    )  # fmt: skip
    made.update_xaxes(
        tickvals=[9 * k + 3.5 for k in range(CLASSES)],
        ticktext=told,
        tickangle=0,
        tickfont_size=12,
        showgrid=False,
        zeroline=False,
    )
    made.update_yaxes(visible=False, scaleanchor="x", constrain="domain")
    made.update_xaxes(constrain="domain")
    made.update_layout(margin={"l": 8, "r": 8, "t": 8, "b": 32})
    return made
