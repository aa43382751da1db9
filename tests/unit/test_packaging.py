"""What no program runs here still holds together: the compose file, the Dockerfile, the locks, the Makefile."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from workers.local.kafka import MAX_RECORD_BYTES
from workers.settings import load

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.lock", "requirements-runtime.lock", "requirements-build.lock", "requirements-audit.lock"]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return services


def pins(lock: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+==\S+)", (ROOT / lock).read_text(), re.M))


def test_the_worker_starts_when_servers_are_healthy_and_topics_are_made(compose: dict[str, Any]) -> None:
    wanted = {name: on["condition"] for name, on in compose["worker"]["depends_on"].items()}
    assert wanted == {
        "kafka": "service_healthy",
        "valkey": "service_healthy",
        "topics": "service_completed_successfully",
    }
    assert all("healthcheck" in compose[name] for name in ("kafka", "valkey"))
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("name", ["worker", "topics"])
def test_a_container_of_ours_has_no_rights_and_one_folder_to_write_to(compose: dict[str, Any], name: str) -> None:
    """tests/system/test_confined.py shows that a worker works so."""
    service, dockerfile = compose[name], (ROOT / "Dockerfile").read_text()
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    (user,) = re.findall(r"^USER (.+)$", dockerfile, re.M)
    (folder,) = re.findall(r"NEWSWIRE_STATE_FOLDER=(\S+)", dockerfile)
    assert service["user"] == user == "10001:10001"
    assert service["volumes"] == [folder], "of each container's own: two workers must not share it"
    assert f'VOLUME ["{folder}"]' in dockerfile
    assert all("noexec" in mount for mount in service["tmpfs"])
    assert "pip uninstall" in dockerfile.rpartition("FROM ")[2]


def test_data_stand_in_named_volumes_and_images_are_pinned(compose: dict[str, Any]) -> None:
    for name in ("kafka", "valkey"):
        assert compose[name]["volumes"][0].startswith(f"{name}-data:")
        assert re.search(r":[0-9]+\.[0-9]", compose[name]["image"])


def test_the_composed_broker_takes_our_largest_record(compose: dict[str, Any]) -> None:
    """And it is the one that the tests run on."""
    environment = compose["kafka"]["environment"]
    assert environment["KAFKA_MESSAGE_MAX_BYTES"] == MAX_RECORD_BYTES > load().output_record_max_bytes
    version = compose["kafka"]["image"].partition(":")[2]
    assert f"<version>{version}</version>" in (ROOT / "ops/kafka/pom.xml").read_text()


def test_the_composed_index_is_kept_and_never_evicted(compose: dict[str, Any]) -> None:
    command = " ".join(compose["valkey"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_no_name_is_fixed_so_that_workers_can_be_scaled(compose: dict[str, Any]) -> None:
    assert not any("container_name" in service for service in compose.values())
    assert "ports" not in compose["worker"]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert len(re.findall(r"^\S+==", text, re.M)) == len(
        re.findall(r"^[a-z0-9-]+==.*\\\n    --hash=sha256:", text, re.M)
    )
    assert "://" not in text


def test_the_image_gets_the_versions_that_were_tested() -> None:
    assert pins("requirements-runtime.lock") <= pins("requirements.lock")


def test_help_lists_every_target_of_the_makefile() -> None:
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.M))
    assert {"setup", "demo", "test", "up", "down", "clean", "quick", "lint", "types", "lock"} <= targets
    assert all(f"make {target} " in told for target in targets)
