import type { Rrset } from '../dns/record.ts'

/**
 * The same RRsets, each one's addresses in an order drawn without bias (Fisher and Yates): clients take the
 * first addresses, and a message too small for all of them then holds a fair sample. `random` gives [0, 1).
 */
export function shuffleAddresses(rrsets: readonly Rrset[], random: () => number): readonly Rrset[] {
  return rrsets.map((rrset) => {
    if (rrset.rdata.length < 2 || (rrset.type !== 'A' && rrset.type !== 'AAAA')) return rrset
    return { ...rrset, rdata: shuffled(rrset.rdata, random) }
  })
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const drawn = [...items]
  for (let last = drawn.length - 1; last > 0; last--) {
    const pick = Math.floor(random() * (last + 1))
    const held = drawn[last] as T
    drawn[last] = drawn[pick] as T
    drawn[pick] = held
  }
  return drawn
}
