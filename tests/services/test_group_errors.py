"""The coordinator of a group moves, on three brokers: committed offsets are still told."""

from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.group_coordinator import GroupCoordinator

from workers.group_errors import HeedingCoordinator
from workers.kafka_io import create_topics
from workers.local.kafka_cluster import LocalKafkaCluster
from workers.offsets import Offsets
from workers.settings import load


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafkaCluster]:
    with LocalKafkaCluster(tmp_path_factory.mktemp("kafka")) as kafka:
        yield kafka


async def test_a_former_coordinator_is_not_believed(kafka: LocalKafkaCluster) -> None:
    """It says that it coordinates the group no longer, and gives an empty list of offsets: that is not taken for no offset."""
    settings = load(kafka_bootstrap=kafka.bootstrap, replication=3)
    create_topics(settings)
    partition = TopicPartition(settings.topic_raw, 0)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap, group_id=settings.group, enable_auto_commit=False, auto_offset_reset="none"
    )
    await consumer.start()
    try:
        consumer.assign([partition])
        await consumer.commit({partition: 7})
        coordinator = consumer._coordinator
        assert isinstance(coordinator, HeedingCoordinator), "importing what the worker imports is enough"
        former = {node.number for node in kafka.nodes} - {coordinator.coordinator_id}
        for node in former:
            coordinator.coordinator_id = node
            assert await consumer.committed(partition) == 7
        asked = Offsets(settings, {"bootstrap_servers": kafka.bootstrap})
        assert (await asked.position(partition)).committed == 7
        assert asked._consumer
        asked._consumer._coordinator.coordinator_id = node
        assert (await asked.position(partition)).committed == 7
        await asked.stop()
        coordinator.coordinator_id = node
        coordinator.__class__ = GroupCoordinator
        assert await consumer.committed(partition) is None, (
            "else aiokafka heeds the error, and workers/group_errors.py may go"
        )
    finally:
        await consumer.stop()
