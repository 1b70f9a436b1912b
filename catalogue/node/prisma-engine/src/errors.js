// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'
// Errors as the native engine words them, so that clients that match codes and texts (LiteLLM does) see no difference.

/** @typedef {import('./answer').EngineError} EngineError */

const NETWORK_CODES = new Set([
  'EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT',
])

/**
 * Class 08 is a connection exception; 57P01 to 57P03: shut down, crash, cannot connect now.
 * @param {unknown} state an SQLSTATE
 */
const isConnectionState = (state) => /^08|^57P0[123]$/.test(String(state ?? ''))

/** @param {any} original an error of the driver */
function isNetworkError(original) {
  const text = String(original.message || original)
  return (
    NETWORK_CODES.has(original.code) ||
    original instanceof AggregateError ||
    /timeout|terminated|Connection/i.test(text)
  )
}

/**
 * @param {string} code a P code of Prisma's error reference
 * @param {string} message
 * @returns {EngineError}
 */
function engineError(code, message) {
  return { error: message, user_facing_error: { is_panic: false, message, meta: {}, error_code: code } }
}

/**
 * @param {string} reason
 * @param {string} address
 */
function unreachable(reason, address) {
  if (reason.includes('timeout exceeded when trying to connect')) {
    return engineError('P2024', 'Timed out fetching a new connection from the connection pool.')
  }
  const hint = `Please make sure your database server is running at \`${address}\`. (${reason})`
  return engineError('P1001', `Can't reach database server at \`${address}\`\n\n${hint}`)
}

/**
 * Errors of the driver come out of the engine as P2036 with a number into a registry; this puts the cause back in.
 * @param {EngineError} entry of the engine
 * @param {(id: any) => any} takeCause takes the driver's error of that number out of the registry
 * @param {string} address of the database
 * @returns {EngineError}
 */
function explain(entry, takeCause, address) {
  const known = entry.user_facing_error
  if (known?.error_code !== 'P2036') {
    if (isConnectionState(known?.meta?.code)) return unreachable(known?.message ?? entry.error, address)
    return entry
  }
  const cause = takeCause(known.meta?.id)
  if (cause === undefined) return entry
  const text = String(cause.message || cause)
  return isNetworkError(cause) ? unreachable(text, address) : engineError('P2010', text)
}

/**
 * @param {string} message of a failed transaction call
 * @returns {number} the HTTP status with which the native engine answers
 */
function transactionStatus(message) {
  if (message.includes('Unable to start a transaction in the given time')) return 504
  if (/not found|Transaction already closed/.test(message)) return 404
  return 400
}

module.exports = { engineError, explain, transactionStatus }
