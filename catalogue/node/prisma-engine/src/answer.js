// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'
// Answers of the JSON protocol become what prisma-client-py reads from the native engine.

/** @typedef {import('./request').Item} Item */
/** @typedef {{columns: string[], types: string[], rows: any[][]}} RawRows */
/** @typedef {{error: string, user_facing_error?: Record<string, any>}} EngineError */
/** @typedef {{data?: Record<string, any>, errors?: EngineError[]}} EngineResponse */

const TAGS = new Set(['BigInt', 'Bytes', 'DateTime', 'Decimal', 'Enum', 'Json'])

/**
 * {"$type":"DateTime","value":"..."} -> "...", all the way down.
 * @param {any} node
 * @returns {any}
 */
function untag(node) {
  if (Array.isArray(node)) return node.map(untag)
  if (node === null || typeof node !== 'object') return node
  if (typeof node.$type === 'string') {
    if (!TAGS.has(node.$type)) throw new Error(`the engine answered with an unknown type ${node.$type}`)
    return node.value
  }
  /** @type {Record<string, any>} */
  const out = {}
  for (const key in node) out[key] = untag(node[key])
  return out
}

/**
 * @param {string} type
 * @param {any} value
 * @returns {{prisma__type: string, prisma__value: any}}
 */
function tagRaw(type, value) {
  if (value === null) return { prisma__type: 'null', prisma__value: null }
  if (!type.endsWith('-array')) return { prisma__type: type, prisma__value: value }
  const inner = type.slice(0, -'-array'.length)
  return { prisma__type: 'array', prisma__value: value.map((/** @type {any} */ item) => tagRaw(inner, item)) }
}

/**
 * Raw rows in the form that Prisma's engines gave before 5.15 (read by prisma-client-py before 0.15).
 * @param {RawRows} raw
 */
function rowObjects({ columns, types, rows }) {
  return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, tagRaw(types[i], row[i])])))
}

/**
 * @param {Item} item what was asked
 * @param {EngineResponse} response of the engine
 * @param {'objects' | 'columns'} rawForm the form of raw rows that the client reads
 * @returns {EngineResponse}
 */
function answer(item, response, rawForm) {
  if (response.errors) return response
  const values = Object.values(response.data ?? {})
  if (values.length !== 1) throw new Error(`the engine answered ${values.length} results to one query`)
  const [data] = values
  if (!item.raw) return { data: { [item.alias]: untag(data) } }
  return { data: { [item.alias]: rawForm === 'objects' && data?.columns ? rowObjects(data) : data } }
}

module.exports = { answer, untag, rowObjects }
