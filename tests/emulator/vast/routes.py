# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The paths of the API that this server knows, each with what it does."""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import Callable

from . import rows
from .account import Account, is_vm
from .errors import ApiError, invalid
from .faults import Fault
from .journal import Call

# The answer's body; the route's numbers come as arguments after the call.
Handler = Callable[..., t.Any]


class Routes:
    """Answers calls from the account's state.

    Attributes:
        old_account: whether the retired list of instances (v0) still answers, as it does for old accounts.

    """

    def __init__(self, account: Account, *, old_account: bool) -> None:
        self.account = account
        self.old_account = old_account
        v0, number = r"/api/v0", r"(\d+)"
        self._table: list[tuple[str, re.Pattern[str], Handler]] = [
            (method, re.compile(f"{path}/?"), handler)
            for method, path, handler in (
                ("POST", rf"{v0}/bundles", self.search),
                ("GET", rf"{v0}/bundles", self.search_by_query),
                ("PUT", rf"{v0}/search/asks", self.search_asks),
                ("PUT", rf"{v0}/asks/{number}", self.rent),
                ("GET", r"/api/v1/instances", self.list_instances),
                ("GET", rf"{v0}/instances", self.list_old),
                ("GET", rf"{v0}/instances/filters", self.filters),
                ("GET", rf"{v0}/instances/count", self.count),
                ("PUT", rf"{v0}/instances", self.manage_many),
                ("DELETE", rf"{v0}/instances", self.destroy_many),
                ("GET", rf"{v0}/instances/{number}", self.show),
                ("PUT", rf"{v0}/instances/{number}", self.manage),
                ("DELETE", rf"{v0}/instances/{number}", self.destroy),
                ("PUT", rf"{v0}/instances/(?:reboot|recycle)/{number}", self.reboot),
                ("GET", rf"{v0}/instances/{number}/ssh", self.keys_of_instance),
                ("POST", rf"{v0}/instances/{number}/ssh", self.attach_key),
                ("DELETE", rf"{v0}/instances/{number}/ssh/{number}", self.detach_key),
                ("GET", rf"{v0}/ssh", self.keys),
                ("POST", rf"{v0}/ssh", self.add_key),
                ("PUT", rf"{v0}/ssh/{number}", self.change_key),
                ("DELETE", rf"{v0}/ssh/{number}", self.delete_key),
                ("GET", rf"{v0}/volumes", self.volumes),
                ("POST", rf"{v0}/(?:network_)?volumes/search", self.search_volumes),
                ("PUT", rf"{v0}/volumes", self.create_volume),
                ("PUT", rf"{v0}/network_volumes", self.create_network_volume),
                ("DELETE", rf"{v0}/volumes", self.delete_volume),
                ("GET", rf"{v0}/users/current", self.user),
            )
        ]

    def answer(self, call: Call, fault: Fault | None) -> t.Any:
        """Do what the call asks for. Raises ApiError where it is refused."""
        known = [
            (method, match, handler) for method, path, handler in self._table if (match := path.fullmatch(call.path))
        ]
        for method, match, handler in known:
            if method == call.method:
                numbers = [int(group) for group in match.groups()]
                if handler in (self.rent, self.manage, self.manage_many):
                    return handler(call, *numbers, boots=fault is None or fault.kind != "never_boots")
                return handler(call, *numbers)
        if known:
            raise ApiError(405, "method_not_allowed", f"The method {call.method} is not allowed for {call.path}")
        raise ApiError(404, "not_found", f"No such path: {call.path}")

    def search(self, call: Call) -> t.Any:
        return {"success": True, "offers": self.account.search(_object(call.body))}

    def search_by_query(self, call: Call) -> t.Any:
        return {"success": True, "offers": self.account.search(_object(json.loads(call.query.get("q") or "{}")))}

    def search_asks(self, call: Call) -> t.Any:
        return {"success": True, "offers": self.account.search(_object(_object(call.body).get("q") or {}))}

    def rent(self, call: Call, offer: int, *, boots: bool) -> t.Any:
        instance = self.account.rent(offer, _object(call.body), boots)
        return {"success": True, "new_contract": instance.id, "instance_api_key": f"only-for-{instance.id}"}

    def list_instances(self, call: Call) -> t.Any:
        return rows.page(self.account, call.query)

    def list_old(self, call: Call) -> t.Any:
        if not self.old_account:
            message = "Endpoint deprecated: /api/v0/instances/ is deprecated. Use /api/v1/instances/ instead."
            raise ApiError(410, "deprecated_endpoint", message)
        found = [rows.instance_row(self.account, instance) for instance in self.account.living()]
        return {"instances_found": len(found), "instances": found}

    def filters(self, call: Call) -> t.Any:
        shown = ("actual_status", "verification", "gpu_name")
        found = [rows.instance_row(self.account, instance) for instance in self.account.living()]
        return {"success": True, "filters": [{name: row[name] for name in shown} for row in found]}

    def count(self, call: Call) -> t.Any:
        return {"success": True, "count": len(self.account.living())}

    def show(self, call: Call, number: int) -> t.Any:
        try:
            return {"instances": rows.instance_row(self.account, self.account.find(number))}
        except ApiError:
            return {"instances": None}

    def manage(self, call: Call, number: int, *, boots: bool) -> t.Any:
        body = _object(call.body)
        if "label" in body:
            self.account.find(number).label = body["label"]
        if "state" in body:
            self.account.set_state(number, str(body["state"]), boots)
        if not {"label", "state"} & body.keys():
            raise invalid("error 400/3520: Invalid args: 'state' or 'label' is required")
        return {"success": True}

    def manage_many(self, call: Call, *, boots: bool) -> t.Any:
        for number in _object(call.body).get("ids") or []:
            self.account.set_state(int(number), str(call.body.get("state")), boots)
        return {"success": True}

    def destroy(self, call: Call, number: int) -> t.Any:
        self.account.destroy(number)
        return {"success": True}

    def destroy_many(self, call: Call) -> t.Any:
        for number in _object(call.body).get("instance_ids") or []:
            self.account.destroy(int(number))
        return {"success": True}

    def reboot(self, call: Call, number: int) -> t.Any:
        self.account.reboot(number)
        return {"success": True}

    def keys(self, call: Call) -> t.Any:
        return list(self.account.keys.values())

    def keys_of_instance(self, call: Call, number: int) -> t.Any:
        let_in = self.account.find(number).keys
        known = [key for key in self.account.keys.values() if key["public_key"] in let_in]
        return {"success": True, "ssh_keys": known}

    def attach_key(self, call: Call, number: int) -> t.Any:
        instance = self.account.find(number)
        if is_vm(instance.body):
            raise invalid("error 400/3530: Invalid args: keys of a virtual machine are set when it is created")
        self.account.set_keys(instance, [*instance.keys, str(_object(call.body).get("ssh_key") or "").strip()])
        return {"success": True}

    def detach_key(self, call: Call, number: int, key: int) -> t.Any:
        instance = self.account.find(number)
        text = self.account.keys.get(key, {}).get("public_key")
        self.account.set_keys(instance, [one for one in instance.keys if one != text])
        return {"success": True}

    def add_key(self, call: Call) -> t.Any:
        return {"success": True, "key": self.account.add_key(str(_object(call.body).get("ssh_key") or ""))}

    def change_key(self, call: Call, number: int) -> t.Any:
        key = self._key(number)
        key["public_key"] = str(_object(call.body).get("ssh_key") or "").strip()
        return {"success": True, "key": key}

    def delete_key(self, call: Call, number: int) -> t.Any:
        self._key(number)
        del self.account.keys[number]
        return {"success": True}

    def volumes(self, call: Call) -> t.Any:
        kind = call.query.get("type") or "all_volume"
        found = [one for one in self.account.volumes.values() if not one.deleted and kind in ("all_volume", one.kind)]
        return {"success": True, "volumes": [rows.volume_row(one) for one in found]}

    def search_volumes(self, call: Call) -> t.Any:
        return {"success": True, "offers": self.account.search({**_object(call.body), "rented": {"eq": False}})}

    def create_volume(self, call: Call) -> t.Any:
        return self._volume(_object(call.body), "local_volume")

    def create_network_volume(self, call: Call) -> t.Any:
        return self._volume(_object(call.body), "network_volume")

    def delete_volume(self, call: Call) -> t.Any:
        asked = call.query.get("id") or _object(call.body).get("id")
        if not str(asked or "").isdigit():
            raise ApiError(400, "invalid id", "id must refer to a valid volume id")
        self.account.delete_volume(int(str(asked)))
        return {"success": True}

    def user(self, call: Call) -> t.Any:
        spent = sum(bill.usd for bill in self.account.bill())
        return {
            "id": 77,
            "username": "tester",
            "email": "tester@example.org",
            "credit": self.account.credit - spent,
            "balance": 0.0,
            "has_billing": True,
            "ssh_key": None,
            "api_key": "never shown",
        }

    def _volume(self, body: dict[str, t.Any], kind: str) -> t.Any:
        offers = {row["id"]: row["machine_id"] for row in self.account.search({})}
        machine_id = offers.get(body.get("id"))
        if machine_id is None:
            raise invalid("error 404/3701: no_such_ask no such offer", status=404)
        volume = self.account.add_volume(
            machine_id, str(body.get("name") or "volume"), int(body.get("size") or 15), kind
        )
        return {"success": True, "volume_name": volume.name, "new_contract": volume.id}

    def _key(self, number: int) -> dict[str, t.Any]:
        key = self.account.keys.get(number)
        if key is None:
            raise ApiError(400, "no_ssh_key", "No ssh key provided")
        return key


def _object(body: t.Any) -> dict[str, t.Any]:
    if not isinstance(body, dict):
        raise invalid("error 400/3001: Invalid args: the body must be a JSON object")
    return body
