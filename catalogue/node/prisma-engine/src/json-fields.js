// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'
// GraphQL hands the value of a Json field over as a string that holds JSON text. In the JSON protocol a plain string
// would be stored as a JSON string, so these values are tagged, in data and in filters, through relations.

/** @typedef {import('./schema').Models} Models */

// What may follow a relation's name; those in NESTED hold parts of their own.
const RELATION_KEYS = new Set([
  'create', 'connect', 'connectOrCreate', 'createMany', 'set', 'disconnect', 'delete', 'deleteMany', 'update',
  'updateMany', 'upsert', 'some', 'every', 'none', 'is', 'isNot',
])
const NESTED = new Set(['connectOrCreate', 'createMany', 'update', 'updateMany', 'upsert'])
const PART_KEYS = new Set(['where', 'data', 'create', 'update'])

/**
 * @param {any} node the value of a Json field: a string, {set: ...} or a filter {equals: ..., path: [...]}
 * @returns {any}
 */
function tagValue(node) {
  if (typeof node === 'string') return { $type: 'Json', value: node }
  if (Array.isArray(node)) return node.map(tagValue)
  if (node === null || typeof node !== 'object') return node
  return Object.fromEntries(
    Object.entries(node).map(([key, child]) => {
      const plain = key === 'path' || key === 'mode' || key.startsWith('string_')
      return [key, plain ? child : tagValue(child)]
    }),
  )
}

/**
 * @param {any} node arguments of a model
 * @param {string} model
 * @param {Models} models
 * @param {'fields' | 'relation' | 'parts'} [at] what the keys of node are
 * @returns {any} the same with the Json values in it tagged
 */
function tagJson(node, model, models, at = 'fields') {
  if (Array.isArray(node)) return node.map((child) => tagJson(child, model, models, at))
  if (node === null || typeof node !== 'object' || '$type' in node) return node
  return Object.fromEntries(
    Object.entries(node).map(([key, child]) => [key, tagEntry(key, child, model, models, at)]),
  )
}

/**
 * @param {string} key
 * @param {any} child
 * @param {string} model
 * @param {Models} models
 * @param {'fields' | 'relation' | 'parts'} at
 * @returns {any}
 */
function tagEntry(key, child, model, models, at) {
  if (at === 'relation' && RELATION_KEYS.has(key)) {
    return tagJson(child, model, models, NESTED.has(key) ? 'parts' : 'fields')
  }
  if (at === 'parts' && PART_KEYS.has(key)) return tagJson(child, model, models)
  const type = models.get(model)?.get(key)
  if (type === 'Json') return tagValue(child)
  if (type !== undefined && models.has(type)) return tagJson(child, type, models, 'relation')
  // AND, OR, NOT, a compound key: still about this model
  return tagJson(child, model, models)
}

module.exports = { tagJson }
