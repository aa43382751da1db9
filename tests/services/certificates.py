"""Certificates made for a test with the `openssl` command: an authority, and who it vouches for."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

_CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")


@dataclass(frozen=True, slots=True)
class Certificate:
    """Both in PEM. `both` has the key before the certificate, as Kafka takes them."""

    certificate: Path
    key: Path
    both: Path


class Authority:
    """Vouches for names in `folder`; its own certificate is `file`."""

    def __init__(self, folder: Path, name: str = "test authority") -> None:
        folder.mkdir(parents=True)
        self._folder, self.file, self._key = folder, folder / "ca.pem", folder / "ca.key"
        may = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")
        _openssl("req", "-x509", *_CURVE, "-subj", f"/CN={name}", *may, "-keyout", self._key, "-out", self.file)

    def vouch(self, name: str, address: str = "IP:127.0.0.1,DNS:localhost") -> Certificate:
        """A certificate of this common name, good for this address of a server and for a client."""
        made = Certificate(*(self._folder / f"{name}.{ending}" for ending in ("pem", "key", "both.pem")))
        means = ("-addext", f"subjectAltName={address}", "-addext", "extendedKeyUsage=serverAuth,clientAuth")
        by = ("-CA", self.file, "-CAkey", self._key, "-addext", "basicConstraints=critical,CA:FALSE")
        _openssl(
            "req", "-x509", *_CURVE, "-subj", f"/CN={name}", *by, *means, "-keyout", made.key, "-out", made.certificate
        )
        made.both.write_text(made.key.read_text() + made.certificate.read_text())
        return made


def _openssl(*arguments: str | Path) -> None:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"openssl: {done.stderr}"
