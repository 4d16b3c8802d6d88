"""A second opinion on the statistics of `crates/surveil`, from their definitions, standard library only.

Computes the answers for series of our own and compares them with `crates/surveil/tests/vectors/series.json`, which the Rust
tests are held against too; `--write` writes that file. The regression is solved here by orthogonalising a matrix, the
distributions by summing, so that nothing is shared with the Rust code but the definition.
"""

import datetime
import json
import math
import pathlib
import random
import statistics
import sys

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "crates/surveil/tests/vectors/series.json"
TINY = 2.220446049250313e-16
normal = statistics.NormalDist()


def incomplete_beta(a, b, x):
    """Continued fraction of Lentz."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x >= (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(b, a, 1 - x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    h = d
    for m in range(1, 2000):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d, c = 1 / (1 + numerator * d), 1 + numerator / c
            h *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return front * h / a


def student_two_sided(t, df):
    return incomplete_beta(df / 2, 0.5, df / (df + t * t))


def poisson_terms(mean):
    k, term = 0, math.exp(-mean)
    while True:
        yield k, term
        k += 1
        term *= mean / k


def negative_binomial_terms(size, prob):
    k, log = 0, size * math.log(prob)
    while True:
        yield k, math.exp(log)
        k += 1
        log += math.log((size + k - 1) / k * (1 - prob))


def quantile(terms, p):
    total = 0.0
    for k, term in terms:
        total += term
        if total >= p * (1 - 64 * TINY):
            return k


def at_least(terms, count):
    """From above, so that small tails keep their digits."""
    tail, started = 0.0, False
    for k, term in terms:
        if k >= count:
            tail += term
            if started and term < tail * 1e-18 or k > count + 10000:
                return tail
            started = started or term > 0


def orthogonalise(columns, target):
    """Gram–Schmidt, twice over each column; drops what the others explain, as R does below 1e-11."""
    basis, upper, kept = [], [], []
    for j, column in enumerate(columns):
        v, first = list(column), math.sqrt(sum(a * a for a in column))
        coefficients = [0.0] * len(basis)
        for _ in range(2):
            for i, q in enumerate(basis):
                c = sum(a * b for a, b in zip(q, v))
                coefficients[i] += c
                v = [a - c * b for a, b in zip(v, q)]
        length = math.sqrt(sum(a * a for a in v))
        if first == 0 or length < 1e-11 * first:
            continue
        basis.append([a / length for a in v])
        upper.append(coefficients + [length])
        kept.append(j)

    def back(right):
        out = [0.0] * len(kept)
        for i in reversed(range(len(kept))):
            out[i] = (right[i] - sum(upper[j][i] * out[j] for j in range(i + 1, len(kept)))) / upper[i][i]
        return out

    beta = back([sum(a * b for a, b in zip(q, target)) for q in basis])
    inverse = [back([float(i == j) for j in range(len(kept))]) for i in range(len(kept))]
    return beta, inverse, kept, basis


def regression(columns, y, weights=None, offset=None):
    n = len(y)
    weights, offset = weights or [1.0] * n, offset or [0.0] * n
    mu = [a + 0.1 for a in y]
    eta = [math.log(a) for a in mu]

    def deviance():
        return sum(2 * w * ((a * math.log(a / m) if a > 0 else 0) - (a - m)) for a, m, w in zip(y, mu, weights))

    before, converged = deviance(), False
    for _ in range(25):
        root = [math.sqrt(w * m) for w, m in zip(weights, mu)]
        z = [(e - o + (a - m) / m) * r for e, o, a, m, r in zip(eta, offset, y, mu, root)]
        beta, inverse, kept, basis = orthogonalise([[a * r for a, r in zip(c, root)] for c in columns], z)
        eta = [o + sum(b * columns[j][i] for b, j in zip(beta, kept)) for i, o in enumerate(offset)]
        mu = [max(math.exp(e), TINY) for e in eta]
        after = deviance()
        if abs(after - before) / (abs(after) + 0.1) < 1e-8:
            converged = True
            break
        before = after
    residual = [(a - m) / m for a, m in zip(y, mu)]
    hat = [sum(q[i] ** 2 for q in basis) for i in range(n)]
    df = n - len(beta)
    return {"beta": beta, "inverse": inverse, "kept": kept, "mu": mu, "working": [r * r for r in root],
            "residual": residual, "hat": hat, "df": df, "converged": converged}


def dispersion(model, weights):
    return sum(w * r * r for w, r in zip(weights, model["residual"])) / model["df"]


def nearest_week(first, at, back):
    day = first + datetime.timedelta(7 * at)
    try:
        target = day.replace(year=day.year - back)
    except ValueError:
        target = datetime.date(day.year - back, 3, 1)
    nearby = range(max(0, at - 54 * back - 3), at + 1)
    return min(nearby, key=lambda i: abs((first + datetime.timedelta(7 * i) - target).days))


def farrington(x, k, s, population=None):
    years, w, periods = s["years_back"], s["half_window"], s["periods"]
    if "first" in s:
        first = datetime.date.fromisoformat(s["first"])
        same = [nearest_week(first, k, i) for i in range(years + 1)]
    else:
        same = [k - 52 * i for i in range(years + 1)]
    original = s["variant"] == "original"
    part = [0] * (k + 1)
    for i in range(k - w, k + 1):
        part[i] = periods
    for i in range(years):
        for t in range(same[i + 1] - w, min(same[i + 1] + w, k) + 1):
            if t >= 0:
                part[t] = periods
        if periods > 1:
            gap = same[i] - 2 * w - 1 - same[i + 1]
            at = same[i + 1] + w + 1
            for block in range(periods - 1):
                size = gap // (periods - 1) + (block < gap % (periods - 1))
                part[at:at + size] = [block + 1] * size
                at += size
    left_out = w if original else s["recent_left_out"]
    rows = [t for t in range(k + 1) if part[t] and t < k - left_out]
    y, groups = [x[t] for t in rows], sorted({part[t] for t in rows})
    offset = [math.log(population[t]) for t in rows] if population else None

    def columns(trend):
        out = [[1.0] * len(rows)] + ([[t + 1.0 for t in rows]] if trend else [])
        return out + [[float(part[t] == g) for t in rows] for g in groups[1:]]

    def fit(trend):
        model = regression(columns(trend), y, None, offset)
        if not model["converged"] and trend:
            trend = False
            model = regression(columns(False), y, None, offset)
        phi = max(dispersion(model, model["working"]), 1)
        s_i = [1.5 * (a ** (2 / 3) * m ** (-1 / 6) - math.sqrt(m)) / math.sqrt(phi * (1 - h))
               for a, m, h in zip(y, model["mu"], model["hat"])]
        limit = s["weights_threshold"]
        gamma = len(s_i) / sum(r ** -2 if r > limit else 1 for r in s_i)
        omega = [gamma * r ** -2 if r > limit else gamma for r in s_i]
        model = regression(columns(trend), y, omega, offset)
        pearson = dispersion(model, model["working"])
        model["phi"] = max(pearson, 1)
        model["test"] = pearson if original else dispersion(model, omega)
        model["error"] = model["phi"] if original else model["test"]
        model["trend"] = trend
        return model

    def predict(model):
        at = [1.0] + ([k + 1.0] if model["trend"] else []) + [float(g == periods) for g in groups[1:]]
        at = [at[j] for j in model["kept"]]
        eta = sum(a * b for a, b in zip(at, model["beta"])) + (math.log(population[k]) if population else 0)
        parts = [sum(a * c for a, c in zip(at, column)) for column in model["inverse"]]
        return eta, math.sqrt(model["error"] * sum(p * p for p in parts))

    model = fit(s["with_trend"])
    if model["trend"]:
        j = model["kept"].index(1)
        error = math.sqrt(model["test"] * sum(column[j] ** 2 for column in model["inverse"]))
        p = student_two_sided(model["beta"][j] / error, model["df"])
        if not (years >= 3 and p < s["trend_significance"] and math.exp(predict(model)[0]) <= max(y)):
            model = fit(False)
    eta, error = predict(model)
    enough = sum(x[k - 3:k + 1]) >= 5
    phi, alpha = model["phi"], s["alpha"]
    if s["threshold"] == "delta":
        mu = math.exp(eta)
        tau = phi + (error * mu) ** 2 / mu
        z = normal.inv_cdf(1 - (alpha / 2 if original else alpha))
        bound = (mu ** (2 / 3) + z * math.sqrt(4 / 9 * mu ** (1 / 3) * tau)) ** 1.5
        score = (x[k] - mu) / (bound - mu)
    else:
        up = s["threshold"] == "negative_binomial_upper"
        mu = math.exp(eta + (normal.inv_cdf(1 - alpha) * error if up else 0))
        if mu > 1e4:
            return None  # summing terms would take for ever
        terms = negative_binomial_terms(mu / (phi - 1), 1 / phi) if phi > 1 else poisson_terms(mu)
        bound = quantile(terms, 1 - alpha)
        score = (x[k] - eta) / (bound - eta)
    alarm = enough and score > 1 and (original or x[k] != 0)
    return {"at": k, "upper": bound if enough else None, "alarm": alarm, "phi": phi, "trend": model["trend"]}


def made_series(seed, length, level, growth, season, spread):
    """Counts with a season, a trend, overdispersion and two outbreaks; Python's generator is the same on every machine."""
    r = random.Random(seed)
    out = []
    for t in range(length):
        mean = level * math.exp(growth * t + season * math.sin(2 * math.pi * t / 52))
        mean *= sum(-math.log(1 - r.random()) for _ in range(spread)) / spread
        if t % 97 in (60, 61):
            mean *= 4
        out.append(quantile(poisson_terms(mean), r.random()))
    return out


def farrington_vectors():
    flexible = {"variant": "flexible", "years_back": 4, "half_window": 3, "periods": 1, "recent_left_out": 3,
                "weights_threshold": 2.58, "with_trend": True, "trend_significance": 0.05, "alpha": 0.05,
                "threshold": "delta"}
    noufaily = flexible | {"periods": 10, "recent_left_out": 26, "trend_significance": 1.0,
                           "threshold": "negative_binomial_plugin", "alpha": 0.005}
    cases = [
        flexible,
        flexible | {"weights_threshold": 1.0, "alpha": 0.01, "first": "2019-12-30"},
        flexible | {"recent_left_out": 0, "half_window": 2, "with_trend": False},
        noufaily,
        noufaily | {"threshold": "negative_binomial_upper", "first": "2019-12-30", "alpha": 0.05},
        noufaily | {"periods": 5, "threshold": "delta"},
        flexible | {"variant": "original", "weights_threshold": 1.0, "alpha": 0.01},
        flexible | {"variant": "original", "weights_threshold": 1.0, "years_back": 2, "first": "2019-12-30"},
    ]
    series = [made_series(1, 300, 2.0, 0.002, 0.5, 4), made_series(2, 300, 1.6, 0.0, 0.4, 6),
              made_series(3, 300, 40.0, 0.001, 0.3, 60)]
    out = []
    for number, x in enumerate(series):
        for settings in cases:
            points = (250, 255, 273, 299) if settings["periods"] == 1 else (255, 299)
            answers = [a for a in (farrington(x, k, settings) for k in points) if a]
            out.append({"series": number, "settings": settings, "answers": answers})
    population = [1000.0 + 3 * t for t in range(300)]
    answers = [farrington(series[0], k, flexible, population) for k in (255, 299)]
    out.append({"series": 0, "settings": flexible, "population": population, "answers": answers})
    return series, out


def ears_vectors(series):
    out = []
    for number, x in enumerate(series):
        for alpha in (0.001, 0.05):
            z = normal.inv_cdf(1 - alpha)

            def base(k, gap):
                part = x[k - 7 - gap:k - gap]
                return statistics.mean(part), statistics.stdev(part)

            rows = []
            for k in range(40, 60):
                m1, s1 = base(k, 0)
                m2, s2 = base(k, 2)
                if 0 in (s1, s2, base(k - 1, 2)[1], base(k - 2, 2)[1]):
                    continue
                c2 = [(x[k - lag] - base(k - lag, 2)[0]) / base(k - lag, 2)[1] for lag in (0, 1, 2)]
                before = sum(max(0, c - 1) for c in c2[1:])
                rows.append([k, m1 + z * s1, m2 + z * s2, max(0, x[k] + s2 * (z - before)),
                             before + max(0, c2[0] - 1)])
            out.append({"series": number, "alpha": alpha, "rows": rows})
    return out


def comparison_vectors(x):
    out = []
    for k in range(120, 135):
        last = x[k - 6:k]
        size = sum(last) + 0.5
        sums = [sum(x[k - 52 * y - 7 + 4 * m:k - 52 * y - 3 + 4 * m]) for y in (1, 2) for m in range(3)]
        cdc = statistics.mean(sums) + normal.inv_cdf(1 - 0.0125) * statistics.stdev(sums) * math.sqrt(7 / 6)
        out.append([k, quantile(negative_binomial_terms(size, 6 / 7), 0.95), cdc])
    return out


def crow_gardner():
    """Shortest sets of counts with 95 %, of equal ones the rightmost; the limit of a count is where it drops out."""

    def least(mean):
        cumulated = [0.0]
        for _, (_, p) in zip(range(80), poisson_terms(mean)):
            cumulated.append(cumulated[-1] + p)
        for size in range(1, 60):
            fits = [a for a in range(int(mean) + 2) if cumulated[a + size] - cumulated[a] >= 0.95]
            if fits:
                return fits[-1]

    limits, low = [], 0.0
    for count in range(21):
        while least(low + 0.1) <= count:
            low += 0.1
        inside, outside = low, low + 0.1
        while outside - inside > 1e-5:
            middle = (inside + outside) / 2
            inside, outside = (inside, middle) if least(middle) > count else (middle, outside)
        limits.append(outside)
    return limits


def distributions():
    grid = [(c, m) for c in (1, 3, 12, 40, 150) for m in (0.2, 5.0, 33.3, 120.0)]
    return {
        "poisson_at_least": [[c, m, at_least(poisson_terms(m), c)] for c, m in grid],
        "poisson_quantile": [[p, m, quantile(poisson_terms(m), p)] for p in (0.5, 0.95, 0.999) for _, m in grid[:4]],
        "negative_binomial_quantile": [[p, s, q, quantile(negative_binomial_terms(s, q), p)]
                                       for p in (0.5, 0.95, 0.995) for s in (0.3, 2.5, 61.5) for q in (0.2, 0.857, 0.97)],
        "student": [[t, df, student_two_sided(t, df)] for t in (0.1, 1.9, 3.3, 8.0) for df in (5.0, 26.0, 180.0)],
        "normal_quantile": [[p, normal.inv_cdf(p)] for p in (0.0005, 0.025, 0.5, 0.8, 0.95, 0.99, 0.9995)],
    }


def benjamini_hochberg(p):
    order = sorted(range(len(p)), key=lambda i: p[i])
    return [min([1.0] + [p[order[j]] * len(p) / (j + 1) for j in range(order.index(i), len(p))]) for i in range(len(p))]


def best_cluster(places, periods, counts, expected, zones, population_based):
    total = sum(counts)
    scale = total / sum(expected) if population_based else 1
    best = (0.0, None)
    for zone in sorted(zones, key=lambda z: (len(z), z)):
        for length in range(1, periods + 1):
            cells = [p * periods + t for p in zone for t in range(periods - length, periods)]
            c, e = sum(counts[i] for i in cells), sum(expected[i] for i in cells) * scale
            if c <= e:
                continue
            score = c * math.log(c / e)
            score += (total - c) * math.log((total - c) / (total - e)) if population_based else e - c
            if score > best[0] + 1e-12:
                best = (score, [list(zone), periods - length, c, e])
    return {"score": best[0], "cluster": best[1]}


def scan_vectors():
    r = random.Random(9)
    places, periods = 7, 6
    expected = [0.5 + 3 * r.random() for _ in range(places * periods)]
    counts = [quantile(poisson_terms(e * (2.2 if i // periods in (2, 3) and i % periods >= 3 else 1)), r.random())
              for i, e in enumerate(expected)]
    zones = [[a] for a in range(places)] + [[a, a + 1] for a in range(places - 1)] + [[a, a + 1, a + 2] for a in range(5)]
    return {"places": places, "periods": periods, "expected": expected, "counts": counts, "zones": zones,
            "expectation": best_cluster(places, periods, counts, expected, zones, False),
            "population": best_cluster(places, periods, counts, expected, zones, True)}


def logistic_vectors():
    """Ridge regression by plain gradient descent with momentum: slow, and nothing like Newton's method."""
    r = random.Random(4)
    rows, labels = [], []
    for _ in range(200):
        row = [r.gauss(0, 1), r.gauss(5, 3), float(r.random() < 0.3)]
        rows.append(row)
        labels.append(r.random() < 1 / (1 + math.exp(-(0.8 * row[0] - 0.3 * (row[1] - 5) + row[2] - 0.5))))
    means = [statistics.fmean(c) for c in zip(*rows)]
    deviations = [statistics.pstdev(c) for c in zip(*rows)]
    z = [[(v - m) / d for v, m, d in zip(row, means, deviations)] for row in rows]
    beta, speed = [0.0] * 4, [0.0] * 4
    for _ in range(600):
        gradient = [0.0] + [-2.0 * b for b in beta[1:]]
        for row, label in zip(z, labels):
            rest = label - 1 / (1 + math.exp(-(beta[0] + sum(b * v for b, v in zip(beta[1:], row)))))
            gradient[0] += rest
            for j, v in enumerate(row):
                gradient[j + 1] += rest * v
        speed = [0.5 * s + 0.012 * g for s, g in zip(speed, gradient)]
        beta = [b + s for b, s in zip(beta, speed)]
    return {"rows": rows, "labels": labels, "penalty": 2.0, "beta": beta}


def vectors():
    series, judged = farrington_vectors()
    p = [0.001, 0.02, 0.03, 0.8, 0.04, 0.03, 0.0002, 0.5]
    return {"note": "written by tests/python/test_surveil.py --write", "series": series, "farrington": judged,
            "ears": ears_vectors(series), "comparison": comparison_vectors(series[0]), "crow_gardner": crow_gardner(),
            "dist": distributions(), "benjamini_hochberg": [p, benjamini_hochberg(p)], "scan": scan_vectors(),
            "logistic": logistic_vectors()}


def same(a, b, where=""):
    if isinstance(a, dict):
        assert a.keys() == b.keys(), where
        for key in a:
            same(a[key], b[key], f"{where}/{key}")
    elif isinstance(a, list):
        assert len(a) == len(b), where
        for i, (x, y) in enumerate(zip(a, b)):
            same(x, y, f"{where}/{i}")
    elif isinstance(a, float) and isinstance(b, float):
        assert math.isclose(a, b, rel_tol=1e-8, abs_tol=1e-12), (where, a, b)
    else:
        assert a == b, (where, a, b)


def domain_vectors():
    """The worked numbers of the design (`domain.md` §5.4)."""
    x = [4, 6, 5, 3, 7, 5, 4, 6, 5, 4, 6, 5, 9, 12, 15, 8, 5, 4]
    mean, sd = statistics.mean(x[:8]), statistics.stdev(x[:8])
    z = mean
    for value in x[8:14]:
        z = 0.3 * value + 0.7 * z
    limit = mean + 3 * sd * math.sqrt(0.3 / 1.7 * (1 - 0.7 ** 12))
    assert round(z, 4) == 7.9709 and round(limit, 4) == 6.6386
    assert round((8 - 5) / math.log(8 / 5), 6) == 6.382929
    assert round(at_least(poisson_terms(0.2), 3), 9) == 0.001148481


if __name__ == "__main__":
    domain_vectors()
    computed = json.loads(json.dumps(vectors()))
    if "--write" in sys.argv:
        VECTORS.parent.mkdir(parents=True, exist_ok=True)
        VECTORS.write_text(json.dumps(computed, separators=(",", ":")) + "\n", encoding="utf-8")
    same(computed, json.loads(VECTORS.read_text(encoding="utf-8")))
    print("surveil: second opinion agrees")
