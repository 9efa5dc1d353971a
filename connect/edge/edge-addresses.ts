import { isIP } from 'node:net'
import { within } from './within.ts'

/** The addresses of the edge's host. */
export type EdgeAddresses = {
  /** Looks them up; the last known ones if that fails. Rejects if there are none. */
  find(): Promise<readonly string[]>
  /** Those that were found last. */
  known(): readonly string[]
}

export type AddressParts = {
  readonly hostname: string
  /** Addresses that the user gave: nothing is looked up then. */
  readonly given: readonly string[]
  /** Those of the last run. */
  readonly last: readonly string[]
  /** Looks up a host name, by resolvers that do not ask this stub. */
  readonly lookUp: (hostname: string) => Promise<readonly string[]>
  /** Called when other addresses were found. */
  readonly onFound: (addresses: readonly string[]) => void
}

/** The time for a look-up (ms). */
const lookUpMs = 2_000

/** Finds the addresses of the edge's host. */
export function createEdgeAddresses({ hostname, given, last, lookUp, onFound }: AddressParts): EdgeAddresses {
  const fixed = isIP(hostname) ? [hostname] : given
  let known = fixed.length > 0 ? fixed : last
  return {
    async find() {
      if (fixed.length > 0) return fixed
      try {
        const found = await within(
          lookUpMs,
          lookUp(hostname),
          `the host ${hostname} was not looked up in time`,
        )
        if (found.length > 0 && found.join() !== known.join()) {
          known = found
          onFound(found)
        }
      } catch (error) {
        if (known.length === 0) throw error
      }
      if (known.length === 0) throw new Error(`the host ${hostname} has no address`)
      return known
    },
    known: () => known,
  }
}
