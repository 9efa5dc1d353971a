import type { Cidr } from './cidr.ts'
import { nameToText } from './name.ts'
import { reverseName } from './reverse.ts'

/**
 * Ranges → the zones of the reverse tree that cover exactly their addresses, without final dot: one zone where the range
 * ends at a label, up to 128 where it ends within one. Ranges that cover others make their zones unnecessary.
 */
export function reverseZones(cidrs: readonly Cidr[]): string[] {
  const zones = new Set(cidrs.flatMap(zonesOf))
  return [...zones].filter((zone) => !hasParent(zone, zones))
}

function zonesOf({ bytes, bits }: Cidr): string[] {
  const perLabel = bytes.length === 4 ? 8 : 4
  const whole = Math.ceil(bits / perLabel) * perLabel
  const count = 2 ** (whole - bits)
  return Array.from({ length: count }, (_, index) =>
    nameToText(reverseName(withLabel(bytes, whole, index), whole)).replace(/\.$/, ''),
  )
}

/** The address whose label that ends at `bits` is greater by `index`. */
function withLabel(bytes: Uint8Array, bits: number, index: number): Uint8Array {
  if (index === 0) return bytes
  const next = Uint8Array.from(bytes)
  const at = Math.ceil(bits / 8) - 1
  next[at] = (next[at] ?? 0) + (index << (at * 8 + 8 - bits))
  return next
}

function hasParent(zone: string, zones: ReadonlySet<string>): boolean {
  for (let at = zone.indexOf('.'); at >= 0; at = zone.indexOf('.', at + 1))
    if (zones.has(zone.slice(at + 1))) return true
  return false
}
