"""Draws a dashboard's panels as Grafana would lay them out: one page of HTML with a chart for each, nothing loaded."""

import html
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from deploy.local.watching import Line

WIDTH, HEIGHT, LEFT, BELOW, ABOVE = 480, 190, 54, 20, 8  # pixels of a chart, and what its axes take of it
COLOURS = ("#1f77b4", "#d9730d", "#2e8b57", "#c0392b", "#7d5bbe", "#8c6d31", "#c2498f", "#5a6672", "#8a9a00", "#0b9aa6")
STEPS = (1, 2, 2.5, 5, 10)
SHOWN = 12  # lines in a legend; the rest is counted
STYLE = """
body { font: 13px/1.4 system-ui, "DejaVu Sans", sans-serif; margin: 16px; background: #f4f5f7; color: #1d2430 }
h1 { font-size: 18px; margin: 0 0 2px } h1 + p { margin: 0 0 12px; color: #56606e }
main { display: grid; grid-template-columns: repeat(3, 1fr); gap: 10px }
section { background: #fff; border: 1px solid #dde1e6; border-radius: 4px; padding: 8px 10px; min-width: 0 }
h2 { font-size: 13px; margin: 0 0 4px } h2 small { color: #56606e; font-weight: 400 }
svg { width: 100%; height: auto; display: block } text { font-size: 10px; fill: #56606e }
ul { list-style: none; margin: 4px 0 0; padding: 0; font-size: 11px; columns: 2; column-gap: 12px }
li { overflow: hidden; text-overflow: ellipsis; white-space: nowrap } li b { font-weight: 600 }
i { display: inline-block; width: 10px; height: 3px; margin-right: 5px; vertical-align: middle }
.none { color: #56606e; font-size: 12px; padding: 70px 0; text-align: center }
footer { margin-top: 12px } .firing { color: #b3261e; font-weight: 600 }
"""


class Series(NamedTuple):
    """A line with the name that its legend gives it."""

    name: str
    line: Line


def page(dashboard: Mapping[str, Any], drawn: Sequence[Sequence[Series]], alerts: Mapping[str, str]) -> str:
    """The whole page: panels in the dashboard's order, then every alert and whether it rings."""
    moments = [at for panel in drawn for series in panel for at, _ in series.line.points]
    span = f"{_clock(min(moments))} to {_clock(max(moments))} UTC" if moments else "nothing yet"
    sections = "".join(
        panel(told["title"], told["fieldConfig"]["defaults"]["unit"], series)
        for told, series in zip(dashboard["panels"], drawn, strict=True)
    )
    rings = ", ".join(
        f'<span class="{state}">{html.escape(name)}: {html.escape(state)}</span>'
        for name, state in alerts.items()
        if state != "recorded"
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(dashboard["title"])}</title>'
        f"<style>{STYLE}</style><h1>{html.escape(dashboard['title'])}</h1>"
        f"<p>Every panel of the dashboard, from a real Prometheus beside `make run`, {span}.</p>"
        f"<main>{sections}</main><footer><h2>Alerts</h2>{rings}</footer></html>\n"
    )


def panel(title: str, unit: str, series: Sequence[Series]) -> str:
    """One panel; a sentence where nothing was measured."""
    head = f"<h2>{html.escape(title)} <small>{html.escape(unit)}</small></h2>"
    if not series:
        return f'<section>{head}<p class="none">nothing, and there should be nothing</p></section>'
    return f"<section>{head}{_chart(unit, series)}{_legend(unit, series)}</section>"


def legend_name(form: str, labels: Mapping[str, str]) -> str:
    """Grafana's legend format: {{label}} stands for a label's value."""
    for label, value in labels.items():
        form = form.replace("{{" + label + "}}", value)
    return form


def shown(value: float, unit: str) -> str:
    """A number as Grafana writes it with a unit."""
    if unit == "percentunit":
        return f"{value * 100:.3g} %"
    if unit == "s":
        return f"{value * 1000:.3g} ms" if 0 < value < 1 else f"{value:.3g} s"
    if unit == "bytes":
        return f"{value / 1024:.3g} KiB" if value >= 1024 else f"{value:.0f} B"
    return f"{value:.3g}" + {"ops": "/s", "reqps": "/s"}.get(unit, "")


def ticks(most: float) -> list[float]:
    """Round numbers from nothing to at least `most`, four or five of them."""
    if most <= 0:
        return [0.0, 1.0]
    rough = most / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in STEPS if factor * power >= rough * 0.999)
    return [step * number for number in range(math.ceil(most / step - 1e-9) + 1)]


def _chart(unit: str, series: Sequence[Series]) -> str:
    points = [point for one in series for point in one.line.points]
    begin, end = min(at for at, _ in points), max(at for at, _ in points)
    marks = ticks(max(value for _, value in points))
    across = (WIDTH - LEFT) / max(1.0, end - begin)
    down = (HEIGHT - BELOW - ABOVE) / marks[-1]

    def place(at: float, value: float) -> str:
        return f"{LEFT + (at - begin) * across:.1f},{HEIGHT - BELOW - value * down:.1f}"

    lines = "".join(_drawn(one.line.points, COLOURS[at % len(COLOURS)], place) for at, one in enumerate(series))
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}">{_grid(marks, unit, down)}{_times(begin, end)}{lines}</svg>'


def _drawn(points: Iterable[tuple[float, float]], colour: str, place: Callable[[float, float], str]) -> str:
    path = " ".join(place(at, value) for at, value in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5" stroke-linecap="round"/>'


def _grid(marks: Sequence[float], unit: str, down: float) -> str:
    told = ""
    for mark in marks:
        y = HEIGHT - BELOW - mark * down
        told += f'<path d="M{LEFT} {y:.1f}H{WIDTH}" stroke="#e7eaee"/>'
        told += f'<text x="{LEFT - 5}" y="{y + 3:.1f}" text-anchor="end">{html.escape(shown(mark, unit))}</text>'
    return told


def _times(begin: float, end: float) -> str:
    places = ((LEFT, begin, "start"), ((LEFT + WIDTH) / 2, (begin + end) / 2, "middle"), (WIDTH, end, "end"))
    return "".join(
        f'<text x="{x:.0f}" y="{HEIGHT - 5}" text-anchor="{anchor}">{_clock(at)}</text>' for x, at, anchor in places
    )


def _clock(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%H:%M:%S")


def _legend(unit: str, series: Sequence[Series]) -> str:
    """Each line's name with its newest value."""
    rows = "".join(
        f'<li><i style="background:{COLOURS[at % len(COLOURS)]}"></i>{html.escape(one.name)} '
        f"<b>{html.escape(shown(one.line.points[-1][1], unit))}</b></li>"
        for at, one in enumerate(series[:SHOWN])
    )
    more = f"<li>and {len(series) - SHOWN} more</li>" if len(series) > SHOWN else ""
    return f"<ul>{rows}{more}</ul>"
