import type { EdgeZones } from '../setup/edge-zones.ts'

/** The zones that are assumed of a server without a list. */
const assumed = ['cluster.local']

/** The names of the zones, the longest first. */
export function zoneNames(zones: EdgeZones | undefined): string[] {
  const names = zones?.zones.map(({ name }) => name) ?? assumed
  return [...new Set(names)].toSorted((a, b) => b.length - a.length)
}

/** The longest zone that contains a name without final dot, or is it; undefined outside of all zones. */
export function zoneOf(name: string, zones: EdgeZones | undefined): string | undefined {
  const lower = name.toLowerCase()
  return zoneNames(zones).find((zone) => lower === zone || lower.endsWith(`.${zone}`))
}

/** The zones in which clusters write names of their own, such as PTR targets; the first is the default for look-ups. */
export function primaryZones(zones: EdgeZones | undefined): string[] {
  const primary = zones?.zones.filter((zone) => zone.primary).map(({ name }) => name) ?? assumed
  return primary.length > 0 ? [...new Set(primary)] : zoneNames(zones).slice(-1)
}
