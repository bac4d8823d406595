"""The book's tables."""

import os
from types import SimpleNamespace

import numpy as np
import pytest

from lossbook import (
    angular_loss, binary_cross_entropy, conservative_loss, cross_entropy, flow_nll_loss, gan_discriminator_loss,
    gan_generator_loss, hinge_loss, huber_loss, info_nce_loss, l1_loss, lp_loss, multiclass_hinge_loss, n_pair_loss, nll_loss,
    proxy_nca_loss, q_learning_loss, sinkhorn_loss, triplet_margin_loss,
)  # fmt: skip
from lossbook.book.tables import Table, at_a_glance, in_other_libraries, source
from lossbook.checks import peer_function
from lossbook.taxonomy import Peer


def test_a_bar_in_a_cell_does_not_end_it():
    assert Table(["a", "b"], [("$|r|$", r"$p \,\|\, q$")])._repr_markdown_().splitlines() == [
        "| a | b |",
        "| --- | --- |",
        r"| $\vert r\vert $ | $p \,\Vert \, q$ |",
    ]


def test_numbers_are_written_alike_and_stand_to_the_right():
    table = Table(["", "runs", "error"], [("a", 20_000, 1 / 3), ("longer", np.int64(3), np.float32(-2))], ".2f")
    assert table._repr_markdown_().splitlines() == [
        "|  | runs | error |",
        "| --- | ---: | ---: |",
        "| a | 20,000 | 0.33 |",
        "| longer | 3 | −2.00 |",
    ]
    assert repr(table).splitlines() == [
        "          runs  error",
        "a       20,000   0.33",
        "longer       3  −2.00",
    ]
    mixed = Table(["", "error"], [("a", 0.5), ("b", "none")])
    assert mixed.rows == [["a", "0.5"], ["b", "none"]] and mixed._repr_markdown_().splitlines()[1] == "| --- | --- |"
    assert Table(["a"], [])._repr_markdown_().splitlines()[0] == repr(Table(["a"], [])).strip().join(["| ", " |"])


def test_at_a_glance_states_the_record():
    text = at_a_glance(huber_loss)._repr_markdown_()
    for stated in (
        "`huber_loss`",
        "`delta=1` by default",
        "Huber's density",
        "`torch.nn.functional.huber_loss`",
        "convex: yes; smooth: yes",
    ):
        assert stated in text
    assert at_a_glance(lp_loss).rows[-1][1] == "`torch.linalg.vector_norm` (takes the root 1/p of the sum)"

    for loss in (q_learning_loss, conservative_loss):  # a is the action on record, k any
        assert r"\partial Q_k =" in at_a_glance(loss)._repr_markdown_()


def test_other_libraries_are_executed():
    rows = in_other_libraries(huber_loss, [0.2, 2.0], [0.0, 0.0], delta=0.5).rows
    assert [row[0] for row in rows] == [
        "`lossbook.huber_loss`",
        "`torch.nn.functional.huber_loss`",
        "`optax.huber_loss`",
    ]
    assert {row[2] for row in rows} == {"0.4475"}


def test_class_weights_divide_every_mean_alike():
    log_probs = [[-0.1, -2.0, -3.0], [-3.0, -0.2, -2.0]]
    rows = in_other_libraries(nll_loss, log_probs, [0, 2], weight=[1, 1, 4]).rows
    assert [row[2] for row in rows] == ["1.62", "1.62", "has no weight"]
    rows = in_other_libraries(cross_entropy, log_probs, [0, 2], weight=[1, 1, 4], label_smoothing=0.1).rows
    assert rows[-1][2] == "has no weight or label_smoothing"


# The rows of a card that differ in kind: of classes, with hyperparameters that the noise model lacks; of yes or no; of numbers.
CARDS = {
    cross_entropy: {
        "Loss": r"$L(z, p) = -\sum_k w_k\,p_k \log q_k$, $\;q = \operatorname{softmax}(z)$",
        "Prediction, target": "$z$: logits of C classes; $p$: one-hot (given as a class, 0 … C − 1), "
        "or probabilities of C classes; loss in units: nats",
        "Gradient": r"$\partial L / \partial z_k = q_k \sum_j w_j p_j - w_k\,p_k$",
        "Noise model": "Categorical: $q(y) = q_y$ (without `weight` and `label_smoothing`)",
    },
    binary_cross_entropy: {
        "Loss": r"$L(q, y) = -y \log q - (1 - y) \log(1 - q)$",
        "Gradient": r"$\partial L / \partial q = \frac{q - y}{q\,(1 - q)}$",
        "Noise model": r"Bernoulli: $q(y) = q^{y}\,(1 - q)^{1 - y}$",
    },
    l1_loss: {"Noise model": r"Laplace: $q(y \mid \hat y) = \frac{1}{2b}\,e^{-|r|/b}$"},
}


@pytest.mark.parametrize("function", CARDS, ids=lambda function: function.__name__)
def test_a_card_says_what_the_record_says(function):
    card = dict(at_a_glance(function).rows)
    assert {name: card[name] for name in CARDS[function]} == CARDS[function]


def test_hyperparameters_are_told_with_their_symbol_where_they_have_one():
    told = [text for name, text in at_a_glance(triplet_margin_loss).rows if name == "Hyperparameter"]
    assert told == [
        "$m$: the lead from which on a triplet costs nothing, positive; `margin=1` by default",
        "whether $d$ is the squared distance; `squared=False` by default",
    ]


def test_at_a_glance_of_a_relation_speaks_of_its_vectors():
    card = dict(at_a_glance(triplet_margin_loss).rows)
    assert card["Takes"].startswith("$a$, $a^+$, $a^-$: embeddings of D numbers; loss in units")
    assert card["Properties in $a$"].startswith("convex: with squared distances")
    assert "Minimised by" in card and "Best constant" not in card
    card = dict(at_a_glance(info_nce_loss).rows)
    assert card["Noise model"].startswith(r"Categorical: $q(a^+ \mid a) = e^")
    assert dict(at_a_glance(angular_loss).rows)["Hyperparameter"].endswith("`alpha=π/4` by default")
    assert ["Hyperparameter", r"$\epsilon$: how much the plan is blurred, positive; `epsilon` has no default"] in at_a_glance(
        sinkhorn_loss
    ).rows


def test_at_a_glance_of_a_loss_without_a_target_speaks_of_its_inputs():
    card = dict(at_a_glance(gan_generator_loss).rows)
    assert card["Takes"] == "$z^-$: logit of a fake; loss in units: nats"
    assert card["Properties in $z^-$"].startswith("convex: unless it saturates") and "Minimised by" in card
    card = dict(at_a_glance(flow_nll_loss).rows)
    assert card["Noise model"].startswith("Normal, through the flow: $q(x) = ") and "Properties in each" in card
    assert dict(at_a_glance(gan_discriminator_loss).rows)["Noise model"].startswith("Bernoulli, of both halves: $q(y) = ")


def test_a_loss_of_one_input_is_executed_in_other_libraries():
    rows = in_other_libraries(gan_generator_loss, [0.5, 1.0]).rows
    assert [row[2] for row in rows] == ["0.393669"] * 2


def test_relations_in_other_libraries_are_executed():
    a, positive, y = [[1.0, 0.0], [0.0, 2.0]], [[0.5, 0.1], [0.3, 1.0]], [0, 1]
    for function, *inputs in (
        (triplet_margin_loss, a, positive, positive[::-1]),
        (info_nce_loss, a, positive, None),
        (proxy_nca_loss, a, y, positive),
    ):
        rows = in_other_libraries(function, *inputs).rows
        assert len(rows) > 1 and len({row[2] for row in rows}) == 1


def test_inputs_that_a_library_does_not_take_are_said_to_be_so():
    negatives = [[[1.0, 0.0]], [[0.0, 1.0]]]
    rows = in_other_libraries(n_pair_loss, [[1.0, 0.0], [0.0, 2.0]], [[0.5, 0.1], [0.3, 1.0]], negatives).rows
    assert rows[-1][0].endswith("NPairsLoss`") and rows[-1][2] == "takes no such inputs"


def test_defaults_are_given_to_peers_that_need_them():
    rows = in_other_libraries(hinge_loss, [0.5, 2.0], [1, -1]).rows
    assert {row[2] for row in rows} == {"1.75"}


def test_soft_targets_may_stand_for_labels():
    logits = [[1.0, 0.0], [0.0, 2.0]]
    hard = in_other_libraries(cross_entropy, logits, [0, 1]).rows
    soft = in_other_libraries(cross_entropy, logits, [[1.0, 0.0], [0.0, 1.0]]).rows
    assert hard == soft and len({row[2] for row in hard}) == 1


def test_negatives_may_be_left_out():
    given = [[1.0, 0.0], [0.0, 2.0]], [[0.5, 0.1], [0.3, 1.0]]
    assert in_other_libraries(n_pair_loss, *given).rows == in_other_libraries(n_pair_loss, *given, None).rows


def test_an_input_that_is_missing_or_too_many_is_named():
    with pytest.raises(TypeError, match="missing a required argument: 'y'"):
        in_other_libraries(l1_loss, [1.0])
    with pytest.raises(TypeError, match="too many positional arguments"):
        in_other_libraries(l1_loss, [1.0], [0.0], [0.0])


def test_keras_is_told_to_use_torch_and_nobody_else(monkeypatch):
    monkeypatch.setattr("lossbook.checks.import_module", lambda name: SimpleNamespace(KLDivergence=None, l1_loss=None))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    peer_function(Peer("torch.nn.functional.l1_loss", "", None))
    assert "KERAS_BACKEND" not in os.environ
    peer_function(Peer("keras.losses.KLDivergence", "", None))
    assert os.environ["KERAS_BACKEND"] == "torch"


def test_a_loss_that_pytorch_lacks_is_said_to_be_missing():
    assert at_a_glance(multiclass_hinge_loss).rows[-1][1].startswith("none of its own (multi_margin_loss")


def test_a_library_that_is_not_there_is_said_to_be_missing(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("lossbook.checks.import_module", missing)
    rows = in_other_libraries(l1_loss, [1.0], [0.0]).rows
    assert [row[2] for row in rows] == ["1", "not installed", "not installed"]


def test_source_leaves_out_the_docstring():
    text = source(l1_loss)._repr_markdown_()
    assert text == (
        '```python\ndef l1_loss(y_hat, y, *, reduction="mean"):\n'
        "    xp = same_shape(y_hat=y_hat, y=y)\n"
        "    return reduce(xp.abs(y_hat - y), reduction)\n```"
    )


def test_source_leaves_out_the_types_of_inner_functions_too():
    text = source(proxy_nca_loss)._repr_markdown_()
    assert "    def term(embedding, y, proxies, squares):\n" in text and "Array" not in text


@pytest.mark.parametrize("function", ["nobody_loss", print])
def test_a_function_without_a_record_is_named(function):
    with pytest.raises(KeyError, match="no record for"):
        at_a_glance(function)
