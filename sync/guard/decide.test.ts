import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide, type Hold, type Sight, type Verdict } from './decide.ts'
import type { Loss } from './deletions.ts'

const minuteMs = 60_000

function loss(lost: number, of: number, given: Partial<Loss> = {}): Loss {
  const keys = new Set(Array.from({ length: lost }, (_, n) => `prod/s-${n}`))
  return { kind: 'Service', of, lost, left: of - lost, most: lost, emptied: lost === of, keys, ...given }
}

function sight(nowMs: number, losses: readonly Loss[], listedMs: number, given: Partial<Sight> = {}): Sight {
  return { nowMs, losses, listedMs: () => listedMs, wholeCluster: true, limitMs: 30 * minuteMs, ...given }
}

function held(verdict: Verdict): Hold {
  assert.equal(verdict.kind, 'hold')
  return verdict.kind === 'hold' ? verdict.hold : assert.fail()
}

const because = (verdict: Verdict): string => (verdict.kind === 'publish' ? verdict.because : verdict.kind)
const relist = (verdict: Verdict): readonly string[] => (verdict.kind === 'hold' ? verdict.relist : [])

test('only a deletion of 20 objects and half of their kind is doubted', () => {
  for (const [lost, of, verdict] of [
    [0, 0, 'nothing held'],
    [19, 20, 'nothing held'],
    [20, 41, 'nothing held'],
    [20, 40, 'hold'],
    [20, 20, 'hold'],
    [5_000, 10_001, 'nothing held'],
  ] as const)
    assert.equal(because(decide(undefined, sight(0, [loss(lost, of)], 0))), verdict, `${lost} of ${of}`)
})

test('that nothing is left is doubted however little there was, save of pods and single namespaces', () => {
  const few = loss(4, 4, { kind: 'Namespace' })
  assert.equal(because(decide(undefined, sight(0, [few], 0))), 'hold')
  assert.equal(because(decide(undefined, sight(0, [few], 0, { wholeCluster: false }))), 'nothing held')
  assert.equal(because(decide(undefined, sight(0, [loss(4, 4, { kind: 'Pod' })], 0))), 'nothing held')
  assert.equal(because(decide(undefined, sight(0, [loss(0, 0, { kind: 'Namespace' })], 0))), 'nothing held')
})

test('that a few are back ends no doubt about the others', () => {
  const asked = held(decide(undefined, sight(0, [loss(6, 6, { kind: 'Namespace' })], 0)))
  const most = loss(5, 6, { kind: 'Namespace', most: 6, emptied: true })
  const listed = held(decide(asked, sight(500, [most], 400)))
  assert.equal(
    because(decide(listed, sight(600, [loss(2, 6, { kind: 'Namespace', most: 6, emptied: true })], 400))),
    'objects are back',
  )
  const second = held(decide(listed, sight(6_000, [most], 400)))
  assert.equal(because(decide(second, sight(6_500, [most], 6_100))), 'lists agree')
})

test('an event that follows a list without any before anybody looks ends no doubt', () => {
  const seen = loss(7, 8, { kind: 'Namespace', most: 8, emptied: true })
  assert.equal(because(decide(undefined, sight(0, [seen], 0))), 'hold')
  assert.equal(because(decide(undefined, sight(0, [{ ...seen, emptied: false }], 0))), 'nothing held')
})

test('two lists that were begun after the doubt and five seconds apart are believed', () => {
  const gone = [loss(300, 310)]
  const first = decide(undefined, sight(1_000, gone, 900))
  assert.deepEqual(relist(first), ['Service'])
  const asked = held(first)
  assert.deepEqual(relist(decide(asked, sight(2_000, gone, 900))), [], 'it was asked for already')
  const listed = held(decide(asked, sight(2_500, gone, 1_100)))
  assert.deepEqual(relist(decide(listed, sight(7_400, gone, 1_100))), [], 'too early for the second')
  const again = decide(listed, sight(7_500, gone, 1_100))
  assert.deepEqual(relist(again), ['Service'])
  const second = held(again)
  assert.equal(
    because(decide(second, sight(8_000, gone, 7_400))),
    'hold',
    'a list that began before it was asked for',
  )
  assert.equal(because(decide(second, sight(8_000, gone, 7_600))), 'lists agree')
})

test('what is gone further meanwhile is believed with the rest', () => {
  const listed = held(
    decide(held(decide(undefined, sight(0, [loss(30, 60)], 0))), sight(100, [loss(30, 60)], 50)),
  )
  const second = held(decide(listed, sight(6_000, [loss(40, 60)], 50)))
  assert.equal(because(decide(second, sight(6_500, [loss(45, 60)], 6_100))), 'lists agree')
})

test('objects that are back end the doubt, and those that come and go begin it anew', () => {
  const asked = held(decide(undefined, sight(0, [loss(30, 60)], 0)))
  assert.equal(because(decide(asked, sight(500, [loss(0, 60)], 400))), 'objects are back')
  const listed = held(decide(asked, sight(500, [loss(30, 60)], 400)))
  const others = loss(30, 60, { keys: new Set(Array.from({ length: 30 }, (_, n) => `prod/t-${n}`)) })
  const anew = decide(listed, sight(6_000, [others], 5_900))
  assert.deepEqual(relist(anew), ['Service'])
  assert.equal(held(anew).first, undefined)
  assert.equal(held(anew).sinceMs, 0, 'the time limit does not begin anew')
})

test('a further kind that goes is listed as well before anything is believed', () => {
  const listed = held(
    decide(held(decide(undefined, sight(0, [loss(30, 60)], 0))), sight(100, [loss(30, 60)], 50)),
  )
  const both = [loss(30, 60), loss(30, 60, { kind: 'Namespace' })]
  assert.deepEqual(relist(decide(listed, sight(6_000, both, 5_000))), ['Service', 'Namespace'])
})

test('that nothing at all is left is believed after the time limit only, save of pods and single namespaces', () => {
  const until = (given: Partial<Sight>, nothing: Loss): string => {
    let hold = held(decide(undefined, sight(0, [nothing], 0, given)))
    for (let nowMs = 1_000; nowMs < 30 * minuteMs; nowMs += 1_000) {
      const verdict = decide(hold, sight(nowMs, [nothing], nowMs, given))
      if (verdict.kind === 'publish') return `${verdict.because} after ${nowMs} ms`
      hold = verdict.hold
    }
    return because(decide(hold, sight(30 * minuteMs, [nothing], 0, given)))
  }
  assert.equal(until({}, loss(60, 60)), 'time limit')
  assert.equal(until({}, loss(60, 60, { kind: 'Namespace' })), 'time limit')
  assert.equal(until({}, loss(60, 60, { kind: 'Pod' })), 'lists agree after 7000 ms')
  assert.equal(until({ wholeCluster: false }, loss(60, 60)), 'lists agree after 7000 ms')
})

test('without answers of the API the time limit decides, and a limit of 0 doubts nothing', () => {
  const asked = held(decide(undefined, sight(0, [loss(30, 60)], 0)))
  assert.equal(because(decide(asked, sight(30 * minuteMs - 1, [loss(30, 60)], 0))), 'hold')
  assert.equal(because(decide(asked, sight(30 * minuteMs, [loss(30, 60)], 0))), 'time limit')
  assert.equal(because(decide(undefined, sight(0, [loss(60, 60)], 0, { limitMs: 0 }))), 'nothing held')
})
