"""The distributions behind the generative losses: of a point, through a flow, and of where an example is from."""

import math

from lossbook._ops import namespace, one_for_each, same_shape, with_sample
from lossbook._types import Array
from lossbook.lenses.answers import OneAnswer


class NormalThroughFlow(OneAnswer):
    """A point x that a flow takes to z, as Normal as z is standard Normal: the flow carries density along with volume."""

    name = "Normal, through the flow"
    density = r"\prod_i \tfrac{1}{\sqrt{2\pi}}\,e^{-z_i^2/2} \cdot |\det \partial z / \partial x|"

    def log_prob(self, log_det: Array, z: Array) -> Array:
        """Return log q(x), for z (…, D) where the flow takes x, and the log of its change of volume there (…)."""
        xp = one_for_each(z=z, log_det=log_det)
        of_each = -z * z / 2 - math.log(math.sqrt(2 * math.pi))
        return xp.sum(of_each, axis=-1) + log_det


class RealOrFake(OneAnswer):
    """Two answers of yes or no to "is it real?": yes of one example and no of another, each with its own logit."""

    name = "Bernoulli, of both halves"
    density = r"\operatorname{sigmoid}(z^+)\,\bigl(1 - \operatorname{sigmoid}(z^-)\bigr)"

    def log_prob(self, fake: Array, real: Array) -> Array:
        """Return the log-probability that the first is called a fake and the second real, for logits of being real."""
        xp = same_shape(fake=fake, real=real)
        q_fake, q_real = (1 / (1 + xp.exp(-each)) for each in (fake, real))
        return xp.log(q_real) + xp.log(1 - q_fake)


class Origin(OneAnswer):
    """Whether a point is of the data or of the noise, for one point of the data and K of the noise."""

    name = "Bernoulli"
    density = r"\frac{1}{1 + e^{-G}} \prod_k \frac{1}{1 + e^{G'_k}}"

    def log_prob(self, noise_log_ratio: Array, data_log_ratio: Array) -> Array:
        """Return the logarithm of the chance to name the data (…) as such, and the noise (…, K)."""
        ratios = with_sample(data_log_ratio=data_log_ratio, noise_log_ratio=noise_log_ratio)
        xp = namespace(ratios=ratios)
        return -xp.log1p(xp.exp(-ratios[..., 0])) - xp.sum(xp.log1p(xp.exp(ratios[..., 1:])), axis=-1)


NOISE_MODELS = {"flow_nll_loss": NormalThroughFlow(), "gan_discriminator_loss": RealOrFake(), "noise_contrastive_loss": Origin()}

# Why a loss is no negative log-likelihood; where there are labels, the tests find the sum over them to vary.
NO_NOISE_MODEL = {
    "normal_kl": "a divergence of two distributions that are given by their parameters: nothing is observed",
    "elbo_loss": "a bound, on average at least −log p(x): equal to it where q is the posterior, and nowhere else",
    "iwae_loss": "a bound: exp(−L) is only right on average, an unbiased estimate of p(x)",
    "vector_quantisation_loss": "two losses in one, each with another side held; the commitment alone is that of Normal noise around the code",
    "gan_generator_loss": "nothing is observed: it is what the discriminator makes of the generator's own samples",
    "least_squares_discriminator_loss": "the sum of exp(−L) over the labels depends on the scores; of labels on the whole line it is Normal",
    "least_squares_generator_loss": "nothing is observed: it is what the discriminator makes of the generator's own samples",
    "hinge_discriminator_loss": "the sum of exp(−L) over the labels depends on the scores",
    "wasserstein_critic_loss": "a difference of expectations: exp(−L) grows without bound in the scores",
    "wasserstein_generator_loss": "an expectation under the generator: nothing is observed",
    "gradient_penalty": "it speaks of the critic's slope, and of no observation",
    "wasserstein_distance": "samples are compared as sets: the sum of exp(−L) over other samples depends on the first",
    "denoising_score_matching_loss": "a Normal of the noise that was put on, which is no model of the data: their score is what it learns",
    "diffusion_loss": "a Normal of what is predicted at one level of noise; of the data's likelihood it gives a bound, added up over all levels",
    "flow_matching_loss": "a Normal of the velocity on one path; the data's likelihood needs the whole flow",
    "mmd_loss": "a difference of expectations: it is at most 2, so exp(−L) has no finite integral over samples y",
    "sinkhorn_loss": "the cost of a plan: the integral of exp(−L) over samples y depends on x",
}
