/** Questions that the edge is being asked. Equal ones that arrive meanwhile share the answer. */
export type Flights<T> = {
  /** The flight of a key, begun now if there is none. */
  join(key: string, begin: () => Promise<T>): Flight<T>
}

/** One question to the edge. */
export type Flight<T> = {
  readonly result: Promise<T>
  /** Settles when a client has waited long enough to get a stale answer instead. */
  readonly late: Promise<void>
  /** Whether that time is over. */
  isLate: boolean
}

/** Creates flights, each of which is late after `lateMs`. */
export function createFlights<T>(lateMs: number): Flights<T> {
  const flights = new Map<string, Flight<T>>()
  return {
    join(key, begin) {
      const known = flights.get(key)
      if (known) return known
      const late = Promise.withResolvers<void>()
      const result = begin()
      const flight: Flight<T> = { result, late: late.promise, isLate: false }
      const timer = setTimeout(() => {
        flight.isLate = true
        late.resolve()
      }, lateMs)
      const end = (): void => {
        clearTimeout(timer)
        flights.delete(key)
      }
      result.then(end, end)
      flights.set(key, flight)
      return flight
    },
  }
}
