"""The second opinion on fitted scorecards: bins, weights of evidence, regression, points and figures, in the standard library.

Written from the definitions, not from the Rust: the optimal bins are found by trying every partition, the regression by
Newton's method with Gaussian elimination, AUC by ranks. Compares with `crates/grading/tests/vectors/scorecard.json`, which the
tests of `crates/grading` hold against their own result. `--write` makes that file anew.
"""

import itertools
import json
import math
import pathlib
import sys

VECTOR = pathlib.Path(__file__).resolve().parents[2] / "crates/grading/tests/vectors/scorecard.json"
MAX_BINS, MIN_SHARE, RIDGE, PDO, BASE_SCORE, BASE_ODDS = 4, 0.05, 0.5, 40, 600, 4.0
SHARES = [0.3, 0.4, 0.2, 0.1]
RISING, FALLING, FREE = 1, -1, 0
MONOTONE = [RISING, FALLING, FREE]
MOST_GROUPS = 50


def draws(state):
    while True:
        n = yield
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield (state >> 33) % n


def samples():
    source = draws(2026)

    def below(n):
        next(source)
        return source.send(n)

    training, held_out = [], []
    for i in range(2000):
        penalties, age, employees = below(6), below(120), below(9)
        risk = 5 + 9 * penalties + (20 if age < 36 else 0)
        bad = below(100) < risk
        values = [penalties, None if i % 11 == 0 else age, employees]
        (training if i < 1400 else held_out).append((values, bad))
    return training, held_out


def groups(known):
    """Neighbouring values gathered into at most fifty groups, each filled before the next one opens."""
    distinct = sorted({v for v, _ in known})
    size = len(known) // MOST_GROUPS + 1 if len(distinct) > MOST_GROUPS else 1
    starts, filled = [], size
    for value in distinct:
        if filled >= size:
            starts.append(value)
            filled = 0
        filled += sum(1 for v, _ in known if v == value)
    return starts


def woe(good, bad, goods, bads):
    return math.log(((good + 0.5) / goods) / ((bad + 0.5) / bads))


def value_of(bins, goods, bads):
    return sum((g / goods - b / bads) * woe(g, b, goods, bads) for g, b in bins)


def best_cuts(known, goods, bads, least, direction):
    starts = groups(known)
    tallies = []
    for i, start in enumerate(starts):
        end = starts[i + 1] if i + 1 < len(starts) else math.inf
        inside = [b for v, b in known if start <= v < end]
        tallies.append((len(inside) - sum(inside), sum(inside)))
    sums = [(0, 0)]
    for g, b in tallies:
        sums.append((sums[-1][0] + g, sums[-1][1] + b))
    best, chosen = -math.inf, ()
    for count in range(MAX_BINS):
        within = -math.inf
        for cut in itertools.combinations(range(1, len(starts)), count):
            ends = (0, *cut, len(starts))
            bins = [(sums[b][0] - sums[a][0], sums[b][1] - sums[a][1]) for a, b in zip(ends, ends[1:])]
            if any(g + b < least for g, b in bins):
                continue
            pairs = zip(bins, bins[1:])
            if direction and any(direction * (q[1] * (p[0] + p[1]) - p[1] * (q[0] + q[1])) < 0 for p, q in pairs):
                continue
            value = value_of(bins, goods, bads)
            if value > within and value > best + 1e-6:
                within, candidate = value, cut
        if within > best + 1e-6:
            best, chosen = within, candidate
    return [starts[i] for i in chosen]


def solve(matrix, vector):
    n = len(vector)
    rows = [list(row) + [v] for row, v in zip(matrix, vector)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(i + 1, n):
            f = rows[r][i] / rows[i][i]
            rows[r] = [a - f * b for a, b in zip(rows[r], rows[i])]
    out = [0.0] * n
    for i in reversed(range(n)):
        out[i] = (rows[i][n] - sum(rows[i][k] * out[k] for k in range(i + 1, n))) / rows[i][i]
    return out


def regression(rows, labels):
    width = len(rows[0]) + 1
    beta = [0.0] * width
    for _ in range(60):
        gradient, hessian = [0.0] * width, [[0.0] * width for _ in range(width)]
        for row, label in zip(rows, labels):
            x = [1.0, *row]
            p = 1 / (1 + math.exp(-sum(b * v for b, v in zip(beta, x))))
            for i in range(width):
                gradient[i] += (label - p) * x[i]
                for j in range(width):
                    hessian[i][j] += p * (1 - p) * x[i] * x[j]
        for i in range(1, width):
            gradient[i] -= RIDGE * beta[i]
            hessian[i][i] += RIDGE
        step = solve(hessian, gradient)
        beta = [b + s for b, s in zip(beta, step)]
        if max(map(abs, step)) < 1e-11:
            return beta
    raise AssertionError("the regression does not converge")


def discrimination(scored):
    """AUC by the sum of ranks, ties at their middle."""
    goods = sum(1 for _, bad in scored if not bad)
    bads = len(scored) - goods
    ordered = sorted(s for s, _ in scored)
    middle = {}
    for score in set(ordered):
        first = ordered.index(score) + 1
        middle[score] = first + (ordered.count(score) - 1) / 2
    ranks = sum(middle[s] for s, bad in scored if not bad)
    auc = (ranks - goods * (goods + 1) / 2) / (goods * bads)
    ks = max(
        abs(sum(1 for s, b in scored if b and s <= limit) / bads - sum(1 for s, b in scored if not b and s <= limit) / goods)
        for limit in set(ordered)
    )
    return {"samples": len(scored), "bad": bads, "auc": round(auc, 6), "gini": round(2 * auc - 1, 6), "ks": round(ks, 6)}


def stability(expected, actual):
    def share(counts, i):
        return (counts[i] + 0.5) / (sum(counts) + 0.5 * len(counts))

    return round(
        sum((share(actual, i) - share(expected, i)) * math.log(share(actual, i) / share(expected, i)) for i in range(len(expected))), 6
    )


def nearest(x):
    """Half away from zero."""
    return int(math.copysign(math.floor(abs(x) + 0.5), x))


def fit():
    training, held_out = samples()
    labels = [bad for _, bad in training]
    bads, goods = sum(labels), len(labels) - sum(labels)
    least = max(1, math.ceil(len(training) * MIN_SHARE))
    columns = []
    for i in range(3):
        known = [(v[i], b) for v, b in training if v[i] is not None]
        cuts = best_cuts(known, goods, bads, least, MONOTONE[i])
        missing = any(v[i] is None for v, _ in training)

        def place(value, cuts=cuts, missing=missing):
            if value is None:
                return len(cuts) + 1 if missing else None
            return sum(1 for c in cuts if c <= value)

        def count(part, i=i, place=place, n=len(cuts) + 1 + missing):
            bins = [[0, 0] for _ in range(n)]
            for values, bad in part:
                bins[place(values[i])][bad] += 1
            return bins

        bins = count(training)
        columns.append((cuts, missing, place, bins, count(held_out), [woe(g, b, goods, bads) for g, b in bins]))
    used = [i for i in range(3) if len(columns[i][3]) > 1]
    rows = [[columns[i][5][columns[i][2](values[i])] for i in used] for values, _ in training]
    beta = regression(rows, labels)
    coefficient = dict(zip(used, beta[1:]))
    factor = PDO / math.log(2)
    offset = BASE_SCORE - factor * math.log(BASE_ODDS)
    base = nearest(offset - factor * beta[0])
    points = [[nearest(-factor * coefficient.get(i, 0.0) * w) for w in columns[i][5]] for i in range(3)]

    def score(values):
        return base + sum(points[i][columns[i][2](values[i])] for i in range(3))

    train_scores = [(score(v), b) for v, b in training]
    held_scores = [(score(v), b) for v, b in held_out]
    ordered = sorted(s for s, _ in train_scores)
    limits = sorted({ordered[len(ordered) * d // 10] for d in range(1, 10)})

    def counts(scored):
        out = [0] * (len(limits) + 1)
        for s, _ in scored:
            out[sum(1 for limit in limits if limit <= s)] += 1
        return out

    deciles = []
    held = sorted(held_scores, key=lambda s: s[0])
    for d in range(10):
        part = held[len(held) * d // 10 : len(held) * (d + 1) // 10]
        expected = sum(1 / (1 + math.exp((s - offset) / factor)) for s, _ in part) / len(part)
        deciles.append(
            {
                "decile": d + 1,
                "samples": len(part),
                "least": part[0][0],
                "greatest": part[-1][0],
                "expected": round(expected, 6),
                "observed": round(sum(b for _, b in part) / len(part), 6),
            }
        )
    best_first = sorted((s for s, _ in train_scores), reverse=True)
    class_limits, total, before = [], 0.0, math.inf
    for share in SHARES[:-1]:
        total += share
        before = min(best_first[math.ceil(total * len(best_first)) - 1], before - 1)
        class_limits.append(before)
    features = []
    for i, (cuts, missing, _, bins, held_bins, woes) in enumerate(columns):
        described = []
        for j, (g, b) in enumerate(bins):
            is_missing = j > len(cuts)
            described.append(
                {
                    "from": cuts[j - 1] if 0 < j <= len(cuts) else None,
                    "below": cuts[j] if j < len(cuts) else None,
                    "is_missing": is_missing,
                    "good": g,
                    "bad": b,
                    "woe": round(woes[j], 6),
                    "points": points[i][j],
                }
            )
        features.append(
            {
                "information_value": round(value_of(bins, goods, bads), 6),
                "psi": stability([sum(b) for b in bins], [sum(b) for b in held_bins]),
                "coefficient": round(coefficient.get(i, 0.0), 6),
                "bins": described,
            }
        )
    return {
        "training": discrimination(train_scores),
        "held_out": discrimination(held_scores),
        "psi": stability(counts(train_scores), counts(held_scores)),
        "intercept": round(beta[0], 6),
        "features": features,
        "deciles": deciles,
        "limits": class_limits,
    }


def same(a, b, at=""):
    if isinstance(a, dict):
        assert a.keys() == b.keys(), at
        for key in a:
            same(a[key], b[key], f"{at}/{key}")
    elif isinstance(a, list):
        assert len(a) == len(b), at
        for i, (x, y) in enumerate(zip(a, b)):
            same(x, y, f"{at}/{i}")
    elif isinstance(a, float) or isinstance(b, float):
        assert abs(a - b) <= 2e-6, f"{at}: {a} {b}"
    else:
        assert a == b, f"{at}: {a} {b}"


if __name__ == "__main__":
    fitted = fit()
    if "--write" in sys.argv:
        VECTOR.write_text(json.dumps(fitted, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    same(json.loads(VECTOR.read_text(encoding="utf-8")), fitted)
    print("scorecard: the second opinion agrees")
