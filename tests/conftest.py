"""What several tests share."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, settings

from examgen.embed import Encoder, open_encoder

# Workers share the cores, so that none of them waits for the threads of another.
if workers := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // int(workers))))

# What an example may take says nothing on a machine that others use too.
settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")


@pytest.fixture
def runner() -> CliRunner:
    """A command line without a terminal."""
    return CliRunner()


@pytest.fixture(scope="session")
def seeds_dir() -> Path:
    """The folder of seed documents, beside the checkout or in ``EXAMGEN_SHARED``; without it the test is skipped."""
    shared = Path(os.environ.get("EXAMGEN_SHARED", Path(__file__).parents[2] / "shared"))
    if not (shared / "seeds").is_dir():
        pytest.skip(f"no seed documents in {shared}")
    return shared / "seeds"


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The real default model; it is built on first use."""
    return open_encoder()
