import { type Clock, within } from '../clock.ts'
import type { Tasks } from '../ports.ts'

/** Reads that several requests wait for together. */
export type Flights<T> = {
  /**
   * Joins the read under `key`, or starts it. Resolves to its value, or to 'late' when it did not come within the
   * deadline. Rejects as the read does.
   */
  join(key: string, start: () => Promise<T>, tasks: Tasks): Promise<T | 'late'>
  /** Is there a read under `key` that may still end in time? */
  isUnderWay(key: string): boolean
}

type Flight<T> = { readonly promise: Promise<T>; readonly startedAtMs: number }

/**
 * Coalesces reads under the rules of workerd, where a promise begun by a request may never settle once that
 * request has ended: every read goes into its starter's `waitUntil`, every waiter has a deadline of its own,
 * and a read past its deadline leaves the map, so that the next one begins anew. A waiter that joined another
 * request's read waits for that read's deadline and, let down, reads once for itself.
 */
export function createFlights<T>(deadlineMs: number, clock: Clock): Flights<T> {
  const flights = new Map<string, Flight<T>>()

  function depart(key: string, start: () => Promise<T>, tasks: Tasks): Flight<T> {
    const flight: Flight<T> = { promise: start(), startedAtMs: clock.now() }
    flights.set(key, flight)
    const land = (): void => forget(key, flight)
    tasks.waitUntil(flight.promise.then(land, land))
    return flight
  }

  function forget(key: string, flight: Flight<T>): void {
    if (flights.get(key) === flight) flights.delete(key)
  }

  function timeLeft(flight: Flight<T> | undefined): number {
    return flight ? flight.startedAtMs + deadlineMs - clock.now() : 0
  }

  async function join(key: string, start: () => Promise<T>, tasks: Tasks): Promise<T | 'late'> {
    const held = flights.get(key)
    const leftMs = timeLeft(held)
    if (held && leftMs > 0) {
      const joined = await within(held.promise, leftMs, 'late' as const, clock)
      if (joined !== 'late') return joined
      forget(key, held)
    }
    const newer = flights.get(key)
    const flight = newer && newer !== held ? newer : depart(key, start, tasks)
    const value = await within(flight.promise, deadlineMs, 'late' as const, clock)
    if (value === 'late') forget(key, flight)
    return value
  }
  return { join, isUnderWay: (key) => timeLeft(flights.get(key)) > 0 }
}
