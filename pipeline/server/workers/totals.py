"""The sum of the metrics of several processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

# The largest value counts, not the sum.
NEAREST = frozenset(("kav_quota_used", "kav_config_info", "kav_memory_limit_bytes", "process_max_fds"))
EARLIEST = frozenset(("process_start_time_seconds",))  # the smallest value counts

Series = tuple[str, tuple[tuple[str, str], ...]]  # a sample's name and labels


class Totals:
    """Adds up the metrics of processes, also of those that have ended, so that counters never go back.

    `lost` is the number of processes that ended unasked.
    """

    def __init__(self) -> None:
        self.lost = 0
        self._past = b""

    def keep(self, page: bytes) -> None:
        """Add the counters and histograms of an ended process to the past; its gauges are dropped."""
        if page:
            counted = (family for family in _added([self._past, page]) if family.type in ("counter", "histogram"))
            self._past = _text(counted)

    def page(self, pages: Iterable[bytes], workers: int) -> bytes:
        """Return the sum of these pages and the past in Prometheus' text format; `workers` is how many are up."""
        families = list(_added([self._past, *pages]))
        families.append(GaugeMetricFamily("kav_workers", "Worker processes that take calls.", workers))
        families.append(CounterMetricFamily("kav_workers_lost", "Worker processes that were lost.", self.lost))
        return _text(families)


def _added(pages: Iterable[bytes]) -> Iterator[Metric]:
    kinds: dict[str, Metric] = {}
    values: dict[str, dict[Series, float]] = {}
    for page in pages:
        for family in text_string_to_metric_families(page.decode()):
            if family.name.endswith("_created"):  # times of a counter's creation, which have no sum
                continue
            kinds.setdefault(family.name, family)
            series = values.setdefault(family.name, {})
            for sample in family.samples:
                key = sample.name, tuple(sorted(sample.labels.items()))
                series[key] = _with(family.name, series[key], sample.value) if key in series else sample.value
    for name, kind in kinds.items():
        family = Metric(name, kind.documentation, kind.type)
        family.samples = [Sample(sample, dict(labels), value) for (sample, labels), value in values[name].items()]
        yield family


def _with(name: str, one: float, other: float) -> float:
    if name in NEAREST:
        return max(one, other)
    return min(one, other) if name in EARLIEST else one + other


class _Families(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterator[Metric]:
        return iter(self._families)


def _text(families: Iterable[Metric]) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Families(families))
    return generate_latest(registry)
