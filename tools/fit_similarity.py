#!/usr/bin/env python3
"""Fits the calibration from cosine to similarity 0-100 that config/models.toml holds.

  build/release/bin/bench_accuracy --lfw DIR --scores scores.tsv
  tools/fit_similarity.py scores.tsv

Input: one pair of images a line, `person <tab> person <tab> cosine`. Persons are split in two halves by the SHA-256 of
their name; the curve is fitted on pairs within one half and judged on pairs within the other, so no person is in both.
Output: the knots as TOML, and what they are worth. Needs nothing but Python 3. Method and figures: docs/similarity.md.
"""

import argparse
import hashlib
import math
import random

# Similarity at each false-match rate; straight lines between, in the manifest's curve.
TARGETS = [(0.5, 10.0), (1e-1, 35.0), (1e-2, 60.0), (1e-3, 80.0), (1e-4, 92.0), (1e-5, 99.0), (1e-6, 99.8)]
TAIL_RATE = 5e-3  # the share of non-mated pairs that the tail is fitted to
JUDGED = (80.0, 99.0)


def half_of(person):
    return hashlib.sha256(person.encode()).digest()[0] & 1


def read_halves(path):
    """Per half: mated pairs [(cosine, person)] and non-mated ones [(cosine, person, person)], highest first."""
    halves = [([], []), ([], [])]
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            a, b, cosine = line.rstrip("\n").split("\t")
            half = half_of(a)
            if half != half_of(b):
                continue
            mated, others = halves[half]
            if a == b:
                mated.append((float(cosine), a))
            else:
                others.append((float(cosine), a, b))
    for mated, others in halves:
        mated.sort(reverse=True)
        others.sort(reverse=True)
    return halves


def weighted_exceedances(others, weight, total):
    """The tail's start and the (excess, weight) of the pairs above it, when persons count `weight` times."""
    above = []
    mass = 0.0
    for cosine, a, b in others:
        w = weight[a] * weight[b]
        if w == 0:
            continue
        if mass + w > TAIL_RATE * total:
            return cosine, [(c - cosine, v) for c, v in above], mass
        above.append((cosine, w))
        mass += w
    raise SystemExit("too few non-mated pairs")


def fit_tail(excesses, mass):
    """Scale and shape of a generalised Pareto distribution, by probability-weighted moments.

    Hosking and Wallis, Technometrics 29 (1987): a0 = E[x], a1 = E[x (1 - F(x))].
    """
    a0 = sum(x * w for x, w in excesses) / mass
    a1 = 0.0
    seen = 0.0  # mass above x, x descending: 1 - F(x)
    for x, w in excesses:
        a1 += x * w * (seen + w / 2) / mass
        seen += w
    a1 /= mass
    k = a0 / (a0 - 2 * a1) - 2  # Hosking's k = -shape
    return 2 * a0 * a1 / (a0 - 2 * a1), -k


def tail_cosine(start, scale, shape, rate):
    """The cosine that a share `rate` of the non-mated pairs exceeds, by the tail."""
    ratio = TAIL_RATE / rate
    if abs(shape) < 1e-9:
        return start + scale * math.log(ratio)
    return start + scale / shape * (ratio**shape - 1)


def non_mated_weight(counts, weight):
    total = sum(weight[p] * n for p, n in counts.items())
    return (total**2 - sum((weight[p] * n) ** 2 for p, n in counts.items())) / 2


def image_counts(mated, others):
    """Images of each person, from the pairs: n (n - 1) / 2 of them are mated."""
    pairs = {}
    for _, person in mated:
        pairs[person] = pairs.get(person, 0) + 1
    people = {p for _, a, b in others for p in (a, b)} | set(pairs)
    return {p: round((1 + math.sqrt(1 + 8 * pairs.get(p, 0))) / 2) for p in people}


def fit(others, weight, counts):
    start, excesses, mass = weighted_exceedances(others, weight, non_mated_weight(counts, weight))
    return (start, *fit_tail(excesses, mass))


def quantile(others, rate):
    return others[min(len(others) - 1, int(rate * len(others)))][0]


def knots_of(others, tail):
    knots = [(-1.0, 0.0)]
    for rate, similarity in TARGETS:
        cosine = quantile(others, rate) if rate > TAIL_RATE else tail_cosine(*tail, rate)
        if not knots[-1][0] < cosine < 1:
            raise SystemExit(f"the curve does not ascend at a false-match rate of {rate}")
        knots.append((round(cosine, 4), similarity))
    return knots + [(1.0, 100.0)]


def cosine_at(knots, similarity):
    for (c0, s0), (c1, s1) in zip(knots, knots[1:]):
        if similarity <= s1:
            return c0 + (c1 - c0) * (similarity - s0) / (s1 - s0)
    return 1.0


def draw_persons(people, generator):
    weight = dict.fromkeys(people, 0)
    for person in generator.choices(people, k=len(people)):
        weight[person] += 1
    return weight


def middle(values):
    values = sorted(values)
    return values[round(0.025 * (len(values) - 1))], values[round(0.975 * (len(values) - 1))]


def judge(name, half, knots, generator, replicates):
    """Prints the error rates of a half at the judged similarities, with intervals over persons."""
    mated, others = half
    counts = image_counts(mated, others)
    people = sorted(counts)
    for similarity in JUDGED:
        cosine = cosine_at(knots, similarity)
        high = [(a, b) for c, a, b in others if c >= cosine]
        rates = []
        for _ in range(replicates):
            weight = draw_persons(people, generator)
            total = non_mated_weight(counts, weight)
            rates.append(sum(weight[a] * weight[b] for a, b in high) / total)
        low_rate, high_rate = middle(rates)
        missed = sum(1 for c, _ in mated if c < cosine) / len(mated)
        print(f"# {name}: similarity {similarity:g} (cosine {cosine:.4f}): FMR {len(high) / len(others):.2e}"
              f" ({len(high)} of {len(others)} pairs; 95 %: {low_rate:.1e} - {high_rate:.1e}),"
              f" FNMR {missed:.4f} of {len(mated)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("scores", help="what bench_accuracy --scores wrote")
    parser.add_argument("--half", type=int, choices=(0, 1), default=0, help="the half to fit on; the other judges")
    parser.add_argument("--replicates", type=int, default=200, help="bootstrap samples")
    given = parser.parse_args()
    halves = read_halves(given.scores)
    mated, others = halves[given.half]
    counts = image_counts(mated, others)
    people = sorted(counts)
    tail = fit(others, dict.fromkeys(people, 1), counts)
    knots = knots_of(others, tail)
    print("[similarity]\nknots = [")
    for cosine, similarity in knots:
        print(f"  [{cosine}, {similarity}],")
    print("]")
    print(f"# fitted on half {given.half}: {len(people)} persons, {len(mated)} mated and {len(others)} other pairs")
    print(f"# tail above cosine {tail[0]:.4f} (rate {TAIL_RATE:g}): generalised Pareto, scale {tail[1]:.4f},"
          f" shape {tail[2]:+.3f}")
    generator = random.Random(20260801)
    kept = others[: int(4 * TAIL_RATE * len(others))]
    fits = [fit(kept, draw_persons(people, generator), counts) for _ in range(given.replicates)]
    for rate, similarity in TARGETS:
        if rate < TAIL_RATE:
            low, high = middle([tail_cosine(*each, rate) for each in fits])
            print(f"# similarity {similarity:g} at FMR {rate:g}: cosine {tail_cosine(*tail, rate):.4f}"
                  f" (95 %: {low:.4f} - {high:.4f}); empirical {quantile(others, rate):.4f}")
    judge("fitted half", halves[given.half], knots, generator, given.replicates)
    judge("other half", halves[1 - given.half], knots, generator, given.replicates)


if __name__ == "__main__":
    main()
