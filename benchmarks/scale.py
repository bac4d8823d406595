"""The book at the size it will have: 45 stand-in chapters and 75 stand-in losses in a copy, built, weighed and pictured.

    python benchmarks/scale.py [FOLDER]

The copy stays in FOLDER (by default a new one, which is named at the end), its pictures in FOLDER/_build/pictures.
What stands in is taken from the book itself: records under other names, chapters' texts around fewer cells.
"""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from itertools import cycle, pairwise
from pathlib import Path

import nbformat
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell
from pages import served
from playwright.sync_api import sync_playwright

from lossbook.taxonomy import IDENTITIES, LOSSES
from lossbook_site.pdf import CHROMIUM

ROOT = Path(__file__).parents[1]

# The losses of each chapter, by family.
STAND_INS = {
    "ranking": [
        ["RankNet", "RankNet with ties"], ["Pairwise hinge", "Squared pairwise hinge"], ["Margin ranking"],
        ["LambdaRank", "LambdaLoss"], ["ListNet"], ["ListMLE", "p-ListMLE"], ["ApproxNDCG", "ApproxMRR"],
        ["BPR", "WARP"], ["Sampled softmax"],
    ],
    "sequence": [
        ["CTC", "CTC with entropy"], ["RNN transducer", "Monotonic transducer"], ["Sequence cross-entropy", "Masked cross-entropy"],
        ["Unlikelihood"], ["Minimum risk", "Minimum word error"], ["Soft-DTW", "Soft-DTW divergence"],
        ["Linear-chain CRF"], ["Sequence distillation", "Token distillation"], ["Edit distance, expected"],
    ],
    "generative": [
        ["Minimax GAN", "Non-saturating GAN"], ["Least-squares GAN"], ["Wasserstein", "Gradient penalty"], ["ELBO", "β-VAE"],
        ["Flow likelihood"], ["Score matching", "Denoising score matching"], ["Noise prediction", "v-prediction"],
        ["Flow matching", "Rectified flow"], ["Maximum mean discrepancy", "Sinkhorn divergence"],
    ],
    "structured": [
        ["Dice", "Generalised Dice"], ["Jaccard", "Lovász"], ["Tversky", "Focal Tversky"], ["Generalised IoU", "Complete IoU"],
        ["Structured hinge"], ["Hungarian matching"], ["Boundary"], ["Structural similarity"],
        ["Chamfer", "Earth mover's"],
    ],
    "reinforcement": [
        ["TD error", "Double Q"], ["Categorical Q", "Quantile Q"], ["REINFORCE"], ["Actor-critic", "V-trace"],
        ["PPO clipped", "PPO with penalty"], ["Soft actor-critic"], ["Behaviour cloning", "Conservative Q"],
        ["DPO", "IPO"], ["Reward model"],
    ],
}  # fmt: skip

# Stands at the end of lossbook/taxonomy/__init__.py in the copy. A peer's name is kept: it is a function of its library.
RECORDS = """

def _stand_in(base: str, name: str, title: str, chapter: str) -> Loss:
    from dataclasses import replace
    from functools import wraps

    from lossbook.lenses import NO_NOISE_MODEL, NOISE_MODELS

    loss = loss_of(base)

    @wraps(loss.function)
    def function(*inputs: Any, **hyperparameters: Any) -> Any:
        return loss(*inputs, **hyperparameters)

    function.__name__ = name
    for models in (NOISE_MODELS, NO_NOISE_MODEL):
        if base in models:
            models[name] = models[base]
    curve = replace(loss.curve, label=f"{loss.curve.label}, {chapter.split('/')[0]}")
    return replace(loss, function=function, title=title, chapter=chapter, curve=curve)
"""

# Like a chapter's cells, and quick.
SETUP = """
from lossbook.book.figures import BLUE, ORANGE, figure, line, with_slider
from lossbook.book.tables import at_a_glance, in_other_libraries, source
from lossbook.taxonomy import loss_of
import numpy as np

loss = loss_of({name!r})
at_a_glance(loss.function)
"""
PICTURE = """
x = np.linspace(loss.curve.low, loss.curve.high, 81)
y = loss.curve.of(x)


def both(stretch):
    return figure(
        line(x, y, loss.title, BLUE), line(x, stretch * y, "stretched", ORANGE), x=loss.curve.label, y="loss",
        alt=f"{loss.title} from {x[0]:.3g} to {x[-1]:.3g}, and the same stretched by {stretch:.2g}. Both have their least value at one place.",
    )


with_slider(both, [0.5, 1.0, 1.5, 2.0], name="stretch", start=1.0)
"""
EXERCISES = "### Exercise {0}: the stand-in's exercise {0} (1 point)\n\nWrite the number {0}."


def slug(title):
    return "_".join(re.findall("[a-z0-9]+", title.lower()))


def planned():
    """Yield each stand-in: its name, its title, its chapter and the loss that it is made from."""
    bases = cycle(LOSSES)
    for family, chapters in STAND_INS.items():
        for titles in chapters:
            for title in titles:
                yield f"{family}_{slug(title)}", title, f"{family}/{slug(titles[0])}", next(bases)


def add_records(copy, losses):
    """Write a module for each family, and have the taxonomy take it in."""
    taxonomy = copy / "lossbook" / "taxonomy" / "__init__.py"
    identities = cycle(IDENTITIES)
    lines = [RECORDS]
    for family in STAND_INS:
        own = [loss for loss in losses if loss[2].startswith(f"{family}/")]
        rows = "".join(f"    ({base.name!r}, {name!r}, {title!r}, {chapter!r}),\n" for name, title, chapter, base in own)
        (copy / "lossbook" / "taxonomy" / f"{family}.py").write_text(f'"""Stand-ins."""\n\nSTAND_INS = (\n{rows})\n')
        lines.append(f"from lossbook.taxonomy.{family} import STAND_INS as _of_{family}\n")
        lines.append(f"LOSSES += tuple(_stand_in(*each) for each in _of_{family})\n")
    # Every third loss is a case of the one before it, every fifth one of a loss that the book has.
    pairs = [(one, other) for number, (one, other) in enumerate(pairwise(losses)) if number % 3 == 0]
    pairs += [(one, (one[3].name, one[3].title)) for one in losses[::5]]
    lines.append("from dataclasses import replace as _replace\n")
    for (one, title, *_), (other, what, *_) in pairs:
        like = IDENTITIES.index(next(identities))
        lines.append(
            f"IDENTITIES += (_replace(IDENTITIES[{like}], name={f'{title} is {what} in disguise'!r}, losses=({one!r}, {other!r})),)\n"
        )
    with taxonomy.open("a", encoding="utf-8") as file:
        file.writelines(lines)


def add_doors(copy, losses):
    """Give the guide a door for each family."""
    with (copy / "lossbook" / "book" / "guide.py").open("a", encoding="utf-8") as file:
        for family in STAND_INS:
            own = [(name, title) for name, title, chapter, _ in losses if chapter.startswith(f"{family}/")]
            answers = ", ".join(
                f'{f"as for {title}"!r}: Advice(({name!r},), "It is a stand-in, with a reason of one sentence.")'
                for name, title in own[:5]
            )
            file.write(f'\nGUIDE.answers["what {family} losses take"] = Question("Which of these?", {{{answers}}})\n')


def add_times(copy, losses):
    """Give the stand-ins the times of what they are made from."""
    file = copy / "lossbook" / "book" / "speed.json"
    measured = json.loads(file.read_text())
    for part in ("times", "memory", "growth"):
        measured[part] += [
            {**row, "loss": name} for name, _, _, base in losses for row in measured[part] if row["loss"] == base.name
        ]
    file.write_text(json.dumps(measured))


def graded(name, number, source, *, solution):
    metadata = {"schema_version": 3, "grade_id": f"{name}-{number}-{'answer' if solution else 'test'}", "solution": solution}
    metadata |= {"grade": not solution, "locked": not solution, "task": False, "cell_type": "code"}
    if not solution:
        metadata["points"] = 1
    return new_code_cell(source, metadata={"nbgrader": metadata})


def chapter(name, title, base):
    """Return a notebook with the text of the base's chapter around few cells."""
    book = nbformat.read(ROOT / "chapters" / f"{base.chapter}.ipynb", as_version=4)
    install = next(cell for cell in book.cells if cell.cell_type == "code").source.partition('loss-book"')
    cells, exercises = [], False
    for cell in book.cells:
        if cell.cell_type != "markdown":
            continue
        text = re.sub(r"\]\((?=\w+\.ipynb)", f"](../{base.family}/", cell.source)
        text = re.sub(r"^# .*", f"# {title}", text)
        heading = re.search("^## (.*)", text, re.M)
        exercises = heading[1] == "Exercises" if heading else exercises
        if not exercises:
            cells.append(new_markdown_cell(text))
        elif heading:
            cells.append(new_markdown_cell("## Exercises"))
            for number in (1, 2):
                solved = f"answer = ...\n### BEGIN SOLUTION\nanswer = {number}\n### END SOLUTION"
                tested = f"assert answer\n### BEGIN HIDDEN TESTS\nassert answer == {number}\n### END HIDDEN TESTS"
                cells.append(new_markdown_cell(EXERCISES.format(number)))
                cells += [graded(name, number, solved, solution=True), graded(name, number, tested, solution=False)]
    cells[1:1] = [
        new_code_cell("".join(install[:2]) + SETUP.format(name=name), metadata={"tags": ["hide-input"]}),
        new_code_cell(PICTURE.strip(), metadata={"tags": ["hide-input"]}),
    ]
    return nbformat.v4.new_notebook(cells=cells, metadata=book.metadata)


def add_chapters(copy, losses):
    """Write the chapters and their families' pages, and enter them in the contents and among the goals."""
    toc = yaml.safe_load((copy / "_toc.yml").read_text())
    goals = copy / "chapters" / "teaching" / "index.md"
    written, parts = {}, []
    for name, title, path, base in losses:
        written.setdefault(path, (name, title, base))
    for path, (name, title, base) in written.items():
        file = copy / "chapters" / f"{path}.ipynb"
        file.parent.mkdir(exist_ok=True)
        nbformat.write(chapter(name, title, base), file)
    for family in STAND_INS:
        pages = [path for path in written if path.startswith(f"{family}/")]
        text = (
            f"# {family.capitalize()}\n\nThe losses of this family stand in for those to come.\n\n```{{family}} {family}\n```\n"
        )
        (copy / "chapters" / family / "index.md").write_text(text)
        files = [{"file": f"chapters/{path}"} for path in [f"{family}/index", *pages]]
        parts.append({"caption": family.capitalize(), "chapters": files})
    place = next(number for number, part in enumerate(toc["parts"]) if part["caption"] == "Reference")
    toc["parts"][place:place] = parts
    (copy / "_toc.yml").write_text(yaml.safe_dump(toc, sort_keys=False))
    lines = "".join(f"{path}: Say what {title} asks for.\n" for path, (_, title, _) in written.items())
    before, directive, after = goals.read_text(encoding="utf-8").rpartition("```")
    goals.write_text(before + lines + directive + after, encoding="utf-8")


def run(copy, *command):
    """Run a command on the copy's own packages, return what it printed, and stop if it fails."""
    done = subprocess.run(
        command, cwd=copy, env=os.environ | {"PYTHONPATH": str(copy)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed in {copy}:\n{done.stdout[-5000:]}")
    return done.stdout


def make(copy):
    """Copy the project and add what stands in."""
    for folder in ("lossbook", "lossbook_site", "chapters", "tests"):
        shutil.rmtree(copy / folder, ignore_errors=True)
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    for file in ("_config.yml", "_toc.yml", "pyproject.toml"):
        shutil.copy(ROOT / file, copy)
    (copy / "lossbook_site" / "assets" / "node_modules").symlink_to(ROOT / "lossbook_site" / "assets" / "node_modules")
    losses = list(planned())
    add_records(copy, losses)
    add_doors(copy, losses)
    add_times(copy, losses)
    add_chapters(copy, losses)
    run(copy, sys.executable, "-m", "lossbook_site.anatomy")


LOOKED_AT = ["chapters/index", "chapters/generative/elbo", "chapters/generative/index", "search"]
LOOKED_AT += [
    f"chapters/reference/{name}"
    for name in ("map", "comparison", "identities", "crosswalk", "how_we_know", "which_loss", "speed")
]


def picture(site, folder):
    """Take pictures of pages: from their top, halfway down, and with the contents of the book open."""
    folder.mkdir(exist_ok=True)
    with served(site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--headless", "--no-sandbox"])
        for name in LOOKED_AT:
            for width in (390, 1280):
                page = browser.new_page(viewport={"width": width, "height": 844}, has_touch=width < 1000, reduced_motion="reduce")
                page.goto(f"{address}{name}.html")
                page.evaluate("document.documentElement.classList.add('laid-out')")
                for scheme in ("light", "dark"):
                    page.emulate_media(color_scheme=scheme)
                    file = folder / f"{name.removeprefix('chapters/').replace('/', '-')}-{width}-{scheme}"
                    page.evaluate("scrollTo(0, 0)")
                    page.wait_for_timeout(300)
                    height = min(4000, page.evaluate("document.documentElement.scrollHeight"))
                    page.screenshot(path=f"{file}.png", full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
                    page.evaluate("scrollTo(0, document.documentElement.scrollHeight / 2)")
                    page.wait_for_timeout(300)
                    page.screenshot(path=f"{file}-halfway.png")
                    if width == 390:
                        page.get_by_role("button", name="Contents of the book").click()
                        page.screenshot(path=f"{file}-contents.png")
                        page.keyboard.press("Escape")
                page.close()
        browser.close()


def main(copy):
    make(copy)
    print(run(copy, Path(sys.executable).with_name("jupyter-book"), "build", ".", "-W", "-n", "--keep-going")[-300:])
    site = copy / "_build" / "html"
    index = (site / "searchindex.js").read_bytes()
    print(f"search index: {len(index) / 1000:.0f} kB, {len(gzip.compress(index)) / 1000:.0f} kB gzip")
    picture(site, copy / "_build" / "pictures")
    weights = run(
        copy, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/site/test_pages.py", "-k", "is_light"
    )
    print(weights)
    print(f"the copy: {copy}; its pictures: {copy / '_build' / 'pictures'}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if sys.argv[1:] else tempfile.mkdtemp(prefix="loss-book-")).resolve())
