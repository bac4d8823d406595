"""The one room where array libraries differ: checks of the input, stable functions, and the reduction.

A loss asks here for the namespace `xp` of its arrays and then speaks the Python array API,
so that the same lines run on numpy, torch, jax and array_api_strict.
"""

from lossbook._ops.arrays import floating, namespace, same_shape
from lossbook._ops.classes import (
    class_weights,
    classes,
    classes_or_distributions,
    distributions,
    expectation,
    lead_of_others,
    of_class,
    one_hot,
    positive_weight,
    probabilities,
    signs,
    weight_of_class,
    without_class,
    yes_or_no,
)
from lossbook._ops.hyperparameters import at_least, between, boolean, positive, unit, whole
from lossbook._ops.layers import affine, linear
from lossbook._ops.lists import (
    above,
    chosen_of_sample,
    discounts,
    falling,
    gains,
    harmonic,
    ideal,
    in_order,
    log_shares,
    log_tail_sums,
    mean_over_pairs,
    of_lists,
    present_discounts,
    quotient,
    ranked,
    shared_discounts,
)
from lossbook._ops.reduction import no_silent_nan, reduce
from lossbook._ops.relations import candidates, from_centre, nearness, pick_of_many, picked
from lossbook._ops.stable import (
    log_softmax,
    logsumexp,
    mean,
    not_below,
    power_of_size,
    sigmoid,
    softplus,
    steepness,
    surprise,
    tangent,
    times,
    within,
)
from lossbook._ops.strips import in_strips
from lossbook._ops.vectors import angle_between, dot, embeddings, norm, unit_vectors

__all__ = [
    "above", "affine", "angle_between", "at_least", "between", "boolean", "candidates", "chosen_of_sample",
    "class_weights", "classes", "classes_or_distributions", "discounts", "distributions", "dot", "embeddings",
    "expectation", "falling", "floating", "from_centre", "gains", "harmonic", "ideal", "in_order", "in_strips",
    "lead_of_others", "linear", "log_shares", "log_softmax", "log_tail_sums", "logsumexp", "mean",
    "mean_over_pairs", "namespace", "nearness", "no_silent_nan", "norm", "not_below", "of_class", "of_lists",
    "one_hot", "pick_of_many", "picked", "positive", "positive_weight", "power_of_size", "present_discounts",
    "probabilities", "quotient", "ranked", "reduce", "same_shape", "shared_discounts", "sigmoid", "signs",
    "softplus", "steepness", "surprise", "tangent", "times", "unit", "unit_vectors", "weight_of_class", "whole",
    "within", "without_class", "yes_or_no",
]  # fmt: skip
