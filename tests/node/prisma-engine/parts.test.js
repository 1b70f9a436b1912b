// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'
const assert = require('node:assert/strict')
const { test } = require('node:test')
const load = require('./package-under-test')
const { explain, transactionStatus } = load('errors')
const { poolSettings } = load('connection')
const { databaseUrl, readModels } = load('schema')
const { concurrentIndex } = load('migrations')

const driverError = { error: 'x', user_facing_error: { error_code: 'P2036', meta: { id: 7 }, message: 'x', is_panic: false } }
const explained = (cause) => explain(driverError, (id) => (id === 7 ? cause : undefined), 'db:5432').user_facing_error

test('a database that cannot be reached is P1001 and names the address', () => {
  const error = explained(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
  assert.equal(error.error_code, 'P1001')
  assert.match(error.message, /db:5432/)
})

test('an exhausted pool is P2024', () => {
  assert.equal(explained(new Error('timeout exceeded when trying to connect')).error_code, 'P2024')
})

test('another error of the driver keeps its text', () => {
  assert.deepEqual([explained(new Error('odd')).error_code, explained(new Error('odd')).message], ['P2010', 'odd'])
})

test('a database that shuts down is P1001, a deadlock stays what it is', () => {
  const known = (code) => ({ error: 'x', user_facing_error: { error_code: 'P2010', meta: { code }, message: 'm' } })
  assert.equal(explain(known('57P01'), () => undefined, 'db').user_facing_error.error_code, 'P1001')
  assert.equal(explain(known('40P01'), () => undefined, 'db').user_facing_error.meta.code, '40P01')
})

test('transaction errors have the status of the native engine', () => {
  assert.equal(transactionStatus('Unable to start a transaction in the given time.'), 504)
  assert.equal(transactionStatus('Transaction not found.'), 404)
  assert.equal(transactionStatus('something else'), 400)
})

test("settings in a database URL are Prisma's, the rest is the driver's", () => {
  const { schema, address, pool } = poolSettings('postgresql://u:p@db/x?connection_limit=3&schema=s&pool_timeout=2&sslmode=require')
  assert.deepEqual([schema, address, pool.max, pool.connectionTimeoutMillis], ['s', 'db:5432', 3, 5000])
  assert.equal(pool.connectionString, 'postgresql://u:p@db/x?sslmode=require')
  assert.throws(() => poolSettings('postgresql://u:p@db/x?connection_limit=many'), /connection_limit/)
})

test("the client's own database URL wins over the schema's variable", () => {
  const schema = 'datasource client {\n provider = "postgresql"\n url = env("DATABASE_URL")\n}'
  assert.equal(databaseUrl(schema, { DATABASE_URL: 'a' }), 'a')
  assert.equal(databaseUrl(schema, { DATABASE_URL: 'a', OVERWRITE_DATASOURCES: '[{"name": "client", "url": "b"}]' }), 'b')
  assert.throws(() => databaseUrl(schema, {}), /set DATABASE_URL/)
})

test('a schema without models is refused', () => {
  assert.throws(() => readModels('generator x {}'), /names no model/)
})

test('only a lone concurrent index is applied outside a transaction', () => {
  assert.equal(concurrentIndex('-- why\nCREATE INDEX CONCURRENTLY IF NOT EXISTS "a_idx"\nON "A" ("x");\n'), 'a_idx')
  assert.equal(concurrentIndex('CREATE INDEX IF NOT EXISTS "a_idx" ON "A" ("x");'), undefined)
  assert.equal(concurrentIndex('CREATE INDEX CONCURRENTLY IF NOT EXISTS "a" ON "A" ("x"); DROP TABLE "B";'), undefined)
})
