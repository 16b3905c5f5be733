"""That what a deployment costs at rest is calculated from what the program makes."""

from pathlib import Path

import pytest

from benchmarks import at_rest
from benchmarks.cost import ROUTER_MB, USD_PER_GB_S, USD_PER_MILLION_REQUESTS
from benchmarks.results import Results
from benchmarks.subjects import EMBEDDED
from infra.settings import Settings
from infra.stack_config import ROOT
from shared.catalog import Catalog
from shared.deployment import ROUTER_MEMORY_MB
from tests.infra.program import Program

KEPT_USD = {"snapstart": at_rest.USD_PER_GB_S_OF_SNAPSHOT, "provisioned": at_rest.USD_PER_GB_S_PROVISIONED}


@pytest.fixture
def rows(tmp_path: Path) -> dict[str, tuple[int, float]]:
    """How many and what they cost, by the first word or two, of a deployment whose durations nobody measured."""
    found = at_rest.rows_of(Results(tmp_path), list(Catalog.read(EMBEDDED)))
    return {row["what"].partition(" (")[0]: (row["quantity"], row["usd"]) for row in found}


def test_it_counts_the_alarms_and_the_dashboard_of_as_many_models(
    rows: dict[str, tuple[int, float]], program: Program
) -> None:
    assert rows["alarms"] == (len(program.all("aws:cloudwatch/metricAlarm:MetricAlarm")), 1.4)
    assert rows["dashboard"] == (len(program.all("aws:cloudwatch/dashboard:Dashboard")), 3.0)


def test_it_is_warmed_up_as_often_as_the_program_says_by_default(program: Program) -> None:
    assert Settings.warm_up_minutes == at_rest.WARM_UP_MINUTES
    assert program.one("aws:scheduler/schedule:Schedule", "warm-up")["scheduleExpression"] == "rate(5 minutes)"
    assert at_rest.WARM_UPS == 30 * 24 * 12


def test_a_warm_up_is_a_request_of_each_model_and_one_of_the_router(rows: dict[str, tuple[int, float]]) -> None:
    models, router = rows["warm-ups every 5 minutes: the models"], next(v for k, v in rows.items() if "router" in k)
    assert (models[0], router[0]) == (3 * 8640, 8640)
    gb_seconds = 3 * 8640 * 1769 / 1024 * 0.101
    assert models[1] == pytest.approx(gb_seconds * USD_PER_GB_S + 3 * 8640 * USD_PER_MILLION_REQUESTS / 1e6, rel=0.05)
    assert ROUTER_MB == ROUTER_MEMORY_MB


def test_the_page_has_the_prices_of_starts_that_are_not_cold() -> None:
    page = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    rows = {kind: next(line for line in page.splitlines() if line.startswith(f'| `"{kind}"`')) for kind in KEPT_USD}
    for kind, usd_per_gb_s in KEPT_USD.items():
        month = usd_per_gb_s * 1769 / 1024 * at_rest.HOURS * 3600
        assert f"${usd_per_gb_s * 3600:.4f} an hour and GB" in rows[kind]
        assert f"${month:.1f} " in rows[kind]
    assert f"${at_rest.USD_PER_GB_RESTORED:.5f} a GB and restore" in rows["snapstart"]
