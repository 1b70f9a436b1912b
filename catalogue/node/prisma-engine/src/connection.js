// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'
// PostgreSQL connections: the settings of a Prisma database URL, and column types the adapter does not know.

const os = require('node:os')
const pg = require('pg')

// Object ids of types that the native engine presents and adapter-pg does not know, and what stands in for them.
const NAME = 19
const CHAR = 18
const NAME_ARRAY = 1003
const TIMESTAMPTZ_ARRAY = 1185
const TEXT_ARRAY = 1009
const TIMESTAMP_ARRAY = 1115
const PRESENTED_AS = new Map([
  [NAME, pg.types.builtins.TEXT],
  [CHAR, pg.types.builtins.BPCHAR],
  [NAME_ARRAY, TEXT_ARRAY],
  [TIMESTAMPTZ_ARRAY, TIMESTAMP_ARRAY], // the session's time zone is UTC
])

/**
 * @param {(oid: number, format?: string) => (text: string) => any} getTypeParser
 * @returns {(oid: number, format?: string) => (text: string) => any}
 */
function parserFor(getTypeParser) {
  return (oid, format) => {
    if (oid !== TIMESTAMPTZ_ARRAY) return getTypeParser(PRESENTED_AS.get(oid) ?? oid, format)
    return (text) => getTypeParser(TIMESTAMP_ARRAY, format)(text.replace(/[+]\d\d(?=")/g, ''))
  }
}

/** @param {any} result */
function present(result) {
  for (const field of result?.fields ?? []) field.dataTypeID = PRESENTED_AS.get(field.dataTypeID) ?? field.dataTypeID
  return result
}

/** A connection whose results use only column types that adapter-pg understands. */
class Client extends pg.Client {
  /**
   * @param {any} config
   * @param {any[]} rest
   * @returns {any}
   */
  query(config, ...rest) {
    // only the adapter asks for arrays; everything else (begin, commit, set) passes through
    if (config?.rowMode !== 'array') return super.query(config, ...rest)
    const typed = { ...config, types: { getTypeParser: parserFor(config.types.getTypeParser) } }
    const callback = rest.at(-1)
    if (typeof callback !== 'function') {
      const pending = /** @type {any} */ (super.query(typed, ...rest))
      return pending.then(present)
    }
    rest[rest.length - 1] = (/** @type {any} */ error, /** @type {any} */ result) => callback(error, present(result))
    return super.query(typed, ...rest)
  }
}

/**
 * @typedef {object} Settings
 * @property {string} schema
 * @property {string} address host:port, for messages
 * @property {import('pg').PoolConfig} pool
 */

/**
 * @param {string} url a Prisma database URL; connection_limit, pool_timeout, connect_timeout, schema ... are honoured
 * @returns {Settings}
 */
function poolSettings(url) {
  const parsed = new URL(url)
  /** @param {string} name */
  const take = (name) => {
    const found = parsed.searchParams.get(name)
    parsed.searchParams.delete(name)
    return found
  }
  /** @param {string} name @param {number} otherwise */
  const number = (name, otherwise) => {
    const text = take(name)
    if (text === null) return otherwise
    const found = Number(text)
    if (Number.isNaN(found)) throw new Error(`database URL: ${name} must be a number, not ${JSON.stringify(text)}`)
    return found
  }
  const schema = take('schema') ?? 'public'
  const limit = number('connection_limit', os.cpus().length * 2 + 1)
  const poolTimeout = number('pool_timeout', 10)
  const connectTimeout = number('connect_timeout', 5)
  const idle = number('max_idle_connection_lifetime', 300)
  const life = number('max_connection_lifetime', 0)
  // settings of the native engine that have no counterpart in this driver
  for (const name of ['socket_timeout', 'pgbouncer', 'statement_cache_size']) take(name)
  // the driver would insist on TLS where Prisma falls back to a plain connection
  if (parsed.searchParams.get('sslmode') === 'prefer') take('sslmode')
  const options = [take('options'), `-c search_path="${schema}"`, '-c TimeZone=UTC'].filter(Boolean).join(' ')
  return {
    schema,
    address: `${parsed.hostname}:${parsed.port || 5432}`,
    pool: /** @type {import('pg').PoolConfig} */ ({
      Client,
      connectionString: parsed.toString(),
      options,
      max: Math.max(1, limit),
      connectionTimeoutMillis: 1000 * Math.max(poolTimeout, connectTimeout),
      idleTimeoutMillis: 1000 * idle,
      maxLifetimeSeconds: life,
      allowExitOnIdle: false,
      keepAlive: true,
      application_name: 'prisma-engine',
    }),
  }
}

module.exports = { poolSettings }
