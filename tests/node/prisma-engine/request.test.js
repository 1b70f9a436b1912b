// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'
const assert = require('node:assert/strict')
const { test } = require('node:test')
const load = require('./package-under-test')
const { BadRequest, translate } = load('request')
const { readModels } = load('schema')

const models = readModels(`
model Team {
  team_id  String  @id
  limit    BigInt?
  metadata Json    @default("{}")
  keys     Key[]
}
model Key {
  token    String  @id
  settings Json?
  team     Team?   @relation(fields: [team_id], references: [team_id])
  team_id  String?
  @@index([team_id])
}
`)
const one = (text) => translate(text, models)[0]
const argumentsOf = (text) => one(text).query.query.arguments

test('an operation becomes a model and an action', () => {
  const { alias, raw, query } = one('query { result: findManyTeam(take: 5) { team_id } }')
  assert.equal(alias, 'result')
  assert.equal(raw, false)
  assert.deepEqual(query, {
    modelName: 'Team',
    action: 'findMany',
    query: { arguments: { take: 5 }, selection: { team_id: true } },
  })
})

test('the longest matching operation wins', () => {
  assert.equal(one('query { findUniqueTeamOrThrow(where: {team_id: "a"}) { team_id } }').query.action, 'findUniqueOrThrow')
  assert.equal(one('mutation { createManyTeam(data: []) { count } }').query.action, 'createMany')
})

test('a raw query names no model', () => {
  const { raw, query } = one('mutation { queryRaw(query: "select 1", parameters: "[]") }')
  assert.equal(raw, true)
  assert.equal(query.modelName, undefined)
  assert.equal(query.query.arguments.query, 'select 1')
})

test('integers beyond 2^53 keep every digit', () => {
  const where = argumentsOf('query { findFirstTeam(where: {limit: 9007199254740993}) { team_id } }').where
  assert.deepEqual(where, { limit: { $type: 'BigInt', value: '9007199254740993' } })
})

test('a string in a Json field is tagged as JSON, elsewhere it stays a string', () => {
  const { data } = argumentsOf('mutation { createOneTeam(data: {team_id: "{}", metadata: "{\\"a\\": 1}"}) { team_id } }')
  assert.deepEqual(data, { team_id: '{}', metadata: { $type: 'Json', value: '{"a": 1}' } })
})

test('Json fields are found through relations, in data and in filters', () => {
  const nested = '{team_id: "t", keys: {create: [{token: "k", settings: "1"}]}}'
  const { data } = argumentsOf(`mutation { createOneTeam(data: ${nested}) { team_id } }`)
  assert.deepEqual(data.keys.create[0].settings, { $type: 'Json', value: '1' })
  const upsert = '{team_id: "t", keys: {upsert: {where: {token: "k"}, create: {token: "k", settings: "1"}, update: {settings: "2"}}}}'
  const parts = argumentsOf(`mutation { updateOneTeam(data: ${upsert}) { team_id } }`).data.keys.upsert
  assert.deepEqual([parts.create.settings.value, parts.update.settings.value], ['1', '2'])
  const { where } = argumentsOf('query { findManyKey(where: {OR: [{team: {is: {metadata: {equals: "1"}}}}]}) { token } }')
  assert.deepEqual(where.OR[0].team.is.metadata.equals, { $type: 'Json', value: '1' })
})

test('the path and the text of a Json filter stay plain', () => {
  const filter = '{metadata: {path: ["a"], string_contains: "x", equals: "1"}}'
  const { metadata } = argumentsOf(`query { findManyTeam(where: ${filter}) { team_id } }`).where
  assert.deepEqual(metadata, { path: ['a'], string_contains: 'x', equals: { $type: 'Json', value: '1' } })
})

test('arguments inside a selection are those of the relation', () => {
  const { selection } = one('query { findFirstTeam { keys(where: {settings: {equals: "1"}}, take: 1) { token } } }').query.query
  assert.deepEqual(selection.keys, {
    arguments: { where: { settings: { equals: { $type: 'Json', value: '1' } } }, take: 1 },
    selection: { token: true },
  })
})

test('what the protocol does not know is refused, never guessed', () => {
  const refused = [
    'query { findNothingTeam { team_id } }',
    'query { findManyUnknown { team_id } }',
    'query { ...all } fragment all on Query { findManyTeam { team_id } }',
    'query { findManyTeam(take: $n) { team_id } }',
    'query {',
    undefined,
    {},
  ]
  for (const text of refused) assert.throws(() => translate(text, models), BadRequest, String(text))
})
