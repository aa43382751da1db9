"""What the watchdog asks Kafka: is there a record that nobody has done yet?"""

import time

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata

from workers import kafka_io
from workers.kafka_io import has_open_records, partitions_of_nobody
from workers.settings import Settings
from workers.watchdog import could_work


def commit(settings: Settings, offset: int) -> None:
    consumer = KafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap, group_id=settings.group, enable_auto_commit=False
    )
    consumer.commit({TopicPartition(settings.topic_raw, 0): OffsetAndMetadata(offset, "", -1)})
    consumer.close()


def test_a_record_is_open_until_it_is_committed(settings: Settings) -> None:
    kafka_io.create_topics(settings)
    producer = KafkaProducer(bootstrap_servers=settings.kafka_bootstrap)
    assert not has_open_records(settings, [0, 1])
    producer.send(settings.topic_raw, b"{}", partition=0).get(10)
    assert has_open_records(settings, [0, 1])
    assert not has_open_records(settings, [1])
    commit(settings, 1)
    assert not has_open_records(settings, [0, 1])
    producer.close()


def test_marks_of_transactions_are_no_records(settings: Settings) -> None:
    """They take offsets for ever; a worker at rest behind them is not stuck."""
    kafka_io.create_topics(settings)
    producer = KafkaProducer(bootstrap_servers=settings.kafka_bootstrap, transactional_id=settings.group)
    producer.init_transactions()
    producer.begin_transaction()
    producer.send(settings.topic_raw, b"{}", partition=0).get(10)
    producer.commit_transaction()
    commit(settings, 1)
    producer.begin_transaction()
    producer.send(settings.topic_raw, b"{}", partition=0)
    producer.flush()
    producer.abort_transaction()
    assert not has_open_records(settings, [0])
    producer.close()


def test_partitions_of_a_group_without_members_are_nobodys(settings: Settings) -> None:
    """A worker that still takes itself for a member, and has no partitions, could work: it is ended and joins anew."""
    kafka_io.create_topics(settings)
    everything = set(range(settings.partitions))
    assert partitions_of_nobody(settings) == everything
    assert not could_work(settings, ())
    with KafkaProducer(bootstrap_servers=settings.kafka_bootstrap) as producer:
        producer.send(settings.topic_raw, b"{}", partition=0).get(10)
    assert could_work(settings, ())


def test_a_spare_worker_is_no_forgotten_one(settings: Settings) -> None:
    """All partitions are another's: having none is health, also while records are open there."""
    kafka_io.create_topics(settings)
    owner = KafkaConsumer(settings.topic_raw, bootstrap_servers=settings.kafka_bootstrap, group_id=settings.group)
    end = time.monotonic() + 20
    while len(owner.assignment()) < settings.partitions:
        assert time.monotonic() < end
        owner.poll(200)
    with KafkaProducer(bootstrap_servers=settings.kafka_bootstrap) as producer:
        producer.send(settings.topic_raw, b"{}", partition=0).get(10)
    assert partitions_of_nobody(settings) == set()
    assert not could_work(settings, ())
    assert could_work(settings, (0,))
    owner.close(autocommit=False)
