"""The losses for a distribution as the target."""

from collections.abc import Callable
from itertools import product
from math import inf, log, sqrt
from typing import Any

import numpy as np

from lossbook import generative
from lossbook.taxonomy.kinds import SIZES
from lossbook.taxonomy.records import NO, YES, Claim, Curve, Hyperparameter, Lipschitz, Loss, Minimiser, Peer

D, K, M, N = SIZES["D"], SIZES["K"], SIZES["M"], SIZES["N"]


# --- what the records share ---


def _of_labels(other: Callable[[Any], Any]) -> Callable[[Any], list[tuple[Any, ...]]]:
    """Return what gives the inputs with each label for both examples; `other` turns the label of a score."""

    def answers(fed: Any) -> list[tuple[Any, ...]]:
        real, fake = fed
        return [(one, two) for one in (real, other(real)) for two in (fake, other(fake))]

    return answers


_OF_LATENT: dict[str, Any] = {"has_target": False, "units": "nats"}
_OF_BOTH: dict[str, Any] = {"has_target": False, "symbols": ("z^+", "z^-"), "arguments": "z^+, z^-", "where": ""}
_OF_FAKES: dict[str, Any] = {"has_target": False, "symbols": ("z^-",), "arguments": "z^-"}
_OF_LOGITS: dict[str, Any] = {
    **_OF_BOTH,
    "inputs": ("logit of the real", "logit of the fake"),
    "units": "nats",
    "answers": _of_labels(lambda z: -z),
}
_OF_SCORES: dict[str, Any] = {**_OF_BOTH, "inputs": ("score of the real", "score of the fake")}


def _on_axis(values: Any) -> Any:
    """Return vectors of one number."""
    return values[..., None]


# --- the peers ---


def _kl_in_torch(kl: Any, mean: Any, log_variance: Any) -> Any:
    from torch.distributions import Normal

    return kl(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)).sum(-1)


def _both_halves(f: Any, real: Any, fake: Any) -> Any:
    """Return binary cross-entropy with labels 1 and 0, from torch's function of logits."""
    return f(real, 1 + 0 * real, reduction="none") + f(fake, 0 * fake, reduction="none")


def _generator(f: Any, fake: Any, saturating: bool) -> Any:
    if saturating:
        return -f(fake, 0 * fake, reduction="none")
    return f(fake, 1 + 0 * fake, reduction="none")


def _quantised(mse: Any, encoded: Any, code: Any, beta: float) -> Any:
    """Return it as papers' code has it, from torch's squared error, but for the mean over the vector's numbers."""
    commitment = mse(encoded, code.detach(), reduction="none")
    return (mse(encoded.detach(), code, reduction="none") + beta * commitment).sum(-1)


def _iwae(logsumexp: Any, log_weights: Any) -> Any:
    return log(log_weights.shape[-1]) - logsumexp(log_weights, -1)


def _each_pair(f: Any, x: Any, y: Any) -> Any:
    return np.asarray([f(*pair) for pair in zip(x, y, strict=True)])


def _diffusion(f: Any, u: Any, x: Any, noise: Any, alpha_bar: Any, predicts: str, weighting: str, min_snr: float) -> Any:
    """Return it by way of the sample that the prediction stands for, in torch."""
    signal, rest = alpha_bar[..., None].sqrt(), (1 - alpha_bar[..., None]).sqrt()
    if weighting == "simple":
        target = {"noise": noise, "sample": x, "velocity": signal * noise - rest * x}[predicts]
        return f(u, target, reduction="none").mean(-1)
    seen = signal * x + rest * noise
    sample = {"noise": (seen - rest * u) / signal, "sample": u, "velocity": signal * seen - rest * u}[predicts]
    snr = alpha_bar / (1 - alpha_bar)
    return f(sample, x, reduction="none").mean(-1) * (snr if weighting == "snr" else snr.clamp(max=min_snr))


def _mmd(cdist: Any, x: Any, y: Any, bandwidth: float, unbiased: bool) -> Any:
    def total(a: Any, b: Any) -> Any:
        return (-(cdist(a, b) ** 2) / (2 * bandwidth**2)).exp().sum((-2, -1))

    def alike(a: Any) -> Any:
        count = a.shape[-2]
        return (total(a, a) - count) / (count * (count - 1)) if unbiased else total(a, a) / count**2

    return alike(x) + alike(y) - 2 * total(x, y) / (x.shape[-2] * y.shape[-2])


def _transport(logsumexp: Any, x: Any, y: Any, epsilon: float) -> Any:
    """Return the dual's value at its maximum, alternating until nothing moves, in torch; x with itself goes half the way."""
    costs = ((x[..., :, None, :] - y[..., None, :, :]) ** 2).sum(-1) / 2

    def answer(f: Any) -> Any:
        return -epsilon * (logsumexp((f[..., :, None] - costs) / epsilon, -2) - log(costs.shape[-2]))

    def rows(g: Any) -> Any:
        return -epsilon * (logsumexp((g[..., None, :] - costs) / epsilon, -1) - log(costs.shape[-1]))

    f = costs[..., 0] * 0
    for _ in range(3000):
        before, f = f, (f + answer(f)) / 2 if x is y else rows(answer(f))
        if float((f - before).abs().max()) < 1e-12:
            break
    return f.mean(-1) + answer(f).mean(-1)


def _sinkhorn(logsumexp: Any, x: Any, y: Any, epsilon: float, debias: bool) -> Any:
    values = _transport(logsumexp, x, y, epsilon)
    return values - sum(_transport(logsumexp, each, each, epsilon) for each in (x, y)) / 2 if debias else values


# --- the answers that are looked at ---


def _some_numbers(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with other samples on the line: all in one place, spread out, and one number apart."""
    x, _ = fed
    return [(x, np.broadcast_to(y, x.shape)) for y in np.asarray([[0.0, 0, 0, 0], [2, -1, 0, 1], [0, 0, 12, 0]])]


def _some_noise(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with a few draws of noise; of a standard deviation that is not given, with 1."""
    score, _, *level = fed
    sigma = level[0] if level else np.ones(score.shape[:-1])
    return [(score, np.broadcast_to(noise, score.shape), sigma) for noise in np.asarray([[0.0, 0], [1, 1], [-2, 1]])]


def _some_points(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with a few points and draws of noise; of a share of the signal that is not given, with one half."""
    u, _, *given = fed
    share = given[1] if given else np.full(u.shape[:-1], 0.5)
    pairs = np.asarray([[[0.0, 0], [0, 0]], [[1, 1], [0, 1]], [[-2, 1], [1, -1]]])
    return [(u, *(np.broadcast_to(each, u.shape) for each in pair), share) for pair in pairs]


def _some_paths(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with a few beginnings and ends of paths."""
    return [(u, x0, x1) for u, x0, x1, _ in _some_points((fed[0], None))]


def _some_samples(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with other samples: all in one place, apart, and two far from a third."""
    x, _ = fed
    samples = np.asarray([[[0.0, 0], [0, 0], [0, 0]], [[1, 0], [0, 1], [-1, -1]], [[3, 2], [-3, -2], [3, 2]]])
    return [(x, np.broadcast_to(y, (*x.shape[:-2], M, D))) for y in samples]


def _every_origin(fed: Any) -> list[tuple[Any, ...]]:
    """Return the inputs with every answer to which of the points are data: the other answer turns a log-ratio's sign."""
    data, noise = fed
    if noise is None:
        noise = np.broadcast_to(np.linspace(-1, 1, K), (*data.shape, K))
    signs = np.asarray(list(product((1.0, -1.0), repeat=1 + K)))
    return [(data * first, noise * np.asarray(rest)) for first, *rest in signs]


def _untied(x: Any, y: Any) -> Any:
    """Return whether the numbers of each sample lie apart."""
    gaps = [np.diff(np.sort(each, axis=-1), axis=-1).min(axis=-1) for each in (x, y)]
    return np.minimum(*gaps) > 1e-3


def _two(t: Any, *, apart: float = 1.0) -> Any:
    """Return pairs of numbers with t in their middle."""
    return np.stack([t - apart, t + apart], axis=-1)


# --- the records ---

LOSSES = (
    Loss(
        function=generative.elbo_loss,
        title="ELBO",
        chapter="generative/elbo",
        synonyms=("evidence lower bound", "VAE loss", "variational autoencoder", "beta-VAE", "variational free energy"),
        summary="A bound on a likelihood that no one can compute: what data cost given a code, and what the code costs.",
        formula=r"R + \beta\, D_{\mathrm{KL}}\bigl(\mathcal N(\mu, \sigma^2) \,\|\, \mathcal N(0, 1)\bigr)",
        gradient=r"1, \; \partial L / \partial \mu_i = \beta\,\mu_i",
        symbols=("R", r"\mu", r"\log \sigma^2"),
        arguments=r"R, \mu, \sigma^2",
        where=r"R = -\log p(x \mid z)",
        inputs=("reconstruction", "vector", "log-variance"),
        **_OF_LATENT,
        hyperparameters={
            "beta": Hyperparameter(
                r"\beta",
                "weight of the divergence, at least 0; a bound from 1 on, the tightest at 1",
                (1.0, 0.0, 4.0),
                (0, -1e-9),
            )
        },
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz(r"none; 1 in $R$, and at $\beta = 0$", lambda beta: inf if beta else 1.0),
        minimiser=Minimiser(
            r"at $\beta = 1$, the guess of least divergence from the posterior of $z$: the loss is $-\log p(x)$ plus that divergence",
            None,
        ),
        peers=(
            Peer(
                "torch.distributions.kl_divergence",
                "none of its own: a reconstruction, and β times this",
                lambda kl, r, mean, log_variance, beta: r + beta * _kl_in_torch(kl, mean, log_variance),
            ),
        ),
        reference="Kingma and Welling (2014), https://arxiv.org/abs/1312.6114",
        curve=Curve(
            "mean of one latent number of variance 1",
            -3,
            3,
            lambda mu: generative.elbo_loss(1 + 0 * mu, _on_axis(mu), _on_axis(0 * mu), reduction="none"),
        ),
    ),
    Loss(
        function=generative.normal_kl,
        title="Normal KL",
        chapter="generative/elbo",
        synonyms=("KL term", "KLD loss", "rate"),
        summary="What a code costs: how far its Normal is from the standard one.",
        formula=r"\tfrac12 \sum_i \bigl(\mu_i^2 + \sigma_i^2 - 1 - \log \sigma_i^2\bigr)",
        gradient=r"\mu_i, \; \partial L / \partial \log \sigma_i^2 = \tfrac12 (\sigma_i^2 - 1)",
        symbols=(r"\mu", r"\log \sigma^2"),
        arguments=r"\mu, \sigma^2",
        where="",
        inputs=("vector", "log-variance"),
        **_OF_LATENT,
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("none", lambda: inf),
        minimiser=Minimiser(r"$\mu = 0, \; \sigma = 1$", lambda: (np.zeros(D), np.zeros(D))),
        peers=(
            Peer(
                "torch.distributions.kl_divergence",
                "takes two distributions, by deviation; one value for each latent number",
                _kl_in_torch,
            ),
        ),
        reference="Kingma and Welling (2014), https://arxiv.org/abs/1312.6114",
        curve=Curve(
            "mean of one latent number of variance 1",
            -3,
            3,
            lambda mu: generative.normal_kl(_on_axis(mu), _on_axis(0 * mu), reduction="none"),
        ),
    ),
    Loss(
        function=generative.iwae_loss,
        title="IWAE",
        chapter="generative/elbo",
        synonyms=("importance weighted autoencoder", "importance-weighted bound", "multi-sample bound"),
        summary="Several samples for a tighter bound: the logarithm of their mean weight.",
        formula=r"-\log \frac1K \sum_k w_k",
        gradient=r"-w_k / \textstyle\sum_j w_j",
        symbols=(r"\log w",),
        arguments="w",
        where=r"w_k = p(x, z_k) / q(z_k \mid x)",
        inputs=("log-weights",),
        **_OF_LATENT,
        orderless=("K",),
        convex=NO,
        smooth=YES,
        lipschitz=Lipschitz("1", lambda: 1.0),
        minimiser=Minimiser("none: it falls without bound as a weight grows; on average it is at least $-\\log p(x)$", None),
        peers=(Peer("torch.logsumexp", "none of its own: one line with its logsumexp", _iwae),),
        reference="Burda, Grosse and Salakhutdinov (2016), https://arxiv.org/abs/1509.00519",
        curve=Curve(
            "log-weight of one of four samples",
            -3,
            3,
            lambda w: generative.iwae_loss(np.stack([w, *3 * [0 * w]], axis=-1), reduction="none"),
        ),
    ),
    Loss(
        function=generative.vector_quantisation_loss,
        title="Vector quantisation",
        chapter="generative/elbo",
        synonyms=("VQ-VAE", "codebook loss", "commitment loss", "vector quantization loss"),
        summary="Codes from a list: each is drawn to the vectors it stands for, and they to it.",
        formula=r"\lVert \operatorname{sg}(a) - c \rVert^2 + \beta\, \lVert a - \operatorname{sg}(c) \rVert^2",
        gradient=r"2 \beta\,(a_i - c_i), \; \partial L / \partial c_i = 2\,(c_i - a_i)",
        symbols=("a", "c"),
        arguments="a, c",
        where=r"\operatorname{sg} \text{ a constant to the gradient}",
        inputs=("vector", "vector"),
        has_target=False,
        units="those of the vectors, squared",
        hyperparameters={
            "beta": Hyperparameter(r"\beta", "weight of the commitment, at least 0", (0.25, 0.0, 2.0), (0, -1e-9)),
        },
        shares={"encoded": lambda beta: beta / (1 + beta), "code": lambda beta: 1 / (1 + beta)},
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("none", lambda beta: inf),
        minimiser=Minimiser("$c = a$: for several vectors, each code their mean", lambda beta: (np.ones(D), np.ones(D))),
        peers=(Peer("torch.nn.functional.mse_loss", "none of its own: two of its squared errors, summed over D", _quantised),),
        reference="van den Oord, Vinyals and Kavukcuoglu (2017), https://arxiv.org/abs/1711.00937",
        curve=Curve(
            "distance of a vector from its code",
            0,
            2,
            lambda d: generative.vector_quantisation_loss(_on_axis(d), _on_axis(0 * d), reduction="none"),
        ),
    ),
    Loss(
        function=generative.flow_nll_loss,
        title="Flow NLL",
        chapter="generative/flow",
        synonyms=("normalizing flow", "change of variables", "bits per dimension", "RealNVP loss"),
        summary="An exact likelihood: where the flow takes the data, and by how much it stretches them there.",
        formula=r"\tfrac12 \lVert z \rVert^2 + \tfrac D2 \log 2\pi - \log |\det J|",
        gradient=r"z_i, \; \partial L / \partial \log |\det J| = -1",
        symbols=("z", r"\log |\det J|"),
        arguments="z, J",
        where=r"J = \partial z / \partial x",
        inputs=("vector", "log-determinant"),
        **_OF_LATENT,
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("none", lambda: inf),
        minimiser=Minimiser(
            r"over all flows of $x$, those with $z \sim \mathcal N(0, I)$; in $z$ and $J$ there is no least value", None
        ),
        peers=(
            Peer(
                "torch.distributions.Normal",
                "none of its own: minus its log_prob of z, summed over D, less log det; in TransformedDistribution with the flow as its transform",
                lambda make, z, log_det: -make(0.0, 1.0).log_prob(z).sum(-1) - log_det,
            ),
        ),
        reference="Dinh, Sohl-Dickstein and Bengio (2017), https://arxiv.org/abs/1605.08803",
        curve=Curve("latent number z", -3, 3, lambda z: generative.flow_nll_loss(_on_axis(z), 0 * z, reduction="none")),
    ),
    Loss(
        function=generative.gan_discriminator_loss,
        title="GAN",
        chapter="generative/gan",
        synonyms=("adversarial loss", "minimax GAN", "vanilla GAN", "discriminator loss"),
        summary="Samples alone, no likelihood: a second model learns to tell real examples from fakes.",
        formula=r"\log\bigl(1 + e^{-z^+}\bigr) + \log\bigl(1 + e^{z^-}\bigr)",
        gradient=r"-\operatorname{sigmoid}(-z^+), \; \partial L / \partial z^- = \operatorname{sigmoid}(z^-)",
        **_OF_LOGITS,
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("1", lambda: 1.0),
        minimiser=Minimiser(r"$z = \log(p / q)$: there it is $2 \log 2 - 2 \operatorname{JS}(p, q)$", None),
        peers=(
            Peer(
                "torch.nn.functional.binary_cross_entropy_with_logits",
                "none of its own: with label 1 for the real, and 0 for fakes; often averaged over both",
                _both_halves,
            ),
        ),
        reference="Goodfellow et al. (2014), https://arxiv.org/abs/1406.2661",
        curve=Curve(
            "score of the real example, the fake's at 0",
            -3,
            3,
            lambda z: generative.gan_discriminator_loss(z, 0 * z, reduction="none"),
        ),
    ),
    Loss(
        function=generative.gan_generator_loss,
        title="GAN generator",
        chapter="generative/gan",
        synonyms=("non-saturating loss", "NSGAN", "saturating loss"),
        summary="The other side: samples that pass for real.",
        formula=r"\log\bigl(1 + e^{-z^-}\bigr), \text{ or, saturating, } -\log\bigl(1 + e^{z^-}\bigr)",
        gradient=r"-\operatorname{sigmoid}(-z^-), \text{ or } -\operatorname{sigmoid}(z^-)",
        **_OF_FAKES,
        where="",
        inputs=("logit of the fake",),
        units="nats",
        hyperparameters={"saturating": Hyperparameter("", "whether to take minus the discriminator's loss", (False, True))},
        convex=Claim("unless it saturates", lambda saturating: not saturating),
        smooth=YES,
        lipschitz=Lipschitz("1", lambda saturating: 1.0),
        minimiser=Minimiser("none: it falls as the logit grows, saturating without bound", None),
        peers=(
            Peer(
                "torch.nn.functional.binary_cross_entropy_with_logits",
                "none of its own: with label 1; saturating, minus that with label 0",
                _generator,
            ),
        ),
        reference="Goodfellow et al. (2014), https://arxiv.org/abs/1406.2661",
        curve=Curve("score of the fake", -3, 3, lambda z: generative.gan_generator_loss(z, reduction="none")),
    ),
    Loss(
        function=generative.least_squares_discriminator_loss,
        title="Least-squares GAN",
        chapter="generative/gan",
        synonyms=("LSGAN",),
        summary="The discriminator as a regression: 1 for real examples, 0 for fakes.",
        formula=r"\tfrac12 (z^+ - 1)^2 + \tfrac12 (z^-)^2",
        gradient=r"z^+ - 1, \; \partial L / \partial z^- = z^-",
        **_OF_SCORES,
        answers=_of_labels(lambda z: 1 - z),
        units="those of the scores, squared",
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("none", lambda: inf),
        minimiser=Minimiser(
            r"1 and 0; under one discriminator $z = p / (p + q)$, where it is $\frac14 - \frac18 \int \frac{(p - q)^2}{p + q}$",
            lambda: (1.0, 0.0),
        ),
        peers=(
            Peer(
                "torch.nn.functional.mse_loss",
                "none of its own: half of it to 1 for the real, and to 0 for fakes",
                lambda f, real, fake: _both_halves(f, real, fake) / 2,
            ),
        ),
        reference="Mao et al. (2017), https://arxiv.org/abs/1611.04076",
        curve=Curve(
            "score of the real example, the fake's at 0",
            -3,
            3,
            lambda z: generative.least_squares_discriminator_loss(z, 0 * z, reduction="none"),
        ),
    ),
    Loss(
        function=generative.least_squares_generator_loss,
        title="Least-squares generator",
        chapter="generative/gan",
        summary="Samples that score 1, like the real.",
        formula=r"\tfrac12 (z^- - 1)^2",
        gradient="z^- - 1",
        **_OF_FAKES,
        where="",
        inputs=("score of the fake",),
        units="those of the scores, squared",
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("none", lambda: inf),
        minimiser=Minimiser("1", lambda: (1.0,)),
        peers=(
            Peer(
                "torch.nn.functional.mse_loss",
                "none of its own: half of it, to 1",
                lambda f, fake: f(fake, 1 + 0 * fake, reduction="none") / 2,
            ),
        ),
        reference="Mao et al. (2017), https://arxiv.org/abs/1611.04076",
        curve=Curve("score of the fake", -3, 3, lambda z: generative.least_squares_generator_loss(z, reduction="none")),
    ),
    Loss(
        function=generative.hinge_discriminator_loss,
        title="Hinge GAN",
        chapter="generative/gan",
        synonyms=("geometric GAN", "SAGAN", "BigGAN"),
        summary="Right by a margin is enough: sure answers teach the discriminator nothing more.",
        formula=r"\max(0, 1 - z^+) + \max(0, 1 + z^-)",
        gradient=r"-1 \text{ where } z^+ < 1, \text{ else } 0; \; \partial L / \partial z^- = 1 \text{ where } z^- > -1, \text{ else } 0",
        **_OF_SCORES,
        answers=_of_labels(lambda z: -z),
        units="those of the scores",
        convex=YES,
        smooth=NO,
        lipschitz=Lipschitz("1", lambda: 1.0),
        minimiser=Minimiser(
            r"$z^+ \ge 1, \; z^- \le -1$; under one discriminator $z = \operatorname{sign}(p - q)$, where it is $2 \int \min(p, q)$",
            lambda: (1.0, -1.0),
        ),
        peers=(
            Peer(
                "torch.nn.functional.relu",
                "none of its own: two of them; MONAI's takes the tanh of the scores first",
                lambda f, real, fake: f(1 - real) + f(1 + fake),
            ),
        ),
        reference="Lim and Ye (2017), https://arxiv.org/abs/1705.02894",
        curve=Curve(
            "score of the real example, the fake's at 0",
            -3,
            3,
            lambda z: generative.hinge_discriminator_loss(z, 0 * z, reduction="none"),
        ),
    ),
    Loss(
        function=generative.wasserstein_critic_loss,
        title="Wasserstein critic",
        chapter="generative/wasserstein",
        synonyms=("WGAN", "Wasserstein GAN", "Kantorovich–Rubinstein duality", "earth mover's critic"),
        summary="A critic of bounded slope whose scores, compared, measure how far apart two distributions are.",
        formula="z^- - z^+",
        gradient=r"-1, \; \partial L / \partial z^- = 1",
        **_OF_SCORES,
        units="those of the scores",
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("1", lambda: 1.0),
        minimiser=Minimiser("none; over critics of slope at most 1, minus the Wasserstein distance of the two ($p = 1$)", None),
        peers=(Peer("torch.sub", "none of its own: one line", lambda f, real, fake: f(fake, real)),),
        reference="Arjovsky, Chintala and Bottou (2017), https://arxiv.org/abs/1701.07875",
        curve=Curve(
            "score of the real example, the fake's at 0",
            -3,
            3,
            lambda z: generative.wasserstein_critic_loss(z, 0 * z, reduction="none"),
        ),
    ),
    Loss(
        function=generative.wasserstein_generator_loss,
        title="Wasserstein generator",
        chapter="generative/wasserstein",
        synonyms=("hinge GAN generator",),
        summary="Samples that the critic scores high; hinge GAN's generator, too.",
        formula="-z^-",
        gradient="-1",
        **_OF_FAKES,
        where="",
        inputs=("score of the fake",),
        units="those of the scores",
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("1", lambda: 1.0),
        minimiser=Minimiser("none: it falls without bound as the score grows", None),
        peers=(Peer("torch.neg", "none of its own: a sign", lambda f, fake: f(fake)),),
        reference="Arjovsky, Chintala and Bottou (2017), https://arxiv.org/abs/1701.07875",
        curve=Curve("score of the fake", -3, 3, lambda z: generative.wasserstein_generator_loss(z, reduction="none")),
    ),
    Loss(
        function=generative.gradient_penalty,
        title="Gradient penalty",
        chapter="generative/wasserstein",
        synonyms=("WGAN-GP", "R1 regularization", "R2 regularization", "zero-centered gradient penalty"),
        summary="Holds the length of a critic's gradient to 1, or to 0.",
        formula=r"(\lVert g \rVert - \nu)^2",
        gradient=r"2\,(\lVert g \rVert - \nu)\,g_i / \lVert g \rVert",
        symbols=("g",),
        arguments="g",
        where="",
        inputs=("vector",),
        has_target=False,
        units="those of g, squared",
        hyperparameters={
            "target": Hyperparameter(r"\nu", "the length that the gradient should have, at least 0", (1.0, 0.0, 4.0), (0, -1e-9))
        },
        apart=lambda g: np.linalg.norm(g, axis=-1) > 1e-4,
        convex=Claim(r"at $\nu = 0$", lambda target: target == 0),
        smooth=Claim(r"at $\nu = 0$; else but for $g = 0$", lambda target: target == 0),
        lipschitz=Lipschitz("none", lambda target: inf),
        minimiser=Minimiser(r"$\lVert g \rVert = \nu$", lambda target: (np.asarray([0.6, 0.8]) * target,)),
        peers=(
            Peer(
                "torch.linalg.vector_norm",
                "none of its own: one line with its length",
                lambda f, g, target: (f(g, dim=-1) - target) ** 2,
            ),
        ),
        reference="Gulrajani et al. (2017), https://arxiv.org/abs/1704.00028",
        curve=Curve("length of the gradient", 0, 2, lambda d: generative.gradient_penalty(_on_axis(d), reduction="none")),
    ),
    Loss(
        function=generative.wasserstein_distance,
        title="Wasserstein",
        chapter="generative/wasserstein",
        synonyms=("earth mover's distance", "EMD", "optimal transport on the line", "area between distribution functions"),
        summary="How far one sample on the line must be carried to become the other: sorted, number by number.",
        formula=r"\frac1N \sum_i \bigl|x_{(i)} - y_{(i)}\bigr|^p",
        gradient=r"\frac pN \operatorname{sign}(x_i - y_j)\,|x_i - y_j|^{p - 1}",
        symbols=("x", "y"),
        arguments="x, y",
        where=r"y_j \text{ of the same rank as } x_i",
        inputs=("sample on the line", "another sample on the line"),
        units="those of x, to the power p",
        hyperparameters={"p": Hyperparameter("p", "power of the distance, at least 1", (1.0, 2.0, 3.0), (1.0, 0.5))},
        answers=_some_numbers,
        apart=_untied,
        orderless=("N", "N'"),
        convex=NO,
        smooth=NO,
        lipschitz=Lipschitz(r"$1/\sqrt N$ for $p = 1$, else none", lambda p: 1 / sqrt(N) if p == 1 else inf),
        minimiser=Minimiser("$y$, in any order; of many samples, their quantiles' medians ($p = 1$) or means ($p = 2$)", None),
        peers=(
            Peer("torch.sort", "none of its own: one line", lambda f, x, y, p: ((f(x)[0] - f(y)[0]).abs() ** p).mean(-1)),
            Peer("scipy.stats.wasserstein_distance", "p = 1; one pair of samples, of any sizes, with weights", _each_pair),
        ),
        reference="Villani (2009), https://doi.org/10.1007/978-3-540-71050-9",
        curve=Curve(
            "middle of a sample",
            -3,
            3,
            lambda t: generative.wasserstein_distance(_two(t), _two(0 * t, apart=2), reduction="none"),
        ),
    ),
    Loss(
        function=generative.denoising_score_matching_loss,
        title="Denoising score matching",
        chapter="generative/score_matching",
        synonyms=("DSM", "noise-conditional score network", "NCSN loss"),
        summary="The slope of a density's logarithm, learned by telling the noise that was put on a sample.",
        formula=r"\tfrac12 \lVert \sigma s + \varepsilon \rVert^2",
        gradient=r"\sigma\,(\sigma s_i + \varepsilon_i)",
        symbols=("s", r"\varepsilon", r"\sigma"),
        arguments=r"s, \varepsilon",
        where="",
        inputs=("predicted vector", "target vector", "noise level"),
        units="a pure number",
        answers=_some_noise,
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("none", lambda: inf),
        minimiser=Minimiser(
            r"$-\operatorname{E}[\varepsilon \mid x + \sigma\varepsilon] / \sigma$, the noised density's score", None
        ),
        peers=(
            Peer(
                "torch.nn.functional.mse_loss",
                "none of its own: D/2 times it, of σ·score and −noise",
                lambda f, s, noise, sigma: f(sigma[..., None] * s, -noise, reduction="none").sum(-1) / 2,
            ),
        ),
        reference="Vincent (2011), https://doi.org/10.1162/NECO_a_00142",
        curve=Curve(
            "σ s, where ε = 1",
            -4,
            2,
            lambda s: generative.denoising_score_matching_loss(_on_axis(s), _on_axis(0 * s + 1), 1.0, reduction="none"),
        ),
    ),
    Loss(
        function=generative.diffusion_loss,
        title="Diffusion",
        chapter="generative/diffusion",
        synonyms=("DDPM", "noise prediction", "v-prediction", "x0-prediction", "simple diffusion objective", "min-SNR weighting"),
        summary="Predict the noise on a sample, at every level of noise: the way back from noise is made of such steps.",
        formula=r"\frac{w}{D} \lVert u - v \rVert^2",
        gradient=r"\frac{2 w}{D} (u_i - v_i)",
        symbols=("u", "x", r"\varepsilon", r"\bar\alpha"),
        arguments=r"u, x, \varepsilon",
        where=r"v = \varepsilon, \; x \text{ or } \sqrt{\bar\alpha}\,\varepsilon - \sqrt{1 - \bar\alpha}\,x",
        inputs=("predicted vector", "vector under noise", "target vector", "share of the signal"),
        units="those of what is predicted, squared",
        hyperparameters={
            "predicts": Hyperparameter("v", "what is predicted: noise, sample or velocity", ("noise", "sample", "velocity")),
            "weighting": Hyperparameter(
                "w",
                r"1 (simple); or of the sample's squared error $\bar\alpha / (1 - \bar\alpha)$ (snr), or that with a bound (min_snr)",
                ("simple", "snr", "min_snr"),
            ),
            "min_snr": Hyperparameter("", "the bound, positive", (5.0,), (1e-3, 0), beside={"weighting": "min_snr"}),
        },
        answers=_some_points,
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("none", lambda **_: inf),
        minimiser=Minimiser(
            r"$\operatorname{E}[v \mid \sqrt{\bar\alpha}\,x + \sqrt{1 - \bar\alpha}\,\varepsilon]$, whatever the weighting", None
        ),
        peers=(Peer("torch.nn.functional.mse_loss", "none of its own: weighted, and meant over D numbers", _diffusion),),
        reference="Ho, Jain and Abbeel (2020), https://arxiv.org/abs/2006.11239",
        curve=Curve(
            "predicted noise, where it is 1",
            -2,
            4,
            lambda u: generative.diffusion_loss(_on_axis(u), _on_axis(0 * u), _on_axis(0 * u + 1), 0 * u + 0.5, reduction="none"),
        ),
    ),
    Loss(
        function=generative.flow_matching_loss,
        title="Flow matching",
        chapter="generative/flow_matching",
        synonyms=("rectified flow", "conditional flow matching", "CFM", "stochastic interpolant"),
        summary="The velocity along the straight way from noise to a sample; its mean over all ways carries one to the other.",
        formula=r"\frac1D \bigl\lVert v - (x_1 - x_0) \bigr\rVert^2",
        gradient=r"\frac2D \bigl(v - (x_1 - x_0)\bigr)_i",
        symbols=("v", "x_0", "x_1"),
        arguments="v, x_0, x_1",
        where="",
        inputs=("predicted vector", "target vector", "target vector"),
        units="those of the points, squared",
        answers=_some_paths,
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("none", lambda: inf),
        minimiser=Minimiser(r"$\operatorname{E}[x_1 - x_0 \mid (1 - t)\,x_0 + t\,x_1]$", None),
        peers=(
            Peer(
                "torch.nn.functional.mse_loss",
                "none of its own: it, of the velocity and the difference",
                lambda f, v, x0, x1: f(v, x1 - x0, reduction="none").mean(-1),
            ),
        ),
        reference="Lipman et al. (2023), https://arxiv.org/abs/2210.02747",
        curve=Curve(
            "velocity, where the difference is 1",
            -2,
            4,
            lambda v: generative.flow_matching_loss(_on_axis(v), _on_axis(0 * v), _on_axis(0 * v + 1), reduction="none"),
        ),
    ),
    Loss(
        function=generative.mmd_loss,
        title="MMD",
        chapter="generative/mmd",
        synonyms=("maximum mean discrepancy", "kernel two-sample test", "kernel MMD", "KID"),
        summary="How much more two samples are like themselves than like each other, by a kernel.",
        formula=(
            r"\operatorname{mean}_{i \ne j} k(x_i, x_j) + \operatorname{mean}_{i \ne j} k(y_i, y_j) - 2 \operatorname{mean}_{i, j} k(x_i, y_j)"
        ),
        gradient=(
            r"\frac{2}{N h^2} \bigl(\operatorname{mean}_j k(x_i, y_j)\,(x_i - y_j) - \operatorname{mean}_{j \ne i} k(x_i, x_j)\,(x_i - x_j)\bigr)"
        ),
        symbols=("x", "y"),
        arguments="x, y",
        where=r"k(a, b) = e^{-\lVert a - b \rVert^2 / 2 h^2}",
        inputs=("sample", "another sample"),
        units="a pure number",
        hyperparameters={
            "bandwidth": Hyperparameter("h", "width of the kernel, positive", (1.0, 0.5), (1e-3, 0)),
            "unbiased": Hyperparameter("", "whether no point is compared with itself", (True, False)),
        },
        answers=_some_samples,
        orderless=("N", "M"),
        convex=NO,
        smooth=YES,
        lipschitz=Lipschitz("bounded, by a number without a formula", lambda bandwidth, unbiased: None),
        minimiser=Minimiser("of all distributions that of $y$; of $N$ points, those that stand for it best", None),
        peers=(Peer("torch.cdist", "none of its own: three means of a kernel", _mmd),),
        reference="Gretton et al. (2012), https://www.jmlr.org/papers/v13/gretton12a.html",
        curve=Curve(
            "middle of a sample",
            -4,
            4,
            lambda t: generative.mmd_loss(_two(t)[..., None], _two(0 * t)[..., None], unbiased=False, reduction="none"),
        ),
    ),
    Loss(
        function=generative.sinkhorn_loss,
        title="Sinkhorn",
        chapter="generative/sinkhorn",
        synonyms=("Sinkhorn divergence", "entropic optimal transport", "SamplesLoss", "regularised Wasserstein"),
        summary="The cheapest plan to carry one sample to the other, blurred by entropy, less what the blur itself costs.",
        formula=r"L'(x, y) - \tfrac12 \bigl(L'(x, x) + L'(y, y)\bigr)",
        gradient=r"\sum_j P_{ij}\,(x_i - y_j) - \sum_j P'_{ij}\,(x_i - x_j)",
        symbols=("x", "y"),
        arguments="x, y",
        where=(
            r"L'(x, y) = \min_P \sum_{ij} P_{ij} \tfrac12 \lVert x_i - y_j \rVert^2"
            r" + \epsilon\, D_{\mathrm{KL}}(P \,\|\, \tfrac1{N M}), \; P' \text{ from } x \text{ to itself}"
        ),
        inputs=("sample", "another sample"),
        units="those of x, squared",
        hyperparameters={
            "epsilon": Hyperparameter(r"\epsilon", "how much the plan is blurred, positive", (1.0, 0.5), (0.2, 0)),
            "debias": Hyperparameter("", "whether what each sample costs beside itself is taken off", (True, False)),
            "iterations": Hyperparameter("", "the most steps that the plan may take to settle", (None,), whole=True),
            "tolerance": Hyperparameter("", "how far off the plan's row sums may be, all together", (None,), (1e-6, 0)),
        },
        answers=_some_samples,
        orderless=("N", "M"),
        twice=False,
        convex=NO,
        smooth=YES,
        lipschitz=Lipschitz("none", lambda **_: inf),
        minimiser=Minimiser(
            "the points of $y$, in any order, where there are as many; without debiasing, points that lie closer together", None
        ),
        peers=(Peer("torch.logsumexp", "none of its own: alternating until nothing moves", _sinkhorn),),
        reference="Feydy et al. (2019), https://proceedings.mlr.press/v89/feydy19a.html",
        curve=Curve(
            "middle of a sample",
            -3,
            3,
            lambda t: generative.sinkhorn_loss(
                _two(t)[..., None], _two(0 * t, apart=2)[..., None], epsilon=1.0, reduction="none"
            ),
        ),
    ),
    Loss(
        function=generative.noise_contrastive_loss,
        title="Noise-contrastive estimation",
        chapter="generative/noise_contrastive",
        synonyms=("NCE", "ranking noise from data", "self-normalised density"),
        summary="A density without its normaliser, learned by telling data from noise.",
        formula=r"\log(1 + e^{-G}) + \sum_k \log\bigl(1 + e^{G'_k}\bigr)",
        gradient=r"-\operatorname{sigmoid}(-G)",
        symbols=("G", "G'"),
        arguments="G, G'",
        where=r"G = \log p_\theta - \log(K q)",
        inputs=("log-ratio of data", "log-ratios of noise"),
        units="nats",
        answers=_every_origin,
        orderless=("K",),
        convex=YES,
        smooth=YES,
        lipschitz=Lipschitz("1", lambda: 1.0),
        minimiser=Minimiser(r"$\log p - \log(K q)$, $p$ the density of the data", None),
        peers=(
            Peer(
                "torch.nn.functional.binary_cross_entropy_with_logits",
                "none of its own: of data with the label 1, and of noise with 0, added up",
                lambda f, data, noise: f(data, 0 * data + 1, reduction="none") + f(noise, 0 * noise, reduction="none").sum(-1),
            ),
        ),
        reference="Gutmann and Hyvärinen (2012), https://www.jmlr.org/papers/v13/gutmann12a.html",
        curve=Curve(
            "log-ratio at the data", -4, 4, lambda g: generative.noise_contrastive_loss(g, _on_axis(0 * g), reduction="none")
        ),
    ),
)
