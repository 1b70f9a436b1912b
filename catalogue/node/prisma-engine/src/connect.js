// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'
// Connecting to a database that may not be up yet.

const pg = require('pg')
const { Refusal } = require('./migrations')

const PAUSE = 1000 // ms between attempts
const NOT_YET = new Set([
  'EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'ETIMEDOUT',
  '57P01', '57P02', '57P03', // shutting down, crashed, starting up
  '3D000', // the database is still to be created
])

/** @param {any} error */
function notYet(error) {
  if (error instanceof AggregateError) return error.errors.every(notYet)
  return NOT_YET.has(error.code) || /timeout expired|Connection terminated/.test(String(error.message))
}

/**
 * @param {any} error
 * @returns {string}
 */
function reasonOf(error) {
  return error instanceof AggregateError ? error.errors.map(reasonOf).join('; ') : String(error.message)
}

/**
 * @param {string} url
 * @param {number} deadline ms since the epoch
 * @param {(message: string) => void} say
 * @returns {Promise<import('pg').Client>} throws Refusal when the database refuses us or does not come in time
 */
async function connect(url, deadline, say) {
  const address = new URL(url)
  address.search = '' // settings for Prisma, not for this driver
  const where = `${address.hostname}:${address.port || 5432}${address.pathname}`
  for (;;) {
    const client = new pg.Client({
      connectionString: address.toString(),
      application_name: 'litellm-migrations',
      connectionTimeoutMillis: 10000,
      keepAlive: true,
    })
    try {
      await client.connect()
      // the server may go away between two queries: the query then fails, the process must not crash before that
      client.on('error', (error) => say(`connection lost: ${error.message}`))
      return client
    } catch (error) {
      await client.end().catch(() => {})
      const reason = reasonOf(error)
      if (!notYet(error)) throw new Refusal(`the database at ${where} refuses: ${reason}`)
      if (Date.now() >= deadline) throw new Refusal(`the database at ${where} did not come up in time: ${reason}`)
      say(`waiting for the database at ${where}: ${reason}`)
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
    }
  }
}

module.exports = { connect }
