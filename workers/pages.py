"""What probes and Prometheus ask the worker for."""

import faust
from faust.web import Request, Response, View

from workers.metrics import Metrics
from workers.watchdog import Watchdog


def add_pages(app: faust.App, metrics: Metrics, watchdog: Watchdog) -> None:
    """/livez: start it again if not; /readyz: partitions are assigned; /metrics."""

    @app.page("/livez")
    async def livez(view: View, _: Request) -> Response:
        if watchdog.is_stuck:
            return view.text(f"stuck: nothing was committed for {watchdog.limit_s:g} s and more\n", status=503)
        return view.text("ok\n")

    @app.page("/readyz")
    async def readyz(view: View, _: Request) -> Response:
        if app.rebalancing or not app.consumer.assignment():
            return view.text("no partitions assigned yet\n", status=503)
        return view.text("ok\n")

    @app.page("/metrics")
    async def exposition(view: View, _: Request) -> Response:
        return view.bytes(metrics.exposition(), content_type="text/plain")
