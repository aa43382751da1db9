"""Newswire: a streaming ingestion worker for newsrooms.

The files of this package read in the order of the flow: `article` and `outcome` are the nouns;
`decode`, `cleaning`, `signature`, `encode` are the pure steps; `claims` is the index in Redis;
`delivery` the transactions in Kafka; `agents` ties them together; `cli` is what people type.
"""

__version__ = "0.1.0"
