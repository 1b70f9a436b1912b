# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The account: its instances, ssh keys and volumes, and the market it rents from."""

from __future__ import annotations

import dataclasses
import threading
import time
import typing as t
from collections.abc import Callable

from . import catalogue
from .backends import Address, Backend
from .billing import Bill, Meter
from .catalogue import Machine
from .errors import ApiError, invalid
from .query import ordered, select

LONGEST_LABEL = 256
SMALLEST_DISK = 8.0
_FIRST_OFFER = 4_200_001
_FIRST_INSTANCE = 7_100_001


@dataclasses.dataclass
class Instance:
    """A rented machine. ``status`` is what the provider calls actual_status; nothing before the host has heard of it."""

    id: int
    machine_id: int
    machine: Machine
    body: dict[str, t.Any]
    label: str | None
    disk: float
    started: float
    meter: Meter
    keys: list[str]
    boots: bool = True
    status: str | None = None
    intended: str = "running"
    message: str = ""
    address: Address | None = None
    destroyed: bool = False
    volume: int | None = None


@dataclasses.dataclass
class Volume:
    """Rented disk space that outlives instances; size in GB."""

    id: int
    machine_id: int
    name: str
    size: int
    kind: str
    meter: Meter
    deleted: bool = False


class Account:
    """Everything that one API key sees. Every public method locks, so that calls happen one after the other.

    Attributes:
        boot_seconds: what a new instance spends in loading at least.
        credit: USD; nothing can be rented without.

    """

    def __init__(self, backend: Backend, *, boot_seconds: float, credit: float, market: tuple[Machine, ...]) -> None:
        self.lock = threading.RLock()
        self.backend = backend
        self.boot_seconds = boot_seconds
        self.credit = credit
        self.instances: dict[int, Instance] = {}
        self.volumes: dict[int, Volume] = {}
        self.keys: dict[int, dict[str, t.Any]] = {}
        self._machines = dict(enumerate(market, start=301))
        self._offers = {_FIRST_OFFER + place: number for place, number in enumerate(self._machines)}
        self._next_offer = _FIRST_OFFER + len(self._offers)
        self._next_id = _FIRST_INSTANCE
        self._boots: list[threading.Thread] = []
        self._closing = threading.Event()
        self._backend_lock = threading.Lock()

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def number(self) -> int:
        """A new id."""
        self._next_id += 1
        return self._next_id

    def search(self, query: dict[str, t.Any]) -> list[dict[str, t.Any]]:
        """The offers that match, priced with ``allocated_storage``."""
        kind = str(query.get("type") or "on-demand")
        if kind not in ("on-demand", "bid", "reserved", "ask"):
            raise invalid(f"error 400/3210: Invalid args: unknown type {kind!r}")
        storage = float(query.get("allocated_storage") or 5.0)
        with self.lock:
            rows = [
                catalogue.row(offer, number, self._machines[number], storage, kind=kind, now=self.now())
                for offer, number in self._offers.items()
            ]
        order = [(str(field), str(direction)) for field, direction in query.get("order") or [["score", "desc"]]]
        limit = min(int(query.get("limit") or catalogue.LARGEST_SEARCH), catalogue.LARGEST_SEARCH)
        return ordered(select(rows, query), order)[:limit]

    def sell(self, offer: int) -> None:
        """Somebody else rents the offer."""
        with self.lock:
            self._offers.pop(offer, None)

    def rent(self, offer: int, body: dict[str, t.Any], boots: bool) -> Instance:
        """Make an instance of an offer, which is gone by that."""
        with self.lock:
            machine_id = self._offers.get(offer)
            if machine_id is None:
                sold = _FIRST_OFFER <= offer < self._next_offer
                raise self._no_such_offer(offer, sold)
            machine = self._machines[machine_id]
            disk = self._check(offer, machine, body)
            del self._offers[offer]
            instance = Instance(
                id=self.number(),
                machine_id=machine_id,
                machine=machine,
                body=body,
                label=body.get("label"),
                disk=disk,
                started=self.now(),
                meter=Meter(self.now(), machine.dph_base, catalogue.storage_per_hour(machine, disk)),
                keys=[key["public_key"] for key in self.keys.values()],
                boots=boots,
                intended=body.get("target_state") or "running",
            )
            self._attach_volume(instance)
            self.instances[instance.id] = instance
        self._in_background(instance, self._boot)
        return instance

    @staticmethod
    def _no_such_offer(offer: int, sold: bool) -> ApiError:
        if sold:
            message = f"error 410/3907: no_such_ask Instance type {offer} is no longer available."
            return ApiError(410, "no_such_ask", message, ask_id=offer)
        return invalid(
            f"error 404/3603: no_such_ask Instance type by id {offer} is not available.", status=404, ask_id=offer
        )

    def _check(self, offer: int, machine: Machine, body: dict[str, t.Any]) -> float:
        """Refuse what the provider refuses; return the disk size in GB."""
        if body.get("client_id") not in (None, "me"):
            raise invalid("error 400/3461: Invalid args: client_id must be 'me'", ask_id=offer)
        if not body.get("image") and not body.get("template_hash_id"):
            raise invalid("error 400/3468: Invalid args: 'image' or 'template_hash_id' is required", ask_id=offer)
        if len(body.get("label") or "") > LONGEST_LABEL:
            raise invalid(f"error 400/3472: Invalid args: label is longer than {LONGEST_LABEL}", ask_id=offer)
        disk = body.get("disk")
        if disk is not None and (not isinstance(disk, int | float) or disk < SMALLEST_DISK):
            raise invalid(f"error 400/3474: Invalid args: disk must be at least {SMALLEST_DISK:.0f} GB", ask_id=offer)
        if float(disk or SMALLEST_DISK) > machine.disk_space:
            raise invalid(f"error 400/3475: Invalid args: the machine has {machine.disk_space:.0f} GB", ask_id=offer)
        if is_vm(body) and not machine.vms_enabled:
            raise invalid(f"error 400/3480: Invalid args: offer {offer} does not run virtual machines", ask_id=offer)
        if is_vm(body) and not self.keys:
            message = "A virtual machine needs an ssh key of the account: add one first."
            raise ApiError(400, "no_ssh_key_for_vm", message, ask_id=offer)
        if self.credit <= 0:
            raise ApiError(400, "insufficient_credit", "Your account lacks credit; see the billing page.", ask_id=offer)
        return float(disk or SMALLEST_DISK)

    def _attach_volume(self, instance: Instance) -> None:
        wanted = instance.body.get("volume_info")
        if not wanted:
            return
        if wanted.get("create_new"):
            name = wanted.get("name") or f"volume-{instance.id}"
            volume = self.add_volume(instance.machine_id, name, int(wanted.get("size") or 15), "local_volume")
            instance.volume = volume.id
            return
        known = self.volumes.get(int(wanted.get("volume_id") or 0))
        if known is None or known.deleted:
            raise invalid("error 400/3490: Invalid args: no such volume")
        instance.volume = known.id

    def add_volume(self, machine_id: int, name: str, size: int, kind: str) -> Volume:
        """Rent disk space."""
        with self.lock:
            machine = self._machines[machine_id]
            meter = Meter(self.now(), 0.0, catalogue.storage_per_hour(machine, size))
            volume = Volume(self.number(), machine_id, name, size, kind, meter)
            self.volumes[volume.id] = volume
            return volume

    def delete_volume(self, number: int) -> None:
        """Give disk space back."""
        with self.lock:
            volume = self.volumes.get(number)
            if volume is None or volume.deleted:
                raise ApiError(404, "invalid id", "could not find a listed volume matching id")
            if any(one.volume == number for one in self.living()):
                raise ApiError(409, "volume in use", "existing instances use that volume!")
            volume.deleted = True
            volume.meter.end(self.now())

    def living(self) -> list[Instance]:
        """The instances that are not destroyed, oldest first."""
        with self.lock:
            return [instance for instance in self.instances.values() if not instance.destroyed]

    def find(self, number: int) -> Instance:
        """A living instance."""
        with self.lock:
            instance = self.instances.get(number)
            if instance is None or instance.destroyed:
                raise ApiError(404, "no_such_instance", f"Instance {number} not found.")
            return instance

    def set_state(self, number: int, state: str, boots: bool) -> None:
        """Start or stop an instance; the answer does not wait for it."""
        if state not in ("running", "stopped"):
            raise invalid(f"error 400/3510: Invalid args: unknown state {state!r}")
        with self.lock:
            instance = self.find(number)
            if instance.intended == state:
                return
            instance.intended = state
            if state == "stopped":
                instance.status = "exited"
                instance.meter.rest(self.now())
            else:
                instance.status, instance.boots = "loading", boots
        self._in_background(instance, self._stop if state == "stopped" else self._boot)

    def reboot(self, number: int) -> None:
        """Restart an instance in place."""
        with self.lock:
            instance = self.find(number)
            instance.status = "loading"
            instance.meter.rest(self.now())
        self._in_background(instance, self._restart)

    def destroy(self, number: int) -> None:
        """End an instance and its bill; its machine is on offer again under a new id."""
        with self.lock:
            instance = self.find(number)
            instance.destroyed = True
            instance.meter.end(self.now())
            self._offers[self._next_offer] = instance.machine_id
            self._next_offer += 1
        self._in_background(instance, self._remove)

    def add_key(self, text: str) -> dict[str, t.Any]:
        """Let a public key into the account's instances, the present ones too."""
        parts = text.split()
        if len(parts) < 2 or not parts[0].startswith(("ssh-", "ecdsa-", "sk-")):
            raise ApiError(400, "invalid_ssh_key", "Invalid ssh key format")
        with self.lock:
            if any(key["public_key"].split()[:2] == parts[:2] for key in self.keys.values()):
                raise ApiError(400, "duplicate_ssh_key", "SSH key already exists")
            number = self.number()
            created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            key = {"id": number, "user_id": 77, "public_key": text.strip(), "created_at": created, "deleted_at": None}
            self.keys[number] = key
            for instance in self.living():
                self.set_keys(instance, [*instance.keys, text.strip()])
            return key

    def set_keys(self, instance: Instance, keys: list[str]) -> None:
        """Let exactly these keys into one instance."""
        instance.keys = keys
        if instance.address is not None:
            self._in_background(instance, self._authorize)

    def bill(self) -> list[Bill]:
        """What every instance and volume that there ever was costs so far."""
        with self.lock:
            now = self.now()
            bills = [one.meter.bill(one.id, one.label, now) for one in self.instances.values()]
            return bills + [one.meter.bill(one.id, one.name, now) for one in self.volumes.values()]

    def close(self) -> None:
        """Remove what instances are made of."""
        self._closing.set()
        for thread in self._boots:
            thread.join()
        self.backend.close()

    def _in_background(self, instance: Instance, work: Callable[[Instance], None]) -> None:
        thread = threading.Thread(target=self._work, args=(instance, work), daemon=True)
        self._boots = [one for one in self._boots if one.is_alive()] + [thread]
        thread.start()

    def _work(self, instance: Instance, work: Callable[[Instance], None]) -> None:
        """Do what takes time; a host that cannot do it says so in the instance's status message, as a real one does."""
        try:
            work(instance)
        except Exception as error:
            with self.lock:
                instance.message = f"Error: {error}"

    def _boot(self, instance: Instance) -> None:
        with self.lock:
            instance.status = "loading"
            instance.message = "pulling the image"
        if self._closing.wait(self.boot_seconds) or not instance.boots:
            return
        with self._backend_lock:
            if instance.destroyed or instance.intended != "running":
                return
            if instance.address is None:
                instance.address = self.backend.create(instance.id, instance.keys)
            else:
                self.backend.start(instance.id)
            self.backend.authorize(instance.id, instance.keys)
        with self.lock:
            if not instance.destroyed and instance.intended == "running":
                instance.status, instance.message = "running", f"success, running {instance.body.get('image')}"
                instance.meter.run(self.now())

    def _stop(self, instance: Instance) -> None:
        with self._backend_lock:
            if instance.intended == "stopped":
                self.backend.stop(instance.id)

    def _restart(self, instance: Instance) -> None:
        with self._backend_lock:
            self.backend.stop(instance.id)
        self._boot(instance)

    def _remove(self, instance: Instance) -> None:
        with self._backend_lock:
            self.backend.destroy(instance.id)

    def _authorize(self, instance: Instance) -> None:
        with self._backend_lock:
            if not instance.destroyed:
                self.backend.authorize(instance.id, instance.keys)


def is_vm(body: dict[str, t.Any]) -> bool:
    """Whether a virtual machine is asked for, instead of a container."""
    return bool(body.get("vm")) or "/kvm" in str(body.get("image") or "")
