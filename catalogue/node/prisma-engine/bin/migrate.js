#!/usr/bin/env node
// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'
// usage: DATABASE_URL=... migrate apply|check DIRECTORY [--wait SECONDS]
//   apply  waits for the database and applies what is missing of the migrations in DIRECTORY
//   check  waits until all of them are applied; changes nothing
// Exit status: 0 done; 1 failed, a new run may succeed; 2 refused, someone must look.

const { parseArgs } = require('node:util')
const { connect } = require('../src/connect')
const { Refusal, apply, compare, readMigrations } = require('../src/migrations')

const CHECK_PAUSE = 2000 // ms between two looks at the ledger

/** @param {string} message */
const say = (message) => process.stderr.write(`${message}\n`)

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

function options() {
  const { values, positionals } = parseArgs({
    options: { wait: { type: 'string', default: '300' } },
    allowPositionals: true,
  })
  const [verb, directory, ...rest] = positionals
  const wait = Number(values.wait)
  if (!['apply', 'check'].includes(verb) || !directory || rest.length > 0 || !(wait >= 0)) {
    throw new Refusal('usage: migrate apply|check DIRECTORY [--wait SECONDS]')
  }
  const url = process.env.DATABASE_URL
  if (!url) throw new Refusal('DATABASE_URL is not set')
  return { verb, directory, url, deadline: Date.now() + 1000 * wait }
}

/**
 * @param {import('pg').Client} client
 * @param {import('../src/migrations').Migration[]} migrations
 * @param {number} deadline
 */
async function check(client, migrations, deadline) {
  for (;;) {
    const { pending, applied, unknown } = await compare(client, migrations)
    if (unknown.length > 0) say(`the database is newer: ${unknown.length} migrations are unknown here`)
    if (pending.length === 0) return say(`migrations: all ${applied} are applied`)
    if (Date.now() >= deadline) {
      throw new Refusal(`${pending.length} migrations are not applied, the first: ${pending[0].name}`)
    }
    say(`waiting for ${pending.length} migrations`)
    await sleep(CHECK_PAUSE)
  }
}

async function main() {
  const { verb, directory, url, deadline } = options()
  const migrations = readMigrations(directory)
  const client = await connect(url, deadline, say)
  try {
    if (verb === 'check') return await check(client, migrations, deadline)
    const { applied, before } = await apply(client, migrations, say)
    say(`migrations: ${applied} applied, ${before} there already`)
  } finally {
    await client.end().catch(() => {})
  }
}

main().catch((error) => {
  say(error.message)
  process.exit(error instanceof Refusal ? 2 : 1)
})
