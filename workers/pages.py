"""What probes and Prometheus ask the worker for."""

from collections.abc import Callable

import faust
from faust.web import Request, Response, View

from workers.health import Health
from workers.metrics import CONTENT_TYPE, Metrics
from workers.watchdog import Watchdog


def add_pages(app: faust.App, metrics: Metrics, watchdog: Watchdog, health: Health, joined: Callable[[], bool]) -> None:
    """/livez: start it again if not; /startupz: it has joined its group once; /readyz: it has partitions, and Kafka and Redis
    answer; /metrics. `joined` tells whether the group has once given it partitions, or none.
    """

    @app.page("/livez")
    async def livez(view: View, _: Request) -> Response:
        if watchdog.is_stuck:
            return view.text(f"stuck: nothing was committed for {watchdog.limit_s:g} s and more\n", status=503)
        return view.text("ok\n")

    @app.page("/startupz")
    async def startupz(view: View, _: Request) -> Response:
        return view.text("ok\n") if joined() else view.text("has not joined its group yet\n", status=503)

    @app.page("/readyz")
    async def readyz(view: View, _: Request) -> Response:
        if app.rebalancing or not app.consumer.assignment():
            return view.text("no partitions assigned yet\n", status=503)
        if problem := await health.problem():
            return view.text(f"{problem}\n", status=503)
        return view.text("ok\n")

    @app.page("/metrics")
    async def exposition(view: View, _: Request) -> Response:
        return view.bytes(metrics.exposition(), headers={"Content-Type": CONTENT_TYPE})
