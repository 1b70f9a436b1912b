// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'
const assert = require('node:assert/strict')
const { test } = require('node:test')
const load = require('./package-under-test')
const { answer, rowObjects, untag } = load('answer')

const item = (raw) => ({ alias: 'result', raw, query: { modelName: 'Team', action: 'findFirst', query: {} } })

test('typed values become plain, all the way down', () => {
  const tagged = { at: { $type: 'DateTime', value: '2026-01-01T00:00:00.000Z' }, list: [{ $type: 'BigInt', value: '9' }], none: null }
  assert.deepEqual(untag(tagged), { at: '2026-01-01T00:00:00.000Z', list: ['9'], none: null })
})

test('an unknown type is an error, not a value', () => {
  assert.throws(() => untag({ $type: 'Geometry', value: 'x' }), /unknown type Geometry/)
})

test('an answer stands under the alias that the client asked for', () => {
  assert.deepEqual(answer(item(false), { data: { findFirstTeam: { team_id: 'a' } } }, 'objects'), { data: { result: { team_id: 'a' } } })
})

test('errors pass through unchanged', () => {
  const response = { errors: [{ error: 'no', user_facing_error: { error_code: 'P2002' } }] }
  assert.equal(answer(item(false), response, 'objects'), response)
})

test('more results than queries are an error', () => {
  assert.throws(() => answer(item(false), { data: { a: 1, b: 2 } }, 'objects'), /2 results/)
})

test('raw rows come in the form that the client reads', () => {
  const raw = { columns: ['n', 'tags', 'nothing'], types: ['int', 'string-array', 'string'], rows: [[1, ['a'], null]] }
  assert.deepEqual(answer(item(true), { data: { queryRaw: raw } }, 'columns').data.result, raw)
  assert.deepEqual(rowObjects(raw), [
    {
      n: { prisma__type: 'int', prisma__value: 1 },
      tags: { prisma__type: 'array', prisma__value: [{ prisma__type: 'string', prisma__value: 'a' }] },
      nothing: { prisma__type: 'null', prisma__value: null },
    },
  ])
})
