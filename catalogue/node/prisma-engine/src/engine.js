// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'
// Prisma's query engine, as compiled to WebAssembly in the npm package @prisma/client, over the pg driver adapter.

const fs = require('node:fs')
const path = require('node:path')
const pg = require('pg')
const { PrismaPg } = require('@prisma/adapter-pg')
const { bindAdapter } = require('@prisma/driver-adapter-utils')
const { answer } = require('./answer')
const { poolSettings } = require('./connection')
const { engineError, explain } = require('./errors')
const { log } = require('./log')
const { BadRequest, translate } = require('./request')
const { readModels } = require('./schema')

/** @typedef {import('./answer').EngineResponse} EngineResponse */
/** @typedef {import('./request').Item} Item */

// The engine panics, and is unusable after that, when it is given a shorter one.
const SHORTEST_TRANSACTION_ID = 24

/** @param {string} id */
function noTransaction(id) {
  if (id.length >= SHORTEST_TRANSACTION_ID) return undefined
  return engineError('P2028', `Transaction API error: Transaction not found. ${JSON.stringify(id)} is not an id.`)
}

function loadWasm() {
  const runtime = path.dirname(require.resolve('@prisma/client/runtime/library.js'))
  const bindings = require(path.join(runtime, 'query_engine_bg.postgresql.js'))
  const bytes = new Uint8Array(fs.readFileSync(path.join(runtime, 'query_engine_bg.postgresql.wasm')))
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { './query_engine_bg.js': bindings })
  bindings.__wbg_set_wasm(instance.exports)
  return bindings.QueryEngine
}

class Engine {
  /**
   * @param {object} options
   * @param {string} options.datamodel the text of schema.prisma
   * @param {string} options.url of the database
   * @param {'objects' | 'columns'} options.rawForm how the client reads raw rows
   * @param {boolean} options.logQueries
   */
  constructor({ datamodel, url, rawForm, logQueries }) {
    const settings = poolSettings(url)
    this.models = readModels(datamodel)
    this.rawForm = rawForm
    this.address = settings.address
    this.pool = new pg.Pool(settings.pool)
    // an idle connection that breaks must not end the process; the pool drops it
    this.pool.on('error', (error) => log('error', `idle database connection lost: ${error.message}`))
    this.adapter = bindAdapter(new PrismaPg(this.pool, { schema: settings.schema }))
    const QueryEngine = loadWasm()
    this.wasm = new QueryEngine(
      { datamodel, logLevel: 'error', logQueries },
      (/** @type {string} */ line) => process.stderr.write(`${line}\n`),
      this.adapter,
    )
    this.count = { queries: 0, errors: 0 }
  }

  async connect() {
    await this.wasm.connect('{}')
  }

  async disconnect() {
    await this.wasm.disconnect('{}')
    await this.pool.end()
  }

  /** Resolves when the database answers; rejects with the driver's error. */
  async ping() {
    await this.pool.query('select 1')
  }

  /** @param {import('./answer').EngineError} entry */
  explain(entry) {
    return explain(entry, (id) => this.takeCause(id), this.address)
  }

  /**
   * The adapter's registry never forgets by itself.
   * @param {any} id
   */
  takeCause(id) {
    const errors = /** @type {any} */ (this.adapter).errorRegistry.registeredErrors
    const cause = errors[id]?.error
    errors[id] = undefined
    return cause
  }

  /**
   * @param {object} body of the JSON protocol
   * @param {string} [transactionId]
   * @returns {Promise<any>}
   */
  async ask(body, transactionId) {
    this.count.queries += 1
    const response = JSON.parse(await this.wasm.query(JSON.stringify(body), '{}', transactionId))
    if (response.errors) {
      this.count.errors += 1
      response.errors = response.errors.map((/** @type {any} */ entry) => this.explain(entry))
    }
    return response
  }

  /**
   * @param {any} body of POST /: {query} or {batch: [{query}], transaction}
   * @param {string} [transactionId] of an interactive transaction
   * @returns {Promise<object>} the body of the answer
   */
  async request(body, transactionId) {
    if (body === null || typeof body !== 'object') throw new BadRequest('Expected a JSON object')
    const wrong = transactionId === undefined ? undefined : noTransaction(transactionId)
    if (wrong) return { errors: [wrong] }
    if ('batch' in body) return this.batch(body, transactionId)
    const items = translate(body.query, this.models)
    /** @type {Record<string, any>} */
    const data = {}
    for (const item of items) {
      const response = answer(item, await this.ask(item.query, transactionId), this.rawForm)
      if (response.errors) return response
      Object.assign(data, response.data)
    }
    return { data }
  }

  /**
   * @param {{batch: {query: string}[], transaction?: boolean}} body
   * @param {string} [transactionId]
   */
  async batch(body, transactionId) {
    if (!Array.isArray(body.batch)) throw new BadRequest('Expected a list of queries in `batch`')
    const items = body.batch.flatMap((entry) => translate(entry?.query, this.models))
    const response = await this.ask(
      { batch: items.map((item) => item.query), transaction: body.transaction ? {} : undefined },
      transactionId,
    )
    if (!response.batchResult) return response
    /** @type {EngineResponse[]} */
    const results = response.batchResult
    return { batchResult: results.map((result, index) => answer(items[index], result, this.rawForm)) }
  }

  /**
   * Interactive transactions.
   * @param {'start' | 'commit' | 'rollback'} verb
   * @param {string} argument the options as JSON text for start, else the transaction's id
   * @returns {Promise<{result?: object, error?: import('./answer').EngineError}>}
   */
  async transaction(verb, argument) {
    const wrong = verb === 'start' ? undefined : noTransaction(argument)
    if (wrong) return { error: wrong }
    const text = await this.wasm[`${verb}Transaction`](argument, '{}')
    const result = text ? JSON.parse(text) : {}
    if (!result.error_code) return { result }
    return { error: this.explain({ error: result.message, user_facing_error: result }) }
  }
}

module.exports = { Engine }
