import assert from 'node:assert/strict'
import { test } from 'node:test'
import { notices } from '../events.case.ts'
import type { Notice } from '../events.ts'
import { createProgrammingTimes, type ProgrammingTime } from './programming-latency.ts'

const { slice, turn, round, event } = notices

function timesOf(...given: readonly Notice[]): ProgrammingTime[] {
  const times = createProgrammingTimes()
  return given.flatMap((notice) => [...times.take(notice)])
}

test('from the trigger to the root, by the kind of Service', () => {
  const given = [slice('prod', 'web', 1_000), slice('prod', 'db', 1_500), turn, round({ atMs: 3_000 })]
  assert.deepEqual(timesOf(...given), [
    { serviceKind: 'cluster_ip', seconds: 2 },
    { serviceKind: 'headless_with_selector', seconds: 1.5 },
  ])
})

test('a change counts once, with the root that holds it: one that comes during a round waits for the next', () => {
  const given = [turn, slice('prod', 'web', 1_000), round({ atMs: 2_000 }), turn, round({ atMs: 5_000 })]
  assert.deepEqual(timesOf(...given, turn, round({ atMs: 9_000 })), [
    { serviceKind: 'cluster_ip', seconds: 4 },
  ])
})

test('what failed to be published goes on counting, from its first change', () => {
  const failed: Notice = { kind: 'failed', code: 'EDGE_UNREACHABLE' }
  const given = [slice('prod', 'web', 1_000), turn, slice('prod', 'web', 2_000), failed, turn]
  assert.deepEqual(timesOf(...given, round({ atMs: 4_000 })), [{ serviceKind: 'cluster_ip', seconds: 3 }])
})

test('the first of several changes to a slice counts, slices count each', () => {
  const given = [
    slice('prod', 'web', 1_000),
    slice('prod', 'web', 2_000),
    slice('prod', 'web', 2_500, 'web-2'),
  ]
  assert.deepEqual(
    timesOf(...given, turn, round({ atMs: 3_000 })).map(({ seconds }) => seconds),
    [2, 0.5],
  )
})

for (const [what, given] of Object.entries({
  'a slice without the annotation': [slice('prod', 'web', undefined), turn, round({ atMs: 3_000 })],
  'a Service that is not known': [slice('prod', 'other', 1_000), turn, round({ atMs: 3_000 })],
  'an event that DNS does not notice': [event('changed', 1_000), turn, round({ atMs: 3_000 })],
  'a round that published nothing': [
    ...[slice('prod', 'web', 1_000), turn, round({ kind: 'nothing', atMs: 3_000 })],
    ...[turn, round({ atMs: 9_000 })],
  ],
  'a heartbeat': [slice('prod', 'web', 1_000), turn, round({ kind: 'heartbeat', atMs: 3_000 })],
  'what another replica published': [
    ...[slice('prod', 'web', 1_000), { kind: 'standby' } as const],
    ...[turn, round({ atMs: 9_000 })],
  ],
})) {
  test(`not measured: ${what}`, () => assert.deepEqual(timesOf(...given), []))
}

test('a trigger of a clock ahead of ours took no time', () => {
  assert.deepEqual(timesOf(slice('prod', 'web', 9_000), turn, round({ atMs: 3_000 })), [
    { serviceKind: 'cluster_ip', seconds: 0 },
  ])
})
