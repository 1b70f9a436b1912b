// Copyright: (c) 2026, inference.platform maintainers
// SPDX-License-Identifier: Apache-2.0
'use strict'
// The engine's figures, as JSON (what prisma-client-py's get_metrics reads) and as Prometheus text.

/**
 * @param {import('./engine').Engine} engine
 * @returns {{kind: 'counter' | 'gauge', key: string, description: string, value: number}[]}
 */
function figures(engine) {
  const { totalCount, idleCount, waitingCount } = engine.pool
  const { queries, errors } = engine.count
  return [
    { kind: 'counter', key: 'prisma_client_queries_total', description: 'Queries executed', value: queries },
    { kind: 'counter', key: 'prisma_client_query_errors_total', description: 'Queries answered with an error', value: errors },
    { kind: 'gauge', key: 'prisma_pool_connections_open', description: 'Open database connections', value: totalCount },
    { kind: 'gauge', key: 'prisma_pool_connections_idle', description: 'Idle database connections', value: idleCount },
    { kind: 'gauge', key: 'prisma_pool_connections_busy', description: 'Busy database connections', value: totalCount - idleCount },
    { kind: 'gauge', key: 'prisma_client_queries_wait', description: 'Queries waiting for a connection', value: waitingCount },
  ]
}

/**
 * @param {import('./engine').Engine} engine
 * @param {string | null} format 'prometheus' gives text, everything else an object
 */
function metrics(engine, format) {
  const all = figures(engine)
  if (format === 'prometheus') {
    const lines = all.map((one) => `# HELP ${one.key} ${one.description}\n# TYPE ${one.key} ${one.kind}\n${one.key} ${one.value}\n`)
    return lines.join('')
  }
  /** @param {'counter' | 'gauge'} kind */
  const of = (kind) =>
    all
      .filter((one) => one.kind === kind)
      .map(({ key, value, description }) => ({ key, labels: {}, value, description }))
  return { counters: of('counter'), gauges: of('gauge'), histograms: [] }
}

module.exports = { metrics }
