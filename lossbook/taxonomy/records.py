"""The records: what the book states about a loss, about its peers in other libraries, and about identities."""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

from numpy.typing import NDArray

from lossbook.lenses import NO_NOISE_MODEL, NOISE_MODELS
from lossbook.taxonomy.kinds import KINDS, NOTHING, Kind, size_of


@dataclass(frozen=True)
class Family:
    """A group of losses for one kind of task; `essays` are its chapters without a loss of their own."""

    slug: str
    title: str
    summary: str
    essays: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hyperparameter:
    """What a hyperparameter means, and the values at which the laws are tested.

    None leaves an optional one out; a tuple stands for an array, of one number for each of
    three classes; a list is a pair of numbers, a low and a high one; texts are a choice among words. A number's range ends at `edge`: the first is allowed, the
    second is not. `whole`: a count from 1 on, through which no gradient flows; `names`: the axis of which it names
    an element. `beside` are the other settings at which it matters, where it does not always. `arrays`: it may
    also be an array of one number for each of the batch, or of its last axis; `constant`: no gradient flows into it, for it is part of a target.
    """

    symbol: str
    meaning: str
    values: tuple[float | str | tuple[float, ...] | list[float] | None, ...]
    edge: tuple[float, float] | None = None
    whole: bool = False
    names: str = ""
    beside: Mapping[str, Any] = field(default_factory=dict)
    arrays: bool = False
    constant: bool = False


@dataclass(frozen=True)
class Claim:
    """A property as the tables say it, and whether it holds at given hyperparameters."""

    text: str
    holds: Callable[..., bool]


YES = Claim("yes", lambda **_: True)
NO = Claim("no", lambda **_: False)


@dataclass(frozen=True)
class Lipschitz:
    """The steepest slope in the prediction: as text, and as a number.

    It is infinite where there is no steepest, and None where there is one without a formula.
    """

    text: str
    constant: Callable[..., float | None]

    def bounded(self, **settings: Any) -> bool:
        """Return whether there is a steepest slope."""
        constant = self.constant(**settings)
        return constant is None or isfinite(constant)


@dataclass(frozen=True)
class Minimiser:
    """What the prediction that minimises the expected loss is, and how to find it.

    `of` maps samples of a real target to that prediction, or the probabilities of the classes
    (the probability of yes) to the probabilities, the scores or the distance that the best
    prediction stands for; of a loss without a target, it gives inputs at which the loss is least.
    It is None where there is no closed form.
    """

    text: str
    of: Callable[..., Any] | None


@dataclass(frozen=True)
class Peer:
    """The same loss in another library.

    `call(function, *inputs, **hyperparameters)` translates: it gives `lossbook`'s unreduced
    values, or, where the peer knows only averages, their mean; None where the peer cannot take
    such inputs. It takes the hyperparameters that the peer has, and one batch: of shape (N,),
    for classes (N, C), for embeddings (N, D).
    """

    path: str
    convention: str
    call: Callable[..., Any]

    @property
    def library(self) -> str:
        return self.path.split(".")[0]

    def takes(self, hyperparameter: str) -> bool:
        """Return whether the peer has a hyperparameter."""
        parameters = inspect.signature(self.call).parameters
        return hyperparameter in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


@dataclass(frozen=True)
class Curve:
    """The loss as one small picture: `of` maps the values low … high of `label` to losses."""

    label: str
    low: float
    high: float
    of: Callable[[NDArray[Any]], NDArray[Any]]


@dataclass(frozen=True)
class Loss:
    """Everything the book states about one loss. The noise model stands in `lenses`.

    `inputs` are the kinds of the positional arguments, prediction and target first (unless
    `has_target` says that the second is no target: parameters of a distribution, real examples and fakes,
    what a model says of itself, scores that go with the prediction), `symbols` their symbols; `named` those of arrays that are given by name (a mask, lengths); `arguments` is
    what the formula is a function of, `where` what else it needs to be read. The gradient and the
    properties are those in the first input; without a target, the properties are those in each input. `proper`: is the true distribution, and it alone, the
    best prediction? None where the prediction is no distribution. `heavy_peers` are on the
    crosswalk only, for their import takes longer than a chapter should. `synonyms` are what
    people look for it by: other names, and classes of other libraries, of near relatives too, that no
    peer is named like (HuberLoss is huber_loss, BCEWithLogitsLoss is not); only the search knows them.

    What the laws need to know besides: `answers` maps inputs to the same inputs with each possible
    answer, where it is no matter of the target alone; `reads` tells which numbers of the first
    input count, given all inputs, where it is not all; with the `degree`-th power of its inputs the
    loss grows, and its rounding errors with it; where it is a difference of larger numbers, `rounding`
    is what they leave of it, absolutely. The elements of the axes in `orderless` may come in
    any order. Where the value jumps, has a kink that is not convex, or chooses one of several by its size, `apart` tells the
    inputs away from it: only there the gradient is that of the value. `twice`: are second derivatives those of the loss, too?
    Into the inputs of the names in `constant` no gradient flows; into those in `shares` a share of the value's gradient, where
    what else there is of it is held back; where a part of the value is a constant to the gradient, `held` gives, at inputs, the
    loss with that part held at what it is there, as a function like the loss'. `needs` is what has to be installed besides. `likelihood_at` tells
    the settings at which a loss without noise model is a likelihood all the same. The values keep the
    axes in `keeps` of the first input: one for each token, and not for each group of answers.
    """

    function: Callable[..., Any]
    title: str
    chapter: str
    summary: str
    formula: str
    gradient: str
    symbols: tuple[str, ...]
    arguments: str
    where: str
    inputs: tuple[str, ...]
    units: str
    convex: Claim
    smooth: Claim
    lipschitz: Lipschitz
    minimiser: Minimiser
    peers: tuple[Peer, ...]
    reference: str
    curve: Curve
    proper: Claim | None = None
    heavy_peers: tuple[Peer, ...] = ()
    synonyms: tuple[str, ...] = ()
    hyperparameters: Mapping[str, Hyperparameter] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)
    answers: Callable[[Sequence[Any]], list[tuple[Any, ...]]] | None = None
    reads: Callable[..., Any] | None = None
    degree: int = 2
    rounding: float = 0.0
    likelihood_at: Callable[..., bool] = lambda **_: False
    orderless: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    apart: Callable[..., Any] = lambda *_: True
    twice: bool = True
    constant: tuple[str, ...] = ()
    shares: Mapping[str, Callable[..., float]] = field(default_factory=dict)
    held: Callable[..., Callable[..., Any]] | None = None
    needs: str = ""
    has_target: bool = True

    def __call__(self, *given: Any, **settings: Any) -> Any:
        """Return the loss of inputs in the order of `kinds`: those after the positional ones are given by name."""
        positional, named = self.passed(given)
        return self.function(*positional, **named | settings)

    def passed(self, given: Sequence[Any]) -> tuple[Sequence[Any], dict[str, Any]]:
        """Return which of the inputs the function takes by position, and which by name, with the settings that it asks for."""
        count = len(self.inputs)
        return given[:count], {**dict(zip(self.named, given[count:], strict=False)), **self.asked}

    @property
    def kept_sizes(self) -> tuple[int, ...]:
        """The sizes in examples of the axes that the values keep."""
        return tuple(map(size_of, self.keeps))

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def defaults(self) -> dict[str, Any]:
        """The hyperparameters' default values, as the function states them; of one without, the first that is tested."""
        parameters = inspect.signature(self.function).parameters
        return {name: parameters[name].default for name in self.hyperparameters} | self.asked

    @property
    def asked(self) -> dict[str, Any]:
        """The hyperparameters that have no default, at the first of the values at which they are tested."""
        parameters = inspect.signature(self.function).parameters
        return {
            name: hyperparameter.values[0]
            for name, hyperparameter in self.hyperparameters.items()
            if parameters[name].default is inspect.Parameter.empty
        }

    @property
    def everywhere(self) -> tuple[Peer, ...]:
        """The peers of the chapter, and those that are on the crosswalk only."""
        return (*self.peers, *self.heavy_peers)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of all arrays that it takes."""
        return tuple(KINDS[name] for name in (*self.inputs, *self.named.values()))

    @property
    def names(self) -> tuple[str, ...]:
        """What the function calls them."""
        return (*list(inspect.signature(self.function).parameters)[: len(self.inputs)], *self.named)

    @property
    def prediction(self) -> Kind:
        return self.kinds[0]

    @property
    def target(self) -> Kind:
        return self.kinds[1] if self.has_target else NOTHING

    @property
    def predicts(self) -> bool:
        """Whether it speaks of a prediction and a target, and not of vectors or samples and what is between them."""
        return self.has_target and not self.prediction.relation

    @property
    def moving(self) -> list[int]:
        """The positions of the inputs that a gradient flows into."""
        return [i for i, kind in enumerate(self.kinds) if (i == 0 or kind.moves) and self.names[i] not in self.constant]

    @property
    def stated_in(self) -> list[int]:
        """The positions of the inputs that the properties are stated in, one by one: what the whole batch shares is none of them."""
        return [0] if self.has_target else [i for i in self.moving if not self.kinds[i].shared]

    def around(self, given: Sequence[Any]) -> "Loss":
        """Return the loss whose gradient this one's is at some inputs: itself, but for what is held."""
        return self if self.held is None else replace(self, function=self.held(*given))

    def share(self, position: int, settings: Mapping[str, Any]) -> float:
        """Return the share of the value's gradient that flows into an input: all, unless the record says otherwise."""
        share = self.shares.get(self.names[position])
        return 1.0 if share is None else share(**settings)

    @property
    def has_answers(self) -> bool:
        """Whether there are few answers, and not a number among all."""
        return self.answers is not None or self.target.answers is not None

    @property
    def family(self) -> str:
        return self.chapter.split("/")[0]

    @property
    def noise_model(self) -> Any:
        """The noise model, or None where the loss has none."""
        return NOISE_MODELS.get(self.name)

    @property
    def no_noise_model(self) -> str | None:
        """Why the loss has no noise model, or None where it has one."""
        return NO_NOISE_MODEL.get(self.name)


@dataclass(frozen=True)
class Identity:
    """`general(*inputs)` equals `special(*inputs)` under a condition.

    `losses` are the functions that it connects, the general one first; `inputs` are the kinds
    of the arguments, as in the records of losses. `within` bounds the difference where the
    identity is a limit; 0 means exact but for rounding. `apart` tells the inputs that lie apart
    from a kink which the limit rounds off: only there it holds of the gradient, too.
    """

    name: str
    formula: str
    condition: str
    general: Callable[..., Any]
    special: Callable[..., Any]
    losses: tuple[str, str]
    inputs: tuple[str, ...] = ("real", "real")
    within: float = 0.0
    apart: Callable[..., Any] = lambda *_: True

    @property
    def slug(self) -> str:
        """The identity's name as part of an address."""
        return "-".join(re.findall(r"[a-z0-9]+", self.name.lower()))

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of its arguments."""
        return tuple(KINDS[name] for name in self.inputs)
