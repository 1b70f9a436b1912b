# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Instances, volumes and the account as the API shows them."""

from __future__ import annotations

import base64
import json
import typing as t

from . import catalogue
from .account import Account, Instance, Volume, is_vm
from .errors import invalid
from .query import ordered, select

LARGEST_PAGE = 25


def instance_row(account: Account, instance: Instance) -> dict[str, t.Any]:
    """An instance with all its columns; what the host has not said yet is null."""
    machine, address = instance.machine, instance.address
    offered = catalogue.row(0, instance.machine_id, machine, instance.disk, kind="on-demand", now=instance.started)
    taken = (
        "id",
        "ask_contract_id",
        "bundle_id",
        "rentable",
        "rented",
        "score",
        "start_date",
        "end_date",
        "disk_space",
    )
    for column in taken:
        del offered[column]
    running = instance.status == "running"
    ports = {"22/tcp": [{"HostIp": address.host, "HostPort": str(address.port)}]} if address else {}
    return {
        **offered,
        "id": instance.id,
        "label": instance.label,
        "actual_status": instance.status,
        "intended_status": instance.intended,
        "cur_state": instance.intended,
        "next_state": instance.intended,
        "status_msg": instance.message or None,
        "image_uuid": instance.body.get("image"),
        "image_args": instance.body.get("args") or [],
        "image_runtype": instance.body.get("runtype") or "ssh",
        "template_hash_id": instance.body.get("template_hash_id"),
        "template_id": None,
        "template_name": None,
        "extra_env": [[name, value] for name, value in _environment(instance)],
        "onstart": instance.body.get("onstart"),
        "ssh_host": address.host if address else None,
        "ssh_port": address.port if address else None,
        "ssh_idx": "1",
        "public_ipaddr": address.host if address else None,
        "local_ipaddrs": address.host if address else None,
        "ports": ports,
        "direct_port_start": address.port if address else -1,
        "direct_port_end": address.port if address else -1,
        "disk_space": instance.disk,
        "disk_usage": 1.0 if running else None,
        "disk_util": 1.0 if running else None,
        "gpu_util": 0.0 if running else None,
        "gpu_temp": 35.0 if running else None,
        "cpu_util": 0.0 if running else None,
        "mem_usage": 1.0 if running else None,
        "mem_limit": float(machine.cpu_ram) / 1000,
        "vmem_usage": 0.0 if running else None,
        "uptime_mins": (account.now() - instance.started) / 60 if running else None,
        "start_date": instance.started,
        "end_date": instance.started + machine.duration,
        "is_vm": is_vm(instance.body),
        "instance_volume": instance.volume,
        "jupyter_token": None,
    }


def _environment(instance: Instance) -> list[tuple[str, t.Any]]:
    given = instance.body.get("env") or {}
    return list(given.items()) if isinstance(given, dict) else [("env", given)]


def volume_row(volume: Volume) -> dict[str, t.Any]:
    """A volume as the list shows it."""
    return {
        "id": volume.id,
        "machine_id": volume.machine_id,
        "label": volume.name,
        "name": volume.name,
        "disk_space": volume.size,
        "size": volume.size,
        "type": volume.kind,
        "status": "running",
        "actual_status": "running",
        "start_date": volume.meter.started,
        "dph_total": volume.meter.storage_per_hour,
        "geolocation": None,
        "instances": [],
    }


def page(account: Account, query: dict[str, str]) -> dict[str, t.Any]:
    """One page of /api/v1/instances/: at most 25 rows, and a token where there are more."""
    filters = _json(query, "select_filters", {})
    order = [(str(one["col"]), str(one.get("dir", "asc"))) for one in _json(query, "order_by", [])] or [("id", "asc")]
    limit = int(query.get("limit") or LARGEST_PAGE)
    if not 1 <= limit <= LARGEST_PAGE:
        raise invalid(f"error 400/3601: Invalid args: limit must be between 1 and {LARGEST_PAGE}")
    rows = [instance_row(account, instance) for instance in account.living()]
    found = ordered(select(rows, filters), order)
    shown = found[_after(found, query.get("after_token")) :]
    here = shown[:limit]
    columns = _json(query, "select_cols", ["*"])
    labels: dict[str, int] = {}
    for row in found:
        labels[row["label"] or ""] = labels.get(row["label"] or "", 0) + 1
    return {
        "success": True,
        "instances_found": len(here),
        "total_instances": len(found),
        "label_counts": labels,
        "next_token": _token(here[-1]["id"]) if len(shown) > limit else None,
        "instances": [row if "*" in columns else {name: row.get(name) for name in columns} for row in here],
    }


def _json(query: dict[str, str], name: str, default: t.Any) -> t.Any:
    try:
        return json.loads(query[name]) if query.get(name) else default
    except ValueError as error:
        raise invalid(f"error 400/3602: Invalid args: {name} is not JSON") from error


def _token(last: int) -> str:
    return base64.b64encode(json.dumps({"values": {"id": last}}).encode()).decode()


def _after(rows: list[dict[str, t.Any]], token: str | None) -> int:
    """Place of the first row after the token; a row that went meanwhile is passed over by its id."""
    if not token:
        return 0
    try:
        last = int(json.loads(base64.b64decode(token, validate=True))["values"]["id"])
    except (ValueError, KeyError, TypeError) as error:
        raise invalid("error 400/3603: Invalid args: after_token is no token of ours") from error
    places = [place for place, row in enumerate(rows) if row["id"] <= last]
    return places[-1] + 1 if places else 0
