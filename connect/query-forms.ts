import { dnssecOkFlag, FLAG, TYPE } from '../dns/code.ts'
import { headerBytes, udpPayloadBytes } from '../dns/limits.ts'
import type { Query } from '../dns/message/read-query.ts'

/** An OPT record without options (RFC 6891 §6.1.2). */
const emptyOpt = [0, TYPE.OPT >> 8, TYPE.OPT, udpPayloadBytes >> 8, udpPayloadBytes & 0xff, 0, 0, 0, 0, 0, 0]

/** The offset of the DO bit's byte in OPT. */
const dnssecOkAt = 7

/**
 * The question of a client, with its name in lower case → the query for the edge: id 0, RD, and OPT without options and
 * without DO, so that equal questions of all clients are one query, and the answer has all records.
 */
export function edgeQuery(key: Uint8Array): Uint8Array {
  const query = new Uint8Array(headerBytes + key.length + emptyOpt.length)
  query[2] = FLAG.recursionDesired >> 8
  query[5] = 1
  query[11] = 1
  query.set(key, headerBytes)
  query.set(emptyOpt, headerBytes + key.length)
  return query
}

/** A valid query of an unusual form, with records that it does not need → the same with its question and OPT only. */
export function plainForm(bytes: Uint8Array, { question, edns }: Query): Uint8Array {
  const end = headerBytes + question.asked.length + 4
  const plain = new Uint8Array(end + (edns ? emptyOpt.length : 0))
  plain.set(bytes.subarray(0, 4))
  plain[2] = (plain[2] ?? 0) & ~((FLAG.authoritative | FLAG.truncated) >> 8)
  plain[5] = 1
  plain.set(bytes.subarray(headerBytes, end), headerBytes)
  if (!edns) return plain
  plain[11] = 1
  plain.set(emptyOpt, end)
  if (edns.dnssecOk) plain[end + dnssecOkAt] = dnssecOkFlag >> 8
  return plain
}
