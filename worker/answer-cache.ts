import { type AddressRdata, addressRdata } from '../dns/address-rdata.ts'
import { pooledCopy } from '../dns/pool.ts'
import type { Need } from './answer/needs.ts'
import { shuffleRdata } from './answer/shuffle.ts'
import type { View } from './reader/view.ts'

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
  /** When it was last told to the reader that these are used, Unix ms. */
  toldAtMs: number
}

/**
 * Answers by the bytes of their queries. Out of one fresh view, two queries that differ in nothing but their id
 * have answers that differ in nothing but the id and the order of addresses: all that an answer depends on is
 * in the query, and no rule of DNS is needed here.
 */
export type Packets = {
  find(query: Uint8Array): Packet | undefined
  keep(query: Uint8Array, packet: Omit<Packet, 'addresses'>): void
  /** Bytes held, roughly. */
  bytes(): number
}

/** What a packet takes in memory beside its message, its query and its offsets, in bytes, roughly. */
const overheadBytes = 400
const offsetBytes = 8

type Slot = { readonly query: Uint8Array; readonly packet: Packet; readonly bytes: number }

/**
 * Packets in at most `maxBytes` of memory. Those that were asked for since half of it was last filled outlive
 * the others. Of two queries with one hash the later has the place.
 */
export function createPackets(maxBytes: number): Packets {
  let young = new Map<number, Slot>()
  let old = new Map<number, Slot>()
  let youngBytes = 0
  let oldBytes = 0

  function put(hash: number, slot: Slot): void {
    if (2 * slot.bytes > maxBytes) return
    if (youngBytes + slot.bytes > maxBytes / 2) {
      old = young
      oldBytes = youngBytes
      young = new Map()
      youngBytes = 0
    }
    youngBytes += slot.bytes - (young.get(hash)?.bytes ?? 0)
    young.set(hash, slot)
  }
  return {
    find(query) {
      const hash = hashOf(query)
      const recent = young.get(hash)
      if (recent && isSame(recent.query, query)) return recent.packet
      const slot = old.get(hash)
      if (!slot || !isSame(slot.query, query)) return undefined
      put(hash, slot)
      return slot.packet
    },
    keep(query, packet) {
      const addresses = addressRdata(packet.message)
      const bytes = packet.message.length + query.length + offsetBytes * addresses.offsets.length
      // A copy: the query may be a part of a much larger buffer.
      const own = new Uint8Array(query)
      put(hashOf(query), { query: own, packet: { ...packet, addresses }, bytes: bytes + overheadBytes })
    },
    bytes: () => youngBytes + oldBytes,
  }
}

/** Where the id ends: everything behind it tells queries apart. */
const idBytes = 2

/** FNV-1a, 32 bits (draft-eastlake-fnv). */
function hashOf(query: Uint8Array): number {
  let hash = 0x811c9dc5
  for (let at = idBytes; at < query.length; at++) hash = Math.imul(hash ^ (query[at] ?? 0), 0x01000193)
  return hash
}

function isSame(held: Uint8Array, query: Uint8Array): boolean {
  if (held.length !== query.length) return false
  for (let at = idBytes; at < query.length; at++) if (held[at] !== query[at]) return false
  return true
}

/** A packet's message for another query of the same bytes: with its id, and the addresses in an order of its own. */
export function repeatPacket(
  { message, addresses }: Packet,
  query: Uint8Array,
  random: () => number,
): Uint8Array {
  const repeated = pooledCopy(message)
  repeated[0] = query[0] ?? 0
  repeated[1] = query[1] ?? 0
  shuffleRdata(repeated, addresses, random)
  return repeated
}
