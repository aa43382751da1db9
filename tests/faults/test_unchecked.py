"""A newsroom that would rather see a copy than nothing: the index stays away, and articles are published unchecked."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.faults.pauses import read_all
from tests.faults.wire import Feed, Wire
from workers.local.kafka import LocalKafka
from workers.local.valkey import LocalValkey
from workers.settings import Settings


def test_published_unchecked_while_the_index_is_away(
    make_settings: Callable[..., Settings], servers: tuple[LocalKafka, LocalValkey], tmp_path: Path
) -> None:
    """Neither the claims nor the learned lines, which are asked before, are waited for any longer than was set."""
    kafka, valkey = servers
    settings = make_settings(
        kafka_bootstrap=kafka.bootstrap,
        redis_url=valkey.url,
        partitions=1,
        publish_unchecked_after_s=2,
        redis_timeout_s=1,
    )
    with Wire(settings, tmp_path / "wire") as wire:
        wire.add_worker()
        wire.publish(Feed(40), per_s=100).join()
        wire.ledger()
        valkey.kill()
        wire.publish(Feed(20, seed=2), per_s=100).join()
        assert wire.ledger().lost == []
        published = [
            json.loads(r.value)["dedup"]["method"] for r in read_all(settings, ["clean"]) if b"urn:test:2:" in r.value
        ]
    assert published == ["unchecked"] * 20
    assert (tmp_path / "wire" / "worker-1.log").read_text().count("articles are published unchecked") == 1
