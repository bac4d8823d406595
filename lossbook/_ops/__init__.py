"""The one room where array libraries differ: checks of the input, stable functions, and the reduction.

A loss asks here for the namespace `xp` of its arrays and then speaks the Python array API,
so that the same lines run on numpy, torch, jax and array_api_strict.
"""

from lossbook._ops.arrays import constant, floating, in_dtype_of, namespace, same_shape, settled, wide
from lossbook._ops.boxes import apart, area, hull, overlap, trade_off, two_boxes, unlikeness
from lossbook._ops.chains import best_path, chain, score, surprise_of_path, tags
from lossbook._ops.classes import (
    class_scores,
    class_weights,
    classes,
    classes_or_distributions,
    distributions,
    expectation,
    lead_of_others,
    log_of_others,
    of_class,
    one_hot,
    positive_weight,
    probabilities,
    signs,
    smoothed,
    weight_of_class,
    without_class,
    yes_or_no,
)
from lossbook._ops.hyperparameters import at_least, between, boolean, one_of, positive, unit, whole
from lossbook._ops.lattices import emitting, log_chance, log_sum, monotone, warping
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
    with_sample,
)
from lossbook._ops.matching import mean_of_cheapest
from lossbook._ops.noise import noise_level, signal_share
from lossbook._ops.pixels import beside_distance, errors_of_classes, labelled, lovasz, two_masks
from lossbook._ops.policies import advantages, answered, answers_of, clipped_ratio, good_or_bad, k3, log_odds
from lossbook._ops.reduction import no_silent_nan, reduce
from lossbook._ops.relations import candidates, from_centre, nearness, pick_of_many, picked
from lossbook._ops.returns import (
    acted,
    best_of,
    beside_targets,
    bootstrapped,
    exp_up_to,
    in_time,
    mixed,
    next_in_time,
    of_each_row,
    on_support,
    one_step_errors,
    priced,
    sums_from_here,
)
from lossbook._ops.samples import from_middles, likeness, mean_within, nearest_of, transport, two_samples
from lossbook._ops.sequences import (
    aligned,
    beside_teacher,
    counting,
    first_of,
    kept,
    of_steps,
    transcript,
    two_series,
    unwanted,
)
from lossbook._ops.sparse import negentropy, spread, spreading_cost
from lossbook._ops.stable import (
    log_softmax,
    logsumexp,
    mean,
    not_below,
    power,
    power_of_size,
    share,
    sigmoid,
    softplus,
    steepness,
    surprise,
    tangent,
    times,
    within,
)
from lossbook._ops.strips import in_strips
from lossbook._ops.vectors import angle_between, dot, embeddings, norm, one_for_each, squared_distances, unit_vectors

__all__ = [
    "above", "acted", "advantages", "affine", "aligned", "angle_between", "answered", "answers_of", "apart", "area", "at_least",
    "beside_distance", "beside_targets", "beside_teacher", "best_of", "best_path", "between", "boolean", "bootstrapped",
    "candidates", "chain", "chosen_of_sample", "class_scores", "class_weights", "classes", "classes_or_distributions",
    "clipped_ratio", "constant", "counting", "discounts", "distributions", "dot", "embeddings", "emitting", "errors_of_classes",
    "exp_up_to", "expectation", "falling", "first_of", "floating", "from_centre", "from_middles", "gains", "good_or_bad",
    "harmonic", "hull", "ideal", "in_dtype_of", "in_order", "in_strips", "in_time", "k3", "kept", "labelled", "lead_of_others",
    "likeness", "linear", "log_chance", "log_odds", "log_of_others", "log_shares", "log_softmax", "log_sum", "log_tail_sums",
    "logsumexp", "lovasz", "mean", "mean_of_cheapest", "mean_over_pairs", "mean_within", "mixed", "monotone", "namespace",
    "nearest_of", "nearness", "negentropy", "next_in_time", "no_silent_nan", "noise_level", "norm", "not_below", "of_class",
    "of_each_row", "of_lists", "of_steps", "on_support", "one_for_each", "one_hot", "one_of", "one_step_errors", "overlap",
    "pick_of_many", "picked", "positive", "positive_weight", "power", "power_of_size", "present_discounts", "priced",
    "probabilities", "quotient", "ranked", "reduce", "same_shape", "score", "settled", "share", "shared_discounts", "sigmoid",
    "signal_share", "signs", "smoothed", "softplus", "spread", "spreading_cost", "squared_distances", "steepness",
    "sums_from_here", "surprise", "surprise_of_path", "tags", "tangent", "times", "trade_off", "transcript", "transport",
    "two_boxes", "two_masks", "two_samples", "two_series", "unit", "unit_vectors", "unlikeness", "unwanted", "warping",
    "weight_of_class", "whole", "wide", "with_sample", "within", "without_class", "yes_or_no",
]  # fmt: skip
