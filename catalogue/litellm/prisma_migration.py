# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Brings the database to LiteLLM's schema: what the upstream image does by a program of the same path.

usage: prisma_migration.py [apply|check] [--wait SECONDS], see bin/migrate.js of prisma-engine.
"""

import os
import sys
import sysconfig

MIGRATE = "/opt/prisma-engine/bin/migrate.js"


def main() -> None:
    """Becomes the program that applies the migrations of the installed litellm-proxy-extras."""
    verb, *options = sys.argv[1:] or ["apply"]
    folder = os.path.join(sysconfig.get_paths()["purelib"], "litellm_proxy_extras", "migrations")
    os.execvp("node", ["node", MIGRATE, verb, folder, *options])


if __name__ == "__main__":
    main()
