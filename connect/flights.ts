/** Questions that the edge is being asked. Equal ones that arrive meanwhile share the answer. */
export type Flights<T> = {
  /** The flight of a key, begun now if there is none. */
  join(key: string, begin: () => Promise<T>): Flight<T>
}

/** One question to the edge. */
export type Flight<T> = {
  readonly result: Promise<T>
  /** Whether a client has waited long enough to get a stale answer instead. */
  isLate(): boolean
  /** Settles when that time is over. */
  late(): Promise<void>
}

/** Creates flights, each of which is late after `lateMs`. `now` is Unix ms. */
export function createFlights<T>(lateMs: number, now: () => number): Flights<T> {
  const flights = new Map<string, Flight<T>>()

  function begun(result: Promise<T>, beganMs: number): Flight<T> {
    let timer: NodeJS.Timeout | undefined
    let late: Promise<void> | undefined
    const end = (): void => clearTimeout(timer)
    return {
      result,
      isLate: () => now() - beganMs >= lateMs,
      // Most flights need no timer, since there is no stale answer.
      late() {
        late ??= new Promise((resolve) => {
          timer = setTimeout(resolve, Math.max(0, beganMs + lateMs - now()))
          result.then(end, end)
        })
        return late
      },
    }
  }

  return {
    join(key, begin) {
      const known = flights.get(key)
      if (known) return known
      const result = begin()
      const flight = begun(result, now())
      const end = (): void => void flights.delete(key)
      result.then(end, end)
      flights.set(key, flight)
      return flight
    },
  }
}
