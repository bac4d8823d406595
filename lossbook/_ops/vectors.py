"""Vectors: lengths and angles that neither overflow nor divide by 0."""

import math
from typing import Any

from lossbook._ops.arrays import constant, floating, in_single, is_torch, known, namespace, promoted, same_shape


def embeddings(**arrays: Any) -> Any:
    """Return the namespace of named arrays of vectors, all of one shape (…, D)."""
    for name, array in arrays.items():
        floating(**{name: array})
        if array.ndim == 0 or array.shape[-1] == 0:
            raise ValueError(f"{name} must have shape (…, D) with D at least 1, got {tuple(array.shape)}")
    return same_shape(**arrays)


def one_for_each(**arrays: Any) -> Any:
    """Return the namespace of two named arrays: vectors (…, D), and one number for each of them (…)."""
    (of, vectors), (name, numbers) = arrays.items()
    floating(**arrays)
    xp = embeddings(**{of: vectors})
    if tuple(numbers.shape) != tuple(vectors.shape[:-1]):
        raise ValueError(
            f"{name} must have the shape of {of} without its last axis: "
            f"got {name} {tuple(numbers.shape)}, {of} {tuple(vectors.shape)}"
        )
    return xp


def dot(a: Any, b: Any) -> Any:
    """Return the sum of the products over the last axis, without an array of them."""
    xp = namespace(a=a, b=b)
    if is_torch(xp):
        # The compiler makes one loop of product and sum; array_api_compat's vecdot for torch stops torch.vmap.
        return xp.sum(a * b, axis=-1) if xp.compiler.is_compiling() else xp.linalg.vecdot(*promoted(xp, a, b))
    return in_single(xp, xp.vecdot, a, b)


def matmul(a: Any, b: Any) -> Any:
    """Return the matrix product."""
    xp = namespace(a=a, b=b)
    return xp.matmul(*promoted(xp, a, b)) if is_torch(xp) else in_single(xp, xp.matmul, a, b)


def squared_distances(x: Any, y: Any) -> Any:
    """Return the squared distance (…, T, S) of each of the vectors x (…, T, D) from each of y (…, S, D)."""
    apart = x[..., :, None, :] - y[..., None, :, :]
    return dot(apart, apart)


def norm(vectors: Any) -> Any:
    """Return the Euclidean length over the last axis, with first and second derivatives 0 at 0."""
    xp = namespace(vectors=vectors)
    length = _root_of_squares(vectors)
    limits = xp.finfo(length.dtype)
    shortest = float(limits.smallest_normal / limits.eps) ** 0.5
    # Of numbers too small or too large, squares lose digits or overflow: then once more, in units of the largest.
    if not known(xp.all((length >= shortest) & (length < math.inf))):
        unit = _largest(vectors)
        length = unit * _root_of_squares(vectors / unit[..., None])
    return length


def unit_vectors(vectors: Any) -> Any:
    """Return the vectors divided by their lengths; a zero vector stays zero."""
    xp = namespace(vectors=vectors)
    vectors = vectors / _largest(vectors)[..., None]
    length = _root_of_squares(vectors)[..., None]
    return vectors / xp.where(length == 0, 1.0, length)


def angle_between(u: Any, v: Any) -> Any:
    """Return the angle between two unit vectors, from 0 to π: exact for small ones too, and π/2 from a zero vector."""
    xp = namespace(u=u, v=v)
    apart, together = norm(u - v), norm(u + v)
    # Only two zero vectors are neither apart nor together.
    nowhere = apart + together == 0
    return 2 * xp.atan2(xp.where(nowhere, 1.0, apart), xp.where(nowhere, 1.0, together))


def _root_of_squares(vectors: Any) -> Any:
    xp = namespace(vectors=vectors)
    if is_torch(xp):
        length = xp.linalg.vector_norm(vectors, axis=-1)
        # At 0, torch's own has a second derivative of NaN.
        if known(xp.all(length > 0)):
            return length

    def root(vectors: Any) -> Any:
        squared = dot(vectors, vectors)
        # Twice, so that not even the branch not taken has an infinite slope.
        return xp.where(squared == 0, 0.0, xp.sqrt(xp.where(squared == 0, 1.0, squared)))

    return in_single(xp, root, vectors)


def _largest(vectors: Any) -> Any:
    """Return the largest magnitude over the last axis, a constant to the gradient; 1 where it is 0 or infinite."""
    xp = namespace(vectors=vectors)
    vectors = constant(vectors)
    if is_torch(xp):
        largest = xp.linalg.vector_norm(vectors, axis=-1, ord=math.inf)
    else:
        largest = xp.max(xp.abs(vectors), axis=-1)
    return xp.where((largest == 0) | xp.isinf(largest), 1.0, largest)
