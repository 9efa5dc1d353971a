import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentEvents, edgeUrl } from '../events.case.ts'
import type { AgentEvent } from '../events.ts'
import { createProgrammingLatency, type ProgrammingTime } from './programming-latency.ts'

const { slice, roundStart, round, event } = agentEvents

function timesOf(...given: readonly AgentEvent[]): ProgrammingTime[] {
  const times = createProgrammingLatency()
  return given.flatMap((each) => [...times.take(each)])
}

test('the time from the trigger to the root, by the kind of Service', () => {
  const given = [slice('prod', 'web', 1_000), slice('prod', 'db', 1_500), roundStart, round({ atMs: 3_000 })]
  assert.deepEqual(timesOf(...given), [
    { serviceKind: 'cluster_ip', seconds: 2 },
    { serviceKind: 'headless_with_selector', seconds: 1.5 },
  ])
})

test('a change is measured once, with the root that has it; one during a round is measured with the next root', () => {
  const given = [
    roundStart,
    slice('prod', 'web', 1_000),
    round({ atMs: 2_000 }),
    roundStart,
    round({ atMs: 5_000 }),
  ]
  assert.deepEqual(timesOf(...given, roundStart, round({ atMs: 9_000 })), [
    { serviceKind: 'cluster_ip', seconds: 4 },
  ])
})

test('after a failed publish a change is measured from its first trigger', () => {
  const failed: AgentEvent = { edge: edgeUrl, kind: 'failed', code: 'EDGE_UNREACHABLE' }
  const given = [slice('prod', 'web', 1_000), roundStart, slice('prod', 'web', 2_000), failed, roundStart]
  assert.deepEqual(timesOf(...given, round({ atMs: 4_000 })), [{ serviceKind: 'cluster_ip', seconds: 3 }])
})

test('the first of several changes to a slice is measured, for each slice', () => {
  const given = [
    slice('prod', 'web', 1_000),
    slice('prod', 'web', 2_000),
    slice('prod', 'web', 2_500, 'web-2'),
  ]
  assert.deepEqual(
    timesOf(...given, roundStart, round({ atMs: 3_000 })).map(({ seconds }) => seconds),
    [2, 0.5],
  )
})

for (const [what, given] of Object.entries({
  'a slice without the annotation': [slice('prod', 'web', undefined), roundStart, round({ atMs: 3_000 })],
  'an unknown Service': [slice('prod', 'other', 1_000), roundStart, round({ atMs: 3_000 })],
  'an event that does not concern DNS': [event('changed', 1_000), roundStart, round({ atMs: 3_000 })],
  'a round that published nothing': [
    ...[slice('prod', 'web', 1_000), roundStart, round({ kind: 'nothing', atMs: 3_000 })],
    ...[roundStart, round({ atMs: 9_000 })],
  ],
  'a heartbeat': [slice('prod', 'web', 1_000), roundStart, round({ kind: 'heartbeat', atMs: 3_000 })],
  'a change that another replica published': [
    ...[slice('prod', 'web', 1_000), { edge: edgeUrl, kind: 'standby' } as const],
    ...[roundStart, round({ atMs: 9_000 })],
  ],
})) {
  test(`not measured: ${what}`, () => assert.deepEqual(timesOf(...given), []))
}

test('a trigger in the future counts as 0 s', () => {
  assert.deepEqual(timesOf(slice('prod', 'web', 9_000), roundStart, round({ atMs: 3_000 })), [
    { serviceKind: 'cluster_ip', seconds: 0 },
  ])
})
