"""The row loop of the BTYD models: their formulas once, compiled, for the fit, for batches and for one row.

Estimators and scorers call the same loops, so they agree to the bit. Nothing here calls a compiled function of another
file, since Numba's cache would not notice that it changed.

The `parameters` of a model are (r, alpha, a, b), of Pareto/NBD (r, alpha, s, beta), of MBG/CNBD-k (r, alpha, a, b, k);
`frequency` is the number of repeat purchases, `recency` the time from the first purchase to the last, `age` from the
first purchase to now.
"""
# mypy: disallow-untyped-decorators=False, disable-error-code="untyped-decorator,no-any-return"

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

BG_NBD, MBG_NBD, PARETO_NBD, MBG_CNBD = range(4)
"""Models."""

NONE, ANY, PURCHASES, VALUE, MEDIAN = range(5)
"""Answers over a horizon: P(no purchase), P(any), expected purchases, these times a purchase's expected value, and the
median time until the next purchase, or the horizon where that is later."""

Floats = NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(20)
_NODES, _WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2
"""Gauss-Legendre on [0, 1]: 1e-14 on a panel of the width and the fall below."""
_PANEL_WIDTH = 2.0
_PANEL_FALL = 15.0
_NEGLIGIBLE_FALL = 45.0
"""exp(-45) is beneath the last bit of an integral that began at 1."""
_NEWTON_STEPS = 8
_NEAR_ONE = 1e-3
_SLOW = 0.99
_MANY = 10_000.0
_MOST_TERMS = 100_000
_FAR = 40.0
_EPSILON = 1e-17
_HALF = 0.5
_HALVINGS = 16
"""A median within 56 days is then known to a minute."""
_HUGE = 1e200
_NEAR = 1000
"""Purchases that are summed one by one; beyond, a sum is an integral (Euler and Maclaurin), to some 1e-7."""
_LONG_SILENT = 1e20
"""A silence of so many horizons is as good as any longer one, and its powers are floats."""


@njit(cache=True, nogil=True)
def _exponent_end(x: float, s: float, to_alpha: float, to_beta: float, width: float) -> float:
    """Return where, in log time, the integrand of `_death` has fallen to nothing; `width` if it has not by then.

    The fall is convex, so Newton's steps come down to the place and never pass it.
    """
    end = width
    for _ in range(_NEWTON_STEPS):
        grown = math.expm1(end)
        fall = x * math.log1p(to_alpha * grown) + s * math.log1p(to_beta * grown)
        if fall <= _NEGLIGIBLE_FALL:
            break
        e = grown + 1.0
        slope = x * to_alpha * e / (1.0 + to_alpha * grown) + s * to_beta * e / (1.0 + to_beta * grown)
        end -= (fall - _NEGLIGIBLE_FALL) / slope
    return end


@njit(cache=True, nogil=True)
def _death(parameters: Floats, frequency: float, start: float, end: float) -> tuple[float, float, float, float, float]:
    """Return the integral over t from `start` to `end` of s (A/(alpha+t))^(r+x) (B/(beta+t))^s / (beta+t), and means.

    A = alpha + start, B = beta + start. It weighs leaving within these times against being there at `start`, in the
    Pareto/NBD (Fader & Hardie 2005, "A Note on Deriving the Pareto/NBD Model", equation 19, where it is written as
    a difference of two Gaussian hypergeometric functions). Gauss-Legendre in log(min(alpha, beta) + t) takes the same
    time for all parameters, while the functions' series converge slowly where alpha and beta are far apart.

    Returns:
        The integral; and, under the integrand as a density, the means of log((alpha+t)/A), log((beta+t)/B),
        1/(alpha+t) and 1/(beta+t), which the gradient needs.
    """
    r, alpha, s, beta = parameters[0], parameters[1], parameters[2], parameters[3]
    x = r + frequency
    if end <= start:
        return 0.0, 0.0, 0.0, 1.0 / (alpha + start), 1.0 / (beta + start)
    low = min(alpha, beta) + start
    to_alpha, to_beta = low / (alpha + start), low / (beta + start)
    width = _exponent_end(x, s, to_alpha, to_beta, math.log1p((end - start) / low))
    grown = math.expm1(width)
    fall = x * math.log1p(to_alpha * grown) + s * math.log1p(to_beta * grown)
    panels = 1 + int(max(width / _PANEL_WIDTH, fall / _PANEL_FALL))
    step = width / panels
    total, log_alpha, log_beta, per_alpha, per_beta = 0.0, 0.0, 0.0, 0.0, 0.0
    for panel in range(panels):
        for k in range(_NODES.size):
            v = (panel + _NODES[k]) * step
            grown = math.expm1(v)
            over_alpha, over_beta = 1.0 + to_alpha * grown, 1.0 + to_beta * grown
            in_alpha = v if to_alpha == 1.0 else math.log(over_alpha)
            in_beta = v if to_beta == 1.0 else math.log(over_beta)
            f = _WEIGHTS[k] * math.exp(-x * in_alpha - s * in_beta) * (grown + 1.0) / over_beta
            total += f
            log_alpha += f * in_alpha
            log_beta += f * in_beta
            per_alpha += f / over_alpha
            per_beta += f / over_beta
    return (
        s * to_beta * step * total,
        log_alpha / total,
        log_beta / total,
        per_alpha / total / (alpha + start),
        per_beta / total / (beta + start),
    )


@njit(cache=True, nogil=True)
def _chances(model: int, frequency: float) -> float:
    """Return how often the customer could have left: MBG/NBD's may leave at the first purchase too."""
    return frequency + 1.0 if model in (MBG_NBD, MBG_CNBD) else frequency


@njit(cache=True, nogil=True)
def _steps(model: int, parameters: Floats) -> float:
    """Return how many exponential steps lie between two purchases: k of MBG/CNBD-k, else 1."""
    return parameters[4] if model == MBG_CNBD else 1.0


@njit(cache=True, nogil=True)
def _between(k: float, x: float, share: float) -> tuple[float, float, float]:
    """Return the log of the sum over j < k of (x)_j / j! share^j, and its slopes by x and by log share.

    It is what a silence gains in likelihood by the steps, fewer than k, that may have been taken in it: x is the shape
    of the steps' rate, (x)_j = x (x+1) ... (x+j-1), `share` the silence over alpha + age. For k = 1 it is 0.
    """
    term, total, by_x, by_share, rates = 1.0, 1.0, 0.0, 0.0, 0.0
    for j in range(1, int(k)):
        rates += 1.0 / (x + j - 1.0)
        term *= (x + j - 1.0) / j * share
        total += term
        by_x += term * rates
        by_share += term * j
    return math.log(total), by_x / total, by_share / total


@njit(cache=True, nogil=True)
def _log_odds_dead(model: int, parameters: Floats, frequency: float, recency: float, age: float) -> float:
    """Return the log odds that the customer has left; minus infinity where that is impossible."""
    alpha = parameters[1]
    k = _steps(model, parameters)
    x = parameters[0] + k * frequency
    silent = x * math.log((alpha + age) / (alpha + recency)) - _between(k, x, (age - recency) / (alpha + age))[0]
    if model == PARETO_NBD:
        s, beta = parameters[2], parameters[3]
        weight = _death(parameters, frequency, recency, age)[0]
        silent += s * math.log((beta + age) / (beta + recency))
    else:
        chances = _chances(model, frequency)
        weight = parameters[2] / (parameters[3] + chances - 1.0) if chances > 0 else 0.0
    return silent + math.log(weight) if weight > 0 else -math.inf


@njit(cache=True, nogil=True)
def _alive(model: int, parameters: Floats, frequency: float, recency: float, age: float) -> float:
    return 1.0 / (1.0 + math.exp(_log_odds_dead(model, parameters, frequency, recency, age)))


@njit(cache=True, nogil=True)
def _log_likelihood(model: int, parameters: Floats, frequency: float, recency: float, age: float) -> float:
    r, alpha, c, d = parameters[0], parameters[1], parameters[2], parameters[3]
    k = _steps(model, parameters)
    x = r + k * frequency
    odds = _log_odds_dead(model, parameters, frequency, recency, age)
    either = max(odds, 0.0) + math.log1p(math.exp(-abs(odds)))
    purchases = math.lgamma(x) - math.lgamma(r) + r * math.log(alpha) - x * math.log(alpha + age)
    if model == PARETO_NBD:
        stayed = -c * math.log1p(age / d)
    else:
        n = _chances(model, frequency)
        stayed = math.lgamma(c + d) - math.lgamma(c + d + n) + math.lgamma(d + n) - math.lgamma(d)
    return purchases + stayed + either + _between(k, x, (age - recency) / (alpha + age))[0]


@njit(cache=True, nogil=True)
def _none_if_alive(
    model: int, parameters: Floats, frequency: float, recency: float, age: float, horizon: float
) -> float:
    """Return the probability that a customer who is there at `age` purchases nothing in the horizon."""
    alpha, k = parameters[1], _steps(model, parameters)
    x = parameters[0] + k * frequency
    none = math.exp(-x * math.log1p(horizon / (alpha + age)))
    if k > 1.0:
        later = _between(k, x, (age - recency + horizon) / (alpha + age + horizon))[0]
        return min(none * math.exp(later - _between(k, x, (age - recency) / (alpha + age))[0]), 1.0)
    if model != PARETO_NBD:
        return none
    stays = math.exp(-parameters[2] * math.log1p(horizon / (parameters[3] + age)))
    return none * stays + _death(parameters, frequency, age, age + horizon)[0]


@njit(cache=True, nogil=True)
def _hypergeometric_rest(a: float, b: float, c: float, z: float) -> float:
    """Return c (1-z)^a (2F1(a, b; c; z) - 1) for 0 <= z < 1, positive a and b, and c above -1, by Gauss' series.

    All terms are positive, and c may be 0. A sum that would leave the range of floats goes on scaled down.
    """
    log_scale = a * math.log1p(-z)
    term = a * b * z
    total = term
    for k in range(1, _MOST_TERMS):
        ratio = (a + k) * (b + k) / ((c + k) * (k + 1.0)) * z
        term *= ratio
        total += term
        falling = max(ratio, z)
        if falling < 1.0 and term * falling <= _EPSILON * total * (1.0 - falling):
            break
        if total > _HUGE:
            term /= _HUGE
            total /= _HUGE
            log_scale += math.log(_HUGE)
    return total * math.exp(log_scale)


@njit(cache=True, nogil=True)
def _until_leaving_integral(x: float, a: float, b: float, growth: float) -> float:
    """Return `_until_leaving` by the trapezoidal rule in the logit of p, from the density's mode to both sides.

    Where the integrand has become a plain exponential, what is left of the sum is that of a geometric series.
    """
    log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    mode, step = math.log(a / b), min(0.25, 0.5 * math.sqrt(1.0 / a + 1.0 / b))
    total = 0.0
    for side in (-1.0, 1.0):
        rate = a if side < 0 else b
        plain = _FAR + (math.log1p(growth * (x + 1.0) + b) if side < 0 else math.log1p(a + x))
        for k in range(_MOST_TERMS):
            y = mode + side * (k * step if side > 0 else (k + 1) * step)
            log_p, log_stay = -math.log1p(math.exp(-y)), -math.log1p(math.exp(y))
            p = math.exp(log_p)
            f = math.exp(a * log_p + b * log_stay - log_beta) * -math.expm1(-x * math.log1p(p * growth)) / p
            total += f
            if f <= _EPSILON * total:
                break
            if side * y > plain:
                total += f / math.expm1(rate * step)
                break
    return total * step


@njit(cache=True, nogil=True)
def _until_leaving(x: float, a: float, b: float, growth: float) -> float:
    """Return E[(1 - exp(-m p)) / p]: the purchases of one who leaves after each with probability p ~ Beta(a, b).

    m, the purchases if nobody left, is gamma distributed with shape x and scale `growth`, the horizon over alpha + age.
    It is equation 10 of Fader, Hardie & Lee (2005) without its denominator; near its removable singularity at a = 1,
    and where its series would go on too long (its largest term is about the x growth-th), the expectation itself is
    integrated.
    """
    share = growth / (1.0 + growth)
    if abs(a - 1.0) < _NEAR_ONE or share > _SLOW or x * growth > _MANY:
        return _until_leaving_integral(x, a, b, growth)
    c = a + b - 1.0
    return (c * -math.expm1(x * math.log1p(-share)) - _hypergeometric_rest(x, b, c, share)) / (a - 1.0)


@njit(cache=True, nogil=True)
def _reached(k: float, x: float, stages: float, log_share: float, odds: float, log_first: float) -> float:
    """Return the probability that the steps since the last purchase, at the horizon's end, are `stages` or < k more.

    m steps have the probability exp(log_first) (x)_m / m! exp(m log_share) times the sum over j < k of C(m, j) odds^j:
    so many of them may have been taken in the silence, of which none was a purchase. `stages` may be a fraction.
    """
    log_ways = math.lgamma(x + stages) - math.lgamma(x) - math.lgamma(stages + 1.0)
    mass, share, total = math.exp(log_first + log_ways + stages * log_share), math.exp(log_share), 0.0
    for i in range(int(k)):
        m = stages + i
        term, silent = 1.0, 1.0
        for j in range(int(k) - 1):
            term *= (m - j) / (j + 1.0) * odds
            silent += term
        total += mass * silent
        mass *= (x + m) / (m + 1.0) * share
    return total


@njit(cache=True, nogil=True)
def _far_purchases(
    k: float, x: float, a: float, b: float, worth: float, stays: float, log_share: float, odds: float, log_first: float
) -> float:
    """Return what more than `_NEAR` purchases add to `_regular_purchases`, by Gauss-Legendre in their number's log.

    `worth` is w(_NEAR), `stays` the term that would come next; those after it fall as ((place + i) / place)^-a. It
    begins where the number, far below what is expected, is first likelier than exp(-45).
    """
    place, step, total = b + _NEAR + (a - 1.0) / 2.0, min(0.5, 4.0 / math.sqrt(x)), 0.0
    begin, expected = math.log1p(-0.5 / place), x / math.expm1(-log_share)
    low = max(math.log(_NEAR + 0.5), math.log(expected / k) - _NEGLIGIBLE_FALL / x - 12.0 / math.sqrt(x))
    for _ in range(_MOST_TERMS):
        part = 0.0
        for q in range(_NODES.size):
            count = math.exp(low + _NODES[q] * step)
            width = math.log1p((count - _NEAR - 0.5) / place) - begin
            lower = (a - 1.0) * width
            more = math.exp((1.0 - a) * begin) * width * (-math.expm1(-lower) / lower if lower != 0 else 1.0)
            mass = _reached(k, x, count * k, log_share, odds, log_first)
            part += _WEIGHTS[q] * step * count * mass * (worth + stays * place * more)
        total += part
        low += step
        if math.exp(low) * k > expected and part <= _EPSILON * total:
            break
    return total


@njit(cache=True, nogil=True)
def _regular_purchases(k: float, x: float, a: float, b: float, silence: float, reach: float, horizon: float) -> float:
    """Return E[(1 - (1-p)^N) / p]: the purchases, each of `k` steps, of one who leaves after each with p ~ Beta(a, b).

    N, the purchases if nobody left, is the whole part of the steps since the last purchase over k; at `reach`, which is
    alpha + age, they are fewer than k, and their rate is gamma distributed with shape x at the last purchase. With
    w(n) = 1 + b/(a+b) + b(b+1)/((a+b)(a+b+1)) + ... (n terms), the purchases of one who could make n, it is the sum
    over n of P(N = n) w(n): exact, where BTYDplus takes BG/NBD's formula with k alpha. Few customers need more than a
    hundred terms; what lies beyond a thousand, which a steep rate and a far horizon may ask, is integrated over log n.
    """
    growth, odds = horizon / reach, min(silence / horizon, _LONG_SILENT)
    log_share = -math.log1p(1.0 / growth)
    log_first = -x * math.log1p(growth) - _between(k, x, silence / reach)[0]
    total, worth, stays, part, before = 0.0, 0.0, 1.0, 0.0, 0.0
    for n in range(1, _NEAR + 1):
        worth += stays
        stays *= (b + n - 1.0) / (a + b + n - 1.0)
        before, part = part, worth * _reached(k, x, n * k, log_share, odds, log_first)
        total += part
        if n * k > x * growth and part * (1.0 + growth) <= _EPSILON * total:
            return total
    return total + (part - before) / 24.0 + _far_purchases(k, x, a, b, worth, stays, log_share, odds, log_first)


@njit(cache=True, nogil=True)
def _purchases_if_alive(
    model: int, parameters: Floats, frequency: float, recency: float, age: float, horizon: float
) -> float:
    """Return the expected purchases in the horizon of a customer who is there at `age`."""
    r, alpha, c, d = parameters[0], parameters[1], parameters[2], parameters[3]
    k = _steps(model, parameters)
    if horizon <= 0:
        return 0.0
    if k > 1.0:
        x, stayed = r + k * frequency, d + _chances(model, frequency)
        return _regular_purchases(k, x, c, stayed, age - recency, alpha + age, horizon)
    if model != PARETO_NBD:
        return _until_leaving(r + frequency, c, d + _chances(model, frequency), horizon / (alpha + age))
    log_growth = math.log1p(horizon / (d + age))
    lower = (c - 1.0) * log_growth
    time = (d + age) * log_growth * (-math.expm1(-lower) / lower if lower != 0 else 1.0)
    return (r + frequency) / (alpha + age) * time


@njit(cache=True, nogil=True)
def log_likelihood(model: int, parameters: Floats, rows: Floats, out: Floats) -> None:
    """Write each row's log-likelihood; `rows` has frequency, recency and age, MBG/CNBD-k's the mean gap too."""
    for i in range(rows.shape[0]):
        out[i] = _log_likelihood(model, parameters, rows[i, 0], rows[i, 1], rows[i, 2])
        if model == MBG_CNBD and rows[i, 0] > 0:
            k = parameters[4]
            out[i] += rows[i, 0] * ((k - 1.0) * math.log(rows[i, 3]) - math.lgamma(k))


@njit(cache=True, nogil=True)
def alive(model: int, parameters: Floats, rows: Floats, out: Floats) -> None:
    """Write each row's probability of being a customer still; `rows` has frequency, recency and age."""
    for i in range(rows.shape[0]):
        out[i] = _alive(model, parameters, rows[i, 0], rows[i, 1], rows[i, 2])


@njit(cache=True, nogil=True)
def _median(model: int, parameters: Floats, frequency: float, recency: float, age: float, horizon: float) -> float:
    """Return the time by which a purchase is as likely as not, at most the horizon, by bisection."""
    there = _alive(model, parameters, frequency, recency, age)
    low, high = 0.0, horizon
    if there * (1.0 - _none_if_alive(model, parameters, frequency, recency, age, horizon)) < _HALF:
        return horizon
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        if there * (1.0 - _none_if_alive(model, parameters, frequency, recency, age, middle)) < _HALF:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


@njit(cache=True, nogil=True)
def _answer(
    answer: int, model: int, parameters: Floats, frequency: float, recency: float, age: float, horizon: float
) -> float:
    if answer == MEDIAN:
        return _median(model, parameters, frequency, recency, age, horizon)
    there = _alive(model, parameters, frequency, recency, age)
    if answer in (NONE, ANY):
        some = there * (1.0 - _none_if_alive(model, parameters, frequency, recency, age, horizon))
        return some if answer == ANY else 1.0 - some
    return there * _purchases_if_alive(model, parameters, frequency, recency, age, horizon)


@njit(cache=True, nogil=True)
def answers(answer: int, model: int, parameters: Floats, rows: Floats, horizon: Floats, out: Floats) -> None:
    """Write each row's answer over its horizon; `rows` has frequency, recency and age."""
    for i in range(rows.shape[0]):
        out[i] = _answer(answer, model, parameters, rows[i, 0], rows[i, 1], rows[i, 2], horizon[i])


@njit(cache=True, nogil=True)
def _value(parameters: Floats, purchases: float, spent: float) -> float:
    p, q, v = parameters[0], parameters[1], parameters[2]
    below = p * purchases + q - 1.0
    return p * (v + spent) / below if below > 0 else math.inf


@njit(cache=True, nogil=True)
def values(parameters: Floats, rows: Floats, out: Floats) -> None:
    """Write each row's expected value of a purchase; `rows` has purchases and their mean value.

    Equation 5 of Fader & Hardie (2013), p (v + x z) / (p x + q - 1); infinite where the mean does not exist.
    """
    for i in range(rows.shape[0]):
        spent = rows[i, 0] * rows[i, 1] if rows[i, 0] > 0 else 0.0
        out[i] = _value(parameters, rows[i, 0], spent)


@njit(cache=True, nogil=True)
def score(
    x: NDArray[np.float32], columns: NDArray[np.int32], model: int, parameters: Floats, value: Floats,
    answer: int, horizon: float, scale: float, missing: float, out: Floats,
) -> None:  # fmt: skip
    """Score rows of features: days with a purchase, days since the last and since the first, and, for VALUE, spend.

    `value` has the Gamma-Gamma's parameters, whose observations are all days with a purchase; `scale` divides the
    answer. A row without a purchase, or whose value has no mean, is `missing`. What is spent counts from 0.
    """
    for i in range(x.shape[0]):
        days, silence, tenure = float(x[i, columns[0]]), float(x[i, columns[1]]), float(x[i, columns[2]])
        if not (1.0 <= days < math.inf and 0.0 <= silence < math.inf and 0.0 <= tenure < math.inf):
            out[i] = missing
            continue
        age = max(tenure, silence)
        recency = age - silence if days > 1.0 else 0.0
        y = _answer(answer, model, parameters, days - 1.0, recency, age, horizon)
        if answer == VALUE:
            spent = float(x[i, columns[3]])
            known = not math.isnan(spent)
            y *= _value(value, days if known else 0.0, max(spent, 0.0) if known else 0.0)
        out[i] = y / scale if math.isfinite(y) else missing


@njit(cache=True, nogil=True)
def silence(model: int, parameters: Floats, rows: Floats, weight: Floats, gradient: Floats) -> float:
    """Return the weighted sum of what of the log-likelihood hangs on each row's times, and add up its gradient.

    For BG/NBD and MBG/NBD that is log((alpha+T)^-(r+x) + a/(b+n-1) (alpha+t)^-(r+x)), n the chances to leave; for
    MBG/CNBD-k the same with k x for x and the first term times the sum of `_between`; for Pareto/NBD the log of
    (alpha+T)^-(r+x) (beta+T)^-s plus the integral of `_death`. The rest is a sum over the few different frequencies.
    `gradient`, shape (4,), is with respect to the parameters but k.
    """
    alpha, c, d, k = parameters[1], parameters[2], parameters[3], _steps(model, parameters)
    total = 0.0
    for i in range(rows.shape[0]):
        frequency, recency, age = rows[i, 0], rows[i, 1], rows[i, 2]
        x = parameters[0] + k * frequency
        log_alpha, log_alpha_last = math.log(alpha + age), math.log(alpha + recency)
        between, by_x, by_share = _between(k, x, (age - recency) / (alpha + age))
        here = between - x * log_alpha
        if model == PARETO_NBD:
            integral, in_alpha, in_beta, per_alpha, per_beta = _death(parameters, frequency, recency, age)
            log_beta, log_beta_last = math.log(d + age), math.log(d + recency)
            here -= c * log_beta
            gone = -x * log_alpha_last - c * log_beta_last
            if integral > 0:
                gone += math.log(integral)
            possible = integral > 0
        else:
            chances = _chances(model, frequency)
            possible = chances > 0
            gone = -x * log_alpha_last + math.log(c / (d + chances - 1.0)) if possible else 0.0
        odds = gone - here if possible else -math.inf
        dead = 1.0 / (1.0 + math.exp(-odds))
        there = 1.0 / (1.0 + math.exp(odds))
        total += weight[i] * (here + max(odds, 0.0) + math.log1p(math.exp(-abs(odds))))
        there *= weight[i]
        dead *= weight[i]
        gradient[0] -= there * (log_alpha - by_x) + dead * log_alpha_last
        if model == PARETO_NBD:
            gradient[0] -= dead * in_alpha
            gradient[1] -= x * (there / (alpha + age) + dead * per_alpha)
            gradient[2] += dead / c - there * log_beta - dead * (log_beta_last + in_beta)
            gradient[3] -= there * c / (d + age) + dead * (c + 1.0) * per_beta
        else:
            gradient[1] -= there * (x + by_share) / (alpha + age) + dead * x / (alpha + recency)
            if possible:
                gradient[2] += dead / c
                gradient[3] -= dead / (d + chances - 1.0)
    return total
