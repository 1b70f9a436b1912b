// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'
// One GraphQL document, as prisma-client-py sends it, becomes queries of Prisma's JSON protocol, the only protocol that
// the WebAssembly build of the query engine understands.

const { parse, Kind } = require('graphql')
const { tagJson } = require('./json-fields')

/** @typedef {import('./schema').Models} Models */
/**
 * @typedef {object} Item one query of a document
 * @property {string} alias the name under which the client expects the answer
 * @property {boolean} raw whether the answer holds raw rows
 * @property {{modelName: string | undefined, action: string, query: {arguments: object, selection: object}}} query
 */

/** A request that does not fit the protocol; the client gets it as P2009 (query validation failed). */
class BadRequest extends Error {}

const RAW_ACTIONS = new Set(['queryRaw', 'executeRaw', 'runCommandRaw'])
const MODEL_ACTIONS = [
  ['findUnique', 'OrThrow', 'findUniqueOrThrow'],
  ['findFirst', 'OrThrow', 'findFirstOrThrow'],
  ['findUnique', '', 'findUnique'],
  ['findFirst', '', 'findFirst'],
  ['findMany', '', 'findMany'],
  ['createOne', '', 'createOne'],
  ['createMany', 'AndReturn', 'createManyAndReturn'],
  ['createMany', '', 'createMany'],
  ['updateOne', '', 'updateOne'],
  ['updateMany', '', 'updateMany'],
  ['deleteOne', '', 'deleteOne'],
  ['deleteMany', '', 'deleteMany'],
  ['upsertOne', '', 'upsertOne'],
  ['aggregate', '', 'aggregate'],
  ['groupBy', '', 'groupBy'],
]

/**
 * findManyLiteLLM_TeamTable -> ['findMany', 'LiteLLM_TeamTable']
 * @param {string} name
 * @param {Models} models
 * @returns {[string, string | undefined]}
 */
function splitOperation(name, models) {
  if (RAW_ACTIONS.has(name)) return [name, undefined]
  for (const [prefix, suffix, action] of MODEL_ACTIONS) {
    if (!name.startsWith(prefix) || !name.endsWith(suffix)) continue
    const model = name.slice(prefix.length, name.length - suffix.length)
    if (models.has(model)) return [action, model]
  }
  throw new BadRequest(`Unknown operation \`${name}\``)
}

/**
 * @param {import('graphql').ValueNode} node
 * @returns {any}
 */
function valueOf(node) {
  switch (node.kind) {
    case Kind.STRING:
    case Kind.ENUM:
    case Kind.BOOLEAN:
      return node.value
    case Kind.NULL:
      return null
    case Kind.INT: {
      const number = Number(node.value)
      return Number.isSafeInteger(number) ? number : { $type: 'BigInt', value: node.value }
    }
    case Kind.FLOAT:
      return Number(node.value)
    case Kind.LIST:
      return node.values.map(valueOf)
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map((field) => [field.name.value, valueOf(field.value)]))
    default:
      throw new BadRequest(`GraphQL ${node.kind} is not supported here`)
  }
}

/**
 * @param {import('graphql').FieldNode} field
 * @param {string | undefined} model undefined: a raw query
 * @param {Models} models
 */
function argumentsOf(field, model, models) {
  return Object.fromEntries(
    (field.arguments ?? []).map((arg) => {
      const plain = valueOf(arg.value)
      return [arg.name.value, model ? tagJson(plain, model, models) : plain]
    }),
  )
}

/**
 * @param {import('graphql').SelectionNode} node
 * @returns {import('graphql').FieldNode}
 */
function asField(node) {
  if (node.kind !== Kind.FIELD) throw new BadRequest(`GraphQL ${node.kind} is not supported here`)
  return node
}

/**
 * @param {import('graphql').FieldNode} field
 * @param {string | undefined} model
 * @param {Models} models
 * @returns {object}
 */
function selectionOf(field, model, models) {
  /** @type {Record<string, any>} */
  const selection = {}
  for (const node of field.selectionSet?.selections ?? []) {
    const child = asField(node)
    const type = models.get(model ?? '')?.get(child.name.value)
    const target = type !== undefined && models.has(type) ? type : model
    selection[child.name.value] =
      child.selectionSet || child.arguments?.length
        ? { arguments: argumentsOf(child, target, models), selection: selectionOf(child, target, models) }
        : true
  }
  return selection
}

/**
 * @param {unknown} text a GraphQL document with one operation
 * @param {Models} models
 * @returns {Item[]} throws BadRequest where the document is not understood
 */
function translate(text, models) {
  if (typeof text !== 'string') throw new BadRequest('Expected a GraphQL document as text')
  let document
  try {
    document = parse(text, { noLocation: true })
  } catch (error) {
    throw new BadRequest(`Could not parse the GraphQL document: ${/** @type {Error} */ (error).message}`)
  }
  const [operation, ...more] = document.definitions
  if (!operation || operation.kind !== Kind.OPERATION_DEFINITION || more.length > 0) {
    throw new BadRequest('Expected exactly one GraphQL operation')
  }
  return operation.selectionSet.selections.map((node) => {
    const field = asField(node)
    const [action, modelName] = splitOperation(field.name.value, models)
    return {
      alias: (field.alias ?? field.name).value,
      raw: RAW_ACTIONS.has(action),
      query: {
        modelName,
        action,
        query: { arguments: argumentsOf(field, modelName, models), selection: selectionOf(field, modelName, models) },
      },
    }
  })
}

module.exports = { BadRequest, translate }
