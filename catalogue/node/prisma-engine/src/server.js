// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'
// The HTTP interface of Prisma's query-engine executable: POST / (queries), /transaction/*, GET /status, /metrics; and
// GET /health, which asks the database.

const http = require('node:http')
const { engineError, transactionStatus } = require('./errors')
const { log } = require('./log')
const { metrics } = require('./metrics')
const { BadRequest } = require('./request')

/** @typedef {import('./engine').Engine} Engine */

/** @param {http.IncomingMessage} request */
async function bodyOf(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/**
 * @param {http.ServerResponse} response
 * @param {number} status
 * @param {string | object} body
 */
function send(response, status, body) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, {
    'content-type': typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

/**
 * @param {Engine} engine
 * @param {http.IncomingMessage} request
 * @param {http.ServerResponse} response
 */
async function query(engine, request, response) {
  const transactionId = request.headers['x-transaction-id']
  try {
    const body = parseJson(await bodyOf(request))
    send(response, 200, await engine.request(body, Array.isArray(transactionId) ? transactionId[0] : transactionId))
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error
    // a client newer than this engine shows up here: never let it pass in silence
    log('error', `request refused: ${error.message}`)
    send(response, 200, { errors: [engineError('P2009', error.message)] })
  }
}

/** @param {string} text */
function parseJson(text) {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BadRequest(`Could not parse the request: ${/** @type {Error} */ (error).message}`)
  }
}

/**
 * @param {Engine} engine
 * @param {http.ServerResponse} response
 * @param {'start' | 'commit' | 'rollback'} verb
 * @param {string} argument
 */
async function transaction(engine, response, verb, argument) {
  const { result, error } = await engine.transaction(verb, argument)
  if (error) return send(response, transactionStatus(error.error), error.user_facing_error ?? error)
  return send(response, 200, result ?? {})
}

/**
 * @param {Engine} engine
 * @param {http.ServerResponse} response
 */
async function health(engine, response) {
  try {
    await engine.ping()
  } catch (error) {
    const reason = String(/** @type {any} */ (error)?.message || error)
    return send(response, 503, { status: 'unhealthy', database: engine.address, reason })
  }
  return send(response, 200, { status: 'ok', database: engine.address })
}

/**
 * @param {Engine} engine
 * @param {http.IncomingMessage} request
 * @param {http.ServerResponse} response
 */
async function handle(engine, request, response) {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const route = `${request.method} ${url.pathname}`
  if (route === 'POST /') return query(engine, request, response)
  if (route === 'GET /status') return send(response, 200, { status: 'ok' })
  if (route === 'GET /health') return health(engine, response)
  if (route === 'GET /metrics') return send(response, 200, metrics(engine, url.searchParams.get('format')))
  const match = /^POST \/transaction\/(?:(start)|([^/]+)\/(commit|rollback))$/.exec(route)
  if (match) {
    const [, start, id, verb] = match
    if (start) return transaction(engine, response, 'start', await bodyOf(request))
    return transaction(engine, response, /** @type {'commit' | 'rollback'} */ (verb), id)
  }
  log('error', `unknown route ${route}`)
  return send(response, 404, { error: `unknown route ${route}` })
}

/**
 * @param {Engine} engine
 * @returns {http.Server} not listening yet
 */
function createServer(engine) {
  const server = http.createServer((request, response) => {
    handle(engine, request, response).catch((error) => {
      log('error', 'request failed', { stack: String(error?.stack ?? error) })
      if (!response.headersSent) send(response, 500, { error: String(error?.message ?? error) })
      else response.destroy()
    })
  })
  // the client keeps its connections and long transactions are its business
  server.keepAliveTimeout = 0
  server.requestTimeout = 0
  return server
}

module.exports = { createServer }
