import { type AddressRdata, addressRdata } from '../../dns/message/address-rdata.ts'
import { soaSerialAt } from '../../dns/message/soa-serial.ts'
import type { MessageSize } from '../../dns/message/write-reply.ts'
import { pooledCopy } from '../../dns/pool.ts'
import type { ViewKey } from '../access/caller.ts'
import type { Need } from '../answer/needs.ts'
import { shuffleRdata } from '../answer/shuffle.ts'
import type { Subject } from '../answer/subject.ts'
import type { View } from '../reader/view.ts'

/** One cached answer: the message as it was sent, and the parts of a view that it depends on (renew-answer.ts). */
export type CachedAnswer = {
  message: Uint8Array
  readonly rcode: number
  readonly subject: Subject
  readonly addresses: AddressRdata
  /** How long HTTP caches may store the answer, in seconds. */
  readonly maxAge: number
  readonly cluster: View['cluster']
  /** The mark of the latest view that is known to have this answer. */
  mark: View['mark']
  readonly settings: View['settings']
  /** The policy (policyOf) that decided what the caller sees; undefined if the caller has a token. */
  readonly policy: string | null | undefined
  readonly needs: readonly Need[]
  /** The SOA serial of the message, and its offset; the offset is undefined if the message has no SOA. */
  serial: number
  readonly serialAt: number | undefined
  /** When the use of `needs` was last recorded at the reader (Unix ms). */
  reportedAtMs: number
}

/**
 * A cache of answers, keyed by the bytes of the query without its ID, by what the caller may see, and by the size of the
 * message, since a smaller one has fewer records. With the same fresh view, two such queries have answers that differ only
 * in the ID and in the order of addresses, so the cache needs no DNS rules. Another view with the same data has the same
 * answers but for the SOA serial, so a new root empties the cache only of answers that it changes (renew-answer.ts).
 */
export type AnswerCache = {
  get(query: Uint8Array, view: ViewKey, size: MessageSize): CachedAnswer | undefined
  set(
    query: Uint8Array,
    view: ViewKey,
    size: MessageSize,
    answer: Omit<CachedAnswer, 'addresses' | 'serialAt'>,
  ): void
  /** The approximate memory use, in bytes. */
  bytes(): number
}

/** The approximate memory of a cached answer without its message, query and offsets, in bytes. */
const overheadBytes = 400
const offsetBytes = 8

type Entry = {
  readonly query: Uint8Array
  readonly view: string
  readonly size: MessageSize
  readonly answer: CachedAnswer
  readonly bytes: number
}

/**
 * Creates a cache of at most `maxBytes`, as two maps of half that size each: answers are added to the young map, and when
 * it is full, it replaces the old map. A hit in the old map moves the answer to the young one. If two queries have the
 * same hash, the later one replaces the earlier.
 */
export function createAnswerCache(maxBytes: number): AnswerCache {
  let young = new Map<number, Entry>()
  let old = new Map<number, Entry>()
  let youngBytes = 0
  let oldBytes = 0

  function put(hash: number, entry: Entry): void {
    if (2 * entry.bytes > maxBytes) return
    if (youngBytes + entry.bytes > maxBytes / 2) {
      old = young
      oldBytes = youngBytes
      young = new Map()
      youngBytes = 0
    }
    youngBytes += entry.bytes - (young.get(hash)?.bytes ?? 0)
    young.set(hash, entry)
  }
  return {
    get(query, view, size) {
      const hash = hashOf(query, view, size)
      const recent = young.get(hash)
      if (recent && isSame(recent, query, view, size)) return recent.answer
      const entry = old.get(hash)
      if (!entry || !isSame(entry, query, view, size)) return undefined
      put(hash, entry)
      return entry.answer
    },
    set(query, view, size, answer) {
      const addresses = addressRdata(answer.message)
      const bytes = answer.message.length + query.length + offsetBytes * addresses.offsets.length
      // Copied, because the query may be a view of a much larger buffer.
      const own = new Uint8Array(query)
      put(hashOf(query, view, size), {
        query: own,
        view: view.text,
        size,
        answer: { ...answer, addresses, serialAt: soaSerialAt(answer.message) },
        bytes: bytes + overheadBytes,
      })
    },
    bytes: () => youngBytes + oldBytes,
  }
}

/** The length of the ID at the start of a message, in bytes. The bytes after it are the cache key. */
const idBytes = 2

/** FNV-1a, 32 bits (draft-eastlake-fnv), begun with the hash of the view and the size. */
function hashOf(query: Uint8Array, view: ViewKey, size: MessageSize): number {
  let hash = size === 'http' ? view.hash : Math.imul(view.hash ^ size, 0x01000193)
  for (let at = idBytes; at < query.length; at++) hash = Math.imul(hash ^ (query[at] ?? 0), 0x01000193)
  return hash
}

function isSame(entry: Entry, query: Uint8Array, view: ViewKey, size: MessageSize): boolean {
  const { query: cached } = entry
  if (entry.size !== size || entry.view !== view.text) return false
  if (cached.length !== query.length) return false
  for (let at = idBytes; at < query.length; at++) if (cached[at] !== query[at]) return false
  return true
}

/** A cached message for another query with the same bytes: it has that query's ID and newly shuffled addresses. */
export function repeatMessage(
  { message, addresses }: CachedAnswer,
  query: Uint8Array,
  random: () => number,
): Uint8Array {
  const repeated = pooledCopy(message)
  repeated[0] = query[0] ?? 0
  repeated[1] = query[1] ?? 0
  shuffleRdata(repeated, addresses, random)
  return repeated
}
