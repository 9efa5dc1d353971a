import { type Name, nameFromText } from '../../dns/name.ts'
import type { Meter } from '../../worker/ports.ts'
import { type Block, bucketOf, type Cells, durationBounds } from './cells.ts'
import { countedRcodes, countedStatuses, countedTypes, transports } from './label-values.ts'

/** The meter of one process, and its counts by the places of `cells`. */
export type EdgeMeter = { readonly meter: Meter; readonly counts: Float64Array }

/** Types, rcodes and statuses are looked up in arrays of this size; larger numbers count as `other`. */
const tableSize = 1024

/** A meter with counts of 0. Each method adds to a few cells of one array, and makes no text and no object. */
export function createEdgeMeter({ blocks, size }: Cells): EdgeMeter {
  const counts = new Float64Array(size)
  const add = (index: number, by = 1): void => {
    counts[index] = (counts[index] ?? 0) + by
  }
  const zones = blocks.requests.axes[0] ?? []
  const zoneAt = new Map<Name, number>(zones.slice(0, -1).map((zone, at) => [nameFromText(zone), at]))
  const noZoneAt = zones.length - 1
  const transportAt = new Map(transports.map((transport, at) => [transport, at]))
  const typeAt = tableOf(countedTypes)
  const rcodeAt = tableOf(countedRcodes)
  const statusAt = tableOf(countedStatuses)
  const { requests, responses, duration } = blocks
  const { length: typeCount } = requests.axes[2] ?? []
  const { length: rcodeCount } = responses.axes[1] ?? []
  const at = (block: Block, value: string): number => block.base + (block.axes[0]?.indexOf(value) ?? 0)
  return {
    counts,
    meter: {
      nowMs: () => performance.now(),
      answered(transport, zone, type, rcode, beganMs) {
        const zoneIndex = (zone === undefined ? undefined : zoneAt.get(zone)) ?? noZoneAt
        const source = zoneIndex * transports.length + (transportAt.get(transport) ?? 0)
        add(requests.base + source * typeCount + (typeAt[type ?? tableSize] ?? countedTypes.length))
        add(responses.base + zoneIndex * rcodeCount + (rcodeAt[rcode] ?? countedRcodes.length))
        const ms = performance.now() - beganMs
        const series = duration.base + source * duration.width
        add(series + bucketOf(ms))
        add(series + durationBounds.length + 1, ms / 1000)
      },
      responded: (status) => add(blocks.http.base + (statusAt[status] ?? countedStatuses.length)),
      searched: (isHit) => add(isHit ? blocks.cacheHits.base : blocks.cacheMisses.base),
      refused: (code) => add(at(blocks.refusals, code)),
      asked: (result) => add(at(blocks.upstream, result)),
      limited: (limit) => add(at(blocks.limits, limit)),
      connected(transport) {
        add(at(blocks.opened, transport))
        add(at(blocks.open, transport))
      },
      disconnected: (transport) => add(at(blocks.open, transport), -1),
    },
  }
}

/** A number → its place in the list, or the place after the last one. */
function tableOf(values: readonly number[]): Uint8Array {
  const table = new Uint8Array(tableSize).fill(values.length)
  for (const [at, value] of values.entries()) table[value] = at
  return table
}
