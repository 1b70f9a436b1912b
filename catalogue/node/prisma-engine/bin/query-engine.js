#!/usr/bin/env node
// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'
// A stand-in for Prisma's query-engine executable: prisma-client-py starts it by PRISMA_QUERY_ENGINE_BINARY and talks
// HTTP to it. usage: PRISMA_DML_PATH=schema.prisma DATABASE_URL=... query-engine -p PORT [--host ADDRESS]

const ENGINE_VERSION = '393aa359c9ad4a4bb28630fb5613f9c281cde053' // the commit of the engine in @prisma/client 5.17.0

// asked before each start: keep it free of the large imports
if (process.argv.includes('--version')) {
  process.stdout.write(`query-engine ${ENGINE_VERSION}\n`)
  process.exit(0)
}

const fs = require('node:fs')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { Engine } = require('../src/engine')
const { log } = require('../src/log')
const { databaseUrl } = require('../src/schema')
const { createServer } = require('../src/server')

const STOP_LIMIT = 5000 // ms that running queries get at the end

function options() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', short: 'p' },
      host: { type: 'string', default: '127.0.0.1' },
      'enable-metrics': { type: 'boolean' },
      'enable-raw-queries': { type: 'boolean' },
    },
  })
  const port = Number(values.port)
  const schema = process.env.PRISMA_DML_PATH
  if (!Number.isInteger(port) || port < 1) throw new Error('usage: query-engine -p PORT')
  if (!schema) throw new Error('PRISMA_DML_PATH must name the Prisma schema')
  return { port, host: values.host, schema }
}

/**
 * Which form of raw rows the client that started us reads: its code lies beside the schema that it names.
 * @param {string} schema
 * @returns {'objects' | 'columns'}
 */
function rawForm(schema) {
  const reader = path.join(path.dirname(schema), '_raw_query.py')
  return fs.existsSync(reader) && fs.readFileSync(reader, 'utf8').includes('prisma__type') ? 'objects' : 'columns'
}

/**
 * @param {import('node:http').Server} server
 * @param {Engine} engine
 */
function stopWhenAsked(server, engine) {
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    setTimeout(() => process.exit(1), STOP_LIMIT).unref()
    server.close(() => {
      engine.disconnect().then(
        () => process.exit(0),
        (error) => {
          log('error', `could not disconnect: ${error?.message ?? error}`)
          process.exit(1)
        },
      )
    })
    server.closeIdleConnections()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  // the proxy may be killed without a chance to stop its engine
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && stop(), 1000).unref()
}

// The engine's own panics arrive here. It is unusable then; the client starts another process at once.
process.on('unhandledRejection', (error) => {
  log('error', 'the engine panicked', { stack: String(/** @type {any} */ (error)?.stack ?? error) })
  process.exit(1)
})

async function main() {
  const { port, host, schema } = options()
  const datamodel = fs.readFileSync(schema, 'utf8')
  const engine = new Engine({
    datamodel,
    url: databaseUrl(datamodel, process.env),
    rawForm: rawForm(schema),
    logQueries: Boolean(process.env.LOG_QUERIES),
  })
  await engine.connect()
  const server = createServer(engine)
  server.listen(port, host)
  stopWhenAsked(server, engine)
}

main().catch((error) => {
  log('error', `could not start: ${error?.message ?? error}`)
  process.exit(1)
})
