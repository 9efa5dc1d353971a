import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../sync/clock.ts'
import { reduceObject } from '../sync/objects/reduce.ts'
import { createStore } from '../sync/objects/store.ts'
import { resolveOptions } from '../sync/options.ts'
import { type Rehearsed, rehearse } from './simulate.ts'

const options = resolveOptions({ cluster: 'test', edgeUrl: 'http://edge.invalid' })

/** Sets the address of the one Service, at a time in ms from the beginning. */
type Change = readonly [atMs: number, address: string]

/** Rehearses in a time of its own, in which sleeping is all that takes any. */
async function watch(
  intervalsMs: readonly number[],
  durationMs: number,
  changes: readonly Change[],
): Promise<Rehearsed> {
  const store = createStore()
  let listener = (): void => {}
  let nowMs = 1_000_000
  const due = [...changes]
  const set = (address: string): void => {
    const object = { metadata: { namespace: 'prod', name: 'web' }, spec: { clusterIPs: [address] } }
    if (store.upsert('Service', reduceObject('Service', object, options))) listener()
  }
  const clock: Clock = {
    nowMs: () => nowMs,
    sleep: async (ms) => {
      const untilMs = nowMs + Math.max(0, ms)
      for (let next = due[0]; next && 1_000_000 + next[0] <= untilMs; next = due[0]) {
        nowMs = 1_000_000 + next[0]
        set(next[1])
        due.shift()
      }
      nowMs = untilMs
    },
  }
  store.upsert('Namespace', reduceObject('Namespace', { metadata: { name: 'prod' } }, options))
  set('10.96.0.1')
  const source = {
    synced: Promise.resolve(),
    done: new Promise<void>(() => {}),
    store,
    listedMs: () => 0,
    relist: () => {},
    asOfMs: () => nowMs,
    onChange: (added: () => void) => void (listener = added),
  }
  return rehearse(source, options, intervalsMs, { clock, durationMs, signal: new AbortController().signal })
}

/** Writes after the first snapshot as [publishes, blobs, requests], one for each interval. */
function later({ rehearsals }: Rehearsed): number[][] {
  return rehearsals.map(({ later: { publishes, blobs, requests } }) => [publishes, blobs, requests])
}

const every = (ms: number, count: number): Change[] =>
  Array.from({ length: count }, (_, n) => [(n + 1) * ms - 1, `10.96.1.${n + 1}`])

test('a quiet cluster is published once, with the blobs of its first snapshot', async () => {
  const seen = await watch([1_000, 10_000], 60_000, [])
  assert.deepEqual(later(seen), [
    [0, 0, 0],
    [0, 0, 0],
  ])
  // A service shard and the PTR records of 10.96.0.0/24.
  const [{ first } = assert.fail()] = seen.rehearsals
  assert.deepEqual([first.publishes, first.blobs, first.requests], [1, 2, 2])
  assert.equal(seen.changes, 0)
})

test('each interval publishes once in its time, what waits at the end included', async () => {
  const seen = await watch([1_000, 10_000, 30_000], 60_000, every(2_000, 30))
  assert.equal(seen.changes, 30)
  assert.equal(seen.mostInMinute, 30)
  assert.deepEqual(later(seen), [
    [30, 60, 60],
    [6, 12, 12],
    [2, 4, 4],
  ])
})

test('a change that waits when the watch ends counts at the end of its interval', async () => {
  const seen = await watch([30_000], 20_000, [[5_000, '10.96.0.2']])
  assert.deepEqual(later(seen), [[1, 2, 2]])
  const [{ pace, beganMs } = assert.fail()] = seen.rehearsals
  assert.equal((pace.lastMs ?? 0) - (beganMs ?? 0), 30_000)
})

test('a change that is undone within the interval costs nothing', async () => {
  const seen = await watch([1_000, 10_000], 20_000, [
    [3_000, '10.96.0.2'],
    [5_000, '10.96.0.1'],
  ])
  assert.deepEqual(later(seen), [
    [2, 4, 4],
    [0, 0, 0],
  ])
})

test('blobs that nothing uses are counted once, and not those that came back', async () => {
  const seen = await watch([1_000], 20_000, [
    [3_000, '10.96.0.2'],
    [5_000, '10.96.0.1'],
    [7_000, '10.96.0.3'],
  ])
  // The shards with .2 and with .1, and the PTR records of both.
  assert.equal(seen.rehearsals[0]?.unused.size, 4)
  const back = await watch([1_000], 20_000, [
    [3_000, '10.96.0.2'],
    [5_000, '10.96.0.1'],
  ])
  assert.equal(back.rehearsals[0]?.unused.size, 2)
})

test('the busiest minute is told apart from the mean', async () => {
  const seen = await watch([1_000], 180_000, every(100, 50))
  assert.deepEqual([seen.changes, seen.mostInMinute], [50, 50])
})
