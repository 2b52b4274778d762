"""Paired, interleaved rounds and what is read off them.

In a round every contender runs, one after the other, so that what else the machine does falls on all of them alike; the
figures that count are ratios of two contenders within a round, and their median over the rounds.
"""

import statistics


def rounds(timers, count):
    """`count` rows of {name: milliseconds}; `timers` are functions that measure one round of their contender.

    The order turns by one from round to round, so that nobody always follows the same neighbour.
    """
    names = list(timers)
    rows = []
    for turn in range(count):
        first = turn % len(names)
        row = {name: timers[name]() for name in names[first:] + names[:first]}
        rows.append({name: row[name] for name in names})
    return rows


def summary(rows):
    """{name: {median_ms, min_ms}} over the rounds."""
    return {
        name: {"median_ms": statistics.median(row[name] for row in rows), "min_ms": min(row[name] for row in rows)}
        for name in (rows[0] if rows else {})
    }


def ratio(rows, name, base):
    """The median over the rounds of what `name` took over what `base` took in the same round."""
    return statistics.median(row[name] / row[base] for row in rows)


def fastest(rows, names):
    """Of `names`, who has the least median."""
    return min(names, key=lambda name: statistics.median(row[name] for row in rows))
