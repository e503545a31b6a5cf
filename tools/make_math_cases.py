#!/usr/bin/env python3
"""Writes src/kernel/math/cases.txt: transcendental functions of doubles, evaluated to 400 bits and rounded once.

    python3 tools/make_math_cases.py > src/kernel/math/cases.txt      (needs mpmath)

One case a line: the function, its arguments, the nearest double to the true value, in hexadecimal floating point.
"""
import math
import random

import mpmath
from mpmath import mpf

mpmath.mp.prec = 400
RANDOM = random.Random(7)
EACH = 40


def near_power(low, high):
    return math.ldexp(1 + RANDOM.random(), RANDOM.randint(low, high)) * RANDOM.choice([1, -1])


def any_double():
    while True:
        x = math.ldexp(1 + RANDOM.random(), RANDOM.randint(-1074, 1023)) * RANDOM.choice([1, -1])
        if x != 0 and math.isfinite(x):
            return x


def nearest(x):
    """The double nearest to x, below the normal range too: mpmath's own conversion rounds twice there."""
    if x == 0 or not mpmath.isfinite(x):
        return float(x)
    if abs(x) >= mpf(2) ** 1024 * (1 - mpf(2) ** -54):
        return math.copysign(math.inf, x)
    if abs(x) < mpf(2) ** -1022:
        return math.copysign(float(mpmath.nint(abs(x) * mpf(2) ** 1074)) * 5e-324, x)
    return float(x)


def with_precision(function, *arguments):
    """Angles of size 2^1000 need as many bits more."""
    largest = max(abs(a) for a in arguments)
    with mpmath.workprec(400 + (int(mpmath.log(largest, 2)) if largest > 1 else 0)):
        return function(*(mpf(a) for a in arguments))


def power(x, y):
    return mpmath.power(x, y) if x >= 0 or y == int(y) else mpf("nan")


SMALL, WIDE, UNIT = (lambda: near_power(-40, 3)), any_double, (lambda: RANDOM.uniform(-1, 1))
FUNCTIONS = {
    "exp": (mpmath.exp, [lambda: RANDOM.uniform(-745, 710), SMALL, lambda: RANDOM.uniform(-745, -708)]),
    "ln": (mpmath.log, [lambda: abs(WIDE()), lambda: 1 + near_power(-52, -2)]),
    "log2": (lambda x: mpmath.log(x) / mpmath.log(2), [lambda: abs(WIDE()), lambda: 1 + near_power(-52, -2)]),
    "log10": (lambda x: mpmath.log(x) / mpmath.log(10), [lambda: abs(WIDE()), lambda: 10.0 ** RANDOM.randint(0, 22)]),
    "cube_root": (lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), [WIDE, lambda: float(RANDOM.randint(-1000, 1000)) ** 3]),
    "sin": (mpmath.sin, [SMALL, WIDE, lambda: RANDOM.randint(1, 10**6) * math.pi / 2]),
    "cos": (mpmath.cos, [SMALL, WIDE, lambda: RANDOM.randint(1, 10**6) * math.pi / 2]),
    "tan": (mpmath.tan, [SMALL, WIDE]),
    "cot": (mpmath.cot, [SMALL, WIDE]),
    "asin": (mpmath.asin, [UNIT, lambda: near_power(-40, -1), lambda: 1 - abs(near_power(-53, -1))]),
    "acos": (mpmath.acos, [UNIT, lambda: near_power(-40, -1), lambda: 1 - abs(near_power(-53, -1))]),
    "atan": (mpmath.atan, [SMALL, WIDE]),
    "sinh": (mpmath.sinh, [lambda: RANDOM.uniform(-711, 711), SMALL]),
    "cosh": (mpmath.cosh, [lambda: RANDOM.uniform(-711, 711), SMALL]),
    "tanh": (mpmath.tanh, [lambda: RANDOM.uniform(-30, 30), SMALL]),
    "asinh": (mpmath.asinh, [SMALL, WIDE]),
    "acosh": (mpmath.acosh, [lambda: 1 + abs(near_power(-52, 3)), lambda: 1 + abs(WIDE())]),
    "atanh": (mpmath.atanh, [UNIT, lambda: near_power(-40, -1), lambda: 1 - abs(near_power(-53, -1))]),
    "gamma": (mpmath.gamma, [lambda: RANDOM.uniform(-5, 171), lambda: float(RANDOM.randint(1, 171)), lambda: RANDOM.uniform(-180, -5)]),
    "log_gamma": (lambda x: mpmath.re(mpmath.loggamma(x)), [lambda: RANDOM.uniform(0, 40), lambda: 1 + near_power(-50, -2), lambda: 2 + near_power(-50, -2), lambda: abs(WIDE()), lambda: RANDOM.uniform(-20, 0)]),
    "power": (power, [(lambda: abs(WIDE()), lambda: RANDOM.uniform(-2, 2)), (lambda: RANDOM.uniform(-10, 10), lambda: float(RANDOM.randint(-20, 20))), (lambda: float(RANDOM.randint(0, 2**27)), lambda: 2.0), (lambda: float(RANDOM.randint(0, 2**18) ** 2), lambda: 1.5)]),
    "atan2": (mpmath.atan2, [(WIDE, WIDE), (SMALL, SMALL)]),
    "log_of_base": (lambda b, x: mpmath.log(x) / mpmath.log(b), [(lambda: abs(SMALL()), lambda: abs(WIDE())), (lambda: float(RANDOM.randint(2, 10)), lambda: float(RANDOM.randint(2, 1000)))]),
}


def main():
    for name, (function, draws) in FUNCTIONS.items():
        for draw in draws:
            for _ in range(EACH):
                arguments = [one() for one in draw] if isinstance(draw, tuple) else [draw()]
                if name in ("cot", "power") and arguments[0] == 0:
                    continue
                expected = nearest(with_precision(function, *arguments))
                print(name, *(a.hex() for a in arguments), expected.hex())


main()
