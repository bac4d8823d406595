"""What the pages say of the heavy peers is what a run of these peers gives."""

import tomllib
from pathlib import Path

import pytest

from lossbook.book import ndcg, peers
from lossbook.taxonomy import LOSSES

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def now():
    return peers.run()


def test_every_heavy_peer_is_stored_and_no_other():
    told = {name: list(of) for name, of in peers.stored().items()}
    assert told == {loss.name: [peer.path for peer in loss.heavy_peers] for loss in LOSSES if loss.heavy_peers}


def test_what_is_stored_is_what_a_run_gives(now):
    for name, of in peers.stored().items():
        for path, told in of.items():
            found = now[name][path]
            again = "run python -m lossbook.book.peers"
            assert {**told, "error": 0} == {**found, "error": 0}, again
            # What is left is rounding, which another processor does in another order.
            here, there = (max(each["error"], 1e-12) for each in (found, told))
            assert here / 3 < there < 3 * here, f"{path}: {again}"
            assert told["error"] <= 1e-5  # in single precision on the way


def test_the_heavy_peers_are_what_the_extra_brings():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    chapters = {*extras["chapters"], *extras["book"]}
    rivals = {library for library in ndcg.LIBRARIES if not any(each.startswith(library) for each in chapters)}
    heavy = {peers.distribution(peer.library) for loss in LOSSES for peer in loss.heavy_peers}
    assert heavy | rivals == set(extras["peers"])
    assert not set(extras["peers"]) & chapters


def test_the_table_of_ndcg_is_what_a_run_gives():
    assert ndcg.stored() == ndcg.run(), "run python -m lossbook.book.ndcg"
