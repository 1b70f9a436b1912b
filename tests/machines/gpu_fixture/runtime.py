#!/usr/bin/python3
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""In the place of NVIDIA's container runtime: gives every container the replayed NVML, as that gives it the driver's, and runs runc."""

import json
import os
import pathlib
import sys

NAME = "libnvidia-ml.so.1"

words = sys.argv[1:]
if "create" in words:
    file = pathlib.Path(words[words.index("--bundle") + 1]) / "config.json"
    config = json.loads(file.read_text())
    options = ["rbind", "ro", "nosuid", "nodev"]
    for source, target in (
        (f"/opt/replay/{NAME}", f"/usr/lib/x86_64-linux-gnu/{NAME}"),
        ("/run/replay", "/run/replay"),
    ):
        config["mounts"].append({"destination": target, "type": "bind", "source": source, "options": options})
    config["process"]["env"].append("NVML_REPLAY_XID=/run/replay/xid")
    file.write_text(json.dumps(config))
os.execv("/usr/sbin/runc", ["runc", *words])
