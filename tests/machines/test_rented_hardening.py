# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A rented host's doors, on a booted machine: what closes, what stays open, and that nobody locks himself out."""

from __future__ import annotations

import socket
import time
import typing as t

import pytest

from .machine_site.rented import Rented

ROLES = """
    - ansible.builtin.include_role: {name: inference.platform.node_hardening}
    - ansible.builtin.include_role: {name: inference.platform.node_hardening, tasks_from: "{{ after }}"}
      when: after is defined
"""
# A NodePort that is open, one that is closed, something that is nobody's business, and the API server's port.
PORTS = (30400, 30401, 8000, 6443)
LISTEN = f"import socket, time; kept = [socket.create_server(('0.0.0.0', port)) for port in {PORTS}]; time.sleep(3600)"
GIVEN = {"platform": {"network": {"pods": "10.244.0.0/16"}}, "node_hardening_api_clients": []}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Rented]:
    made = Rented(tmp_path_factory.mktemp("hardening"), 92, ROLES)
    try:
        made.start()
        made.ssh(f'systemd-run --quiet --unit=listen python3 -c "{LISTEN}"')
        yield made
    finally:
        made.stop()


def open_ports(host: Rented) -> list[int]:
    """Which of PORTS the controller reaches; something listens on all of them."""
    reached = []
    for port in PORTS:
        try:
            with socket.create_connection((host.address, port), timeout=1):
                reached.append(port)
        except OSError:
            continue
    return reached


def rules(host: Rented) -> str:
    return host.ssh("nft list table inet inference_platform", check=False)


def test_a_check_says_what_would_close_and_closes_nothing(host: Rented) -> None:
    assert host.must(GIVEN, "--check", "--diff") > 0
    assert rules(host) == ""
    assert host.ssh("ls /etc/ssh/sshd_config.d /etc/systemd/system | grep -c inference || true").strip() == "0"
    assert open_ports(host) == list(PORTS)


def test_only_what_is_named_stays_open_and_others_rules_are_left_alone(host: Rented) -> None:
    host.ssh("iptables -t nat -A OUTPUT -d 192.0.2.1 -j ACCEPT; iptables -A INPUT -s 192.0.2.2 -j DROP")
    assert host.must(GIVEN) > 0
    assert open_ports(host) == [30400]
    settings = set(host.ssh("sshd -T").splitlines())
    assert {"passwordauthentication no", "kbdinteractiveauthentication no"} <= settings
    assert "permitrootlogin without-password" in settings
    saved = host.ssh("iptables-save")
    assert "192.0.2.1" in saved
    assert "192.0.2.2" in saved
    assert host.ssh("sysctl -n net.ipv4.conf.all.accept_redirects").strip() == "0"
    assert "undo" not in host.ssh("systemctl list-timers --all --no-legend")


def test_an_update_waits_until_the_run_is_over_and_a_second_run_changes_nothing(host: Rented) -> None:
    start = "systemctl start apt-daily-upgrade.service"
    assert host.ssh(f"{start}; systemctl show --property=Result --value apt-daily-upgrade").strip() == "exec-condition"
    assert host.must({**GIVEN, "after": "release"}) == 0
    assert host.ssh("ls /run | grep -c inference-platform-hold || true").strip() == "0"


def test_what_a_person_undid_is_done_again_and_clients_and_peers_are_let_in(host: Rented) -> None:
    host.ssh("nft delete table inet inference_platform; sysctl -qw net.ipv4.conf.all.accept_redirects=1")
    assert host.must({**GIVEN, "node_hardening_api_clients": ["10.203.92.0/24"]}) > 0
    assert open_ports(host) == [30400, 6443]
    assert host.ssh("sysctl -n net.ipv4.conf.all.accept_redirects").strip() == "0"
    assert host.must({**GIVEN, "node_hardening_peers": ["10.203.92.1"]}) > 0
    assert open_ports(host) == list(PORTS)


def test_a_firewall_that_locks_everybody_out_opens_again_by_itself(host: Rented) -> None:
    rc, output = host.run({**GIVEN, "__node_hardening_ssh_ports": [2222], "node_hardening_undo_after": 6})
    assert rc != 0, output
    for _try in range(10):
        if host.site.ssh("m1", "true", check=False).returncode == 0:
            break
        time.sleep(1)
    assert rules(host) == ""
    assert host.must(GIVEN) > 0
    assert open_ports(host) == [30400]


def test_a_run_that_does_not_see_all_nodes_is_refused(host: Rented) -> None:
    rc, output = host.run({**GIVEN, "node_hardening_nodes": ["m1", "m2"]})
    assert rc != 0
    assert "of the nodes m1, m2 only 1 take part in this run" in " ".join(output.split())


def test_a_login_by_password_is_not_closed_behind_oneself(host: Rented) -> None:
    rc, output = host.run({**GIVEN, "ansible_password": "secret"})
    assert rc != 0
    assert "passwords are about to be switched off" in " ".join(output.split())
