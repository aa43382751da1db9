"""Kafka for the commands: create the topics, publish raw articles, send some again, read topics.

The worker reads and writes elsewhere (agents, delivery). Only this folder imports kafka-python; whatever goes wrong
with the brokers leaves it as a ServerError that says what to do.
"""

import logging

from workers.kafka_io.admin import create_topics, ensure_topics, unfit_topics
from workers.kafka_io.batches import read_any_header_names
from workers.kafka_io.fetch import Fetcher
from workers.kafka_io.lag import has_open_records
from workers.kafka_io.members import members, partitions_of_nobody
from workers.kafka_io.publisher import Acknowledged, Publisher
from workers.kafka_io.reader import Reader, Record
from workers.kafka_io.resender import RawToSend, Resender

__all__ = [
    "Acknowledged",
    "Fetcher",
    "Publisher",
    "RawToSend",
    "Reader",
    "Record",
    "Resender",
    "create_topics",
    "ensure_topics",
    "has_open_records",
    "members",
    "partitions_of_nobody",
    "unfit_topics",
]

logging.getLogger("kafka").addHandler(logging.NullHandler())  # else Python prints its warnings on stderr
read_any_header_names()
