"""Times mining among 20,000 x 20,000 sentences of 256 dimensions, and checks it.

    python benchmarks/mining.py [sentences] [dimensions] [subset]

Three quarters of the sentences have a planted translation, which is their vector with noise.
Prints seconds, the memory that mining added at its peak, and F1; then the time on a subset of
sentences (2,000) against the plain definition in numpy, sentence by sentence, and whether both
give the same pairs. Set OMP_NUM_THREADS to choose the cores.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
import numpy.typing as npt

from xharness.engine.prediction import neighbours
from xharness.metrics.mining import NEIGHBOURS

NOISE = 0.9

Vectors = npt.NDArray[np.float32]
Pair = tuple[float, int, int]


def planted(count: int, width: int) -> tuple[Vectors, Vectors, npt.NDArray[np.int64]]:
    """Return sources, targets and the gold pairs (n, 2): three quarters of them, shuffled."""
    rng = np.random.default_rng(0)
    source, target = (rng.standard_normal((count, width), dtype=np.float32) for _ in range(2))
    gold = np.stack([rng.permutation(count), rng.permutation(count)], axis=1)[: count * 3 // 4]
    target[gold[:, 1]] = source[gold[:, 0]] + NOISE * target[gold[:, 1]]
    return source, target, gold


def near_to(own: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> list[dict[int, float]]:
    """Return the nearest others of each vector with their cosines, from all cosines in turn."""
    found = []
    for vector in own:
        cosine = other @ vector
        near = np.argpartition(-cosine, NEIGHBOURS)[:NEIGHBOURS].tolist()
        found.append({place: float(cosine[place]) for place in near})
    return found


def plain(source: Vectors, target: Vectors) -> list[Pair]:
    """Return the pairs of the definition: every cosine, every neighbour, one after the other."""
    one, other = (
        (v / np.linalg.norm(v, axis=1, keepdims=True)).astype(np.float64) for v in (source, target)
    )
    ahead, back = near_to(one, other), near_to(other, one)
    usual_source = [sum(near.values()) / len(near) for near in ahead]
    usual_target = [sum(near.values()) / len(near) for near in back]

    def margin(cosine: float, i: int, j: int) -> float:
        return cosine / ((usual_source[i] + usual_target[j]) / 2)

    proposed = [
        max((margin(c, i, j), i, j) for j, c in near.items()) for i, near in enumerate(ahead)
    ]
    proposed += [
        max((margin(c, i, j), i, j) for i, c in near.items()) for j, near in enumerate(back)
    ]
    found: list[Pair] = []
    sources: set[int] = set()
    targets: set[int] = set()
    for one_margin, i, j in sorted(proposed, reverse=True):
        if one_margin > 0 and i not in sources and j not in targets:
            sources.add(i)
            targets.add(j)
            found.append((one_margin, i, j))
    return found


def peak() -> float:
    """Return the largest memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Run and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    width = int(sys.argv[2]) if len(sys.argv) > 2 else 256
    subset = int(sys.argv[3]) if len(sys.argv) > 3 else 2_000
    source, target, gold = planted(count, width)
    neighbours.mine(source[:100], target[:100], [])  # loads faiss
    before, start = peak(), time.perf_counter()
    found = neighbours.mine(source, target, map(tuple, gold))
    seconds = time.perf_counter() - start
    print(f"{count} x {count} x {width}: {seconds:.1f} s, F1 {found['f1']:.2f}")
    print(f"memory: {peak() - before:.0f} MB added, {peak():.0f} MB in all")
    some, other = source[:subset], target[:subset]
    start = time.perf_counter()
    ours = neighbours.candidates(some, other)
    quick, start = time.perf_counter() - start, time.perf_counter()
    wanted = plain(some, other)
    slow = time.perf_counter() - start
    same = [c[1:] for c in ours] == [c[1:] for c in wanted]
    print(f"{subset} x {subset}: {quick:.2f} s, {slow / quick:.0f} times as fast as the definition")
    print(f"pairs {'are the same' if same else 'DIFFER'}: {len(ours)} and {len(wanted)}")


if __name__ == "__main__":
    main()
