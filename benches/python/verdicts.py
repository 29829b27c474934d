"""The bars, judged: a line for each, with what was asked, what was measured, and PASS or FAIL."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from measure import Sample
from scenarios import IDLE_MOST_MS, IDLE_SECONDS, RSS_MOST_MB, Scenario, WebSocketScenario
from servers import OURS

import report

Samples = dict[str, list[Sample]]
"""Of each server, one for each round."""


@dataclass(frozen=True)
class Verdict:
    bar: str
    measured: str
    good: bool

    @property
    def word(self) -> str:
        return "PASS" if self.good else "FAIL"


def median_ratio(samples: Samples, peer: str, figure: str) -> float:
    """The median over rounds of ours against the peer's in the same round."""
    pairs = zip(samples[OURS], samples[peer], strict=True)
    return statistics.median(ours[figure] / theirs[figure] for ours, theirs in pairs)


def of_scenario(scenario: Scenario | WebSocketScenario, samples: Samples) -> list[Verdict]:
    """What can be judged with the servers that ran."""
    if OURS not in samples:
        return []
    peers = [peer for peer in scenario.against if peer in samples]
    if isinstance(scenario, WebSocketScenario):
        return [messages(peer, scenario.least, samples) for peer in peers if scenario.least]
    costs = [cost(peer, scenario.most, samples) for peer in peers if scenario.most]
    slowest = [latency(peer, samples) for peer in peers if scenario.has_latencies]
    return [*costs, *slowest, answered(samples)]


def cost(peer: str, most: float, samples: Samples) -> Verdict:
    ratio = median_ratio(samples, peer, "cpu_us")
    return Verdict(f"CPU a request: at most {most:.2f} of {peer}'s", f"{ratio:.3f}", ratio <= most)


def latency(peer: str, samples: Samples) -> Verdict:
    ratio = median_ratio(samples, peer, "p99_us")
    return Verdict(f"p99: not worse than {peer}'s", f"{ratio:.2f} of it", ratio <= 1)


def messages(peer: str, least: float, samples: Samples) -> Verdict:
    ratio = median_ratio(samples, peer, "per_cpu_second")
    return Verdict(f"messages a CPU second: at least {least:g} times {peer}'s", f"{ratio:.2f} times", ratio >= least)


def answered(samples: Samples) -> Verdict:
    failed = sum(sample["failed"] for sample in samples[OURS])
    return Verdict("every request answered", f"{failed:,.0f} failed", failed == 0)


def of_memory(samples: Samples) -> list[Verdict]:
    if OURS not in samples:
        return []
    used = statistics.median(sample["rss_mb"] for sample in samples[OURS])
    bar = f"RSS of a worker with the bare app: at most {RSS_MOST_MB} MB"
    return [Verdict(bar, f"{used:.1f} MB", used <= RSS_MOST_MB)]


def of_idling(samples: Samples) -> list[Verdict]:
    if OURS not in samples:
        return []
    used = statistics.median(sample["cpu_ms"] for sample in samples[OURS])
    bar = f"idle CPU is zero: below {IDLE_MOST_MS:g} ms in {IDLE_SECONDS} s"
    return [Verdict(bar, f"{used:.3f} ms", used < IDLE_MOST_MS)]


def lines(verdicts: list[Verdict]) -> str:
    return "\n".join(f"- {verdict.word}: {verdict.bar} ({verdict.measured})" for verdict in verdicts)


def summary(verdicts: dict[str, list[Verdict]]) -> str:
    """The table of all bars; `verdicts` by where they were measured."""
    rows = [[where, one.bar, one.measured, one.word] for where, of_one in verdicts.items() for one in of_one]
    return report.table(["where", "bar", "measured", "verdict"], rows)
