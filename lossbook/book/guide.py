"""Which loss? A tree of questions, as data: each path ends in one or two losses, with the reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from lossbook.book.atlas import Picture
from lossbook.taxonomy import loss_of

__all__ = ["GUIDE", "Advice", "Question", "paths", "which_loss"]


@dataclass(frozen=True)
class Advice:
    """The end of a path: names of losses, the first choice first, and why."""

    losses: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Question:
    """A question, and what follows from each answer."""

    text: str
    answers: dict[str, "Question | Advice"]


GUIDE = Question("What is the target?", {
    "a number": Question("What about large errors?", {
        "there are none that the noise does not explain": Advice(
            ("mse_loss",), "The mean is the best guess, and under Normal noise nothing uses the data better."
        ),
        "some targets may be plainly wrong": Question("How many?", {
            "a few, and the rest is close to Normal": Advice(
                ("huber_loss", "smooth_l1_loss"), "Squared error for the many, absolute error for the few."
            ),
            "many, or the median is what I want": Advice(("l1_loss",), "An outlier pulls no harder than any other example."),
        }),
        "the largest error is the one that counts": Advice(
            ("lp_loss",), "With a large power p the worst example decides; no target may be wrong."
        ),
    }),
    "yes or no (several may be true at once)": Question("Is a probability wanted?", {
        "yes": Question("What does the model give?", {
            "a logit, and yes is not very rare": Advice(
                ("binary_cross_entropy_with_logits",), "The likelihood itself, safe for every logit; pos_weight makes up for some imbalance."
            ),
            "a probability that is no sigmoid": Advice(("binary_cross_entropy",), "The same loss from probabilities."),
        }),
        "no: yes is rare, and most cases are easy": Advice(
            ("sigmoid_focal_loss",), "Easy cases are turned down, so that the rare ones are heard; the outputs are no honest probabilities."
        ),
        "no: only the decision counts": Advice(
            ("hinge_loss", "squared_hinge_loss"), "Right by a margin is enough; the model rests on few examples."
        ),
    }),
    "one of several classes": Question("Is a probability wanted?", {
        "yes": Question("What does the model give?", {
            "logits": Advice(("cross_entropy",), "The likelihood of the class, with the softmax built in."),
            "log-probabilities": Advice(("nll_loss",), "Cross-entropy without the softmax."),
            "scores, and most classes should get exactly 0": Advice(
                ("entmax_loss", "sparsemax_loss"), "Cross-entropy's gradient, prediction less target, for a prediction with zeros."
            ),
        }),
        "no: most examples are easy and drown the rest": Advice(
            ("focal_loss",), "Cross-entropy that falls silent where the answer is right already."
        ),
        "no: only the decision counts": Advice(("multiclass_hinge_loss",), "The right class must lead by a margin."),
    }),
    "a distribution over classes": Advice(
        ("kl_divergence", "cross_entropy"), "Their gradients are equal; the divergence is 0 where nothing is left to learn."
    ),
    "which things belong together": Question("What is known?", {
        "for each pair, whether it is similar": Advice(
            ("contrastive_loss",), "Distances get a meaning: near 0 is similar, a margin is not."
        ),
        "pairs that belong together, and nothing else": Question("May vectors differ in length?", {
            "no, only directions count": Advice(("info_nce_loss",), "The batch serves as negatives; a temperature sets how sharply."),
            "yes": Advice(("n_pair_loss",), "Inner products; keep the lengths in check with a penalty."),
        }),
        "which of two is nearer to a third": Question("How is near measured?", {
            "by distance": Advice(("triplet_margin_loss",), "Only the order of two distances is asked for."),
            "by direction": Advice(("angular_triplet_loss",), "The same order, in angles."),
            "by the angle at the odd one out": Advice(("angular_loss",), "It does not depend on the scale, and holds three points at a time."),
        }),
        "a class for each, of not too many": Question("Is a probability of the class wanted?", {
            "yes": Advice(("proxy_softmax_loss",), "A learned point for each class; no pairs, no mining."),
            "no, and all vectors have one length": Advice(
                ("proxy_nca_loss",), "The push from the other classes does not fade when the own one is near."
            ),
        }),
    }),
    "an order: a list shown from the top": Question("What is known of a list?", {
        "which item was taken: one click, one purchase": Question("Can all items be scored?", {
            "yes": Advice(("listwise_softmax_loss",), "The likelihood of that choice among all that were shown."),
            "no, there are millions": Advice(
                ("sampled_softmax_loss",), "A few of the others stand for all; log q makes up for how they were drawn."
            ),
        }),
        "grades of each item": Question("Which places count?", {
            "all alike": Advice(("pairwise_logistic_loss", "pairwise_hinge_loss"), "Each pair in order, and no grade taken for a number."),
            "the top, and NDCG is what is judged": Advice(
                ("lambda_rank_loss", "approx_ndcg_loss"), "Pairs weighed by what they change in NDCG; or NDCG itself, made smooth."
            ),
            "the top, and all that counts is relevant or not": Advice(
                ("warp_loss",), "A relevant item far down weighs more than one near the top."
            ),
            "shares of the attention, which are to be predicted": Advice(
                ("list_net_loss",), "The softmax of the scores is held beside that of the grades."
            ),
        }),
        "the whole order": Advice(("list_mle_loss",), "The likelihood of the order, place by place."),
    }),
    "a sequence: one thing after another": Question("What is known of it?", {
        "the right class at each step": Question("What else is there?", {
            "nothing: these are the targets": Advice(("token_cross_entropy",), "The likelihood of the whole, step by step."),
            "classes that must not come, too": Advice(
                ("unlikelihood_loss",), "Added to the likelihood: it pushes down what repeats or is known to be wrong."
            ),
        }),
        "labels in their order, but not when": Question("Does a label depend on those before?", {
            "no, or a language model sees to it": Advice(("ctc_loss",), "The likelihood, added up over all alignments; each step stands alone."),
            "yes": Advice(("transducer_loss",), "The same sum, where each label is predicted from those before; it takes more memory."),
        }),
        "another series of numbers, faster or slower": Advice(
            ("soft_dtw_divergence", "soft_dtw"), "The cost of aligning the two; the divergence is 0 where they are equal."
        ),
        "how bad each of a few candidates is": Advice(
            ("minimum_risk_loss",), "The expected cost, whatever it is: an error rate needs no gradient."
        ),
        "what a larger model says of each step": Question("Can the student be as good as the teacher?", {
            "nearly": Advice(("distillation_loss",), "All of the teacher's distribution is the target."),
            "no, it is much smaller": Advice(
                ("generalised_jsd_loss",), "Between covering all that the teacher says and keeping to what is most likely."
            ),
        }),
    }),
    "a whole distribution, known by a sample of it": Question("What does the model show of itself?", {
        "its density": Question("In full?", {
            "yes, through an invertible map": Advice(("flow_nll_loss",), "The likelihood itself; every other loss here is measured by it."),
            "together with a hidden code": Question("What is the code?", {
                "a few numbers": Advice(
                    ("elbo_loss", "normal_kl", "iwae_loss"), "A bound on the likelihood; several codes for each point bring it nearer."
                ),
                "one of a list": Advice(("vector_quantisation_loss",), "Beside a reconstruction: it moves the codes to what they stand for."),
            }),
            "all but its total": Advice(("noise_contrastive_loss",), "Data are told from a noise that is known, and the total comes out."),
        }),
        "its slope, or a guess at the noise upon a point": Question("At how many levels of noise?", {
            "at one": Advice(("denoising_score_matching_loss",), "The slope of the noised density, from a squared error."),
            "at all, to make samples": Advice(("diffusion_loss", "flow_matching_loss"), "A squared error again; the way from noise to data in steps."),
        }),
        "samples, and nothing else": Question("May a second model judge them?", {
            "yes, by telling fakes from data": Advice(
                ("gan_discriminator_loss", "gan_generator_loss", "least_squares_discriminator_loss", "least_squares_generator_loss",
                 "hinge_discriminator_loss"),
                "The judge learns the ratio of the densities; which divergence that makes is the choice of its loss.",
            ),
            "yes, by how far apart they are": Advice(
                ("wasserstein_critic_loss", "wasserstein_generator_loss", "gradient_penalty"), "A slope that is bounded, so that there is always a way to go."
            ),
            "no: two samples are to be compared": Question("On the line?", {
                "yes": Advice(("wasserstein_distance",), "Sorting finds the cheapest way to move one onto the other."),
                "no, and who goes where is of interest": Advice(("sinkhorn_loss",), "The plan between them, a little blurred."),
                "no, whether they differ is the question": Advice(("mmd_loss",), "A test, whose null distribution is known."),
            }),
        }),
    }),
    "an answer with parts that depend on one another": Question("What has the parts?", {
        "a chain: a tag for each step, which leans on the tag before": Question("Is a probability of the whole wanted?", {
            "yes": Advice(("linear_chain_crf_loss",), "The likelihood among all chains of tags; its gradient is the marginals less the truth."),
            "no: only the best chain counts": Advice(
                ("structured_hinge_loss", "structured_perceptron_loss"), "The best wrong chain is found and pushed down, with a margin or without."
            ),
        }),
        "a mask: each pixel is in it or not": Question("What is to be right?", {
            "the overlap, whatever the mask's size": Advice(
                ("dice_loss", "jaccard_loss"), "A small mask counts as much as a large one; beside cross-entropy while there is no overlap yet."
            ),
            "the overlap, and too little is worse than too much": Advice(("tversky_loss",), "Both mistakes have a price of their own."),
            "the Jaccard index itself, at the end of training": Advice(
                ("lovasz_hinge_loss", "lovasz_softmax_loss"), "Exact where every pixel is sure, and convex in between."
            ),
            "the contour, of a mask that is all but right": Advice(
                ("boundary_loss",), "Far mistakes cost more than near ones; beside a loss of overlap, never alone."
            ),
        }),
        "a box": Question("Do prediction and target overlap from the start?", {
            "yes": Advice(("iou_loss",), "What the score measures, at every scale."),
            "not always": Advice(("giou_loss", "diou_loss"), "Disjoint boxes are drawn to each other; beside L1, they need no good start."),
            "not always, and the form matters": Advice(("ciou_loss",), "Width and height have a term of their own."),
        }),
        "a set: its elements have no order": Question("Has each a partner of its own?", {
            "yes": Advice(("set_matching_loss",), "The cheapest way to pair them, and the mean cost of the pairs."),
            "no: points of a surface, say": Advice(("chamfer_loss",), "Each point to the nearest of the other set, both ways."),
        }),
    }),
    "none: there is a reward for what was done, late and noisy": Question("What is to be learned?", {
        "what a state or an action is worth": Question("Who acted?", {
            "the policy that is judged, and a mean is enough": Advice(("td_loss",), "Held to the reward and to the next state's value."),
            "anybody, and the best is wanted": Advice(("q_learning_loss",), "Held to the best that can be done next; with a selector, not to luck."),
            "either, and the whole distribution is wanted": Advice(
                ("quantile_td_loss", "categorical_td_loss"), "Quantiles find their own range; atoms need one, and give probabilities."
            ),
            "others, and nobody may try again": Advice(
                ("expectile_loss", "conservative_loss"), "The first asks for no action that is not on record; the second pushes those down."
            ),
        }),
        "what to do": Question("What is there to learn from?", {
            "actions just taken": Advice(("policy_gradient_loss",), "Its gradient is right at the policy that acted, and there alone."),
            "actions that a policy took a few steps ago": Advice(("ppo_loss",), "The ratio stops where it has moved enough."),
            "values of all actions": Advice(("soft_policy_loss",), "Towards the Boltzmann distribution of the values, at a price of entropy."),
            "a record of others": Advice(("advantage_weighted_loss",), "The likelihood of what they did, the better actions counting more."),
        }),
    }),
    "none: there are answers, and what somebody thinks of them": Question("What is known?", {
        "which of two answers is the better": Question("What is trained?", {
            "a model of the reward": Advice(("preference_loss",), "The likelihood of the preferences, as they follow from differences of rewards."),
            "the policy itself, beside a reference": Advice(
                ("dpo_loss", "ipo_loss"), "The log-ratio to the reference is the reward; the second stops where the first goes on."
            ),
            "the policy itself, without a reference": Advice(
                ("simpo_loss", "orpo_loss"), "From mean log-probabilities, so that length counts for nothing; the second beside cross-entropy."
            ),
        }),
        "of single answers, whether they are good": Advice(("kto_loss",), "No pairs are needed; bounded, so that a wrong verdict does little harm."),
        "a reward of each of several answers to one question": Advice(
            ("grpo_loss",), "The group's mean is the baseline, and there is no model of the value."
        ),
    }),
})  # fmt: skip


def paths(node: Question | Advice = GUIDE, answers: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Advice]]:
    """Yield every path through the tree: the answers given, and the advice at its end."""
    if isinstance(node, Advice):
        yield answers, node
    else:
        for answer, following in node.answers.items():
            yield from paths(following, (*answers, answer))


def which_loss() -> Picture:
    """Return the tree as questions that unfold, with links to the chapters."""
    return Picture(f'<div class="guide">{_shown(GUIDE)}</div>')


def _shown(node: Question | Advice) -> str:
    if isinstance(node, Advice):
        losses = [loss_of(name) for name in node.losses]
        linked = " or ".join(f'<a href="../{loss.chapter}.ipynb">{escape(loss.title)}</a>' for loss in losses)
        return f'<p class="advice">{linked}. {escape(node.reason)}</p>'
    answers = "".join(
        f"<li><details><summary>{escape(answer)}</summary>{_shown(following)}</details></li>"
        for answer, following in node.answers.items()
    )
    return f"<p>{escape(node.text)}</p><ul>{answers}</ul>"
