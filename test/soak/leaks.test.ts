import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { createRandom } from '../seeded-random.ts'
import { heapAfter } from './gc-trace.ts'
import { judge, type Sample, type Series, slopeOf } from './leaks.ts'
import { countTimers, timersWaiting } from './timers.ts'

/* A soak must find leaks, and must not report any where there are none. */

const hourMs = 3_600_000

/** `count` values over some hours, as a function of the hours that have passed. */
function over(hours: number, count: number, value: (hour: number) => number): Sample[] {
  return Array.from({ length: count }, (_, at) => {
    const hour = (hours * at) / (count - 1)
    return { atMs: hour * hourMs, value: value(hour) }
  })
}

function findingOf(samples: readonly Sample[], given: Partial<Series> = {}): string {
  const series = { figure: 'memory', unit: 'MB', limitPerHour: 8, shortestMs: 0, samples, ...given }
  return judge(series).finding
}

/** The saw-tooth curve of a heap: up by 60 MB and down again, about every three minutes, with variation. */
function teeth(seed: number): (hour: number) => number {
  const random = createRandom(seed)
  return (hour) => 60 * ((hour * 19) % 1) + random.between(0, 15)
}

test('the slope of a straight line has no error', () => {
  const { perHour, errorPerHour } = slopeOf(over(2, 200, (hour) => 100 + 5 * hour))
  assert.ok(Math.abs(perHour - 5) < 1e-9)
  assert.ok(errorPerHour < 1e-6)
})

test('a leak is detected under a saw-tooth curve, and the curve alone is not a leak', () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const tooth = teeth(seed)
    const quiet = over(0.5, 180, (hour) => 150 + tooth(hour))
    assert.equal(findingOf(quiet), 'kept', `seed ${seed}: ${JSON.stringify(slopeOf(quiet))}`)
    // One kilobyte for each of 20 changes per second.
    const leaking = over(0.5, 180, (hour) => 150 + 70 * hour + tooth(hour))
    assert.equal(findingOf(leaking), 'leaks', `seed ${seed}: ${JSON.stringify(slopeOf(leaking))}`)
  }
})

test('growth that ends is not a leak, losing one socket per minute is', () => {
  const settling = over(0.5, 180, (hour) => 200 - 80 * Math.exp(-30 * hour))
  assert.equal(findingOf(settling.slice(45)), 'kept')
  const sockets = over(0.25, 180, (hour) => 12 + Math.floor(hour * 60))
  assert.equal(findingOf(sockets, { limitPerHour: 6 }), 'leaks')
  const restless = over(0.25, 180, (hour) => 12 + (Math.floor(hour * 400) % 3))
  assert.equal(findingOf(restless, { limitPerHour: 6 }), 'kept')
})

test('shrinking and constant figures are not leaks', () => {
  assert.equal(findingOf(over(1, 100, (hour) => 200 - 50 * hour)), 'kept')
  assert.equal(findingOf(over(1, 100, () => 7)), 'kept')
})

test('a short run has no verdict', () => {
  assert.equal(findingOf([]), 'too short')
  assert.equal(findingOf(over(1, 2, (hour) => 100 * hour)), 'too short')
  const short = over(0.1, 100, (hour) => 100 * hour)
  assert.equal(findingOf(short, { shortestMs: hourMs / 4 }), 'too short')
  assert.equal(findingOf(short), 'leaks')
})

test('a verdict contains the figures', () => {
  const samples = [3, 9, 4, 5].map((value, at) => ({ atMs: at * 1000, value }))
  const { first, last, most } = judge({ figure: 'x', unit: '', limitPerHour: 1e9, shortestMs: 0, samples })
  assert.deepEqual({ first, last, most }, { first: 3, last: 5, most: 9 })
})

test('the heap after a collection is read from the trace of Node', () => {
  const tail = '61.52 / 0.00 ms  (average mu = 0.775, current mu = 0.775) allocation failure'
  for (const kind of ['Mark-Compact', 'Mark-Compact (reduce)']) {
    const line = `[1306:0x39470000]      315 ms: ${kind} 176.6 (241.2) -> 149.3 (278.3) MB, pooled: 0 MB, ${tail}`
    assert.deepEqual(heapAfter(line), [{ atMs: 315, value: 149.3 }])
  }
  assert.deepEqual(heapAfter('[1:0x3] 26 ms: Scavenge 4.9 (6.0) -> 4.5 (7.0) MB'), [])
  assert.deepEqual(heapAfter('ready https://127.0.0.1:1/dns-query'), [])
})

test('active timers are counted, with those of signals and unreferenced ones', async (t) => {
  const story = `
    const own = [setTimeout(() => {}, 1e6), setTimeout(() => {}, 1e6).unref(), setInterval(() => {}, 1e6)]
    globalThis.signals = [AbortSignal.timeout(1e6), AbortSignal.timeout(1e6)]
    setTimeout(() => {}, 10)
    setTimeout(() => {}, 1e6)
    setTimeout(() => clearTimeout(own[0]), 5_500)`
  const child = spawn(process.execPath, [...countTimers, '-e', story], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  // The counter prints every five seconds, so the first count is before the change and the second one after it.
  const printed: Sample[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    printed.push(...timersWaiting(line))
    if (printed.length === 2) break
  }
  const [before, after] = printed
  // The interval of the counter is included.
  assert.deepEqual([before?.value, after?.value], [8, 6])
})
