// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'
// The HTTP interface over the real engine and a real database (DATABASE_URL, an empty one).

const assert = require('node:assert/strict')
const { after, before, test } = require('node:test')
const load = require('./package-under-test')
const { Engine } = load('engine')
const { createServer } = load('server')

const url = process.env.DATABASE_URL
if (!url) throw new Error('DATABASE_URL must name an empty database')

const datamodel = `
datasource client { provider = "postgresql"
  url = env("DATABASE_URL")
}
model Thing {
  id   String @id
  data Json?
}
`
/** @type {any} */
let engine
/** @type {any} */
let server
let base = ''

async function ask(query, headers = {}) {
  const response = await fetch(`${base}/`, { method: 'POST', headers, body: JSON.stringify({ query }) })
  return response.json()
}

before(async () => {
  engine = new Engine({ datamodel, url, rawForm: 'columns', logQueries: false })
  await engine.connect()
  server = createServer(engine)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  base = `http://127.0.0.1:${server.address().port}`
  await engine.pool.query('drop table if exists "Thing"')
  await engine.pool.query('create table "Thing" (id text primary key, data jsonb)')
})

after(async () => {
  await engine.pool.query('drop table "Thing"')
  server.close()
  server.closeAllConnections()
  await engine.disconnect()
})

test('what was written is read back, JSON included', async () => {
  await ask('mutation { result: createOneThing(data: {id: "a", data: "{\\"n\\": [1, null]}"}) { id } }')
  const { data } = await ask('query { result: findUniqueThing(where: {id: "a"}) { id data } }')
  assert.deepEqual(data.result, { id: 'a', data: '{"n":[1,null]}' })
})

test('a batch in a transaction is all or nothing', async () => {
  const create = (id) => ({ query: `mutation { result: createOneThing(data: {id: "${id}"}) { id } }`, variables: {} })
  const response = await fetch(`${base}/`, { method: 'POST', body: JSON.stringify({ batch: [create('b'), create('b')], transaction: true }) })
  assert.equal((await response.json()).errors[0].user_facing_error.error_code, 'P2002')
  assert.equal((await ask('query { result: findUniqueThing(where: {id: "b"}) { id } }')).data.result, null)
})

test('a transaction is seen by others only after its commit', async () => {
  const begun = await fetch(`${base}/transaction/start`, { method: 'POST', body: JSON.stringify({ max_wait: 2000, timeout: 5000 }) })
  const { id } = await begun.json()
  await ask('mutation { result: createOneThing(data: {id: "t"}) { id } }', { 'x-transaction-id': id })
  assert.equal((await ask('query { result: findUniqueThing(where: {id: "t"}) { id } }')).data.result, null)
  await fetch(`${base}/transaction/${id}/commit`, { method: 'POST' })
  assert.deepEqual((await ask('query { result: findUniqueThing(where: {id: "t"}) { id } }')).data.result, { id: 't' })
})

test('a transaction that does not exist is a 404', async () => {
  for (const id of ['none', 'cm0000000000000000000000000']) {
    const response = await fetch(`${base}/transaction/${id}/commit`, { method: 'POST' })
    assert.equal(response.status, 404)
    const body = await ask('query { result: findManyThing { id } }', { 'x-transaction-id': id })
    assert.equal(body.errors[0].user_facing_error.error_code, 'P2028')
  }
})

test('a message that is not understood is answered with P2009', async () => {
  const body = await ask('query { result: inventThing { id } }')
  assert.equal(body.errors[0].user_facing_error.error_code, 'P2009')
  const response = await fetch(`${base}/`, { method: 'POST', body: '{not json' })
  assert.equal((await response.json()).errors[0].user_facing_error.error_code, 'P2009')
})

test('an unknown route is a 404 that names it', async () => {
  const response = await fetch(`${base}/invented`)
  assert.equal(response.status, 404)
  assert.match((await response.json()).error, /GET \/invented/)
})

test('health asks the database', async () => {
  const response = await fetch(`${base}/health`)
  assert.equal(response.status, 200)
  assert.equal((await response.json()).status, 'ok')
})

test('metrics count queries', async () => {
  const counters = (await (await fetch(`${base}/metrics?format=json`)).json()).counters
  assert.ok(counters.find((/** @type {any} */ one) => one.key === 'prisma_client_queries_total').value > 0)
  assert.match(await (await fetch(`${base}/metrics?format=prometheus`)).text(), /prisma_pool_connections_open \d/)
})
