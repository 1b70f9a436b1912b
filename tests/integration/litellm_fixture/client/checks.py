# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What LiteLLM needs of Prisma's engine, asked through the real client. Runs inside the image; fails with the first that differs."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import os
import pathlib
import re
import sys
import time

import prisma
from prisma import Json, Prisma, errors

UTC = datetime.UTC
ODD_TEXT = 'é "q" \\ \n tab\t 😀'
NESTED = {"m": {"x": [1, 2.5, None, 'é"\n\\', {"$type": "x", "value": 1}]}}
BIG = 9007199254740993


@contextlib.asynccontextmanager
async def raises(kind: type[Exception], text: str = ""):
    try:
        yield
    except kind as error:
        if text in str(error):
            return
        raise
    raise AssertionError(f"{kind.__name__} was not raised")


def models() -> list[str]:
    """Names of all models of the schema that the client was generated from."""
    schema = (pathlib.Path(prisma.__file__).parent / "schema.prisma").read_text(encoding="utf-8")
    return re.findall(r"^model (\w+)", schema, re.M)


def budget(name: str, **fields: object) -> dict[str, object]:
    return {"budget_id": name, "created_by": "c", "updated_by": "c", **fields}


async def every_model_is_readable(db: Prisma) -> None:
    assert len(models()) > 90
    for model in models():
        actions = getattr(db, model.lower())
        assert await actions.find_first() is None, model
        assert await actions.count() == 0, model


async def every_type_survives(db: Prisma) -> None:
    at = datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    made = await db.litellm_budgettable.create(
        data=budget(
            "b-1",
            max_budget=1.5e-05,
            tpm_limit=BIG,
            model_max_budget=Json(NESTED),
            created_by=ODD_TEXT,
            allowed_models=["a", "b"],
            budget_reset_at=at,
        )
    )
    assert (made.max_budget, made.tpm_limit, made.model_max_budget) == (1.5e-05, BIG, NESTED)
    assert (made.created_by, made.allowed_models, made.budget_reset_at) == (ODD_TEXT, ["a", "b"], at)
    assert abs((datetime.datetime.now(UTC) - made.created_at).total_seconds()) < 60


async def errors_are_the_native_ones(db: Prisma) -> None:
    budgets = db.litellm_budgettable
    async with raises(errors.UniqueViolationError):
        await budgets.create(data=budget("b-1"))
    async with raises(errors.FieldNotFoundError):
        await budgets.find_first(where={"nope": 1})
    async with raises(errors.MissingRequiredValueError):
        await budgets.create(data={"budget_id": "b-9"})
    async with raises(errors.ForeignKeyViolationError):
        await db.litellm_verificationtoken.create(data={"token": "k-x", "budget_id": "nope"})
    async with raises(errors.RawQueryError):
        await db.query_raw("select * from nope")
    assert await budgets.find_unique(where={"budget_id": "nope"}) is None
    assert await budgets.update(where={"budget_id": "nope"}, data={"max_budget": 1}) is None
    assert await budgets.delete(where={"budget_id": "nope"}) is None


async def updates_are_atomic(db: Prisma) -> None:
    budgets = db.litellm_budgettable
    changed = await budgets.update(
        where={"budget_id": "b-1"}, data={"max_budget": {"increment": 1}, "model_max_budget": Json({"a": 1})}
    )
    assert abs(changed.max_budget - 1.000015) < 1e-12
    for wanted in (1, 2):
        data = {"create": budget("b-2", max_budget=1), "update": {"max_budget": {"increment": 1}}}
        assert (await budgets.upsert(where={"budget_id": "b-2"}, data=data)).max_budget == wanted
    increment = {"max_budget": {"increment": 1}}
    await asyncio.gather(*[budgets.update(where={"budget_id": "b-2"}, data=increment) for _ in range(100)])
    assert (await budgets.find_unique(where={"budget_id": "b-2"})).max_budget == 102


async def relations_and_filters_work(db: Prisma) -> None:
    await db.litellm_teamtable.create(
        data={"team_id": "t-1", "metadata": Json({"k": "v"}), "members_with_roles": Json([]), "models": ["m1"]}
    )
    connect = {"token": "k-1", "litellm_budget_table": {"connect": {"budget_id": "b-1"}}}
    await db.litellm_verificationtoken.upsert(where={"token": "k-1"}, data={"create": connect, "update": {}})
    found = await db.litellm_verificationtoken.find_many(
        where={"OR": [{"token": "k-1"}, {"token": {"in": ["k-2"]}}], "spend": {"gte": 0}},
        order=[{"created_at": "desc"}],
        take=5,
        include={"litellm_budget_table": {"include": {"keys": {"where": {"token": "k-1"}, "take": 1}}}},
    )
    assert found[0].litellm_budget_table.keys[0].token == "k-1"
    assert len(await db.litellm_teamtable.find_many(where={"metadata": {"path": ["k"], "equals": Json("v")}})) == 1


async def many_and_groups_work(db: Prisma) -> None:
    budgets = db.litellm_budgettable
    assert await budgets.create_many(data=[budget(f"m-{i}") for i in range(50)], skip_duplicates=True) == 50
    assert await budgets.update_many(where={"budget_id": {"startswith": "m-"}}, data={"max_budget": 7}) == 50
    groups = await budgets.group_by(
        by=["created_by"], count=True, sum={"max_budget": True}, where={"budget_id": {"startswith": "m-"}}
    )
    assert (groups[0]["_count"]["_all"], groups[0]["_sum"]["max_budget"]) == (50, 350)
    assert await budgets.delete_many(where={"budget_id": {"startswith": "m-"}}) == 50


async def raw_queries_have_types(db: Prisma) -> None:
    query = (
        "select $1::int i, $2::text t, $3::float8 f, '{\"a\": 1}'::jsonb j, array[1, 2] l, 12345678901234::bigint b, "
        "true x, null z, '{a,b}'::text[] ta, 'n'::name m, array['n']::name[] n, array[now()] ts"
    )
    row = (await db.query_raw(query, 5, "é", 1.25))[0]
    assert (row["i"], row["t"], row["f"], row["j"], row["l"]) == (5, "é", 1.25, {"a": 1}, [1, 2])
    assert (row["b"], row["x"], row["z"], row["ta"], row["m"], row["n"]) == (
        12345678901234,
        True,
        None,
        ["a", "b"],
        "n",
        ["n"],
    )
    assert row["ts"][0].startswith(str(datetime.datetime.now(UTC).year))
    changed = await db.execute_raw('update "LiteLLM_BudgetTable" set max_budget = $1 where budget_id = $2', 9.5, "b-2")
    assert changed == 1


async def batches_are_all_or_nothing(db: Prisma) -> None:
    async with db.batch_() as batch:
        for _ in range(5):
            batch.litellm_budgettable.update_many(where={"budget_id": "b-2"}, data={"max_budget": {"increment": 1}})
    async with raises(errors.UniqueViolationError), db.batch_() as batch:
        batch.litellm_budgettable.update_many(where={"budget_id": "b-2"}, data={"max_budget": 0})
        batch.litellm_budgettable.create(data=budget("b-2"))
    assert (await db.litellm_budgettable.find_unique(where={"budget_id": "b-2"})).max_budget == 14.5


async def transactions_are_isolated(db: Prisma) -> None:
    where = {"budget_id": "b-2"}
    async with db.tx() as tx:
        await tx.litellm_budgettable.update(where=where, data={"max_budget": 1})
        assert (await db.litellm_budgettable.find_unique(where=where)).max_budget == 14.5
        locked = await tx.query_raw(
            'select max_budget from "LiteLLM_BudgetTable" where budget_id = $1 for update', "b-2"
        )
        assert locked[0]["max_budget"] == 1
    with contextlib.suppress(ValueError):
        async with db.tx() as tx:
            await tx.litellm_budgettable.update(where=where, data={"max_budget": 2})
            raise ValueError
    assert (await db.litellm_budgettable.find_unique(where=where)).max_budget == 1
    async with raises(errors.TransactionExpiredError), db.tx(timeout=datetime.timedelta(milliseconds=200)) as tx:
        await asyncio.sleep(1)
        await tx.litellm_budgettable.update(where=where, data={"max_budget": 5})


async def lock_and_encoding_errors_keep_their_text(db: Prisma) -> None:
    # LiteLLM matches these texts to decide whether to try again
    async with db.tx(timeout=datetime.timedelta(seconds=20)) as holder:
        await holder.litellm_budgettable.update(where={"budget_id": "b-2"}, data={"max_budget": 1})
        async with (
            raises(errors.DataError, 'PostgresError { code: "55P03"'),
            db.tx(timeout=datetime.timedelta(seconds=20)) as waiter,
        ):
            await waiter.execute_raw("set local lock_timeout = '100ms'")
            async with waiter.batch_() as batch:
                batch.litellm_budgettable.update_many(where={"budget_id": "b-2"}, data={"max_budget": 2})
    async with raises(errors.DataError, 'code: "22021"'):
        await db.litellm_budgettable.create(data=budget("a\x00b"))


async def metrics_are_there(db: Prisma) -> None:
    assert (await db.get_metrics()).gauges
    assert "prisma_pool" in await db.get_metrics(format="prometheus")


CHECKS = (
    every_model_is_readable,
    every_type_survives,
    errors_are_the_native_ones,
    updates_are_atomic,
    relations_and_filters_work,
    many_and_groups_work,
    raw_queries_have_types,
    batches_are_all_or_nothing,
    transactions_are_isolated,
    lock_and_encoding_errors_keep_their_text,
    metrics_are_there,
)


async def main() -> None:
    """Prints each check before it runs, so that the last line names the one that failed."""
    print("client", prisma.__version__)
    db = Prisma(http={"timeout": 60})
    await db.connect()
    for check in CHECKS:
        print(check.__name__, flush=True)
        await check(db)
    process = db._engine.process.pid
    await db.disconnect()
    deadline = time.monotonic() + 10
    while os.path.exists(f"/proc/{process}") and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    assert not os.path.exists(f"/proc/{process}"), "the engine stayed behind"


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
