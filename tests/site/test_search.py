"""The search finds a chapter by what people call it, and shows a section's own sentences."""

import re

import pytest
from test_pages import AXE_CORE

from conftest import weight

# What is searched for, and the page that comes first.
QUERIES = {
    "huber": "regression/huber",
    "hubr": "regression/huber",
    "huber loss": "regression/huber",
    "torch.nn.functional.huber_loss": "regression/huber",
    "HuberLoss": "regression/huber",
    "SmoothL1Loss": "regression/huber",
    "F.smooth_l1_loss": "regression/huber",
    "MAE": "regression/l1",
    "mean absolute error": "regression/l1",
    "pinball": "regression/l1",
    "MSE": "regression/l2",
    "nn.MSELoss": "regression/l2",
    "least squares": "regression/l2",
    "kullback": "lenses/kl",
    "kulback": "lenses/kl",
    "Kullback-Leibler divergence": "lenses/kl",
    "negative log-likelihood": "lenses/nll",
    "KLDivLoss": "classification/kl_divergence",
    "relative entropy": "classification/kl_divergence",
    "log loss": "classification/nll",
    "sklearn.metrics.log_loss": "classification/nll",
    "CrossEntropyLoss": "classification/cross_entropy",
    "cross entropy": "classification/cross_entropy",
    "tf.keras.losses.SparseCategoricalCrossentropy": "classification/cross_entropy",
    "torch.nn.functional.cross_entropy": "classification/cross_entropy",
    "softmax loss": "classification/cross_entropy",
    "BCEWithLogitsLoss": "classification/binary_cross_entropy",
    "binary crossentropy": "classification/binary_cross_entropy",
    "BCELoss": "classification/binary_cross_entropy",
    "focal": "classification/focal",
    "sigmoid_focal_loss": "classification/focal",
    "svm": "classification/hinge",
    "hinge los": "classification/hinge",
    "MultiMarginLoss": "classification/hinge",
    "triplet loss": "distance/triplet",
    "tripplet loss": "distance/triplet",
    "contrastive": "distance/pairwise_contrastive",
    "NT-Xent": "distance/info_nce",
    "NTXentLoss": "distance/info_nce",
    "SimCLR": "distance/info_nce",
    "infonce": "distance/info_nce",
    "n-pair": "distance/n_pair",
    "proxy nca": "distance/proxy",
    "hinge": "classification/hinge",
    "hinge l": "classification/hinge",
    "LSGAN": "generative/gan",
    "hinge gan": "generative/gan",
    "VAE": "generative/elbo",
    "normalizing flow": "generative/flow",
    "WGAN-GP": "generative/wasserstein",
    "DDPM": "generative/diffusion",
    "rectified flow": "generative/flow_matching",
    "nce": "generative/noise_contrastive",
    "BiLSTM-CRF": "structured/crf",
    "structured svm": "structured/structured_hinge",
    "entmax": "structured/fenchel_young",
    "DiceLoss": "structured/dice",
    "F1 loss": "structured/dice",
    "lovasz": "structured/lovasz",
    "hausdorff": "structured/boundary",
    "CIoU loss": "structured/box_iou",
    "hungarian": "structured/set_matching",
    "chamfer": "structured/set_matching",
    "bellman error": "reinforcement/td",
    "double dqn": "reinforcement/q_learning",
    "c51": "reinforcement/distributional",
    "quantile huber": "reinforcement/distributional",
    "reinforce": "reinforcement/policy_gradient",
    "clipped surrogate": "reinforcement/ppo",
    "gae": "reinforcement/ppo",
    "v-trace": "reinforcement/off_policy",
    "soft actor-critic": "reinforcement/soft_policy",
    "dpo": "reinforcement/preference",
    "kto": "reinforcement/preference",
    "rlhf": "reinforcement/preference",
    "grpo": "reinforcement/group_relative",
    "dr. grpo": "reinforcement/group_relative",
    "implicit q-learning": "reinforcement/offline",
    "cql": "reinforcement/offline",
    "which loss": "reference/which_loss",
    "notat": "reference/notation",
    "crosswalk": "reference/crosswalk",
}


@pytest.fixture
def searching(visit):
    """The page of results, from a server."""
    visited = visit()
    visited.open("search.html")
    return visited


def test_each_query_finds_its_page_first(searching):
    found = searching.page.evaluate(
        "queries => Promise.all(queries.map(query => pagesOf(query).then(([first]) => first ? searchPages[first.page][0] : null)))",
        list(QUERIES),
    )
    first = dict(zip(QUERIES, found, strict=True))
    assert first == {query: f"chapters/{page}" for query, page in QUERIES.items()}


def test_a_section_is_found_by_its_heading_and_its_chapter(searching):
    page = searching.page
    page.get_by_role("searchbox", name="Search the book").fill("huber pitfalls")
    result = page.locator("#search-results > li").filter(has_text="Huber loss").first
    link = result.get_by_role("link", name="Pitfalls")
    link.wait_for()
    address = link.get_attribute("href")
    assert address.endswith("chapters/regression/huber.html#pitfalls")
    page.goto(address)
    assert page.locator("#pitfalls > h2").is_visible()


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_results_show_sentences_of_the_page_and_no_debris(visit, scheme):
    page = visit(scheme).open("search.html?q=gradient")
    excerpts = page.locator("#search-results .context")
    page.locator("#search-results mark").first.wait_for()
    page.wait_for_function("[...document.querySelectorAll('.context')].every(({ textContent }) => textContent)")
    texts = excerpts.all_text_contents()
    assert len(texts) >= 5
    for text in texts:
        assert text.rstrip()[-1] in ".?!", text
        assert not re.search(r"[\\{}_\ufffc]|\$|\bimport\b|\breturn\b|Show the", text), text
    page.goto(page.locator("#search-results h2 a").first.get_attribute("href"))
    assert page.locator("h1").count() == 1


def test_the_sentences_of_all_pages_are_free_of_code_and_tex(site):
    for file in (site / "_static" / "search" / "chapters").rglob("*.js"):
        text = file.read_text()
        for debris in ("\\\\", "\ufffc", "YOUR CODE HERE", "import numpy", "$"):
            assert debris not in text, (file.name, debris)


def test_the_search_is_light_and_loads_nothing_before_it_is_used(visit, site):
    visited = visit()
    page = visited.open("chapters/index.html")
    page.wait_for_load_state("networkidle")
    before = list(visited.requests)
    assert not any("minisearch" in url or "/search/" in url for url in before)
    page.keyboard.press("/")
    page.keyboard.type("huber")
    page.get_by_role("option").first.wait_for()
    fetched = [url for url in visited.requests if url not in before]
    assert len(fetched) == 3  # the library, the terms, the index: no page's sentences
    assert weight(site, fetched) <= 300_000


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_suggestions_are_reached_by_keyboard(visit, scheme):
    page = visit(scheme).open("chapters/index.html")
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Search the book")
    assert field.evaluate("field => field === document.activeElement")
    page.keyboard.type("hub/")  # in the field, it is a letter
    assert field.input_value() == "hub/"
    page.keyboard.press("Backspace")
    options = page.get_by_role("option")
    options.first.wait_for()
    assert field.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    assert options.first.get_attribute("aria-selected") == "true"
    assert field.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    page.keyboard.press("Escape")
    assert options.count() == 0 and field.input_value() == "hub"
    page.keyboard.type("e")
    options.first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/regression/huber.html")


def test_enter_leads_to_all_results(visit):
    page = visit().open("chapters/index.html")
    field = page.get_by_role("combobox", name="Search the book")
    field.fill("median")
    field.press("Enter")
    page.wait_for_url("**/search.html?q=median")
    page.locator("#search-results a").first.wait_for()
    assert page.get_by_role("searchbox", name="Search the book").input_value() == "median"
    assert re.fullmatch(r"\d+ pages?", page.get_by_role("status").text_content())


def test_suggestions_are_accessible_and_fit(visit):
    for width, scheme in [(1280, "light"), (700, "dark")]:
        page = visit(viewport={"width": width, "height": 800}, color_scheme=scheme).open("chapters/regression/huber.html")
        page.keyboard.press("/")
        page.keyboard.type("entropy")
        page.get_by_role("option").first.wait_for()
        page.evaluate(AXE_CORE)
        found = page.evaluate("axe.run('.site-header', { resultTypes: ['violations'] })")
        assert [violation["id"] for violation in found["violations"]] == []
        box = page.get_by_role("listbox").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width


def test_on_a_phone_the_slash_leads_to_the_page_of_results(visit):
    page = visit(viewport={"width": 390, "height": 800}).open("chapters/index.html")
    page.keyboard.press("/")
    page.wait_for_url("**/search.html")
    assert page.get_by_role("searchbox", name="Search the book").evaluate("field => field === document.activeElement")


def test_without_scripts_the_page_says_what_to_do(visit):
    page = visit(java_script_enabled=False).open("search.html?q=huber")
    assert page.locator("article").get_by_role("link", name="crosswalk").is_visible()
