"""What lets a client into Kafka, as Faust takes it."""

from collections.abc import Mapping
from typing import Any

import faust


def credentials(options: Mapping[str, Any]) -> Any:
    """From the options of workers/wires.py; None where nobody has to prove anything.

    >>> credentials({"security_protocol": "PLAINTEXT"}) is None
    True
    >>> shown = {"sasl_plain_username": "desk", "sasl_plain_password": "secret"}
    >>> credentials({"sasl_mechanism": "SCRAM-SHA-512", **shown})
    <SASLCredentials: username=desk>
    """
    tls, mechanism = options.get("ssl_context"), options.get("sasl_mechanism")
    if mechanism:
        name, password = options["sasl_plain_username"], options["sasl_plain_password"]
        return faust.SASLCredentials(username=name, password=password, mechanism=mechanism, ssl_context=tls)
    return faust.SSLCredentials(tls) if tls else None
