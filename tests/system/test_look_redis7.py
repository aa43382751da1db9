"""Looking into the index without changing it, on Debian's redis-server 7.0."""

from tests.services.test_index_look import *  # noqa: F403 - the tests themselves
