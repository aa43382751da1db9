"""One target under libFuzzer: `python -m tests.fuzz.one TARGET`, and libFuzzer's options. Started by run.py."""

import logging
import sys

import atheris

with atheris.instrument_imports(include=["workers"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    logging.disable()  # extractors complain about strangers' pages
    name, *options = sys.argv[1:]
    atheris.Setup([sys.argv[0], *options], TARGETS[name], internal_libfuzzer=True)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
