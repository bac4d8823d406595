"""How long a course of every chapter takes to make, and a perfect submission to each to grade."""

import tempfile
import time
from pathlib import Path

from lossbook.course.coursework import chapters, check, fork

ROOT = Path(__file__).parents[1]


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


if __name__ == "__main__":
    main()
