// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'
// The program as prisma-client-py starts it, over a database that is not there.

const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')

const program = path.join(/** @type {string} */ (process.env.PRISMA_ENGINE), 'bin', 'query-engine.js')
const schema = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'schema-')), 'schema.prisma')
fs.writeFileSync(schema, 'datasource client { provider = "postgresql"\n url = env("DATABASE_URL")\n}\nmodel Thing {\n id String @id\n}\n')
const env = {
  ...process.env,
  PRISMA_DML_PATH: schema,
  DATABASE_URL: 'postgresql://nobody@127.0.0.1:9/none?connect_timeout=1&pool_timeout=1',
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {net.AddressInfo} */ (server.address())
  server.close()
  return port
}

async function status(url) {
  for (let tries = 0; tries < 600; tries += 1) {
    const response = await fetch(url).catch(() => undefined)
    if (response) return response
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${url} never answered`)
}

test('the version is the one that the client expects', () => {
  assert.match(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout, /^query-engine [0-9a-f]{40}\n$/)
})

test('an unknown option or a missing schema is an error', () => {
  assert.match(spawnSync(program, ['-p', '1', '--invented'], { env, encoding: 'utf8' }).stderr, /could not start.*--invented/)
  const without = { ...env, PRISMA_DML_PATH: '' }
  assert.match(spawnSync(program, ['-p', '1'], { env: without, encoding: 'utf8' }).stderr, /PRISMA_DML_PATH/)
})

test('it starts without its database, says so, and ends on SIGTERM', async () => {
  const port = await freePort()
  const child = spawn(program, ['-p', String(port), '--enable-metrics', '--enable-raw-queries'], { env, stdio: 'ignore' })
  assert.equal((await status(`http://127.0.0.1:${port}/status`)).status, 200)
  const health = await fetch(`http://127.0.0.1:${port}/health`)
  assert.equal(health.status, 503)
  assert.match((await health.json()).reason, /ECONNREFUSED/)
  const query = { query: 'query { result: findManyThing { id } }' }
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: JSON.stringify(query) })
  assert.equal((await response.json()).errors[0].user_facing_error.error_code, 'P1001')
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  assert.equal(code, 0)
})
