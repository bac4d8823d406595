"""The noise behind the losses for numbers."""

import math

from lossbook._ops import at_least, positive, same_shape
from lossbook._types import Array


class Laplace:
    """Laplace noise of scale b (> 0, in the units of y): heavy, exponential tails."""

    name = "Laplace"
    density = r"\frac{1}{2b}\,e^{-|r|/b}"

    def log_prob(self, y: Array, y_hat: Array, *, b: float = 1.0) -> Array:
        """Return log q(y | ŷ), elementwise, for y and ŷ of one shape."""
        xp = same_shape(y=y, y_hat=y_hat)
        constant = self.constant(b=b)
        return -xp.abs(y - y_hat) / b - constant

    def scale(self, *, b: float = 1.0) -> float:
        """Return what divides the L1 loss."""
        positive(b=b)
        return b

    def constant(self, *, b: float = 1.0) -> float:
        """Return what is left at a residual of 0: the log of the normaliser."""
        positive(b=b)
        return math.log(2 * b)


class Normal:
    """Normal noise of standard deviation sigma (> 0, in the units of y)."""

    name = "Normal"
    density = r"\frac{1}{\sqrt{2\pi}\,\sigma}\,e^{-r^2/(2\sigma^2)}"

    def log_prob(self, y: Array, y_hat: Array, *, sigma: float = 1.0) -> Array:
        """Return log q(y | ŷ), elementwise, for y and ŷ of one shape."""
        same_shape(y=y, y_hat=y_hat)
        constant = self.constant(sigma=sigma)
        z = (y - y_hat) / sigma
        return -(z * z) / 2 - constant

    def scale(self, *, sigma: float = 1.0) -> float:
        """Return what divides the squared error."""
        positive(sigma=sigma)
        return 2 * sigma**2

    def constant(self, *, sigma: float = 1.0) -> float:
        """Return what is left at a residual of 0: the log of the normaliser."""
        positive(sigma=sigma)
        return math.log(math.sqrt(2 * math.pi) * sigma)


class GeneralisedNormal:
    """Noise with density ∝ exp(−|r/s|^p): Laplace at p = 1, Normal at p = 2, uniform as p → ∞.

    s (> 0) is its width in the units of y, p (≥ 1) its power.
    """

    name = "generalised normal"
    density = r"\frac{p}{2s\,\Gamma(1/p)}\,e^{-|r/s|^p}"

    def log_prob(self, y: Array, y_hat: Array, *, p: float = 2.0, s: float = 1.0) -> Array:
        """Return log q(y | ŷ), elementwise, for y and ŷ of one shape."""
        xp = same_shape(y=y, y_hat=y_hat)
        constant = self.constant(p=p, s=s)
        return -(xp.abs((y - y_hat) / s) ** p) - constant

    def scale(self, *, p: float = 2.0, s: float = 1.0) -> float:
        """Return what divides the Lp loss."""
        at_least(1, p=p)
        positive(s=s)
        return s**p

    def constant(self, *, p: float = 2.0, s: float = 1.0) -> float:
        """Return what is left at a residual of 0: the log of the normaliser."""
        at_least(1, p=p)
        positive(s=s)
        return math.log(2 * s / p) + math.lgamma(1 / p)


class HuberDensity:
    """Huber's least favourable noise: Normal in the middle, Laplace beyond delta.

    sigma (> 0) is the standard deviation of the Normal part, delta (> 0) the half-width of
    that part, both in the units of y.
    """

    name = "Huber's density"
    density = r"\frac{1}{Z}\,e^{-L_\delta(r)/\sigma^2}"

    def log_prob(self, y: Array, y_hat: Array, *, delta: float = 1.0, sigma: float = 1.0) -> Array:
        """Return log q(y | ŷ), elementwise, for y and ŷ of one shape."""
        xp = same_shape(y=y, y_hat=y_hat)
        constant = self.constant(delta=delta, sigma=sigma)
        r = xp.abs(y - y_hat)
        normal = -((r / sigma) ** 2) / 2
        laplace = -(delta / sigma**2) * (r - delta / 2)
        return xp.where(r <= delta, normal, laplace) - constant

    def scale(self, *, delta: float = 1.0, sigma: float = 1.0) -> float:
        """Return what divides the Huber loss."""
        positive(delta=delta)
        positive(sigma=sigma)
        return sigma**2

    def constant(self, *, delta: float = 1.0, sigma: float = 1.0) -> float:
        """Return what is left at a residual of 0: the log of the normaliser.

        The middle integrates to √(2π)·σ·erf(κ/√2) with κ = δ/σ, the two tails together to
        2·(σ/κ)·exp(−κ²/2).
        """
        positive(delta=delta)
        positive(sigma=sigma)
        kappa = delta / sigma
        middle = math.sqrt(2 * math.pi) * math.erf(kappa / math.sqrt(2))
        tails = 2 / kappa * math.exp(-kappa * kappa / 2)
        return math.log(sigma * (middle + tails))


class SmoothLaplace:
    """The noise behind smooth L1: Laplace of scale 1 with its peak rounded off below beta (≥ 0).

    It is Huber's density with δ = σ² = beta, and Laplace's at beta = 0.
    """

    name = "Huber's density"
    density = r"\frac{1}{Z}\,e^{-L_\beta(r)}"

    def log_prob(self, y: Array, y_hat: Array, *, beta: float = 1.0) -> Array:
        """Return log q(y | ŷ), elementwise, for y and ŷ of one shape."""
        at_least(0, beta=beta)
        if beta == 0:
            return Laplace().log_prob(y, y_hat)
        return HuberDensity().log_prob(y, y_hat, delta=beta, sigma=math.sqrt(beta))

    def scale(self, *, beta: float = 1.0) -> float:
        """Return what divides the smooth L1 loss: 1."""
        at_least(0, beta=beta)
        return 1.0

    def constant(self, *, beta: float = 1.0) -> float:
        """Return what is left at a residual of 0: the log of the normaliser."""
        at_least(0, beta=beta)
        if beta == 0:
            return Laplace().constant()
        return HuberDensity().constant(delta=beta, sigma=math.sqrt(beta))


NOISE_MODELS = {
    "l1_loss": Laplace(),
    "mse_loss": Normal(),
    "lp_loss": GeneralisedNormal(),
    "huber_loss": HuberDensity(),
    "smooth_l1_loss": SmoothLaplace(),
}

# Why a loss is no negative log-likelihood: each of these is one.
NO_NOISE_MODEL: dict[str, str] = {}
