"""`lifeline simulate`: devices that publish as real ones do, to a broker of your choice."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

import click
from rich.progress import Progress

from simulators.load import Load, write_assets
from simulators.scenario import build_scenario
from simulators.sender import Tally, send


@click.group("simulate")
def simulate_command() -> None:
    """Simulated devices, for trying out and for load."""


@simulate_command.command("city")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--seed", default=1, show_default=True, type=int)
def city_command(folder: Path, seed: int) -> None:
    """Write the demo's district into a folder: assets, history, messages, and the truth.

    \b
    Example:
      lifeline simulate city district
      lifeline import assets district/assets.csv
    """
    scenario = build_scenario(seed)
    scenario.write(folder)
    click.echo(f"{len(scenario.district.devices)} devices, {len(scenario.parcels)} messages")


@simulate_command.command("load")
@click.option("--url", default="mqtt://127.0.0.1:1883", show_default=True)
@click.option("--devices", default=1000, show_default=True, type=click.IntRange(1))
@click.option("--rate", default=2000.0, show_default=True, help="Messages a second.")
@click.option("--readings", default=3, show_default=True, type=click.IntRange(1, 3))
@click.option("--batch", default=1, show_default=True, help="Devices a message; over 1: lines.")
@click.option("--seconds", default=60.0, show_default=True)
@click.option("--seed", default=1, show_default=True, type=int)
@click.option(
    "--assets",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Only write the devices into this file, for `lifeline import assets`.",
)
def load_command(
    url: str,
    devices: int,
    rate: float,
    readings: int,
    batch: int,
    seconds: float,
    seed: int,
    assets: Path | None,
) -> None:
    """Publish at QoS 1 and send again what the broker has not acknowledged.

    \b
    Example:
      lifeline simulate load --assets load.csv && lifeline import assets load.csv
      lifeline simulate load --rate 5000 --seconds 60
    """
    load = Load(
        devices=devices,
        rate=rate,
        readings=readings,
        form="lines" if batch > 1 else "json",
        batch=batch,
        start=int(time.time()) * 1_000_000,
        seed=seed,
    )
    if assets is not None:
        write_assets(load, assets)
        click.echo(f"{devices} devices in {assets}")
        return
    messages = int(rate * seconds)
    with Progress() as bar:
        task = bar.add_task("acknowledged", total=messages)

        def show(tally: Tally) -> None:
            bar.update(task, completed=tally.acknowledged)

        tally = send(load, url, messages, watch=show)
    for name, value in asdict(tally).items():
        click.echo(
            f"{name:14} {value:,.1f}" if isinstance(value, float) else f"{name:14} {value:,}"
        )
