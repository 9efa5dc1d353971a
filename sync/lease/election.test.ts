import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../clock.ts'
import { KubeError } from '../kube/http/errors.ts'
import { seekLeadership } from './election.ts'
import type { Lease } from './lease-client.ts'
import { type LeaseRecord, readLease, writeLease } from './lease-record.ts'
import { leaseTimes } from './standing.ts'

/* Replicas that compete for one Lease, stored as the API stores it; the test controls time. */

type Replica = {
  readonly term: () => number | undefined
  /** Stops the process, as SIGSTOP does: none of its code runs, and time continues. */
  pause(): void
  resume(): void
  /** Shuts it down cleanly. */
  stop(): Promise<void>
  /** Cuts it off from the API. */
  cut: boolean
}

type World = {
  replica(name: string): Replica
  pass(ms: number): Promise<void>
  lease(): LeaseRecord | undefined
}

function createWorld(): World {
  let nowMs = 0
  let stored: { object: object; version: number } | undefined
  let version = 0
  const sleepers = new Set<{ atMs: number; paused: () => boolean; wake: () => void }>()
  const read = (): LeaseRecord | undefined =>
    stored && { ...readLease(stored.object), resourceVersion: String(stored.version) }

  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }

  function replica(name: string): Replica {
    const ending = new AbortController()
    let isPaused = false
    const self = { cut: false }
    const guard = (): void => {
      if (self.cut) throw new KubeError('KUBE_UNREACHABLE', 'cut off')
    }
    const lease: Lease = {
      async read() {
        guard()
        return read()
      },
      async write(before, terms) {
        guard()
        if ((before?.resourceVersion ?? '') !== (read()?.resourceVersion ?? ''))
          throw new KubeError('KUBE_CONFLICT', 'somebody was quicker')
        const place = { namespace: 'kube-system', name: 'kubedoh', identity: name }
        stored = { object: writeLease(before, place, terms), version: ++version }
        return read() as LeaseRecord
      },
    }
    const clock: Clock = {
      nowMs: () => nowMs,
      async sleep(ms, signal) {
        const { promise, resolve } = Promise.withResolvers<void>()
        const sleeper = { atMs: nowMs + ms, paused: () => isPaused, wake: resolve }
        sleepers.add(sleeper)
        signal.addEventListener('abort', () => resolve())
        await promise
        sleepers.delete(sleeper)
      },
    }
    const { term, done } = seekLeadership({
      lease,
      identity: name,
      times: leaseTimes,
      clock,
      steadyMs: () => nowMs,
      random: () => 0.5,
      log: { info: () => {}, warn: () => {} },
      signal: ending.signal,
    })
    return Object.assign(self, {
      term,
      pause: () => void (isPaused = true),
      resume: () => void (isPaused = false),
      stop: () => {
        ending.abort()
        return done
      },
    })
  }
  return {
    replica,
    lease: read,
    async pass(ms) {
      const endMs = nowMs + ms
      for (; nowMs < endMs; nowMs += 100) {
        await settle()
        for (const sleeper of sleepers) if (sleeper.atMs <= nowMs && !sleeper.paused()) sleeper.wake()
      }
      await settle()
    },
  }
}

test('the first replica leads with term 1, and the other does not lead while the first renews', async () => {
  const world = createWorld()
  const first = world.replica('a')
  await world.pass(200)
  const second = world.replica('b')
  await world.pass(60_000)
  assert.deepEqual([first.term(), second.term()], [1, undefined])
  assert.equal(world.lease()?.holder, 'a')
  await Promise.all([first.stop(), second.stop()])
})

test('a dead leader is replaced within its Lease duration and two retries, with a higher term', async () => {
  const world = createWorld()
  const first = world.replica('a')
  await world.pass(200)
  const second = world.replica('b')
  await world.pass(5_000)
  first.pause()
  let tookMs = 0
  for (; second.term() === undefined; tookMs += 100) await world.pass(100)
  assert.ok(tookMs <= leaseTimes.durationMs + 2 * leaseTimes.retryMs, `${tookMs} ms`)
  assert.equal(second.term(), 2)
  // The first replica has no term any more, even while stopped: its clock decides, not a message.
  assert.equal(first.term(), undefined)
  first.resume()
  await world.pass(20_000)
  assert.deepEqual([first.term(), second.term()], [undefined, 2])
  await Promise.all([first.stop(), second.stop()])
})

test('a leader without the API steps down before another may lead', async () => {
  const world = createWorld()
  const first = world.replica('a')
  await world.pass(200)
  const second = world.replica('b')
  await world.pass(5_000)
  first.cut = true
  for (let passed = 0; passed < 20_000; passed += 100) {
    await world.pass(100)
    const terms = [first.term(), second.term()].filter((term) => term !== undefined)
    assert.ok(terms.length <= 1, `two lead at ${passed} ms`)
  }
  assert.deepEqual([first.term(), second.term()], [undefined, 2])
  first.cut = false
  await world.pass(20_000)
  assert.deepEqual([first.term(), second.term()], [undefined, 2])
  await Promise.all([first.stop(), second.stop()])
})

test('a leader keeps the Lease through a short loss of the API', async () => {
  const world = createWorld()
  const first = world.replica('a')
  await world.pass(2_000)
  first.cut = true
  await world.pass(3_000)
  assert.equal(first.term(), 1)
  first.cut = false
  await world.pass(3_000)
  assert.equal(first.term(), 1)
  await first.stop()
})

test('a leader that shuts down cleanly releases the Lease, and another replica leads at its next retry', async () => {
  const world = createWorld()
  const first = world.replica('a')
  await world.pass(200)
  const second = world.replica('b')
  await world.pass(3_000)
  await first.stop()
  assert.equal(world.lease()?.holder, '')
  await world.pass(1_500)
  assert.equal(second.term(), 2)
  await second.stop()
})
