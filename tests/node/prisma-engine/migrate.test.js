// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'
// The migrations program over a real database (DATABASE_URL, an empty one).

const assert = require('node:assert/strict')
const { execFile, spawn } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, beforeEach, test } = require('node:test')
const { promisify } = require('node:util')

const root = /** @type {string} */ (process.env.PRISMA_ENGINE)
const migrate = path.join(root, 'bin', 'migrate.js')
const pg = require(require.resolve('pg', { paths: [root] }))
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'migrations-'))
/** @type {any} */
let database

function write(name, sql) {
  fs.mkdirSync(path.join(folder, name), { recursive: true })
  fs.writeFileSync(path.join(folder, name, 'migration.sql'), sql)
}

async function run(verb, ...options) {
  const call = promisify(execFile)(process.execPath, [migrate, verb, folder, ...options])
  return call.then(
    ({ stderr }) => ({ code: 0, said: stderr }),
    (error) => ({ code: error.code, said: error.stderr }),
  )
}

const ledger = async () => (await database.query('select * from _prisma_migrations order by migration_name')).rows

before(async () => {
  database = new pg.Client({ connectionString: process.env.DATABASE_URL })
  await database.connect()
})

beforeEach(async () => {
  await database.query('drop table if exists _prisma_migrations, one, two cascade')
  fs.rmSync(folder, { recursive: true })
  write('1_one', 'create table one (id int);')
  write('2_index', '-- a comment\nCREATE INDEX CONCURRENTLY IF NOT EXISTS "one_id_idx" ON one (id);')
})

after(async () => {
  await database.query('drop table if exists _prisma_migrations, one, two cascade')
  await database.end()
  fs.rmSync(folder, { recursive: true })
})

test('migrations are applied once and recorded as Prisma records them', async () => {
  assert.match((await run('apply')).said, /2 applied, 0 there already/)
  assert.match((await run('apply')).said, /0 applied, 2 there already/)
  const rows = await ledger()
  assert.deepEqual(rows.map((row) => [row.migration_name, row.applied_steps_count, row.finished_at !== null]), [['1_one', 1, true], ['2_index', 1, true]])
  assert.match(rows[0].checksum, /^[0-9a-f]{64}$/)
  assert.equal((await run('check', '--wait', '0')).code, 0)
})

test('a migration that fails leaves nothing, and the next run begins it anew', async () => {
  write('3_two', 'create table two (id int); select 1/0;')
  const failed = await run('apply')
  assert.equal(failed.code, 1)
  assert.match(failed.said, /3_two failed: division by zero/)
  assert.equal((await database.query("select to_regclass('two') as two")).rows[0].two, null)
  assert.equal((await ledger()).length, 2)
  write('3_two', 'create table two (id int);')
  assert.match((await run('apply')).said, /1 applied, 2 there already/)
})

test('killed in the middle of a migration, the next run converges', async () => {
  write('3_two', 'create table two (id int); select pg_sleep(60);')
  const child = spawn(process.execPath, [migrate, 'apply', folder], { stdio: 'ignore' })
  const sleeping = "select pid from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid() and state = 'active'"
  /** @type {any[]} */
  let rows = []
  while (rows.length === 0) rows = (await database.query(sleeping)).rows
  child.kill('SIGKILL')
  // the server notices that its client is gone when it next writes; a killed container's connection ends likewise
  await database.query('select pg_terminate_backend($1)', [rows[0].pid])
  write('3_two', 'create table two (id int);')
  assert.match((await run('apply')).said, /1 applied, 2 there already/)
})

test('an index that an interrupted build left invalid is built anew', async () => {
  await run('apply')
  await database.query("delete from _prisma_migrations where migration_name = '2_index'")
  await database.query("update pg_index set indisvalid = false where indexrelid = 'one_id_idx'::regclass")
  assert.match((await run('apply')).said, /1 applied/)
  const { rows } = await database.query("select indisvalid from pg_index where indexrelid = 'one_id_idx'::regclass")
  assert.equal(rows[0].indisvalid, true)
})

test('two runs at once apply everything once', async () => {
  const both = await Promise.all([run('apply'), run('apply')])
  assert.deepEqual(both.map(({ code }) => code), [0, 0])
  assert.equal((await ledger()).length, 2)
})

test('a migration that another tool never finished is refused by name', async () => {
  await run('apply')
  await database.query("update _prisma_migrations set finished_at = null, logs = 'boom' where migration_name = '2_index'")
  const refused = await run('apply')
  assert.equal(refused.code, 2)
  assert.match(refused.said, /2_index was begun by another tool and never finished \(boom\)/)
})

test('a changed file and a newer database are refused', async () => {
  await run('apply')
  write('1_one', 'create table one (id bigint);')
  assert.match((await run('apply')).said, /1_one in the database has checksum/)
  write('1_one', 'create table one (id int);')
  fs.rmSync(path.join(folder, '2_index'), { recursive: true })
  const newer = await run('apply')
  assert.equal(newer.code, 2)
  assert.match(newer.said, /made by a newer LiteLLM/)
})

test('check waits, changes nothing, and names the first missing migration', async () => {
  const missing = await run('check', '--wait', '0')
  assert.equal(missing.code, 2)
  assert.match(missing.said, /2 migrations are not applied, the first: 1_one/)
  assert.equal((await database.query("select to_regclass('_prisma_migrations') as there")).rows[0].there, null)
})

test('a database that is not there is waited for, one that refuses is not', async () => {
  const url = new URL(/** @type {string} */ (process.env.DATABASE_URL))
  url.port = '9'
  const env = { ...process.env, DATABASE_URL: url.toString() }
  const absent = await promisify(execFile)(process.execPath, [migrate, 'apply', folder, '--wait', '1'], { env }).catch((error) => error)
  assert.equal(absent.code, 2)
  assert.match(absent.stderr, /waiting for the database at .*:9[\s\S]*did not come up in time/)
  url.port = new URL(/** @type {string} */ (process.env.DATABASE_URL)).port
  url.password = 'wrong'
  const refused = await promisify(execFile)(process.execPath, [migrate, 'apply', folder, '--wait', '60'], {
    env: { ...process.env, DATABASE_URL: url.toString() },
  }).catch((error) => error)
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /refuses: password authentication failed/)
})
