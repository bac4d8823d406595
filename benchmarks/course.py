"""How long a course of every chapter takes to make, a perfect submission to each to grade, and a class of thirty."""

import tempfile
import time
from pathlib import Path

from lossbook.course.chapters import chapters
from lossbook.course.check import check
from lossbook.course.fork import fork

ROOT = Path(__file__).parents[1]
CLASS = ("classification-focal", "distance-triplet", "regression-huber")  # as on the teaching page


def seconds(work, *arguments):
    start = time.perf_counter()
    result = work(*arguments)
    return time.perf_counter() - start, result


def main():
    names = list(chapters(ROOT))
    with tempfile.TemporaryDirectory() as folder:
        one, _ = seconds(fork, names[:1], Path(folder, "one"), ROOT)
        every, _ = seconds(fork, names, Path(folder, "all"), ROOT)
        print(f"{'fork of one chapter':<44}{one:>6.1f} s")
        print(f"{f'fork of all {len(names)}':<44}{every:>6.1f} s")
        for source in sorted(Path(folder, "all/source").glob("*/*.ipynb")):
            took, (result,) = seconds(check, [source], Path(folder, "all"))
            print(f"{result.assignment:<36}{result.points:>3g} of {result.of:<3g}{took:>5.1f} s", flush=True)
        files = [file for name in CLASS for file in 10 * list(Path(folder, "all/source", name).glob("*.ipynb"))]
        took, _ = seconds(check, files, Path(folder, "all"))
        print(f"{f'{len(files)} submissions to three chapters':<44}{took:>6.1f} s")


if __name__ == "__main__":
    main()
