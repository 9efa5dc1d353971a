import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide, type Observation, type PendingDeletion, type Verdict } from './decide.ts'
import type { Loss } from './deletions.ts'

const minuteMs = 60_000

function loss(lost: number, of: number, given: Partial<Loss> = {}): Loss {
  const keys = new Set(Array.from({ length: lost }, (_, n) => `prod/s-${n}`))
  return { kind: 'Service', of, lost, left: of - lost, most: lost, emptied: lost === of, keys, ...given }
}

function observe(
  nowMs: number,
  losses: readonly Loss[],
  listedMs: number,
  given: Partial<Observation> = {},
): Observation {
  return { nowMs, losses, listedMs: () => listedMs, wholeCluster: true, limitMs: 30 * minuteMs, ...given }
}

function pendingOf(verdict: Verdict): PendingDeletion {
  assert.equal(verdict.kind, 'hold')
  return verdict.kind === 'hold' ? verdict.pending : assert.fail()
}

const because = (verdict: Verdict): string => (verdict.kind === 'publish' ? verdict.because : verdict.kind)
const relist = (verdict: Verdict): readonly string[] => (verdict.kind === 'hold' ? verdict.relist : [])

test('only a deletion of at least 20 objects and half of their kind needs confirmation', () => {
  for (const [lost, of, verdict] of [
    [0, 0, 'nothing held'],
    [19, 20, 'nothing held'],
    [20, 41, 'nothing held'],
    [20, 40, 'hold'],
    [20, 20, 'hold'],
    [5_000, 10_001, 'nothing held'],
  ] as const)
    assert.equal(because(decide(undefined, observe(0, [loss(lost, of)], 0))), verdict, `${lost} of ${of}`)
})

test('the deletion of all objects of a kind needs confirmation even if they were few, except for Pods and single namespaces', () => {
  const few = loss(4, 4, { kind: 'Namespace' })
  assert.equal(because(decide(undefined, observe(0, [few], 0))), 'hold')
  assert.equal(because(decide(undefined, observe(0, [few], 0, { wholeCluster: false }))), 'nothing held')
  assert.equal(because(decide(undefined, observe(0, [loss(4, 4, { kind: 'Pod' })], 0))), 'nothing held')
  assert.equal(because(decide(undefined, observe(0, [loss(0, 0, { kind: 'Namespace' })], 0))), 'nothing held')
})

test('if a few objects are back, the others still need confirmation', () => {
  const requested = pendingOf(decide(undefined, observe(0, [loss(6, 6, { kind: 'Namespace' })], 0)))
  const most = loss(5, 6, { kind: 'Namespace', most: 6, emptied: true })
  const listed = pendingOf(decide(requested, observe(500, [most], 400)))
  assert.equal(
    because(decide(listed, observe(600, [loss(2, 6, { kind: 'Namespace', most: 6, emptied: true })], 400))),
    'objects are back',
  )
  const second = pendingOf(decide(listed, observe(6_000, [most], 400)))
  assert.equal(because(decide(second, observe(6_500, [most], 6_100))), 'lists agree')
})

test('an event right after an empty list does not end the need for confirmation', () => {
  const seen = loss(7, 8, { kind: 'Namespace', most: 8, emptied: true })
  assert.equal(because(decide(undefined, observe(0, [seen], 0))), 'hold')
  assert.equal(because(decide(undefined, observe(0, [{ ...seen, emptied: false }], 0))), 'nothing held')
})

test('two lists confirm a deletion if both begin after it was noticed, five seconds apart', () => {
  const gone = [loss(300, 310)]
  const first = decide(undefined, observe(1_000, gone, 900))
  assert.deepEqual(relist(first), ['Service'])
  const requested = pendingOf(first)
  assert.deepEqual(relist(decide(requested, observe(2_000, gone, 900))), [], 'it was already requested')
  const listed = pendingOf(decide(requested, observe(2_500, gone, 1_100)))
  assert.deepEqual(relist(decide(listed, observe(7_400, gone, 1_100))), [], 'too early for the second list')
  const again = decide(listed, observe(7_500, gone, 1_100))
  assert.deepEqual(relist(again), ['Service'])
  const second = pendingOf(again)
  assert.equal(
    because(decide(second, observe(8_000, gone, 7_400))),
    'hold',
    'the list began before it was requested',
  )
  assert.equal(because(decide(second, observe(8_000, gone, 7_600))), 'lists agree')
})

test('objects that are deleted meanwhile are confirmed with the others', () => {
  const listed = pendingOf(
    decide(pendingOf(decide(undefined, observe(0, [loss(30, 60)], 0))), observe(100, [loss(30, 60)], 50)),
  )
  const second = pendingOf(decide(listed, observe(6_000, [loss(40, 60)], 50)))
  assert.equal(because(decide(second, observe(6_500, [loss(45, 60)], 6_100))), 'lists agree')
})

test('returning objects end the confirmation, and other missing objects restart it', () => {
  const requested = pendingOf(decide(undefined, observe(0, [loss(30, 60)], 0)))
  assert.equal(because(decide(requested, observe(500, [loss(0, 60)], 400))), 'objects are back')
  const listed = pendingOf(decide(requested, observe(500, [loss(30, 60)], 400)))
  const others = loss(30, 60, { keys: new Set(Array.from({ length: 30 }, (_, n) => `prod/t-${n}`)) })
  const restarted = decide(listed, observe(6_000, [others], 5_900))
  assert.deepEqual(relist(restarted), ['Service'])
  assert.equal(pendingOf(restarted).first, undefined)
  assert.equal(pendingOf(restarted).sinceMs, 0, 'the time limit does not start again')
})

test('when a second kind is deleted, it is listed too before anything is confirmed', () => {
  const listed = pendingOf(
    decide(pendingOf(decide(undefined, observe(0, [loss(30, 60)], 0))), observe(100, [loss(30, 60)], 50)),
  )
  const both = [loss(30, 60), loss(30, 60, { kind: 'Namespace' })]
  assert.deepEqual(relist(decide(listed, observe(6_000, both, 5_000))), ['Service', 'Namespace'])
})

test('a second kind that is deleted while the lists of the first are awaited is listed too, once', () => {
  const losses = [loss(30, 60), loss(30, 60, { kind: 'Namespace' })]
  const first = pendingOf(decide(undefined, observe(1_000, losses.slice(0, 1), 0)))
  // The list that lacks the Namespaces began before the first request.
  const listedMs = (kind: string): number => (kind === 'Namespace' ? 990 : 1_010)
  const second = decide(first, observe(1_100, losses, 0, { listedMs }))
  assert.deepEqual(relist(second), ['Namespace'])
  const third = decide(pendingOf(second), observe(1_200, losses, 0, { listedMs }))
  assert.deepEqual([because(third), relist(third)], ['hold', []])
  const both = decide(pendingOf(third), observe(1_300, losses, 1_250))
  assert.equal(pendingOf(both).first?.atMs, 1_300)
})

test('the deletion of all objects of a kind is published only after the time limit, except for Pods and single namespaces', () => {
  const until = (given: Partial<Observation>, nothing: Loss): string => {
    let pending = pendingOf(decide(undefined, observe(0, [nothing], 0, given)))
    for (let nowMs = 1_000; nowMs < 30 * minuteMs; nowMs += 1_000) {
      const verdict = decide(pending, observe(nowMs, [nothing], nowMs, given))
      if (verdict.kind === 'publish') return `${verdict.because} after ${nowMs} ms`
      pending = verdict.pending
    }
    return because(decide(pending, observe(30 * minuteMs, [nothing], 0, given)))
  }
  assert.equal(until({}, loss(60, 60)), 'time limit')
  assert.equal(until({}, loss(60, 60, { kind: 'Namespace' })), 'time limit')
  assert.equal(until({}, loss(60, 60, { kind: 'Pod' })), 'lists agree after 7000 ms')
  assert.equal(until({ wholeCluster: false }, loss(60, 60)), 'lists agree after 7000 ms')
})

test('without answers of the API the time limit decides, and a limit of 0 holds nothing back', () => {
  const requested = pendingOf(decide(undefined, observe(0, [loss(30, 60)], 0)))
  assert.equal(because(decide(requested, observe(30 * minuteMs - 1, [loss(30, 60)], 0))), 'hold')
  assert.equal(because(decide(requested, observe(30 * minuteMs, [loss(30, 60)], 0))), 'time limit')
  assert.equal(because(decide(undefined, observe(0, [loss(60, 60)], 0, { limitMs: 0 }))), 'nothing held')
})
