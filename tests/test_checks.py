"""The errors that the reference pages show: within bounds for every loss, and large where something is wrong."""

from dataclasses import replace

import numpy as np
import pytest

from lossbook import l1_loss
from lossbook.checks import COUNT, evidence, example, flat, identity_errors
from lossbook.taxonomy import IDENTITIES, LOSSES, SIZES, loss_of

# What each kind of check may be off by: the step of the differences leaves an error of its own, and
# some peers go by way of the arccosine.
BOUNDS = {"gradient": 1e-6, "another library": 1e-7, "noise model": 1e-12, "identity": 1e-6}


@pytest.mark.parametrize("record", [*LOSSES, *IDENTITIES], ids=lambda record: record.name)
@pytest.mark.parametrize("shape", [(100,), (25, 4)])
def test_an_example_is_what_its_kinds_say(record, shape):
    fed = example(record, shape)
    for kind, value in zip(record.kinds, fed, strict=True):
        assert kind.valid(value)
        assert value.shape == (kind.sizes if kind.shared else (*shape, *kind.sizes))
    assert all(np.array_equal(first, second) for first, second in zip(fed, example(record, shape), strict=True))


def test_what_does_not_belong_to_the_batch_is_left_alone():
    proxies = loss_of("proxy_nca_loss")
    fed = example(proxies)
    embedding, label, same = flat(proxies, fed)
    assert (embedding.shape, label.shape) == ((12, SIZES["D"]), (12,)) and same is fed[2]
    in_batch = loss_of("info_nce_loss")
    assert flat(in_batch, (*example(in_batch)[:2], None))[2] is None


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_every_loss_is_checked_and_every_error_is_small(loss):
    found = list(evidence(loss))
    assert [each.check for each in found].count("gradient") == 1
    assert sum(each.check == "another library" for each in found) == len(loss.peers)
    assert sum(each.check == "noise model" for each in found) == (loss.noise_model is not None)
    assert [each.against for each in found if each.check == "identity"] == [
        identity.name for identity in IDENTITIES if loss.name in identity.losses
    ]
    for each in found:
        assert each.inputs >= COUNT and each.inputs % COUNT == 0
        assert each.error <= BOUNDS[each.check], each


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda identity: identity.name)
def test_an_identity_is_off_by_no_more_than_it_says(identity):
    assert max(identity_errors(identity)) <= identity.within + 1e-9


def test_a_wrong_peer_shows():
    loss = loss_of(l1_loss)
    wrong = replace(loss, peers=(replace(loss.peers[0], call=lambda f, y_hat, y: 2 * f(y_hat, y, reduction="none")),))
    peer, *_ = (each for each in evidence(wrong) if each.check == "another library")
    assert peer.error > 0.4


def test_a_wrong_identity_shows_in_its_gradient():
    wrong = replace(IDENTITIES[0], special=lambda y_hat, y: l1_loss(y_hat, y, reduction="none") + 0 * y_hat.sum() + 1e-3 * y_hat)
    value, gradient = identity_errors(wrong)
    assert value > 1e-3 and gradient == pytest.approx(1e-3)


def test_a_library_that_is_missing_leaves_its_row_out(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("lossbook.checks.import_module", missing)
    assert {each.check for each in evidence(loss_of(l1_loss))} == {"gradient", "noise model", "identity"}


def test_examples_depend_on_the_seed_alone():
    for loss in LOSSES:
        one, again, other = (example(loss, seed=seed) for seed in (1, 1, 2))
        assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
        assert not all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_an_error_is_relative_where_the_value_is_large():
    huge = replace(
        loss_of(l1_loss),
        peers=(replace(loss_of(l1_loss).peers[0], call=lambda f, y_hat, y: f(1.001 * y_hat, 1.001 * y, reduction="none")),),
    )
    peer, *_ = (each for each in evidence(huge) if each.check == "another library")
    assert peer.error == pytest.approx(1e-3, rel=0.01)
