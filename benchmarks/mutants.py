"""Do the tests bite? Each line of the losses is changed in small ways, and the tests must notice.

`python benchmarks/mutants.py regression _ops/vectors` mutates these modules of `lossbook`; without a name, all
that a loss is made of, and what checks, shows and grades one. Every mutant is tested in a fork of one process that
has the heavy imports behind it, with the tests of the losses that its function is part of. Survivors are
listed: each is either equivalent to what was written, or a test that is missing. `make mutants` runs all of
it; it needs Linux.
"""

import ast
import difflib
import multiprocessing
import os
import shutil
import sys
import tempfile
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "lossbook"
LENSES = tuple(sorted(f"lenses/{file.stem}" for file in (PACKAGE / "lenses").glob("[a-z]*.py")))
# A family has its module among the losses and among the lenses.
FAMILIES = tuple(name for file in sorted(PACKAGE.glob("[a-z]*.py")) if f"lenses/{(name := file.stem)}" in LENSES)
MODULES = (*FAMILIES, *sorted(f"_ops/{file.stem}" for file in (PACKAGE / "_ops").glob("[a-z]*.py")), *LENSES)
# What shows and grades a loss; each has a file of tests of its own.
TOOLS = ("checks", "book/tables", "course/names")
# In the order in which they are likely to notice; those that compile come last, because each mutant is compiled anew.
TESTS = (
    "test_stated_values", "test_laws", "test_distance", "test_classification", "test_lenses", "test_taxonomy",
    "test_every_input", "test_gradients",
)  # fmt: skip
COMPILING = "jit_compile or every_way"
# What a fork need not import again.
HEAVY = (
    "numpy", "torch", "jax.numpy", "optax", "sklearn.metrics", "scipy.stats", "scipy.optimize", "scipy.integrate",
    "array_api_strict", "pytorch_metric_learning.losses", "nbgrader.preprocessors", "pytest",
)  # fmt: skip
# One change of each kind: a sign, an operation, a limit, a number, a branch.
OPERATORS = (
    "NumberReplacer", "AddNot", "RemoveDecorator", "ZeroIterationForLoop", "ExceptionReplacer",
    "ReplaceOrWithAnd", "ReplaceAndWithOr", "ReplaceFalseWithTrue", "ReplaceTrueWithFalse",
    "ReplaceUnaryOperator_Delete_USub", "ReplaceUnaryOperator_Delete_Not", "ReplaceUnaryOperator_Delete_Invert",
    "ReplaceBinaryOperator_Mul_Div", "ReplaceBinaryOperator_Div_Mul", "ReplaceBinaryOperator_Add_Sub",
    "ReplaceBinaryOperator_Sub_Add", "ReplaceBinaryOperator_Pow_Mul", "ReplaceBinaryOperator_BitAnd_BitOr",
    "ReplaceBinaryOperator_BitOr_BitAnd", "ReplaceComparisonOperator_Eq_NotEq", "ReplaceComparisonOperator_NotEq_Eq",
    "ReplaceComparisonOperator_Lt_LtE", "ReplaceComparisonOperator_Lt_GtE", "ReplaceComparisonOperator_LtE_Lt",
    "ReplaceComparisonOperator_LtE_Gt", "ReplaceComparisonOperator_Gt_GtE", "ReplaceComparisonOperator_Gt_LtE",
    "ReplaceComparisonOperator_GtE_Gt", "ReplaceComparisonOperator_GtE_Lt", "ReplaceComparisonOperator_Is_IsNot",
    "ReplaceComparisonOperator_IsNot_Is",
)  # fmt: skip
# Where many losses share a function, the tests of these few, in this order, are asked.
FEW = (
    "huber_loss", "cross_entropy", "info_nce_loss", "kl_divergence", "proxy_nca_loss", "angular_triplet_loss",
    "contrastive_loss", "focal_loss", "multiclass_hinge_loss",
)  # fmt: skip


def without_types(text):
    """Return what a module does, apart from its annotations: what two equal programs share."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
    return ast.dump(tree)


def is_python(text):
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def mutants(text):
    """Yield the mutated texts of a module."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    original = without_types(text)
    for name in OPERATORS:
        occurrence = 0
        while (mutated := mutate_code(text, get_operator(f"core/{name}")(), occurrence)) is not None:
            occurrence += 1
            # Some operators replace more than they should: {**a} becomes {*a}.
            if is_python(mutated) and without_types(mutated) != original:
                yield mutated


def changed(text, mutated):
    """Return the first changed line's number, its top-level definition's name, and both versions."""
    before, after = text.splitlines(), mutated.splitlines()
    blocks = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    _, old, _, new, _ = next(block for block in blocks if block[0] != "equal")
    pairs = zip(ast.parse(text).body, ast.parse(mutated).body, strict=True)
    definition = next(was for was, now in pairs if ast.dump(was) != ast.dump(now))
    return old + 1, getattr(definition, "name", ""), f"{before[old].strip()} → {after[new].strip()}"


def called():
    """Return for each function of the modules the names that it uses, and which of them are public."""
    uses, public = {}, []
    for module in MODULES:
        for node in ast.parse((ROOT / f"lossbook/{module}.py").read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
                # distance.py imports `positive` under this name.
                uses[node.name] = names | ({"positive"} if "above_zero" in names else set())
                if module in FAMILIES:
                    public.append(node.name)
    return uses, public


def losses_with(function, uses, public):
    """Return the names of a few public functions that a function is part of."""
    reached, new = set(), {function}
    while new:
        reached |= new
        new = {name for name, used in uses.items() if used & reached} - reached
    found = sorted((name for name in public if name in reached), key=lambda n: FEW.index(n) if n in FEW else len(FEW))
    return found[:3] or list(FEW[:3])


def survives(module, function, uses, public):
    """Return whether the tests pass: a tool's own; or those of bad inputs, all selected, of no loss, and those that compile."""
    if module in TOOLS:
        return passes("test", [f"test_{module.rpartition('/')[2]}"])
    # A noise model's tests are not named after it, but stand in a file of their own, and among the laws.
    of_models = ("test_lenses", "density", "likelihood", "probabilities")
    selected = " or ".join(of_models if module in LENSES else losses_with(function, uses, public))
    return all(map(passes, (
        f"({selected}) and named",
        f"({selected}) and not (named or {COMPILING})",
        f"not ({' or '.join(public)})",
        f"({selected}) and ({COMPILING})",
    )))  # fmt: skip


def run(selected, names):
    """Run the tests selected in the files named, silently, and end the process with pytest's code."""
    import pytest

    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    files = [f"tests/{name}.py" for name in names]
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore"]
    sys.exit(int(pytest.main([*options, *files, "-k", selected])))


def passes(selected, names=TESTS, seconds=300):
    """Return whether the tests selected pass in a fork, within a time, or there are none."""
    process = multiprocessing.get_context("fork").Process(target=run, args=(selected, names))
    process.start()
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
        process.join()
    return process.exitcode in (0, 5)  # 5: no test was selected


def main(names):
    every = (*MODULES, *TOOLS)
    unknown = set(names) - set(every)
    if unknown:
        sys.exit(f"no such module: {', '.join(unknown)}; there are {', '.join(every)}")
    with tempfile.TemporaryDirectory() as copy:
        for folder in ("lossbook", "tests"):
            shutil.copytree(ROOT / folder, Path(copy) / folder)
        for file in ("pyproject.toml", "README.md"):
            shutil.copy(ROOT / file, copy)
        os.chdir(copy)
        sys.path.insert(0, copy)
        sys.dont_write_bytecode = True
        for module in HEAVY:
            import_module(module)
        import_module("torch").set_num_threads(1)
        if not passes("test", (*TESTS, *(f"test_{tool.rpartition('/')[2]}" for tool in TOOLS)), seconds=1800):
            sys.exit("the tests fail without any mutant")
        uses, public = called()
        for module in names or every:
            test(module, Path(copy) / f"lossbook/{module}.py", uses, public)


def test(module, path, uses, public):
    """Test the mutants of one module, and print which survive."""
    text = path.read_text(encoding="utf-8")
    every = list(mutants(text))
    noticed = 0
    for count, mutated in enumerate(every, 1):
        number, function, change = changed(text, mutated)
        path.write_text(mutated, encoding="utf-8")
        if survives(module, function, uses, public):
            print(f"survives  {module}.py:{number} {function}: {change}", flush=True)
        else:
            noticed += 1
        path.write_text(text, encoding="utf-8")
        if count % 20 == 0 or count == len(every):
            print(f"{module}: {count} of {len(every)} tested, {noticed} noticed", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
