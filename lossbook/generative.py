"""Losses for a distribution as the target: bounds, likelihoods, games, and what samples or noise tell of it."""

import math

from lossbook._ops import (
    at_least, boolean, class_scores, constant, dot, embeddings, floating, from_middles, in_dtype_of, likeness,
    logsumexp, mean, mean_within, namespace, no_silent_nan, noise_level, norm, not_below, one_for_each, one_of,
    positive, power_of_size, reduce, same_shape, signal_share, softplus, times, transport, two_samples, wide,
    with_sample,
)  # fmt: skip
from lossbook._types import Array, Reduction, Scalar

__all__ = [
    "normal_kl", "elbo_loss", "iwae_loss", "vector_quantisation_loss", "flow_nll_loss", "gan_discriminator_loss",
    "gan_generator_loss", "least_squares_discriminator_loss", "least_squares_generator_loss", "hinge_discriminator_loss",
    "wasserstein_critic_loss", "wasserstein_generator_loss", "gradient_penalty", "wasserstein_distance",
    "denoising_score_matching_loss", "diffusion_loss", "flow_matching_loss", "mmd_loss", "sinkhorn_loss",
    "noise_contrastive_loss",
]  # fmt: skip


@no_silent_nan
def normal_kl(mean: Array, log_variance: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Kullback–Leibler divergence of a Normal with independent parts from the standard Normal.

    .. math:: L(\mu, \sigma^2) = \tfrac12 \sum_i \bigl(\mu_i^2 + \sigma_i^2 - 1 - \log \sigma_i^2\bigr)

    This is :math:`D_{\mathrm{KL}}(\mathcal N(\mu, \sigma^2) \,\|\, \mathcal N(0, 1))`, summed over the last axis.

    Parameters
    ----------
    mean : array of float, shape (..., D)
        The mean μ of each of D latent numbers.
    log_variance : array of float, shape (..., D)
        The logarithm of their variances σ² (of the deviations it would be half of that).
    reduction : {"mean", "sum", "none"}
        "mean" is over the batch of the sum over D.

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes differ, there are no latent numbers (D = 0), inputs are too large for a value
        (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    Near σ = 1 it keeps digits that the formula, written down as it stands, loses: in float32
    three of them at log σ² = 0.001. A traced call (jit, compile, vmap) checks types and shapes; values
    that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(normal_kl(np.asarray([[1.0, 0.0]]), np.log(np.asarray([[1.0, 0.25]])))), 4)
    0.8181

    References
    ----------
    Kingma and Welling (2014), https://arxiv.org/abs/1312.6114. Chapter: generative/elbo.
    """
    return reduce(in_dtype_of(_from_standard(mean, log_variance), mean, log_variance), reduction)


def _from_standard(mean: Array, log_variance: Array) -> Array:
    """Return the divergence from the standard Normal (…), in single precision at least."""
    xp = embeddings(mean=mean, log_variance=log_variance)
    mean, log_variance = wide(mean), wide(log_variance)
    return xp.sum(mean**2 + (xp.expm1(log_variance) - log_variance), axis=-1) / 2


@no_silent_nan
def elbo_loss(
    reconstruction: Array, mean: Array, log_variance: Array, *, beta: Scalar = 1.0, reduction: Reduction = "mean"
) -> Array:
    r"""Minus the evidence lower bound: what data cost given the latent numbers, and what these cost.

    .. math:: L(R, \mu, \sigma^2) = R + \beta\, D_{\mathrm{KL}}\bigl(\mathcal N(\mu, \sigma^2) \,\|\, \mathcal N(0, 1)\bigr)

    where :math:`R = -\log p(x \mid z)` is an average over z, or of one z that is drawn. With β = 1 its
    mean is at least −log p(x), and is that where :math:`\mathcal N(\mu, \sigma^2)` is the posterior of z.

    Parameters
    ----------
    reconstruction : array of float, shape (...)
        R of each example: −log p(x given z) in nats, summed over all that x consists of.
    mean : array of float, shape (..., D)
        The mean μ of each of D latent numbers.
    log_variance : array of float, shape (..., D)
        The logarithm of their variances σ².
    beta : float >= 0
        Weight β of the divergence; from 1 on the mean is a bound, at 1 the tightest.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If an argument is not an array of real floats, or beta not a number.
    ValueError
        If the shapes do not fit, there are no latent numbers (D = 0), beta is negative or infinite,
        inputs are too large for a value (∞ − ∞), the reduction is unknown, or an empty batch is to
        be averaged.

    Notes
    -----
    A reconstruction that is averaged over pixels and not summed is another loss: β then is as many
    times too large. A traced call (jit, compile, vmap) checks types and shapes; values that would be
    refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(elbo_loss(np.asarray([3.0]), np.asarray([[1.0, 0.0]]), np.zeros((1, 2))))
    3.5

    References
    ----------
    Kingma and Welling (2014), https://arxiv.org/abs/1312.6114; beta: Higgins et al. (2017),
    https://openreview.net/forum?id=Sy2fzU9gl. Chapter: generative/elbo.
    """
    one_for_each(mean=mean, reconstruction=reconstruction)
    embeddings(mean=mean, log_variance=log_variance)
    beta = at_least(0, wide(log_variance), beta=beta)
    # At β = 0 an infinite variance costs nothing, and neither does its slope.
    kl = _from_standard(mean, log_variance if not isinstance(beta, float) or beta else 0 * log_variance)
    values = wide(reconstruction) + times(beta, kl)
    return reduce(in_dtype_of(values, reconstruction, mean, log_variance), reduction)


@no_silent_nan
def iwae_loss(log_weights: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Importance-weighted bound: minus the logarithm of the mean weight of K samples.

    .. math:: L(w) = -\log \frac1K \sum_k w_k \qquad w_k = \frac{p(x, z_k)}{q(z_k \mid x)}

    The mean weight is an unbiased estimate of p(x), so that L is on average at least −log p(x): the
    nearer, the larger K. With K = 1 it is the ELBO's, of one sample.

    Parameters
    ----------
    log_weights : array of float, shape (..., K)
        log p(x, z) − log q(z given x) of K samples z from q.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If log_weights is not an array of real floats.
    ValueError
        If there are no samples (K = 0), inputs are too large for a value (∞ − ∞), the reduction is
        unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(iwae_loss(np.log(np.asarray([[0.5, 0.25]])))), 4)
    0.9808

    References
    ----------
    Burda, Grosse and Salakhutdinov (2016), https://arxiv.org/abs/1509.00519. Chapter: generative/elbo.
    """
    class_scores(log_weights, "log_weights", "K", "sample")
    # By the binary logarithm, which torch.compile knows of a size that changes, as it does not the natural one.
    values = math.log(2) * math.log2(log_weights.shape[-1]) - logsumexp(wide(log_weights))
    return reduce(in_dtype_of(values, log_weights), reduction)


@no_silent_nan
def vector_quantisation_loss(encoded: Array, code: Array, *, beta: Scalar = 0.25, reduction: Reduction = "mean") -> Array:
    r"""VQ-VAE: the code is drawn to the encoder's vector, and the vector to its code.

    .. math:: L(a, c) = \lVert \operatorname{sg}(a) - c \rVert^2 + \beta\, \lVert a - \operatorname{sg}(c) \rVert^2

    where sg makes a constant to the gradient: the first term moves the code alone, the second, the
    commitment, the encoder alone. Both are squared lengths, summed over the last axis; most code for
    PyTorch takes the mean over it, which is D times less.

    Parameters
    ----------
    encoded : array of float, shape (..., D)
        The encoder's vector a.
    code : array of float, shape (..., D)
        The vector c of the codebook that stands for it, the nearest.
    beta : float >= 0
        Weight β of the commitment.
    reduction : {"mean", "sum", "none"}
        "mean" is over the vectors.

    Returns
    -------
    array, scalar or shape (...), in the units of the vectors, squared

    Raises
    ------
    TypeError
        If encoded or code is not an array of real floats, or beta not a number.
    ValueError
        If the shapes differ, the vectors have no numbers (D = 0), beta is negative or infinite,
        inputs are too large for a value (∞ − ∞), the reduction is unknown, or an empty batch is to
        be averaged.

    Notes
    -----
    Which code is the nearest, and the decoder's gradient that is passed straight through to the
    encoder, are the caller's. A traced call (jit, compile, vmap) checks types and shapes; values that
    would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(vector_quantisation_loss(np.asarray([[1.0, 2.0]]), np.asarray([[0.0, 0.0]])))
    6.25

    References
    ----------
    van den Oord, Vinyals and Kavukcuoglu (2017), https://arxiv.org/abs/1711.00937. Chapter: generative/elbo.
    """
    embeddings(encoded=encoded, code=code)
    a, c = wide(encoded), wide(code)
    to_code, commitment = constant(a) - c, a - constant(c)
    values = dot(to_code, to_code) + times(at_least(0, a, beta=beta), dot(commitment, commitment))
    return reduce(in_dtype_of(values, encoded, code), reduction)


@no_silent_nan
def flow_nll_loss(z: Array, log_det: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Negative log-likelihood of a normalising flow: of its Normal latent, and of the change of volume.

    .. math:: L(z, J) = \tfrac12 \lVert z \rVert^2 + \tfrac D2 \log 2\pi - \log |\det J| \qquad J = \partial z / \partial x

    It is −log q(x) for data x that the flow takes to z.

    Parameters
    ----------
    z : array of float, shape (..., D)
        Where the flow takes each example.
    log_det : array of float, shape (...)
        The logarithm of the absolute determinant of ∂z/∂x: from the data to the latent.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats; divided by D log 2, in bits per dimension

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes do not fit, z has no numbers (D = 0), inputs are too large for a value
        (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(flow_nll_loss(np.asarray([[1.0, 0.0]]), np.log(np.asarray([2.0])))), 4)
    1.6447

    References
    ----------
    Dinh, Sohl-Dickstein and Bengio (2017), https://arxiv.org/abs/1605.08803. Chapter: generative/flow.
    """
    one_for_each(z=z, log_det=log_det)
    latent = wide(z)
    values = (dot(latent, latent) + z.shape[-1] * math.log(2 * math.pi)) / 2 - wide(log_det)
    return reduce(in_dtype_of(values, z, log_det), reduction)


@no_silent_nan
def gan_discriminator_loss(real: Array, fake: Array, *, reduction: Reduction = "mean") -> Array:
    r"""GAN's discriminator: binary cross-entropy of telling real examples from fakes, from logits.

    .. math:: L(z^+, z^-) = \log\bigl(1 + e^{-z^+}\bigr) + \log\bigl(1 + e^{z^-}\bigr)

    It is the sum over both halves, so log 4 at a blind guess; many implementations average them,
    which is half of it.

    Parameters
    ----------
    real, fake : array of float, shape (...)
        The discriminator's logits of being real, of as many real examples and fakes.
    reduction : {"mean", "sum", "none"}
        "mean" is over pairs of a real example and a fake.

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes differ, the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(gan_discriminator_loss(np.asarray([0.0, 2.0]), np.asarray([0.0, -1.0]))), 4)
    0.9132

    References
    ----------
    Goodfellow et al. (2014), https://arxiv.org/abs/1406.2661. Chapter: generative/gan.
    """
    same_shape(real=real, fake=fake)
    return reduce(softplus(-real) + softplus(fake), reduction)


@no_silent_nan
def gan_generator_loss(fake: Array, *, saturating: bool = False, reduction: Reduction = "mean") -> Array:
    r"""GAN's generator: its samples should pass for real.

    .. math:: L(z^-) = \log\bigl(1 + e^{-z^-}\bigr), \quad\text{or}\quad -\log\bigl(1 + e^{z^-}\bigr) \text{ where it saturates}

    The second is minus the discriminator's loss of the fakes, as in the game of two that the theory
    is about; its slope vanishes where the discriminator is sure of a fake.

    Parameters
    ----------
    fake : array of float, shape (...)
        The discriminator's logits of being real, of the generator's samples.
    saturating : bool
        Whether to take the second form.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If fake is not an array of real floats, or saturating neither True nor False.
    ValueError
        If the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(gan_generator_loss(np.asarray([-2.0]))), 4)
    2.1269
    >>> round(float(gan_generator_loss(np.asarray([-2.0]), saturating=True)), 4)
    -0.1269

    References
    ----------
    Goodfellow et al. (2014), https://arxiv.org/abs/1406.2661. Chapter: generative/gan.
    """
    floating(fake=fake)
    boolean(saturating=saturating)
    return reduce(-softplus(fake) if saturating else softplus(-fake), reduction)


@no_silent_nan
def least_squares_discriminator_loss(real: Array, fake: Array, *, reduction: Reduction = "mean") -> Array:
    r"""LSGAN's discriminator: half the squared error to 1 for real examples, and to 0 for fakes.

    .. math:: L(z^+, z^-) = \tfrac12 (z^+ - 1)^2 + \tfrac12 (z^-)^2

    Parameters
    ----------
    real, fake : array of float, shape (...)
        The discriminator's scores, without a sigmoid, of as many real examples and fakes.
    reduction : {"mean", "sum", "none"}
        "mean" is over pairs of a real example and a fake.

    Returns
    -------
    array, scalar or shape (...), in squared units of the scores

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes differ, the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes.

    Examples
    --------
    >>> import numpy as np
    >>> float(least_squares_discriminator_loss(np.asarray([0.5]), np.asarray([0.5])))
    0.25

    References
    ----------
    Mao et al. (2017), https://arxiv.org/abs/1611.04076. Chapter: generative/gan.
    """
    same_shape(real=real, fake=fake)
    return reduce((real - 1) ** 2 / 2 + fake**2 / 2, reduction)


@no_silent_nan
def least_squares_generator_loss(fake: Array, *, reduction: Reduction = "mean") -> Array:
    r"""LSGAN's generator: half the squared error of its samples' scores to 1, the score of the real.

    .. math:: L(z^-) = \tfrac12 (z^- - 1)^2

    Parameters
    ----------
    fake : array of float, shape (...)
        The discriminator's scores, without a sigmoid, of the generator's samples.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in squared units of the scores

    Raises
    ------
    TypeError
        If fake is not an array of real floats.
    ValueError
        If the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes.

    Examples
    --------
    >>> import numpy as np
    >>> float(least_squares_generator_loss(np.asarray([0.0, 0.5])))
    0.3125

    References
    ----------
    Mao et al. (2017), https://arxiv.org/abs/1611.04076. Chapter: generative/gan.
    """
    floating(fake=fake)
    return reduce((fake - 1) ** 2 / 2, reduction)


@no_silent_nan
def hinge_discriminator_loss(real: Array, fake: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Hinge GAN's discriminator: real examples above 1, fakes below −1.

    .. math:: L(z^+, z^-) = \max(0, 1 - z^+) + \max(0, 1 + z^-)

    Its generator is wasserstein_generator_loss.

    Parameters
    ----------
    real, fake : array of float, shape (...)
        The discriminator's scores of as many real examples and fakes.
    reduction : {"mean", "sum", "none"}
        "mean" is over pairs of a real example and a fake.

    Returns
    -------
    array, scalar or shape (...), in the units of the scores

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes differ, the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes.

    Examples
    --------
    >>> import numpy as np
    >>> float(hinge_discriminator_loss(np.asarray([0.5, 2.0]), np.asarray([0.5, -0.5])))
    1.25

    References
    ----------
    Lim and Ye (2017), https://arxiv.org/abs/1705.02894; as in SAGAN, Zhang et al. (2019),
    https://arxiv.org/abs/1805.08318. Chapter: generative/gan.
    """
    same_shape(real=real, fake=fake)
    return reduce(not_below(1 - real, 0) + not_below(1 + fake, 0), reduction)


@no_silent_nan
def wasserstein_critic_loss(real: Array, fake: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Wasserstein GAN's critic: how far fakes score above real examples.

    .. math:: L(z^+, z^-) = z^- - z^+

    Over all critics whose slope is nowhere above 1, its least mean is minus the Wasserstein distance
    of the two distributions (p = 1). It does not bound the slope itself: see gradient_penalty.

    Parameters
    ----------
    real, fake : array of float, shape (...)
        The critic's scores of as many real examples and fakes.
    reduction : {"mean", "sum", "none"}
        "mean" is over pairs of a real example and a fake.

    Returns
    -------
    array, scalar or shape (...), in the units of the scores

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes differ, inputs are too large for a value (∞ − ∞), the reduction is unknown, or
        an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(wasserstein_critic_loss(np.asarray([2.0, 1.0]), np.asarray([0.5, 1.0])))
    -0.75

    References
    ----------
    Arjovsky, Chintala and Bottou (2017), https://arxiv.org/abs/1701.07875. Chapter: generative/wasserstein.
    """
    same_shape(real=real, fake=fake)
    return reduce(fake - real, reduction)


@no_silent_nan
def wasserstein_generator_loss(fake: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Wasserstein GAN's generator, and hinge GAN's too: minus the score of its samples.

    .. math:: L(z^-) = -z^-

    Parameters
    ----------
    fake : array of float, shape (...)
        The critic's scores of the generator's samples.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in the units of the scores

    Raises
    ------
    TypeError
        If fake is not an array of real floats.
    ValueError
        If inputs are too large for a value (∞ − ∞), the reduction is unknown, or an empty batch is
        to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(wasserstein_generator_loss(np.asarray([0.5, 1.0])))
    -0.75

    References
    ----------
    Arjovsky, Chintala and Bottou (2017), https://arxiv.org/abs/1701.07875. Chapter: generative/wasserstein.
    """
    floating(fake=fake)
    return reduce(-fake, reduction)


@no_silent_nan
def gradient_penalty(gradients: Array, *, target: Scalar = 1.0, reduction: Reduction = "mean") -> Array:
    r"""Gradient penalty: the critic's gradient should have a given length.

    .. math:: L(g) = (\lVert g \rVert - \nu)^2

    With ν = 1, at points between real examples and fakes, it is WGAN-GP's; with ν = 0 it is the
    squared length, R1 at real examples and R2 at fakes. At g = 0 the slope is 0.

    Parameters
    ----------
    gradients : array of float, shape (..., D)
        The gradient of the critic's score in its input, one vector for each example.
    target : float >= 0
        The length ν.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in the units of the gradients, squared

    Raises
    ------
    TypeError
        If gradients is not an array of real floats, or target not a number.
    ValueError
        If the vectors have no numbers (D = 0), target is negative or infinite, inputs are too large
        for a value (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    In torch, make the gradients with ``create_graph=True``, or nothing of the penalty reaches the
    critic. A traced call (jit, compile, vmap) checks types and shapes; values that would be refused
    make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(gradient_penalty(np.asarray([[3.0, 4.0], [0.0, 0.0]])))
    8.5

    References
    ----------
    Gulrajani et al. (2017), https://arxiv.org/abs/1704.00028; at real examples: Mescheder, Geiger and
    Nowozin (2018), https://arxiv.org/abs/1801.04406. Chapter: generative/wasserstein.
    """
    xp = embeddings(gradients=gradients)
    g = wide(gradients)
    target = at_least(0, g, target=target)
    # At ν = 0 the square is written as such: at g = 0 it has a second derivative, and the length has none.
    if isinstance(target, float):
        values = (norm(g) - target) ** 2 if target else dot(g, g)
    else:
        length = norm(g)
        values = xp.where(target == 0, dot(g, g) - 2 * target * length, (length - target) ** 2)
    return reduce(in_dtype_of(values, gradients), reduction)


@no_silent_nan
def wasserstein_distance(x: Array, y: Array, *, p: Scalar = 1.0, reduction: Reduction = "mean") -> Array:
    r"""Wasserstein distance of two samples on the line, to the power p: how far the sorted one is from the sorted other.

    .. math:: L(x, y) = \frac1N \sum_i \bigl|x_{(i)} - y_{(i)}\bigr|^p

    where (1), …, (N) count each sample from its least number up. No root is taken.

    Parameters
    ----------
    x, y : array of float, shape (..., N)
        Two samples of N numbers, in any order.
    p : float >= 1
        The power of the distance; below 1, sorting would not be the cheapest way.
    reduction : {"mean", "sum", "none"}
        "mean" is over pairs of samples, each of which is a mean over its N numbers.

    Returns
    -------
    array, scalar or shape (...), in units of x to the power p

    Raises
    ------
    TypeError
        If an argument is not an array of real floats, or p not a number.
    ValueError
        If the shapes differ, the samples are empty, p is below 1 or infinite, inputs are too large for
        a value (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    Where numbers of a sample are equal, any of their orders gives the gradient. A traced call (jit,
    compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(wasserstein_distance(np.asarray([3.0, 1.0]), np.asarray([1.0, 4.0])))
    0.5

    References
    ----------
    Villani (2009), https://doi.org/10.1007/978-3-540-71050-9. Chapter: generative/wasserstein.
    """
    xp = same_shape(x=x, y=y)
    class_scores(x, "x", "N", "number")
    in_order, other = xp.sort(wide(x), axis=-1), xp.sort(wide(y), axis=-1)
    p = at_least(1, in_order, p=p)
    return reduce(in_dtype_of(mean(power_of_size(in_order - other, p), axis=-1), x, y), reduction)


@no_silent_nan
def denoising_score_matching_loss(score: Array, noise: Array, sigma: Array | float, *, reduction: Reduction = "mean") -> Array:
    r"""Denoising score matching: the slope of a noised density's logarithm, learned from the noise alone.

    .. math:: L(s, \varepsilon) = \tfrac12 \lVert \sigma s + \varepsilon \rVert^2

    The score s is the model's at the point x + σε.

    Parameters
    ----------
    score : array of float, shape (..., D)
        The model's gradient of the log-density at the noised point, in the point.
    noise : array of float, shape (..., D)
        The noise ε, drawn from the standard normal distribution.
    sigma : array of float, shape (...), or a number
        The noise's standard deviation σ, positive, of each example or of all.
    reduction : {"mean", "sum", "none"}
        "mean" is over examples, each of which is a sum over its D numbers.

    Returns
    -------
    array, scalar or shape (...), a pure number

    Raises
    ------
    TypeError
        If score or noise is not an array of real floats, or sigma neither such an array nor a number.
    ValueError
        If the shapes do not fit, sigma is not positive and finite, inputs are too large for a value
        (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    The factor σ² over the plain squared distance of s from −ε/σ makes all noise levels count alike.
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> score, noise = np.asarray([[0.0, 2.0]]), np.asarray([[1.0, -1.0]])
    >>> float(denoising_score_matching_loss(score, noise, 0.5))
    0.5

    References
    ----------
    Vincent (2011), https://doi.org/10.1162/NECO_a_00142. Chapter: generative/score_matching.
    """
    embeddings(score=score, noise=noise)
    r = noise_level(sigma, score=score) * wide(score) + wide(noise)
    levels = [sigma] if getattr(sigma, "ndim", 0) else []  # a single number changes no dtype
    return reduce(in_dtype_of(dot(r, r) / 2, score, noise, *levels), reduction)


@no_silent_nan
def diffusion_loss(
    prediction: Array,
    x: Array,
    noise: Array,
    alpha_bar: Array,
    *,
    predicts: str = "noise",
    weighting: str = "simple",
    min_snr: Scalar = 5.0,
    reduction: Reduction = "mean",
) -> Array:
    r"""Diffusion: of a sample under noise, predict the noise, or the sample, or the velocity between the two.

    .. math:: L(u, x, \varepsilon) = \frac{w}{D} \lVert u - v \rVert^2 \qquad
              v = \varepsilon, \; x \;\text{ or }\; \sqrt{\bar\alpha}\,\varepsilon - \sqrt{1 - \bar\alpha}\,x

    The model sees :math:`\sqrt{\bar\alpha}\,x + \sqrt{1 - \bar\alpha}\,\varepsilon`.

    Parameters
    ----------
    prediction : array of float, shape (..., D)
        What the model predicts; images are flattened.
    x, noise : array of float, shape (..., D)
        The sample, and the noise ε, drawn from the standard normal distribution.
    alpha_bar : array of float, shape (...)
        The share ᾱ of the variance that is signal, between 0 and 1, of each example.
    predicts : {"noise", "sample", "velocity"}
        What the prediction is of.
    weighting : {"simple", "snr", "min_snr"}
        "simple" weighs the squared error of what is predicted by 1. The others look at the squared error of
        the sample that the prediction stands for, so that it does not matter what is predicted: "snr" weighs
        it by the signal-to-noise ratio ᾱ/(1 − ᾱ), "min_snr" by that, or by `min_snr` where that is less.
    min_snr : float > 0
        The most that "min_snr" weighs.
    reduction : {"mean", "sum", "none"}
        "mean" is over examples, each of which is a mean over its D numbers.

    Returns
    -------
    array, scalar or shape (...), in squared units of what is predicted

    Raises
    ------
    TypeError
        If an argument is not an array of real floats, or min_snr not a number.
    ValueError
        If the shapes do not fit, alpha_bar is not between 0 and 1, predicts or weighting is none of the
        words, min_snr is not positive and finite, inputs are too large for a value (∞ − ∞), the
        reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    Of what is not needed nothing is read: where the noise is predicted, x may hold anything. A traced
    call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> x, noise, alpha_bar = np.asarray([[1.0, 0.0]]), np.asarray([[0.0, 2.0]]), np.asarray([0.8])
    >>> round(float(diffusion_loss(np.zeros((1, 2)), x, noise, alpha_bar)), 4)
    2.0
    >>> round(float(diffusion_loss(np.zeros((1, 2)), x, noise, alpha_bar, predicts="velocity")), 4)
    1.7

    References
    ----------
    Ho, Jain and Abbeel (2020), https://arxiv.org/abs/2006.11239; velocity: Salimans and Ho (2022),
    https://arxiv.org/abs/2202.00512; min_snr: Hang et al. (2023), https://arxiv.org/abs/2303.09556. Chapter: generative/diffusion.
    """
    embeddings(prediction=prediction, x=x, noise=noise)
    one_of("noise", "sample", "velocity", predicts=predicts)
    one_of("simple", "snr", "min_snr", weighting=weighting)
    signal = signal_share(alpha_bar, prediction=prediction)
    min_snr = positive(signal, min_snr=min_snr)
    r = wide(prediction) - _target(predicts, wide(x), wide(noise), signal)
    values = mean(r * r, axis=-1) * _weight(predicts, weighting, signal[..., 0], min_snr)
    return reduce(in_dtype_of(values, prediction, x, noise, alpha_bar), reduction)


def _target(predicts: str, x: Array, noise: Array, signal: Array) -> Array:
    """Return what is to be predicted."""
    if predicts == "velocity":
        xp = namespace(signal=signal)
        return xp.sqrt(signal) * noise - xp.sqrt(1 - signal) * x
    return noise if predicts == "noise" else x


def _weight(predicts: str, weighting: str, signal: Array, min_snr: Scalar) -> Array:
    """Return the weight of the squared error of what is predicted."""
    if weighting == "simple":
        return 1 + 0 * signal  # NaN where the share is
    # The sample's squared error is that of the noise, the sample or the velocity, times (1 − ᾱ)/ᾱ, 1 or 1 − ᾱ.
    noise = 1 - signal
    most = signal if weighting == "snr" else namespace(signal=signal).minimum(signal, min_snr * noise)
    return most / {"noise": signal, "sample": noise, "velocity": 1.0}[predicts]


@no_silent_nan
def flow_matching_loss(velocity: Array, x0: Array, x1: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Flow matching along straight paths: the velocity that carries noise to a sample.

    .. math:: L(v, x_0, x_1) = \frac1D \bigl\lVert v - (x_1 - x_0) \bigr\rVert^2

    The model sees the point :math:`(1 - t)\,x_0 + t\,x_1` and the time t from 0 to 1.

    Parameters
    ----------
    velocity : array of float, shape (..., D)
        The model's velocity at a point of the path.
    x0, x1 : array of float, shape (..., D)
        Where the path begins, at noise, and where it ends, at a sample.
    reduction : {"mean", "sum", "none"}
        "mean" is over examples, each of which is a mean over its D numbers.

    Returns
    -------
    array, scalar or shape (...), in squared units of x1

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes differ, inputs are too large for a value (∞ − ∞), the reduction is unknown, or an
        empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> float(flow_matching_loss(np.zeros((1, 2)), np.asarray([[1.0, 0.0]]), np.asarray([[2.0, 3.0]])))
    5.0

    References
    ----------
    Lipman et al. (2023), https://arxiv.org/abs/2210.02747. Chapter: generative/flow_matching.
    """
    embeddings(velocity=velocity, x0=x0, x1=x1)
    r = wide(velocity) - (wide(x1) - wide(x0))
    return reduce(in_dtype_of(mean(r * r, axis=-1), velocity, x0, x1), reduction)


@no_silent_nan
def mmd_loss(x: Array, y: Array, *, bandwidth: Scalar = 1.0, unbiased: bool = True, reduction: Reduction = "mean") -> Array:
    r"""Maximum mean discrepancy, squared: how much more two samples are like themselves than like each other.

    .. math:: L(x, y) = \operatorname{mean}_{i \ne j} k(x_i, x_j) + \operatorname{mean}_{i \ne j} k(y_i, y_j)
              - 2 \operatorname{mean}_{i, j} k(x_i, y_j) \qquad k(a, b) = e^{-\lVert a - b \rVert^2 / 2 h^2}

    Parameters
    ----------
    x : array of float, shape (..., N, D)
        A sample of N points.
    y : array of float, shape (..., M, D)
        A sample of M points.
    bandwidth : float > 0
        The kernel's width h, in the units of x.
    unbiased : bool
        Whether no point is compared with itself: then the mean over samples is right, and one value may
        be negative. Otherwise all pairs count, and the value is at least 0.
    reduction : {"mean", "sum", "none"}
        "mean" is over pairs of samples.

    Returns
    -------
    array, scalar or shape (...), a pure number

    Raises
    ------
    TypeError
        If x or y is not an array of real floats, bandwidth not a number, or unbiased neither True nor False.
    ValueError
        If the shapes do not fit, a sample has no points, or only one where two are needed, bandwidth is
        not positive and finite, inputs are too large for a value (∞ − ∞), the reduction is unknown, or
        an empty batch is to be averaged.

    Notes
    -----
    Distances come from products of matrices, as seen from the middle of what is compared: in float32
    their squares are off by about 1e-7 of the farthest point's, so points farther than a thousand
    widths from the middle want float64. A traced call (jit, compile, vmap)
    checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = np.asarray([[0.0], [1.0]]), np.asarray([[0.0], [2.0]])
    >>> round(float(mmd_loss(x, y)), 4), round(float(mmd_loss(x, y, unbiased=False)), 4)
    (-0.4323, 0.1967)

    References
    ----------
    Gretton et al. (2012), https://www.jmlr.org/papers/v13/gretton12a.html. Chapter: generative/mmd.
    """
    boolean(unbiased=unbiased)
    first, other = two_samples(x, y, 2 if unbiased else 1)
    h = positive(first, bandwidth=bandwidth)
    alike = [mean_within(likeness(each, each, h), unbiased) for each in (first, other)]
    values = alike[0] + alike[1] - 2 * namespace(x=x).mean(likeness(first, other, h), axis=(-2, -1))
    return reduce(in_dtype_of(values, x, y), reduction)


@no_silent_nan
def sinkhorn_loss(
    x: Array,
    y: Array,
    *,
    epsilon: Scalar,
    debias: bool = True,
    iterations: int | None = None,
    tolerance: float | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Sinkhorn divergence: the cheapest plan to move one sample to the other, blurred by entropy, less the blur's own cost.

    .. math:: L(x, y) = L'(x, y) - \tfrac12 \bigl(L'(x, x) + L'(y, y)\bigr) \qquad
              L'(x, y) = \min_P \sum_{ij} P_{ij} \tfrac12 \lVert x_i - y_j \rVert^2
              + \epsilon\, D_{\mathrm{KL}}\bigl(P \,\|\, \tfrac1{N M}\bigr)

    over the plans P with row sums 1/N and column sums 1/M.

    Parameters
    ----------
    x : array of float, shape (..., N, D)
        A sample of N points.
    y : array of float, shape (..., M, D)
        A sample of M points.
    epsilon : float > 0
        How much the plan is blurred, in squared units of x.
    debias : bool
        Whether what each sample costs beside itself is taken off. Otherwise the value is L′.
    iterations : int >= 1, optional
        The most steps that the plan may take to settle. Left out, 10000.
    tolerance : float > 0, optional
        How far from 1/N the plan's row sums may be, all together. Left out, the square root of the dtype's
        precision: 1.5e-8 in float64, 3.5e-4 in float32. The value is nearer than that.
    reduction : {"mean", "sum", "none"}
        "mean" is over pairs of samples.

    Returns
    -------
    array, scalar or shape (...), in squared units of x

    Raises
    ------
    TypeError
        If x or y is not an array of real floats, epsilon or tolerance not a number, debias neither True
        nor False, or iterations no whole number.
    ValueError
        If the shapes do not fit, a sample has no points, epsilon or tolerance is not positive and finite,
        iterations is below 1, the plan has not settled after as many, inputs are too large for a value
        (∞ − ∞), the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    The plan is found without a gradient, and the gradient, by the envelope theorem, is the whole one
    all the same. Second derivatives are not: in them what settles the plan's rows stays as it is, and
    only the columns answer to a change. A traced call (jit, compile, vmap) checks types and shapes;
    values that would be refused make NaN, but a plan that has not settled is taken as it is.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = np.asarray([[0.0], [1.0]]), np.asarray([[0.0], [2.0]])
    >>> round(float(sinkhorn_loss(x, y, epsilon=0.1)), 4), round(float(sinkhorn_loss(x, y, epsilon=1e3)), 4)
    (0.2503, 0.1251)

    References
    ----------
    Feydy et al. (2019), https://proceedings.mlr.press/v89/feydy19a.html. Chapter: generative/sinkhorn.
    """
    boolean(debias=debias)
    first, other = two_samples(x, y)
    epsilon = positive(first, epsilon=epsilon)
    # Every plan pays for the way between the middles: taken apart, it leaves the rest small, with its digits.
    way, first, other = from_middles(first, other)
    values = dot(way, way) / 2 + transport(first, other, epsilon, iterations, tolerance)
    if debias:
        itself = [transport(each, each, epsilon, iterations, tolerance) for each in (first, other)]
        values = values - (itself[0] + itself[1]) / 2
    return reduce(in_dtype_of(values, x, y), reduction)


@no_silent_nan
def noise_contrastive_loss(data_log_ratio: Array, noise_log_ratio: Array, *, reduction: Reduction = "mean") -> Array:
    r"""Noise-contrastive estimation: a density learned by telling one point of the data from K of a known noise.

    .. math:: L(G, G') = \log(1 + e^{-G}) + \sum_k \log\bigl(1 + e^{G'_k}\bigr) \qquad G = \log p_\theta - \log(K q)

    The density p of the model need not integrate to 1: that it does so in the end is learned, too.

    Parameters
    ----------
    data_log_ratio : array of float, shape (...)
        G at a point of the data: the model's log-density less that of the noise, q, and less log K.
    noise_log_ratio : array of float, shape (..., K)
        The same at K points drawn from the noise.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    array, scalar or shape (...), in nats

    Raises
    ------
    TypeError
        If an argument is not an array of real floats.
    ValueError
        If the shapes do not fit, there is no noise (K = 0), inputs are too large for a value (∞ − ∞),
        the reduction is unknown, or an empty batch is to be averaged.

    Notes
    -----
    A traced call (jit, compile, vmap) checks types and shapes; values that would be refused make NaN.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(noise_contrastive_loss(np.asarray([1.0]), np.asarray([[0.0, -2.0]]))), 4)
    1.1333

    References
    ----------
    Gutmann and Hyvärinen (2012), https://www.jmlr.org/papers/v13/gutmann12a.html. Chapter: generative/noise_contrastive.
    """
    ratios = wide(with_sample(data_log_ratio=data_log_ratio, noise_log_ratio=noise_log_ratio))
    xp = namespace(ratios=ratios)
    values = softplus(-ratios[..., 0]) + xp.sum(softplus(ratios[..., 1:]), axis=-1)
    return reduce(in_dtype_of(values, data_log_ratio, noise_log_ratio), reduction)
