"""The records agree with the functions, and each identity between losses holds."""

import inspect
import re

import numpy as np
import pytest
import torch
from inputs import by_loss

import lossbook
from lossbook.lenses import NO_NOISE_MODEL, NOISE_MODELS
from lossbook.taxonomy import FAMILIES, IDENTITIES, LOSSES, chapters, loss_of

by_identity = pytest.mark.parametrize("identity", IDENTITIES, ids=lambda identity: identity.name)


@by_loss
def test_a_record_names_its_functions_hyperparameters(loss):
    parameters = inspect.signature(loss.function).parameters
    keyword_only = [name for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY]
    assert set(loss.named) <= set(keyword_only)
    # How the work is cut changes no value: no matter of the record.
    assert [name for name in keyword_only if name not in (*loss.named, "strip")] == [*loss.hyperparameters, "reduction"]
    assert parameters["reduction"].default == "mean"


@by_loss
def test_a_docstring_says_all_there_is_to_say(loss):
    text = inspect.getdoc(loss.function)
    for section in ("Parameters", "Returns", "Raises", "References"):
        assert re.search(rf"^{section}\n-+$", text, re.M), f"{loss.name}: no section {section}"
    for name in inspect.signature(loss.function).parameters:
        assert re.search(rf"\b{name}\b.* : ", text), f"{loss.name}: {name} is not described"
    assert " ".join(loss.reference.split()) in " ".join(text.split()), f"{loss.name}: the record names another reference"
    assert f"Chapter: {loss.chapter}." in text
    assert f".. math:: L({loss.arguments}) = " in text


@pytest.mark.parametrize("name", lossbook.__all__)
def test_a_docstring_gives_shapes_ranges_units_and_errors(name):
    function = getattr(lossbook, name)
    sections = dict(re.findall(r"^(\w+)\n-+\n(.*?)(?=^\w+\n-+\n|\Z)", inspect.getdoc(function), re.M | re.S))
    described = dict(re.findall(r"^(\S.*?)(?: : )(.*)$", sections["Parameters"], re.M))
    parameters = [each for entry in described for each in entry.split(", ")]
    assert parameters == list(inspect.signature(function).parameters)
    for entry, kind in described.items():
        if "array" in kind:
            assert re.search(r"(, |of )shape \(.*\)", kind), f"{entry}: no shape"
        else:
            assert re.match(r"(float|int) (in |>=? )|bool|\{", kind), f"{entry}: no range in {kind!r}"
    assert re.match(r"array, (scalar or )?shape \(\.\.\.(, C)?(, G)?(, T)?\), \S", sections["Returns"]), "no shape, or no unit"
    raised = dict(re.findall(r"^(\w+)\n    (If .*?\.)$", sections["Raises"], re.M | re.S))
    assert set(raised) == {"TypeError", "ValueError", *(["NotImplementedError"] if "strip" in parameters else [])}


def test_every_loss_is_in_a_family_and_every_name_is_one():
    assert {loss.family for loss in LOSSES} <= {family.slug for family in FAMILIES}
    names = [loss.name for loss in LOSSES]
    assert len(names) == len(set(names))


@by_loss
def test_a_loss_has_a_noise_model_or_a_reason_why_not(loss):
    assert (loss.name in NOISE_MODELS) != (loss.name in NO_NOISE_MODEL)
    assert {*NOISE_MODELS, *NO_NOISE_MODEL} <= {each.name for each in LOSSES}


def test_chapters_come_in_order_and_once():
    assert [loss.title for loss in chapters("regression")] == ["L1", "L2", "Lp", "Huber"]
    order = [
        "td",
        "q_learning",
        "distributional",
        "policy_gradient",
        "ppo",
        "soft_policy",
        "preference",
        "group_relative",
        "offline",
    ]
    assert [loss.chapter for loss in chapters("reinforcement")] == [f"reinforcement/{name}" for name in order]
    assert chapters("no family") == []


def test_a_synonym_is_one_loss_s_alone_and_new():
    """New: more than a name or a title with other punctuation, or with "loss" at its end."""

    def key(name):
        return re.sub(r"loss(es)?$", "", re.sub(r"[\W_]", "", name.casefold()))

    told = {key(each) for loss in LOSSES for each in (loss.name, loss.title)}
    for loss in LOSSES:
        for synonym in loss.synonyms:
            assert key(synonym) not in told, synonym
            told.add(key(synonym))


def test_a_record_is_found_by_function_or_name():
    for loss in LOSSES:
        assert loss_of(loss.function) is loss_of(loss.name) is loss
    with pytest.raises(KeyError, match="no record for 'nobody_loss'; the taxonomy holds .*'l1_loss'"):
        loss_of("nobody_loss")


def moderate(identity):
    """Return the bound of an identity's inputs: where 1 − sigmoid(z) keeps most of its digits."""
    return None if set(identity.inputs) == {"real"} else 8.0


@by_identity
def test_identity_holds_in_value(identity, many):
    for fed in many(identity, bound=moderate(identity)):
        np.testing.assert_allclose(identity.general(*fed), identity.special(*fed), rtol=1e-10, atol=identity.within + 1e-12)


@by_identity
def test_identity_holds_in_gradient(identity, many):
    for fed in many(identity, bound=moderate(identity)):
        gradients = []
        for side in (identity.general, identity.special):
            first, *rest = (None if each is None else torch.tensor(each) for each in fed)
            first.requires_grad_()
            side(first, *rest).sum().backward()
            gradients.append(first.grad.numpy())
        apart = np.broadcast_to(identity.apart(*fed), fed[0].shape)
        np.testing.assert_allclose(*(each[apart] for each in gradients), rtol=1e-9, atol=identity.within + 1e-12)


@by_identity
def test_identity_names_losses_of_the_book(identity):
    assert all(loss_of(name) for name in identity.losses)


def test_every_identity_has_an_address_of_its_own():
    assert len({identity.slug for identity in IDENTITIES}) == len(IDENTITIES)
