"""Tables of results: for the terminal and for docs/performance.md."""

from bench.contenders import CONTENDERS
from bench.models import MODELS

MEGA = 1e6
HEAD = ["", "median ms", "best ms", "/ float", "/ best int8", "tokens/s", "peak MB", "file MB"]


def markdown(head, rows):
    """Lines of a Markdown table."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(str(cell) for cell in row) + " |"


def aligned(head, rows):
    """The same for a terminal."""
    cells = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    return ["  ".join(cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths)))
            for row in cells]


def number(value, digits=2):
    return "" if value is None else f"{value:.{digits}f}"


def contender_rows(name, result, threads):
    """A row for every contender of a model: times, ratios, tokens a second, memory, size."""
    measured = result["threads"][threads]["contenders"]
    for who in CONTENDERS:
        if who not in measured:
            if who in result["unavailable"]:
                yield [CONTENDERS[who].title, *[""] * (len(HEAD) - 1)]
            continue
        row = measured[who]
        tokens = MODELS[name].tokens
        yield [
            CONTENDERS[who].title, number(row["median_ms"]), number(row["min_ms"]), number(row["ratios"].get("float")),
            number(row["ratios"].get("int8")), number(1000 * tokens / row["median_ms"], 1) if tokens else "",
            number(row["peak_bytes"] / MEGA, 0), number(result["file_bytes"][who] / MEGA, 1),
        ]


def of_model(name, result):
    """Lines for the terminal."""
    for threads in result["threads"]:
        yield ""
        yield f"{MODELS[name].title}, threads: {threads}"
        yield from aligned(HEAD, list(contender_rows(name, result, threads)))
    for who, reason in result["unavailable"].items():
        yield f"{who} took no part: {reason}"
