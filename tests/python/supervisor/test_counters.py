"""The page of counters of a server with workers: each worker's own, joined."""

import os
import signal
import threading

import pytest

from harness.operators import Operator, Page, beside
from harness.waiting import wait_until
from harness.wire import Wire
from supervisor.kit.load import Load
from supervisor.kit.processes import is_alive

REQUESTS = "http_requests_total"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PLAIN = "text/plain; version=0.0.4; charset=utf-8"


@pytest.fixture
def counted(supervise):
    """Two workers that serve, and who reads their counters. A worker that does not answer is waited for for two seconds."""

    def start(*flags):
        server = supervise("--workers", "2", "--metrics=127.0.0.1:0", *flags)
        server.wait_for_workers(2)
        return server, Operator(beside(server, "metrics"), patience=10)

    return start


def test_requests_of_all_workers_add_up(counted):
    server, operator = counted()
    with Load(server.address, kept=0, fresh=8) as load:
        wait_until(lambda: len(load.answers) == 2 and load.total >= 100, 20, "answers of each worker")
    assert not load.lost
    page = operator.page().check()
    labels = {"method": "GET", "route": "unmatched", "status": "200"}
    workers = [sample["worker"] for sample, _ in page.samples(REQUESTS, **labels)]
    assert sorted(workers) == ["0", "1"]
    assert page.total(REQUESTS) == page.total(REQUESTS, **labels) == load.total
    assert page.total("http_request_duration_seconds_count") == load.total
    assert page.total("http_request_duration_seconds_bucket", le="+Inf") == load.total
    assert page.total("http_response_body_bytes_total") == sum(
        len(text) * times for text, times in load.answers.items()
    )
    assert page.total("http_requests_in_flight") == 0
    assert page.total("hyperserve_responses_total", **{"class": "2xx"}) == load.total


def test_each_worker_is_told_once(counted):
    server, operator = counted()
    for _ in range(20):
        server.get()
    page = operator.page().check()
    for name in ("hyperserve_worker_resident_memory_bytes", "hyperserve_worker_restarts_total"):
        assert sorted(labels["worker"] for labels, _ in page.samples(name)) == ["0", "1"]
    assert not [name for name in page.families if name.startswith("process_")], "told by the parent already"
    assert page.total("hyperserve_connections_accepted_total") >= 20


@pytest.mark.parametrize("accept, told", [("*/*", PLAIN), ("application/openmetrics-text", OPEN_METRICS)])
def test_the_format_is_what_the_scraper_likes(counted, accept, told):
    server, operator = counted()
    server.get()
    answer = operator.ask("GET", "/metrics", f"Accept: {accept}")
    assert answer.fields["content-type"] == told
    assert (answer.fields["cache-control"], answer.fields["vary"]) == ("no-store", "accept")
    page, is_open = Page(answer.body.decode()).check(), told == OPEN_METRICS
    assert page.total(REQUESTS, status="200") == 1
    assert page.text.endswith("# EOF\n") == is_open
    assert (("http_requests" if is_open else REQUESTS) in page.families) and (REQUESTS in page.families) != is_open


def test_other_methods_and_paths(counted):
    _, operator = counted()
    head = operator.ask("HEAD", "/metrics")
    assert (head.status, head.body, head.fields["content-type"]) == (200, b"", PLAIN)
    refused = operator.ask("POST", "/metrics")
    assert (refused.status, refused.fields["allow"]) == (405, "GET, HEAD")
    assert refused.fields["content-type"] == "application/problem+json"
    assert operator.ask("GET", "/metrics/").status == 200
    assert [operator.status(path) for path in ("/", "/livez", "/metricsx")] == [404] * 3


@pytest.mark.logs_traceback
def test_how_requests_end_is_counted(counted):
    server, operator = counted()
    with Wire(server.address) as wire:
        assert wire.get("/sleep/no-number").answer().status == 500
    with Wire(server.address) as wire:
        wire.get("/sleep/30")
        wait_until(lambda: operator.page().total("http_requests_in_flight") == 1, 5, "the request")
    wait_until(lambda: operator.page().total(REQUESTS, status="499") == 1, 5, "the client's departure")
    page = operator.page()
    assert page.total(REQUESTS, status="500") == 1
    assert (page.total(REQUESTS), page.total("http_requests_in_flight")) == (2, 0)


def test_what_a_layer_refuses_is_counted(counted):
    server, operator = counted("--trusted-hosts", "shop.example")
    with Wire(server.address) as wire:
        assert wire.get("/", "Host: other.example").answer().status == 421
        assert wire.get("/", "Host: shop.example").answer().status == 200
    page = operator.page()
    assert (page.total(REQUESTS, status="421"), page.total(REQUESTS, status="200")) == (1, 1)


def test_threads_of_a_worker_count_as_well(counted):
    server, operator = counted("--io-threads", "2")
    for _ in range(20):
        server.get()
    assert operator.page().check().total(REQUESTS, status="200") == 20


def test_a_worker_that_is_replaced_begins_at_nothing(counted):
    server, operator = counted()
    with Load(server.address, kept=0, fresh=8) as load:
        wait_until(lambda: len(load.answers) == 2 and load.total >= 50, 20, "answers of each worker")
    before = operator.page()
    victim, other = server.workers
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: not is_alive(victim), 5, "its end")
    server.wait_for_workers(2)
    page = operator.page().check()
    numbers = sorted(["0", "1"], key=lambda number: page.total("hyperserve_worker_restarts_total", worker=number))
    kept, fresh = numbers
    assert page.total("hyperserve_worker_restarts_total", worker=fresh) == 1
    assert page.total(REQUESTS, worker=kept) == before.total(REQUESTS, worker=kept) > 0
    assert page.total(REQUESTS, worker=fresh) == 0 < before.total(REQUESTS, worker=fresh)
    assert other in server.workers


def test_a_stuck_worker_is_left_out_but_for_what_its_parent_sees(counted):
    server, operator = counted("--timeout-worker-healthcheck", "60")
    threading.Thread(target=stuck, args=[server], daemon=True).start()
    page = wait_until(lambda: one_sided(operator.page()), 20, "a page without it")
    page.check()
    assert len(page.samples("hyperserve_worker_cpu_seconds_total")) == 2
    wait_until(lambda: not one_sided(operator.page()), 20, "both again")


def stuck(server):
    try:
        server.get("/block/6")
    except OSError:
        pass


def one_sided(page: Page) -> Page | None:
    return page if len(page.samples("hyperserve_connections_open")) == 1 else None


def test_counters_are_told_to_the_end_of_the_drain(counted):
    server, operator = counted()
    with Wire(server.address) as wire:
        wire.get("/sleep/2")
        wait_until(lambda: operator.page().total("http_requests_in_flight") == 1, 5, "the request")
        server.signal(signal.SIGTERM)
        wait_until(lambda: len(operator.page().samples("hyperserve_connections_open")) == 1, 5, "one worker less")
        page = operator.page().check()
        assert page.total("http_requests_in_flight") == 1
        assert wire.answer().status == 200
    assert server.exit_code(10) == 0
