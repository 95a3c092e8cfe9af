"""The alerts and the dashboard in deploy/, against the metrics that Kav has."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from pipeline.after.delivery import Delivery
from pipeline.config import load
from pipeline.events import AnsweredAhead, RecognitionReopened, ToolExchange, VoiceFailed
from pipeline.providers.breaker import Breaker
from pipeline.providers.quota import Limiter
from pipeline.server.backlog import Backlog
from pipeline.server.metrics import Metrics
from pipeline.server.workers.totals import Totals
from pipeline.vocabulary import AheadOutcome, Cause, HandoverOutcome, Refusal, UseOutcome
from tests.kit.pages import ROOT, read

NAME = re.compile(r"\b((?:kav|process)_[a-z_]+)(?:\{([^}]*)\})?")
BY = re.compile(r"\bby \(([a-z, ]+)\)")
SHOWN = re.compile(r"\{\{ ?(?:\$labels\.)?([a-z]+) ?\}\}")
PROMETHEUS = {"job", "instance", "le", ""}  # labels that Prometheus adds, or a histogram has
CLOSED_SETS = {"reason": Refusal, "cause": Cause}


def rules() -> list[dict[str, Any]]:
    """Return the alerts."""
    (group,) = yaml.safe_load(read("deploy/alerts.yaml"))["groups"]
    return list(group["rules"])


def targets() -> Iterator[dict[str, str]]:
    """Yield the dashboard's queries, each with the text of its legend."""
    for panel in json.loads(read("deploy/grafana.json"))["panels"]:
        yield from panel.get("targets", ())


QUERIES = {
    **{rule["alert"]: (rule["expr"], rule["annotations"]["summary"]) for rule in rules()},
    **{target["expr"]: (target["expr"], target["legendFormat"]) for target in targets()},
}


@pytest.fixture(scope="module")
def series() -> dict[str, set[str]]:
    """Return the labels of each series of a server with workers in which everything has happened once."""
    return asyncio.run(_pages())


async def _pages() -> dict[str, set[str]]:
    config = load(ROOT / "configs/bench.yaml")
    metrics = Metrics(
        Counter,
        lambda: [Breaker("asr.google")],
        lambda: [Limiter("google", per_minute=1)],
        lambda: [config],
        asyncio.get_running_loop(),
    )
    metrics.registry.register(Backlog(Delivery(asyncio.get_running_loop(), tuple)))
    metrics.ended(Cause.STOP, config)
    metrics.refused(Refusal.FULL)
    metrics.handed_over(HandoverOutcome.BUSY)
    used = ToolExchange("find {}", 1, 0.2, ended=True, tool="find", outcome=UseOutcome.DONE)
    for event in (AnsweredAhead(1, AheadOutcome.USED), RecognitionReopened("age"), VoiceFailed("asr.google"), used):
        metrics.counts()[type(event)](0.0, event)
    found: dict[str, set[str]] = {}
    for page in (metrics.page(), Totals().page([metrics.page()], 1)):
        for family in text_string_to_metric_families(page.decode()):
            for sample in family.samples:
                found.setdefault(sample.name, set()).update(sample.labels)
    return found


@pytest.mark.parametrize("query", QUERIES)
def test_each_query_asks_for_what_there_is(query: str, series: dict[str, set[str]]) -> None:
    """Its series exist and have the labels that it selects, groups and shows."""
    expression, shown = QUERIES[query]
    asked = NAME.findall(expression)
    assert asked or expression.startswith("up{")
    labels = PROMETHEUS.union(*(series[name] for name, _ in asked))
    wanted = {each.strip() for found in BY.findall(expression) for each in found.split(",")}
    wanted |= {found for _, selected in asked for found in re.findall(r"(\w+)[=!]", selected)}
    assert wanted | set(SHOWN.findall(shown)) - {"value"} <= labels


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_each_alert_says_what_to_do(rule: dict[str, Any]) -> None:
    """Its runbook is a heading of deploy/README.md, with text below, and it has a severity."""
    assert rule["annotations"]["runbook"] == f"deploy/README.md#{rule['alert'].lower()}"
    text = read("deploy/README.md").split(f"### {rule['alert']}\n")[1].split("\n### ")[0]
    assert len(text.strip()) > 80 and rule["labels"]["severity"] in ("page", "warning")


@pytest.mark.parametrize("label", CLOSED_SETS)
def test_alerts_select_values_that_exist(label: str) -> None:
    """A reason or a cause in a selector is one that Kav counts."""
    values = [
        value
        for rule in rules()
        for found in re.findall(rf'{label}[=!]~?"([^"]*)"', rule["expr"])
        for value in found.split("|")
    ]
    assert values and not set(values) - set(CLOSED_SETS[label])


def test_the_dashboard_shows_every_metric(series: dict[str, set[str]]) -> None:
    """Each family of Kav's own is in a panel, by its name or its histogram's."""
    asked = {name for target in targets() for name, _ in NAME.findall(target["expr"])}
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in series if name.startswith("kav_")}
    families = {name for name in families if not name.endswith("_created")}
    assert families <= {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked}
