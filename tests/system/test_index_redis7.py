"""The same rules and claims on Debian's redis-server 7.0: the index asks for nothing that only Valkey has.

Run by `make test-system`, which says what to install.
"""

from tests.services.test_index_claims import *  # noqa: F403 - the tests themselves
from tests.services.test_index_rules import *  # noqa: F403
from tests.services.test_learned_lines import *  # noqa: F403
