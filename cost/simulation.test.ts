import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../sync/clock.ts'
import { reduceObject } from '../sync/objects/reduce.ts'
import { createStore } from '../sync/objects/store.ts'
import { resolveOptions } from '../sync/options.ts'
import { simulate, type Watched } from './simulate.ts'

const options = resolveOptions({ cluster: 'test' })

/** Sets the address of the only Service, at a time from the start (ms). */
type AddressChange = readonly [atMs: number, address: string]

/** Simulates in virtual time, which passes only while the clock sleeps. */
async function watch(
  intervalsMs: readonly number[],
  durationMs: number,
  changes: readonly AddressChange[],
): Promise<Watched> {
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
  return simulate(source, options, intervalsMs, { clock, durationMs, signal: new AbortController().signal })
}

/** The writes after the first snapshot as [publishes, blobs, requests], for each interval. */
function later({ simulations }: Watched): number[][] {
  return simulations.map(({ later: { publishes, blobs, requests } }) => [publishes, blobs, requests])
}

const every = (ms: number, count: number): AddressChange[] =>
  Array.from({ length: count }, (_, n) => [(n + 1) * ms - 1, `10.96.1.${n + 1}`])

test('a quiet cluster is published once', async () => {
  const seen = await watch([1_000, 10_000], 60_000, [])
  assert.deepEqual(later(seen), [
    [0, 0, 0],
    [0, 0, 0],
  ])
  // A service shard and the PTR records of 10.96.0.0/24.
  const [{ first } = assert.fail()] = seen.simulations
  assert.deepEqual([first.publishes, first.blobs, first.requests], [1, 2, 2])
  assert.equal(seen.changes, 0)
})

test('each agent publishes once per interval, including a change that waits at the end', async () => {
  const seen = await watch([1_000, 10_000, 30_000], 60_000, every(2_000, 30))
  assert.equal(seen.changes, 30)
  assert.equal(seen.mostInMinute, 30)
  assert.deepEqual(later(seen), [
    [30, 60, 60],
    [6, 12, 12],
    [2, 4, 4],
  ])
})

test('a change that waits when the watch ends is published at the end of its interval', async () => {
  const seen = await watch([30_000], 20_000, [[5_000, '10.96.0.2']])
  assert.deepEqual(later(seen), [[1, 2, 2]])
  const [{ schedule, beganMs } = assert.fail()] = seen.simulations
  assert.equal((schedule.lastMs ?? 0) - (beganMs ?? 0), 30_000)
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

test('unused blobs are counted once, unless they are used again', async () => {
  const seen = await watch([1_000], 20_000, [
    [3_000, '10.96.0.2'],
    [5_000, '10.96.0.1'],
    [7_000, '10.96.0.3'],
  ])
  // The shards with .2 and with .1, and the PTR records of both.
  assert.equal(seen.simulations[0]?.unused.size, 4)
  const back = await watch([1_000], 20_000, [
    [3_000, '10.96.0.2'],
    [5_000, '10.96.0.1'],
  ])
  assert.equal(back.simulations[0]?.unused.size, 2)
})

test('the busiest minute is reported', async () => {
  const seen = await watch([1_000], 180_000, every(100, 50))
  assert.deepEqual([seen.changes, seen.mostInMinute], [50, 50])
})
