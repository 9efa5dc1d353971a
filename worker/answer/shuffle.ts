import type { AddressRdata } from '../../dns/address-rdata.ts'
import type { Rrset } from '../../dns/record.ts'

/**
 * The same RRsets, each one's addresses in an order drawn without bias: clients take the first addresses, and a
 * message too small for all of them then holds a fair sample. `random` gives [0, 1).
 */
export function shuffleAddresses(rrsets: readonly Rrset[], random: () => number): readonly Rrset[] {
  return rrsets.map((rrset) => {
    if (rrset.rdata.length < 2 || (rrset.type !== 'A' && rrset.type !== 'AAAA')) return rrset
    const drawn = [...rrset.rdata]
    shuffle(drawn.length, random, (a, b) => {
      const held = drawn[a] as Uint8Array
      drawn[a] = drawn[b] as Uint8Array
      drawn[b] = held
    })
    return { ...rrset, rdata: drawn }
  })
}

/** Draws the order of the addresses in a message anew, in place. */
export function shuffleRdata(
  message: Uint8Array,
  { offsets, bytes }: AddressRdata,
  random: () => number,
): void {
  shuffle(offsets.length, random, (a, b) => {
    const first = offsets[a] ?? 0
    const second = offsets[b] ?? 0
    for (let at = 0; at < bytes; at++) {
      const held = message[first + at] ?? 0
      message[first + at] = message[second + at] ?? 0
      message[second + at] = held
    }
  })
}

/** Every order is as likely as any other (Fisher and Yates). */
function shuffle(count: number, random: () => number, swap: (a: number, b: number) => void): void {
  for (let last = count - 1; last > 0; last--) {
    const pick = Math.floor(random() * (last + 1))
    if (pick !== last) swap(last, pick)
  }
}
