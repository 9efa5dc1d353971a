import { type Clock, within } from '../clock.ts'
import type { Tasks } from '../ports.ts'

/** Reads that are shared by the requests that wait for the same key. */
export type Singleflight<T> = {
  /**
   * Joins the read under `key`, or starts one. Resolves to its value, or to 'late' if the read did not end within the
   * deadline. Rejects if the read rejects.
   */
  join(key: string, start: () => Promise<T>, tasks: Tasks): Promise<T | 'late'>
  /** True while a read under `key` is under way and within its deadline. */
  isUnderWay(key: string): boolean
}

type Flight<T> = { readonly promise: Promise<T>; readonly startedAtMs: number }

/**
 * Coalesces reads under the rules of workerd, where a promise started by a request may never settle once that
 * request has ended. Every read is therefore passed to `waitUntil` of the request that started it, every waiter has
 * its own deadline, and a read past its deadline is removed from the map, so that the next request starts a new one.
 * A request that joined another request's read waits until that read's deadline, and then reads once itself.
 * `deadlineMs` is the deadline of one read.
 */
export function createSingleflight<T>(deadlineMs: number, clock: Clock): Singleflight<T> {
  const flights = new Map<string, Flight<T>>()

  function begin(key: string, start: () => Promise<T>, tasks: Tasks): Flight<T> {
    const flight: Flight<T> = { promise: start(), startedAtMs: clock.now() }
    flights.set(key, flight)
    const done = (): void => forget(key, flight)
    tasks.waitUntil(flight.promise.then(done, done))
    return flight
  }

  function forget(key: string, flight: Flight<T>): void {
    if (flights.get(key) === flight) flights.delete(key)
  }

  function timeLeft(flight: Flight<T> | undefined): number {
    return flight ? flight.startedAtMs + deadlineMs - clock.now() : 0
  }

  async function join(key: string, start: () => Promise<T>, tasks: Tasks): Promise<T | 'late'> {
    const current = flights.get(key)
    const leftMs = timeLeft(current)
    if (current && leftMs > 0) {
      const joined = await within(current.promise, leftMs, 'late' as const, clock)
      if (joined !== 'late') return joined
      forget(key, current)
    }
    const newer = flights.get(key)
    const flight = newer && newer !== current ? newer : begin(key, start, tasks)
    const value = await within(flight.promise, deadlineMs, 'late' as const, clock)
    if (value === 'late') forget(key, flight)
    return value
  }
  return { join, isUnderWay: (key) => timeLeft(flights.get(key)) > 0 }
}
