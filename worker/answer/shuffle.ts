import type { AddressRdata } from '../../dns/message/address-rdata.ts'
import type { Rrset } from '../../dns/record.ts'

/**
 * The same RRsets, with the addresses of each in an unbiased random order. Clients prefer the first addresses, and a
 * message too small for all of them then contains a fair sample. `random` returns a number in [0, 1).
 */
export function shuffleAddresses(rrsets: readonly Rrset[], random: () => number): readonly Rrset[] {
  return rrsets.map((rrset) => {
    if (rrset.rdata.length < 2 || (rrset.type !== 'A' && rrset.type !== 'AAAA')) return rrset
    const drawn = [...rrset.rdata]
    shuffle(drawn.length, random, (a, b) => {
      const swapped = drawn[a] as Uint8Array
      drawn[a] = drawn[b] as Uint8Array
      drawn[b] = swapped
    })
    return { ...rrset, rdata: drawn }
  })
}

/** Shuffles the addresses of a message in place. `random` returns a number in [0, 1). */
export function shuffleRdata(
  message: Uint8Array,
  { offsets, bytes }: AddressRdata,
  random: () => number,
): void {
  shuffle(offsets.length, random, (a, b) => {
    const first = offsets[a] ?? 0
    const second = offsets[b] ?? 0
    for (let at = 0; at < bytes; at++) {
      const swapped = message[first + at] ?? 0
      message[first + at] = message[second + at] ?? 0
      message[second + at] = swapped
    }
  })
}

/** Fisher-Yates: all orders are equally likely. */
function shuffle(count: number, random: () => number, swap: (a: number, b: number) => void): void {
  for (let last = count - 1; last > 0; last--) {
    const pick = Math.floor(random() * (last + 1))
    if (pick !== last) swap(last, pick)
  }
}
