"""The reference pages are made from the records, and hold every loss and every identity."""

import re
from collections import Counter
from html import escape, unescape

import numpy as np
import pytest

from lossbook.book import atlas
from lossbook.book.guide import GUIDE, Question, paths, which_loss
from lossbook.taxonomy import FAMILIES, IDENTITIES, LOSSES, Family, loss_of


def test_the_map_names_every_loss_and_links_every_identity():
    drawn = atlas.taxonomy_map().html
    for loss in LOSSES:
        assert f'<a href="../{loss.chapter}.ipynb" class="map-loss">{escape(loss.title)}</a>' in drawn
    for identity in IDENTITIES:
        assert re.search(rf'<a href="identities\.ipynb#{identity.slug}" class="map-link[^"]*" data-ends=', drawn)
    assert drawn.count("data-ends=") == len(IDENTITIES)
    written = {loss.family for loss in LOSSES}
    assert drawn.count("<details") == drawn.count('class="map-overview"') == len(written)


def rows_of(drawn):
    """Return where each loss is drawn, its own row or that of its family, and the number of rows, gaps included."""
    row, titles = 0.0, {}
    for state, family in re.findall(r"<details( open)?>(.*?)</details>", drawn):
        names = re.findall(r'class="map-loss">(.*?)</a>', family)
        titles |= {unescape(name): row + (2 + position if state else 0) for position, name in enumerate(names)}
        row += (2 + len(names) if state else 1) + atlas.GAP
    return titles, row - atlas.GAP


def arcs_of(drawn):
    """Return the height of both ends of each arc, in rows, and whether it is hidden."""
    arcs = {}
    for slug, hidden, path in re.findall(
        r'#([^"]*)" class="map-link.*?"( hidden)?><title>.*?<path class="map-reach" d="([^"]*)"', drawn
    ):
        numbers = [float(number) for number in re.findall(r"[\d.]+", path)]
        arcs[slug] = ([numbers[1] / atlas.ROW - 0.5, numbers[-1] / atlas.ROW - 0.5], bool(hidden))
    return arcs


@pytest.mark.parametrize("folded", [False, True])
def test_an_arc_joins_the_rows_of_the_two_losses_it_is_about(folded):
    drawn = atlas.taxonomy_map(folded=folded).html
    (rows, height), arcs = rows_of(drawn), arcs_of(drawn)
    assert float(re.search(r'viewBox="0 0 \d+ ([\d.]+)"', drawn)[1]) == height * atlas.ROW
    for identity in IDENTITIES:
        one, other = (loss_of(name) for name in identity.losses)
        ends, hidden = arcs[identity.slug]
        expected = sorted([rows[one.title], rows[other.title]])
        if expected[0] == expected[1]:  # a loop around the row
            assert ends[0] < expected[0] < ends[1]
        else:
            assert ends == pytest.approx(expected)
        assert hidden == (folded and one.family == other.family)


def test_families_start_folded_where_losses_are_many(monkeypatch):
    monkeypatch.setattr(atlas, "MANY", len(LOSSES) - 1)
    assert "<details open" not in atlas.taxonomy_map().html
    monkeypatch.setattr(atlas, "MANY", len(LOSSES))
    assert "<details>" not in atlas.taxonomy_map().html


def test_no_arc_leaves_the_picture():
    drawn = atlas.taxonomy_map(folded=False).html
    for bulge in re.findall(r"C([\d.]+) ", drawn):
        # A curve reaches three quarters of the way to its control points.
        assert 4 + 0.75 * (float(bulge) - 4) < atlas.WIDTH


def test_each_arc_says_its_condition_and_a_limit_is_told_apart():
    drawn = atlas.taxonomy_map().html
    said = re.findall(r"<li hidden>(.*?)</li>", drawn)
    for identity, each in zip(IDENTITIES, said, strict=True):
        assert escape(identity.name) in each and f"#{identity.slug}" in each
        assert ("where" in each) == (identity.condition != "always")
        assert identity.condition == "always" or f"${escape(identity.condition)}$" in each
    limits = re.findall(r'#([^"]*)" class="map-link map-limit"', drawn)
    assert limits == [identity.slug for identity in IDENTITIES if r"\to" in identity.condition]


def test_the_list_says_what_the_map_shows():
    rows = atlas.links().rows
    assert len(rows) == len(LOSSES)
    for loss, row in zip(LOSSES, rows, strict=True):
        assert row[2].count("<a href") == sum(loss.name in identity.losses for identity in IDENTITIES)


def test_the_comparison_states_the_records():
    rows = {row[0]: row for row in atlas.comparison().rows}
    assert len(rows) == len(LOSSES)
    huber = rows["[Huber](../regression/huber.ipynb)"]
    assert len(atlas.minimisers().rows) == len(LOSSES)
    assert huber[1:7] == ["Regression", "yes", "yes", "yes", "–", "yes"]
    assert rows["[Focal](../classification/focal.ipynb)"][5:7] == ["no", "no"]


def test_losses_on_one_axis_are_drawn_on_what_they_share():
    made = atlas.compared()
    axes = Counter(loss.curve.label for loss in LOSSES)
    assert len(made) >= 4
    for each in made:
        shown = [trace for trace in each.data if trace.visible is True]
        assert 2 <= len(shown) <= 3 and all(len(trace.x) == len(each.data[0].x) for trace in each.data)
        assert all(np.all(np.isfinite(trace.y)) for trace in each.data)
    assert [len(each.data) for each in made] == [n for n in axes.values() if n > 1]
    residual = next(each for each in made if each.layout.xaxis.title.text == "residual r")
    assert [trace.name for trace in residual.data] == [loss.title for loss in LOSSES if loss.family == "regression"]


def test_every_identity_has_its_row_and_both_sides_are_drawn():
    rows = atlas.identities().rows
    assert [re.search('id="(.*?)"', row[0])[1] for row in rows] == [identity.slug for identity in IDENTITIES]
    for identity, row in zip(IDENTITIES, rows, strict=True):
        general, special = re.findall('points="(.*?)"', row[1])
        heights = [np.asarray([float(point.split(",")[1]) for point in side.split()]) for side in (general, special)]
        np.testing.assert_allclose(*heights, atol=0.02, err_msg=identity.name)
        assert np.ptp(heights[0]) > 10


def test_the_crosswalk_has_a_row_for_each_peer_with_its_arguments():
    rows = atlas.crosswalk().rows
    assert len(rows) == sum(len(loss.everywhere) for loss in LOSSES)
    huber = next(row for row in rows if row[2].startswith("`torch.nn.functional.huber_loss`"))
    assert (
        huber[1] == "PyTorch"
        and "`delta=1.0`" in huber[2]
        and "`reduction='mean'`" in huber[2]
        and huber[2].endswith("<br>the same")
        and huber[3] == "0"
    )
    assert not any("size_average" in row[2] for row in rows)


def test_the_crosswalk_says_what_is_not_installed_and_what_was_stored(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("lossbook.checks.import_module", missing)
    heavy = {peer.path for loss in LOSSES for peer in loss.heavy_peers}
    for row in atlas.crosswalk().rows:
        if row[2].split("`")[1] in heavy:
            assert re.fullmatch(r"(0|\de-\d\d) \(version [\d.]+, when last run\)", row[3])
            assert "`y_true` `y_pred`" in row[2] or "keras" not in row[2]
        else:
            assert row[3] == "not installed"


def test_how_we_know_counts_what_was_tried():
    rows = atlas.how_we_know().rows
    assert {row[0] for row in rows} == {f"[{loss.title}](../{loss.chapter}.ipynb)" for loss in LOSSES}
    assert all(int(row[3].replace(" ", "")) >= 1000 for row in rows)


# --- which loss? ---


def test_every_path_ends_in_losses_of_the_book_and_every_loss_is_reached():
    reached = [name for _, advice in paths() for name in advice.losses]
    assert set(reached) == {loss.name for loss in LOSSES}


def test_paths_are_short_and_every_question_is_one():
    assert all(1 <= len(answers) <= 4 for answers, _ in paths())

    def questions(node):
        if isinstance(node, Question):
            yield node
            for following in node.answers.values():
                yield from questions(following)

    for question in questions(GUIDE):
        assert question.text.endswith("?") and len(question.answers) >= 2
    assert all(advice.reason.endswith(".") for _, advice in paths())


def test_the_guide_links_each_end_to_its_chapters():
    shown = which_loss().html
    for _, advice in paths():
        for name in advice.losses:
            assert f'<a href="../{loss_of(name).chapter}.ipynb">' in shown
    steps = {answers[:n] for answers, _ in paths() for n in range(1, len(answers) + 1)}
    assert shown.count("<details>") == shown.count("</details>") == len(steps)


def test_families_without_losses_are_not_on_the_map(monkeypatch):
    monkeypatch.setattr(atlas, "FAMILIES", (*FAMILIES, Family("empty", "Empty", "No loss is of this family.")))
    drawn = atlas.taxonomy_map().html
    assert ">Empty <" not in drawn
    assert all(f">{family.title} <" in drawn for family in FAMILIES)
