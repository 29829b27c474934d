"""What operators ask beside the application: probes, and the page of counters as a scraper reads it."""

import json
import re
import socket
from dataclasses import dataclass

import prometheus_client.openmetrics.parser as open_metrics
import prometheus_client.parser as prometheus

from harness.waiting import wait_until
from harness.wire import Answer, ask

SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)')


def free_port() -> int:
    """One that nobody has now: for a server that is asked before it says where it listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def address_of(url: str) -> tuple[str, int] | str:
    """Where to connect for `http://127.0.0.1:9080`, with or without a path, or `unix:/run/a.sock`."""
    if url.startswith("unix:"):
        return url.removeprefix("unix:")
    host, port = url.split("://")[1].split("/")[0].rsplit(":", 1)
    return host, int(port)


def beside(server, what: str) -> str:
    """The URL of a server's `probes` or `metrics`, once it has said it."""
    line = re.compile(rf"^{what} on (\S+)$", re.MULTILINE)
    return wait_until(lambda: line.search(server.output()), 20, f"{what} on …")[1]


class Operator:
    """Asks at one address, each time on a new connection. Nothing may take longer than `patience`."""

    def __init__(self, url: str, patience: float = 1):
        self.address, self.patience = address_of(url), patience

    def ask(self, method: str, target: str, *lines: str) -> Answer:
        return ask(self.address, method, target, *lines, timeout=self.patience)

    def status(self, target: str) -> int | None:
        """None where nobody answers."""
        try:
            return self.ask("GET", target).status
        except OSError:
            return None

    def told(self, target: str) -> dict:
        """The members of an answer, which must be 200."""
        answer = self.ask("GET", target)
        assert answer.status == 200, answer
        return json.loads(answer.body)

    def page(self, *lines: str) -> "Page":
        answer = self.ask("GET", "/metrics", *lines)
        assert answer.status == 200, answer
        return Page(answer.body.decode())


@dataclass
class Page:
    """Counters in either format."""

    text: str

    @property
    def families(self) -> list[str]:
        """As they are declared, in order."""
        return [line.split()[2] for line in self.text.splitlines() if line.startswith("# TYPE ")]

    def samples(self, name: str, **labels: str) -> list[tuple[dict[str, str], float]]:
        """Those of a name that have these labels, and perhaps more."""
        found = []
        for line in self.text.splitlines():
            sample = None if line.startswith("#") else SAMPLE.match(line)
            if sample is None or sample[1] != name:
                continue
            own = dict(LABEL.findall(sample[2] or ""))
            if labels.items() <= own.items():
                found.append((own, float(sample[3])))
        return found

    def total(self, name: str, **labels: str) -> float:
        return sum(value for _, value in self.samples(name, **labels))

    def check(self):
        """What a scraper refuses: a family or a sample that is told twice, a line that is none of either, and whatever else the
        parsers of prometheus_client refuse."""
        lines = self.text.splitlines()
        assert self.text.endswith("\n") and all(lines), "an empty line"
        assert len(self.families) == len(set(self.families)), "a family is told twice"
        samples = [line for line in lines if not line.startswith("#")]
        assert all(map(SAMPLE.match, samples)), [line for line in samples if not SAMPLE.match(line)]
        series = [line.rsplit(" ", 1)[0] for line in samples]
        assert len(series) == len(set(series)), "a sample is told twice"
        reader = open_metrics if self.text.endswith("# EOF\n") else prometheus
        families = list(reader.text_string_to_metric_families(self.text))
        assert sum(len(family.samples) for family in families) == len(samples), "prometheus_client reads it otherwise"
        return self
