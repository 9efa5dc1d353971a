import { type EdgeZones, readEdgeZones } from '../../setup/edge-zones.ts'
import { bodyOf } from './ask-edge.ts'
import type { EdgeLink } from './link.ts'

/** The zones and reverse ranges of the edge, read again and again. */
export type ZonesWatch = {
  /** The last known ones; undefined before the first. */
  zones(): EdgeZones | undefined
  /** Reads them now. Resolves when they are read, or not; never rejects. */
  read(): Promise<void>
  close(): void
}

export type ZonesWatchParts = {
  readonly link: EdgeLink
  /** The path of the route /zones at the edge, which may contain a token. */
  readonly path: string
  /** Those of the last run. */
  readonly last: EdgeZones | undefined
  /** Called when zones or ranges are other ones than before. */
  readonly onChange: (zones: EdgeZones) => void
  /** Called after each attempt, with the error if it failed: LinkError or EdgeZonesError. */
  readonly onAttempt: (error: unknown) => void
}

/** The time between two attempts after one that succeeded, and after one that failed (ms). */
const everyMs = 60_000
const retryMs = 5_000

/** Reads the zones of the edge now and every minute, and every 5 s while that fails. */
export function watchZones({ link, path, last, onChange, onAttempt }: ZonesWatchParts): ZonesWatch {
  let zones = last
  let timer: NodeJS.Timeout | undefined
  let attempt: Promise<void> | undefined
  let isClosed = false

  async function readOnce(): Promise<void> {
    let failure: unknown
    try {
      const response = await link.request({ method: 'GET', path, headers: { accept: 'application/json' } })
      const now = readEdgeZones(new TextDecoder().decode(bodyOf(response, 'application/json')))
      const next = now.complete || !zones ? now : withFormer(now, zones)
      const isOther = JSON.stringify(next) !== JSON.stringify(zones)
      zones = next
      if (isOther) onChange(next)
    } catch (error) {
      failure = error
    }
    if (isClosed) return
    onAttempt(failure)
    timer = setTimeout(() => void read(), failure === undefined ? everyMs : retryMs)
  }

  function read(): Promise<void> {
    clearTimeout(timer)
    attempt ??= readOnce().finally(() => {
      attempt = undefined
    })
    return attempt
  }

  return {
    zones: () => zones,
    read,
    close() {
      isClosed = true
      clearTimeout(timer)
    },
  }
}

/** Zones of an edge that cannot read some of them now → the same with those that were known before. */
function withFormer(read: EdgeZones, former: EdgeZones): EdgeZones {
  const names = new Set(read.zones.map(({ name }) => name))
  return {
    ...read,
    zones: [...read.zones, ...former.zones.filter(({ name }) => !names.has(name))],
    reverse: [...new Set([...read.reverse, ...former.reverse])],
  }
}
