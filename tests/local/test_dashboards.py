"""What `make dashboards` asks of Prometheus and how it draws; that every panel has data is its own to say."""

import math
import re

import pytest

from deploy import dashboard
from deploy.local import drawing
from deploy.local.drawing import Series
from deploy.local.watching import Line, configuration

POINTS = [(1_000.0, 0.5), (1_005.0, 2.0), (1_010.0, 1.0)]


def test_a_role_is_scraped_with_the_component_of_its_pods() -> None:
    roles = {"interaction.consume.1": {"metrics": 9101}, "campaign.send": {"metrics": 9102}}
    (job,) = configuration(roles, "127.0.0.1")["scrape_configs"]
    assert job["static_configs"] == [
        {"targets": ["127.0.0.1:9101"], "labels": {"component": "interaction-consume"}},
        {"targets": ["127.0.0.1:9102"], "labels": {"component": "campaign-send"}},
    ]


def test_lines_that_may_be_silent_are_lines_of_the_dashboard() -> None:
    there = {(title, legend) for title, _, lines in dashboard.PANELS for legend, _ in lines}
    assert there >= dashboard.SILENT


def test_a_legend_is_filled_with_labels() -> None:
    assert drawing.legend_name("{{group}} · {{stream}}", {"group": "g", "stream": "s"}) == "g · s"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(0.0125, "s", "12.5 ms"), (3, "s", "3 s"), (0.014, "percentunit", "1.4 %"), (2048, "bytes", "2 KiB"),
     (7, "bytes", "7 B"), (12.5, "ops", "12.5/s"), (1, "short", "1")],
)  # fmt: skip
def test_a_number_is_shown_with_its_unit(value: float, unit: str, text: str) -> None:
    assert drawing.shown(value, unit) == text


@pytest.mark.parametrize("most", [0.0, 0.003, 0.9, 1.0, 3.7, 40.0, 12_345.0])
def test_marks_begin_at_nothing_and_reach_the_highest_value(most: float) -> None:
    marks = drawing.ticks(most)
    assert marks[0] == 0
    assert marks[-1] >= most * (1 - 1e-9)
    assert 2 <= len(marks) <= 6
    assert math.isclose(marks[1] - marks[0], marks[-1] - marks[-2])


def test_a_panel_draws_each_line_inside_of_its_chart_and_names_it() -> None:
    told = drawing.panel("Calls <b>", "reqps", [Series("a <script>", Line({}, POINTS)), Series("b", Line({}, POINTS))])
    assert "<script>" not in told
    assert "Calls &lt;b&gt;" in told
    lines = re.findall(r'<polyline points="([^"]+)"', told)
    assert [len(line.split()) for line in lines] == [3, 3]
    for pair in lines[0].split():
        x, y = map(float, pair.split(","))
        assert drawing.LEFT <= x <= drawing.WIDTH
        assert 0 <= y <= drawing.HEIGHT - drawing.BELOW


def test_a_panel_without_lines_says_so() -> None:
    assert "there should be nothing" in drawing.panel("Refused", "reqps", [])
