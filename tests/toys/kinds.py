# Lists of N items and sequences of T steps, with what says which of them are there.

SIZES |= {"N": 5, "T": 4}

LISTS = {
    "scores of a list": Kind(
        "scores of N items",
        _spread,
        _numbers,
        64,
        axes=("N",),
        along=lambda grid: np.stack([grid, 0 * grid, -grid, 0 * grid, 1 + 0 * grid], axis=-1),
    ),
    "relevance": Kind("relevance of N items", _spread, _numbers, 64, axes=("N",)),
    "mask of a list": Kind(
        "True where an item is there",
        lambda random, shape: np.logical_or(random.random(size=shape) < 0.6, np.arange(shape[-1]) == 0),
        lambda random, shape, bound: np.logical_or(random.random(size=shape) < 0.6, np.arange(shape[-1]) == 0),
        axes=("N",),
        forms=("mask of a list", None),
        masks=True,
        valid=lambda mask: mask.any() and not mask.all(),
        numbers="",
        types="error error error error error value error error error error",
    ),
}
SEQUENCES = {
    "logits of steps": Kind(
        "logits of C classes at T steps",
        _spread,
        _numbers,
        32,
        axes=("T", "C"),
        numbers="value value value value value either value nan",
        along=lambda grid: np.repeat(_moved_scores(grid)[:, None, :], SIZES["T"], axis=1),
        float32=lambda largest: 2e-6,
        widest=1e4,
    ),
    "labels of steps": Kind(
        "class of each step",
        _one_of(*range(SIZES["C"])),
        _one_of(*range(SIZES["C"])),
        axes=("T",),
        names="C",
        valid=lambda y: set(y.flat) == {0, 1, 2},
        numbers="",
        types=ONLY_INTEGERS,
        refused=(-1, SIZES["C"]),
        rule="be a class from 0 to 2",
    ),
    "lengths": Kind(
        "how many steps count",
        lambda random, shape: random.integers(1, SIZES["T"] + 1, size=shape),
        lambda random, shape, bound: random.integers(0, SIZES["T"] + 1, size=shape),
        forms=("lengths", None),
        counts="T",
        valid=lambda lengths: set(lengths.flat) == {1, 2, 3, 4},
        numbers="",
        types=ONLY_INTEGERS,
        refused=(-1, SIZES["T"] + 1),
        rule="lie between 0 and 4",
    ),
}
KINDS |= LISTS | SEQUENCES
