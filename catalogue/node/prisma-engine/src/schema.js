// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'
// What the engine needs to know of a Prisma schema: the models and where the database is.

/**
 * Model name -> field name -> the field's type, without `?` and `[]`.
 * @typedef {Map<string, Map<string, string>>} Models
 */

/**
 * @param {string} datamodel the text of schema.prisma
 * @returns {Models}
 */
function readModels(datamodel) {
  /** @type {Models} */
  const models = new Map()
  for (const [, name, body] of datamodel.matchAll(/^\s*model\s+(\w+)\s*\{([\s\S]*?)^\s*\}/gm)) {
    /** @type {Map<string, string>} */
    const fields = new Map()
    for (const [, field, type] of body.matchAll(/^[ \t]*(\w+)[ \t]+(\w+)/gm)) fields.set(field, type)
    models.set(name, fields)
  }
  if (models.size === 0) throw new Error('the Prisma schema names no model')
  return models
}

/**
 * The database's address: the client's override first, then what the schema's datasource says.
 * @param {string} datamodel
 * @param {Record<string, string | undefined>} env
 * @returns {string}
 */
function databaseUrl(datamodel, env) {
  const source = /datasource\s+(\w+)\s*\{[^}]*?\burl\s*=\s*(?:env\(\s*"([^"]+)"\s*\)|"([^"]+)")/.exec(datamodel)
  if (!source) throw new Error('the Prisma schema names no datasource url')
  const [, name, variable, literal] = source
  /** @type {{name: string, url?: string}[]} */
  const overrides = JSON.parse(env.OVERWRITE_DATASOURCES || '[]')
  const url = overrides.find((entry) => entry.name === name)?.url ?? (variable ? env[variable] : literal)
  if (!url) throw new Error(`no database URL: set ${variable ?? 'the datasource url'}`)
  return url
}

module.exports = { readModels, databaseUrl }
