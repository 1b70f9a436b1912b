// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'

/**
 * One JSON line on stderr, the form in which the client expects the engine's log.
 * @param {'info' | 'warn' | 'error'} level
 * @param {string} message
 * @param {Record<string, unknown>} [extra]
 */
function log(level, message, extra) {
  process.stderr.write(`${JSON.stringify({ level, target: 'prisma-engine', message, ...extra })}\n`)
}

module.exports = { log }
