import { type AddressRdata, addressRdata } from '../dns/address-rdata.ts'
import { createMemory } from './memory.ts'
import type { Need } from './needs.ts'
import { shuffleRdata } from './shuffle.ts'
import type { View } from './view.ts'

/** One answer, as it was sent, and what it was made from. */
export type Packet = {
  readonly message: Uint8Array
  readonly addresses: AddressRdata
  /** For how many seconds HTTP caches may keep it. */
  readonly maxAge: number
  readonly cluster: View['cluster']
  /** The mark of the view that it was answered from: it holds for that one only. */
  readonly mark: View['mark']
  readonly needs: readonly Need[]
}

/**
 * Answers by the bytes of their queries. Out of one fresh view, two queries that differ in nothing but their id
 * have answers that differ in nothing but the id and the order of addresses: all that an answer depends on is
 * in the key, and no rule of DNS is needed here.
 */
export type Packets = {
  find(query: Uint8Array): Packet | undefined
  keep(query: Uint8Array, packet: Omit<Packet, 'addresses'>): void
}

/** What a packet takes in memory beside its message, its key and its offsets, in bytes, roughly. */
const overheadBytes = 400
const offsetBytes = 8

/** Packets in at most `maxBytes` of memory, the least recently asked for leaving first. */
export function createPackets(maxBytes: number): Packets {
  const memory = createMemory<Packet>(maxBytes)
  return {
    find: (query) => memory.get(keyOf(query)),
    keep(query, packet) {
      const key = keyOf(query)
      const addresses = addressRdata(packet.message)
      const bytes = packet.message.length + key.length + offsetBytes * addresses.offsets.length
      memory.set(key, { ...packet, addresses }, bytes + overheadBytes)
    },
  }
}

/** Everything behind the id. */
function keyOf(query: Uint8Array): string {
  return String.fromCharCode.apply(undefined, query.subarray(2) as unknown as number[])
}

/** A packet's message for another query of the same bytes: with its id, and the addresses in an order of its own. */
export function repeatPacket(
  { message, addresses }: Packet,
  query: Uint8Array,
  random: () => number,
): Uint8Array {
  const repeated = message.slice()
  repeated.set(query.subarray(0, 2))
  shuffleRdata(repeated, addresses, random)
  return repeated
}
