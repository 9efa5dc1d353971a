import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentEvents } from '../events.case.ts'
import type { Skipped } from '../objects/skipped.ts'
import { createSkewLog, createSkipLog, logRound } from './log-lines.ts'

type Line = readonly [level: 'info' | 'warn', message: string, fields: Readonly<Record<string, unknown>>]

function record(): { lines: Line[]; log: Parameters<typeof createSkipLog>[0] } {
  const lines: Line[] = []
  return {
    lines,
    log: {
      info: (message, fields = {}) => void lines.push(['info', message, fields]),
      warn: (message, fields = {}) => void lines.push(['warn', message, fields]),
    },
  }
}

const web: Skipped = {
  kind: 'Service',
  object: 'prod/web',
  cause: 'cluster_ip',
  reason: 'it has no cluster IP',
}

test('a skipped object is logged once for each reason, and again after it was published in between', () => {
  const { lines, log } = record()
  const logSkips = createSkipLog(log)
  for (const skipped of [[web, web], [web], [], [web], [{ ...web, reason: 'another' }]]) logSkips(skipped)
  assert.deepEqual(
    lines.map(([level, message, { reason }]) => [level, message, reason]),
    [web.reason, web.reason, 'another'].map((reason) => ['warn', 'object skipped', reason]),
  )
})

test('different clocks are logged when the difference begins, fast or slow', () => {
  const { lines, log } = record()
  const logSkew = createSkewLog(log)
  for (const aheadMs of [0, 30_000, 30_001, 90_000, 5, -40_000.4]) logSkew(aheadMs)
  assert.deepEqual(
    lines.map(([, , { edgeAheadMs }]) => edgeAheadMs),
    [30_001, -40_000],
  )
})

test('a round is logged with its kind and sizes, and not when it wrote nothing', () => {
  const { lines, log } = record()
  const logged = (given: Parameters<typeof agentEvents.round>[0]): void => {
    const event = agentEvents.round(given)
    if (event.kind === 'round') logRound(log, event.round, 7)
  }
  logged({ kind: 'nothing', atMs: 0 })
  assert.equal(lines.length, 0)
  logged({ kind: 'content', atMs: 0, blobs: 3, bytes: 70, waiting: 2, skipped: [web] })
  const [[level, message, fields] = assert.fail()] = lines
  assert.deepEqual([level, message], ['info', 'published'])
  const { generation, ...rest } = fields
  assert.equal(generation, undefined)
  assert.deepEqual(rest, {
    ...{ kind: 'content', namespaces: 2, services: 5, skipped: 1 },
    ...{ blobs: 3, bytes: 70, deferred: 2, ms: 7 },
  })
})
