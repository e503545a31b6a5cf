#!/usr/bin/env python3
"""Writes src/kernel/exact_sum_cases.txt: sums and averages of doubles as fractions.Fraction says they are.

  python3 tools/make_exact_sum_cases.py > src/kernel/exact_sum_cases.txt

One case a line: the bits of the sum, of the average, then those of the values, in hexadecimal. The rules for what has no
fraction are those of kernel/exact_sum.h. Python divides integers with one rounding, to nearest, halves to even.
"""

import fractions
import math
import random
import struct

INFINITY = float("inf")
SMALLEST = 5e-324
GREATEST = float.fromhex("0x1.fffffffffffffp+1023")


def bits(value):
    return 0x7FF8000000000000 if math.isnan(value) else struct.unpack("<Q", struct.pack("<d", value))[0]


def from_bits(word):
    return struct.unpack("<d", struct.pack("<Q", word))[0]


def nearest(fraction):
    try:
        return float(fraction) if fraction else 0.0
    except OverflowError:
        return INFINITY if fraction > 0 else -INFINITY


def answers(values):
    special = {value for value in values if math.isinf(value)}
    if any(map(math.isnan, values)) or len(special) == 2:
        return (math.nan, math.nan)
    if special:
        return (special.pop(),) * 2
    total = sum(map(fractions.Fraction, values), fractions.Fraction(0))
    return nearest(total), nearest(total / len(values))


def any_finite(random_bits):
    while True:
        value = from_bits(random_bits.getrandbits(64))
        if math.isfinite(value):
            return value


def fixed_cases():
    half_ulp = 2.0 ** -53
    yield [0.0]
    yield [-0.0, -0.0]
    yield [1.0, half_ulp]
    yield [1.0, half_ulp, SMALLEST]
    yield [1.0, half_ulp, -SMALLEST]
    yield [1.0 + 2.0 ** -52, half_ulp]
    yield [1.0 + 2.0 ** -52, half_ulp, -SMALLEST]
    yield [1e308, 1e308, -1e308]
    yield [1e308, 1e308]
    yield [GREATEST, 2.0 ** 969]
    yield [GREATEST, 2.0 ** 970]
    yield [GREATEST, 2.0 ** 970, -SMALLEST]
    yield [-GREATEST, -(2.0 ** 970)]
    yield [GREATEST] * 7 + [-GREATEST] * 6
    yield [SMALLEST]
    yield [SMALLEST, SMALLEST, SMALLEST, -SMALLEST]
    yield [SMALLEST, 0.0]
    yield [SMALLEST, SMALLEST, SMALLEST, 0.0, 0.0]
    yield [2.0 ** -1022, -SMALLEST]
    yield [1e16, 1.0, -1e16]
    yield [1e100, 1.0, -1e100, SMALLEST]
    yield [2.0 ** 600, 1.0, -(2.0 ** 600), 2.0 ** -600]
    yield [0.1] * 10
    yield [0.1, 0.2, -0.3]
    yield [INFINITY, 1.0]
    yield [-INFINITY, 1e308, 1e308]
    yield [INFINITY, -INFINITY]
    yield [math.nan, 1.0]
    yield [INFINITY, math.nan]
    yield [1.0] * 5000
    yield [float(2 ** 50)] * 5000
    yield [2.0 ** (50 - i) for i in range(120)]


def random_cases(rng):
    for _ in range(60):  # anything at all
        yield [any_finite(rng) for _ in range(rng.randint(1, 12))]
    for _ in range(60):  # cancellation over hundreds of binary orders
        large = [rng.choice((-1, 1)) * math.ldexp(rng.random() + 1, rng.randint(-300, 300)) for _ in range(rng.randint(1, 8))]
        values = large + [-value for value in large] + [math.ldexp(rng.random(), rng.randint(-340, -300))]
        rng.shuffle(values)
        yield values
    for _ in range(40):  # halfway cases, a last bit beside them
        base = math.ldexp(rng.getrandbits(53) | 1 << 52, rng.randint(-900, 900))
        half = math.ulp(base) / 2
        yield [base, half, rng.choice((0.0, 1.0, -1.0)) * math.ldexp(half, -rng.randint(1, 200))]
    for _ in range(40):  # subnormals and the smallest normals
        yield [rng.choice((-1, 1)) * from_bits(rng.getrandbits(rng.choice((3, 52, 54)))) for _ in range(rng.randint(1, 20))]
    for _ in range(20):  # money
        yield [rng.randint(-10 ** 7, 10 ** 7) / 100 for _ in range(rng.randint(1, 60))]
    for _ in range(20):  # at the upper end
        yield [rng.choice((-1, 1)) * math.ldexp(rng.random() + 1, rng.randint(1015, 1022)) for _ in range(rng.randint(1, 9))]
    for _ in range(20):  # finite and special together
        yield [any_finite(rng) for _ in range(4)] + [rng.choice((INFINITY, -INFINITY, math.nan, -0.0)) for _ in range(2)]


def main():
    rng = random.Random(20240229)
    for values in list(fixed_cases()) + list(random_cases(rng)):
        words = [bits(answer) for answer in answers(values)] + [bits(value) for value in values]
        runs = []  # "word*count" for repeats
        for word in words[2:]:
            if runs and runs[-1][0] == word:
                runs[-1][1] += 1
            else:
                runs.append([word, 1])
        texts = [f"{word:x}*{count}" if count > 1 else f"{word:x}" for word, count in runs]
        print(f"{words[0]:x} {words[1]:x} {' '.join(texts)}")


if __name__ == "__main__":
    main()
