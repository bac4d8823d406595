"""The page *Speed* shows what the benchmarks measured, all of it, and explains what misses its aim."""

from itertools import product

import numpy as np
import pytest

from lossbook.book import speed
from lossbook.taxonomy import LOSSES, loss_of

ROWS = speed.measured()["times"]


@pytest.mark.parametrize("loss", dict.fromkeys(row["loss"] for row in ROWS))
def test_a_measured_loss_has_two_sizes_two_passes_and_its_growth(loss):
    done = {(tuple(row["shape"]), row["pass"]) for row in ROWS if row["loss"] == loss}
    shapes = {shape for shape, _ in done}
    assert len(shapes) == 2 and done == set(product(shapes, ("forward", "forward and backward")))
    # JAX keeps its memory to itself, and so does Python.
    in_torch = any(row["loss"] == loss and any(name in row["peer"] for name in ("torch", "numba", "tslearn")) for row in ROWS)
    assert in_torch == any(row["loss"] == loss for row in speed.measured()["memory"])
    counts = [row["shape"][0] for row in speed.measured()["growth"] if row["loss"] == loss]
    of_numbers, of_rows, of_lists, of_lattices = (
        [10**3, 10**4, 10**5, 10**6, 10**7], [64, 256, 1024, 4096, 8192], [16, 64, 256, 1024], [4, 16, 64, 256],
    )  # fmt: skip
    assert counts in (of_numbers, of_rows, of_lists, of_lattices)


def test_quartiles_are_in_order_and_positive():
    for row in ROWS:
        # A lattice of too many steps is not compiled.
        for way in ("eager", "compiled") if row["compiled"] else ("eager",):
            low, middle, high = row[way]
            assert 0 <= low <= middle <= high and row["seconds"] > 0


def test_what_is_slower_than_it_should_be_is_explained_once():
    missed = {(row["loss"], way) for row, way in speed.misses()}
    explained = [each for names in speed.REASONS.values() for each in names]
    assert missed <= set(explained) and len(explained) == len(set(explained))
    told = speed.slower()
    assert told.count("\u00a0×") == len(missed)
    assert all(loss_of(name).title in told for name, _ in missed)


def test_metric_losses_are_ahead_of_pytorch_metric_learning():
    """In time and in memory, eager too: the machine is the same for both, and so is the minute."""
    kinds = [("times", "eager", 1), ("memory", "eager", None)]
    for name, way, place in kinds:
        rows = [row for row in speed.measured()[name] if row["peer"].startswith("pytorch_metric_learning")]
        assert rows
        for row in rows:
            ratio = row[way] if place is None else row[way][place]
            assert ratio < 1, row


def test_the_figure_has_each_loss_with_its_ratios():
    made = speed.beside_pytorch()
    eager, compiled = made.data[1:]
    titles = made.layout.yaxis.ticktext
    assert len(titles) == len(eager.x) == len(compiled.x) == len(set(titles))
    for title, ratio in zip(titles, eager.x, strict=True):
        (loss,) = (loss for loss in LOSSES if loss.title == title)
        rows = [r for r in ROWS if r["loss"] == loss.name and r["peer"].startswith("torch.") and r["pass"] != "forward"]
        assert any(ratio == pytest.approx(row["eager"][1], rel=1e-3) for row in rows)
        assert title in made.layout.meta["alt"]


def test_tables_hold_all_rows():
    assert len(speed.beside_peers().rows) == len(ROWS)
    assert len(speed.memory().rows) == len(speed.measured()["memory"])
    first = speed.beside_peers().rows[0]
    assert loss_of(ROWS[0]["loss"]).title in first[0] and first[6] == f"{ROWS[0]['eager'][1]:.2f}"


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0])
def test_the_slope_of_a_power_is_its_exponent(power):
    counts = np.asarray([1e3, 1e4, 1e5, 1e6, 1e7])
    assert speed._slope(counts, 3 * counts**power) == pytest.approx(power)


def test_a_loss_that_is_not_measured_is_named(monkeypatch):
    without = {**speed.measured(), "times": [row for row in ROWS if row["loss"] != "huber_loss"]}
    monkeypatch.setattr(speed, "measured", lambda: without)
    missing = [loss.title for loss in LOSSES if not any(row["loss"] == loss.name for row in without["times"])]
    assert "Huber" in missing and speed.of_the_run().endswith(f"Not measured yet: {', '.join(missing)}.")


def test_small_inputs_are_told_by_their_fastest_and_slowest():
    small = [row["seconds"] for row in ROWS if row["shape"] == [1000] and row["pass"] == "forward" and "torch." in row["peer"]]
    assert f"PyTorch's functions {speed._seconds(min(small))} to {speed._seconds(max(small))}" in speed.of_small_inputs()


def test_a_mask_is_told_in_both_kinds():
    booleans, floats = (speed._seconds(speed.measured()["mask"][kind]) for kind in ("booleans", "floats"))
    assert f"in {booleans} as booleans, and in {floats} as floats" in speed.of_a_mask()


def test_in_strips_memory_is_less_and_grows_with_the_batch():
    ours = {row["task"]: row["bytes"] for row in speed.measured()["strips"]["tasks"] if row["name"] == "strips"}
    for row in speed.measured()["strips"]["tasks"]:
        assert row["name"] == "strips" or "chunked" in row["name"] or ours[row["task"]] < row["bytes"] / 2
    growth = [row for row in speed.measured()["strips"]["growth"] if row["name"] == "strips"]
    each = [row["bytes"] / row["batch"] for row in growth]
    assert max(each) < 1.5 * min(each), "not in proportion"


def test_strips_are_told_with_all_they_were_beside():
    rows = speed.in_strips().rows
    tasks = speed.measured()["strips"]["tasks"]
    assert len(rows) == len(tasks) - len({row["task"] for row in tasks})
    assert {trace.name for trace in speed.growth_in_strips().data} == {"strips", "all at once"}
