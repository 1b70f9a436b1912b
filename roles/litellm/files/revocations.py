# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A callback of LiteLLM's proxy: refuses what was blocked or deleted, in every process, whatever its memory still says.

A process of LiteLLM remembers keys and teams for a minute. Blocking a team tells no process, deleting a key no other one,
and a call that ends just as a team is forgotten writes down again what it knew, for another minute. Here each process asks
the database what is revoked, one small question twice a second, and judges every call by that.
"""

import asyncio

from fastapi import HTTPException
from litellm._logging import verbose_proxy_logger
from litellm.integrations.custom_logger import CustomLogger

SECONDS = 0.5
# A deleted key is remembered for a minute; ten leave room for clocks that differ.
REVOKED = """
select 'key' as kind, token as id from "LiteLLM_VerificationToken" where blocked
union all
select 'team', team_id from "LiteLLM_TeamTable" where blocked
union all
select 'key', gone.token from "LiteLLM_DeletedVerificationToken" gone
 where gone.deleted_at > (now() at time zone 'utc') - interval '10 minutes'
   and not exists (select 1 from "LiteLLM_VerificationToken" kept where kept.token = gone.token)
"""


class Revocations(CustomLogger):
    """Asked before each call goes to an engine; calls that are running already end as they would have."""

    def __init__(self):
        super().__init__()
        self.keys = frozenset()
        self.teams = frozenset()
        self.watch = None
        self.blind = False

    async def async_pre_call_hook(self, user_api_key_dict, cache, data, call_type):
        if self.watch is None:
            self.watch = asyncio.create_task(self.look_again_and_again())
            await self.look()
        if user_api_key_dict.token in self.keys:
            raise HTTPException(401, {"error": "This key was revoked. Ask the platform's administrators for another."})
        if user_api_key_dict.team_id in self.teams:
            raise HTTPException(401, {"error": f"Team {user_api_key_dict.team_id} is blocked."})

    async def look_again_and_again(self):
        while True:
            await asyncio.sleep(SECONDS)
            await self.look()

    async def look(self):
        """While the database is away nothing can be revoked either: what was known stays."""
        from litellm.proxy.proxy_server import prisma_client  # noqa: PLC0415  it exists only after the start

        try:
            rows = await prisma_client.db.query_raw(REVOKED)
        except Exception as error:
            if not self.blind:
                verbose_proxy_logger.warning("What is revoked cannot be read, what was known stays: %s", error)
            self.blind = True
            return
        self.blind = False
        self.keys = frozenset(row["id"] for row in rows if row["kind"] == "key")
        self.teams = frozenset(row["id"] for row in rows if row["kind"] == "team")


callback = Revocations()
