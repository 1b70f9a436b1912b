// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'
// Prisma's migrations without its schema engine: a folder of SQL files and the ledger _prisma_migrations, so that a run
// is idempotent and `prisma migrate deploy` would agree with the result.
//
// A migration and its ledger row are one transaction: killed at any moment, a migration is either done and recorded or
// not begun. Only CREATE INDEX CONCURRENTLY IF NOT EXISTS cannot run in a transaction; it is recorded after it is done,
// and an index that an interrupted build left invalid is dropped before it is built anew.

const fs = require('node:fs')
const path = require('node:path')
const { createHash, randomUUID } = require('node:crypto')

/** @typedef {{name: string, sql: string, checksum: string}} Migration */
/** @typedef {{migration_name: string, checksum: string, finished_at: Date | null, logs: string | null}} LedgerRow */
/**
 * @typedef {object} State
 * @property {Migration[]} pending in the order in which they apply
 * @property {number} applied how many are done
 * @property {string[]} unknown recorded in the ledger, but not in the folder
 */

/** The database must not be touched (or used) as it is. The message says why and what to do. */
class Refusal extends Error {}

const LOCK = 72707369 // the number that Prisma takes
const LOCK_POLL = 500 // ms
const LEDGER = `create table if not exists _prisma_migrations (
  id varchar(36) primary key not null, checksum varchar(64) not null, finished_at timestamptz,
  migration_name varchar(255) not null, logs text, rolled_back_at timestamptz,
  started_at timestamptz not null default now(), applied_steps_count integer not null default 0)`
const RECORD = `insert into _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
  values ($1, $2, $3, now(), 1)`
const CONCURRENT_INDEX = /^create\s+(?:unique\s+)?index\s+concurrently\s+if\s+not\s+exists\s+"([^"]+)"[^;]*;?$/i

/**
 * @param {string} directory holds <name>/migration.sql
 * @returns {Migration[]} by name
 */
function readMigrations(directory) {
  const migrations = []
  for (const name of fs.readdirSync(directory).sort()) {
    const file = path.join(directory, name, 'migration.sql')
    if (!fs.existsSync(file)) continue
    const sql = fs.readFileSync(file, 'utf8')
    migrations.push({ name, sql, checksum: createHash('sha256').update(sql).digest('hex') })
  }
  if (migrations.length === 0) throw new Refusal(`${directory} holds no migrations`)
  return migrations
}

/**
 * @param {string} sql
 * @returns {string | undefined} the index's name if that is all the migration does
 */
function concurrentIndex(sql) {
  return CONCURRENT_INDEX.exec(sql.replace(/--.*$/gm, '').trim())?.[1]
}

/**
 * @param {import('pg').Client} client
 * @returns {Promise<LedgerRow[] | undefined>} undefined: there is no ledger yet
 */
async function readLedger(client) {
  const { rows } = await client.query("select to_regclass('_prisma_migrations') is not null as there")
  if (!rows[0].there) return undefined
  const ledger = await client.query(
    'select migration_name, checksum, finished_at, logs from _prisma_migrations where rolled_back_at is null',
  )
  return ledger.rows
}

/**
 * @param {import('pg').Client} client
 * @param {Migration[]} migrations
 * @returns {Promise<State>} throws Refusal where the ledger contradicts the folder
 */
async function compare(client, migrations) {
  const ledger = (await readLedger(client)) ?? []
  const unfinished = ledger.find((row) => row.finished_at === null)
  if (unfinished) {
    throw new Refusal(
      `migration ${unfinished.migration_name} was begun by another tool and never finished` +
        `${unfinished.logs ? ` (${unfinished.logs.trim()})` : ''}. Whether its changes are in the database is not ` +
        'known. Compare the schema with its migration.sql, complete or undo it, and set finished_at (done) or ' +
        'rolled_back_at (undone) of its row in _prisma_migrations; or restore a backup.',
    )
  }
  const known = new Map(migrations.map((one) => [one.name, one]))
  const changed = ledger.find((row) => known.has(row.migration_name) && known.get(row.migration_name)?.checksum !== row.checksum)
  if (changed) {
    throw new Refusal(
      `migration ${changed.migration_name} in the database has checksum ${changed.checksum}, the file here ` +
        `${known.get(changed.migration_name)?.checksum}: the database was made by another build of LiteLLM.`,
    )
  }
  const done = new Set(ledger.map((row) => row.migration_name))
  return {
    pending: migrations.filter((one) => !done.has(one.name)),
    applied: migrations.filter((one) => done.has(one.name)).length,
    unknown: [...done].filter((name) => !known.has(name)),
  }
}

/** @param {State} state */
function refuseNewer(state) {
  if (state.unknown.length === 0) return
  throw new Refusal(
    `the database holds ${state.unknown.length} migrations that this version does not know (the last: ` +
      `${state.unknown.sort().at(-1)}): it was made by a newer LiteLLM. Run that version, or restore a backup of before.`,
  )
}

/**
 * Waits by polling: a waiting pg_advisory_lock() would hold a snapshot, for which CREATE INDEX CONCURRENTLY waits.
 * @param {import('pg').Client} client
 * @param {(message: string) => void} say
 */
async function lock(client, say) {
  let told = false
  for (;;) {
    const { rows } = await client.query('select pg_try_advisory_lock($1) as taken', [LOCK])
    if (rows[0].taken) return
    if (!told) say('waiting for another run of the migrations')
    told = true
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL))
  }
}

/**
 * @param {import('pg').Client} client
 * @param {Migration} migration
 */
async function applyOne(client, { name, sql, checksum }) {
  const index = concurrentIndex(sql)
  const record = [randomUUID(), checksum, name]
  try {
    if (index === undefined) {
      await client.query('begin')
      await client.query(sql)
      await client.query(RECORD, record)
      await client.query('commit')
      return
    }
    await dropInvalid(client, index)
    await client.query(sql)
    await client.query(RECORD, record)
  } catch (error) {
    const reason = /** @type {Error} */ (error).message
    throw new Error(`migration ${name} failed: ${reason}. Nothing of it was kept; the next run begins it anew.`)
  }
}

/**
 * @param {import('pg').Client} client
 * @param {string} index
 */
async function dropInvalid(client, index) {
  const { rows } = await client.query(
    'select 1 from pg_index where indexrelid = to_regclass(quote_ident($1)) and not indisvalid',
    [index],
  )
  if (rows.length > 0) await client.query(`drop index concurrently if exists "${index}"`)
}

/**
 * @param {import('pg').Client} client
 * @param {Migration[]} migrations
 * @param {(message: string) => void} say
 * @returns {Promise<{applied: number, before: number}>}
 */
async function apply(client, migrations, say) {
  await lock(client, say)
  await client.query(LEDGER)
  const state = await compare(client, migrations)
  refuseNewer(state)
  for (const migration of state.pending) await applyOne(client, migration)
  return { applied: state.pending.length, before: state.applied }
}

module.exports = { Refusal, apply, compare, concurrentIndex, readMigrations }
