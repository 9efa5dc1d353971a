import assert from 'node:assert/strict'
import { optRecord, queryBytes } from '../../dns/arbitrary.case.ts'
import { type ExtendedError, RCODE, type Rcode } from '../../dns/code.ts'
import { isRefusal, readQuery } from '../../dns/message/read-query.ts'
import { writeReply } from '../../dns/message/write-reply.ts'
import { nameFromText } from '../../dns/name.ts'
import type { Rrset } from '../../dns/record.ts'
import { type KeptAnswer, keptAnswer } from './kept-answer.ts'
import { questionKey, readPlainQuestion } from './plain-question.ts'

/* Queries of clients and answers of an edge, for the tests of connect/. */

/** A query for a name, with OPT if `edns`. */
export function clientQuery(
  name: string,
  {
    type = 1,
    edns = true,
    id = 0x1234,
    flags = 0x0100,
  }: { type?: number; edns?: boolean; id?: number; flags?: number } = {},
): Uint8Array {
  const opt = edns ? { counts: [1, 0, 0, 1] as const, tail: optRecord() } : {}
  return queryBytes(nameFromText(name), { id, type, flags, ...opt })
}

/** The parts of an edge's reply. */
export type EdgeReplyParts = {
  readonly rcode?: Rcode
  readonly answers?: readonly Rrset[]
  readonly authority?: readonly Rrset[]
  readonly additional?: readonly Rrset[]
  readonly error?: ExtendedError | undefined
}

/** The edge's reply to a query, which has the edge's own OPT. */
export function edgeReply(query: Uint8Array, parts: EdgeReplyParts = {}): Uint8Array {
  const read = readQuery(query)
  assert.ok(!isRefusal(read))
  const { rcode = RCODE.NOERROR, answers = [], authority = [], additional = [], error } = parts
  return writeReply(read, { rcode, authoritative: true, answers, authority, additional, error })
}

/** Addresses 10.0.0.1, 10.0.0.2 … of a name. */
export function addressRecords(name: string, count: number, ttl = 5): Rrset {
  const rdata = Array.from({ length: count }, (_, at) => Uint8Array.of(10, 0, at >> 8, at + 1))
  return { type: 'A', owner: nameFromText(name), ttl, rdata }
}

/** The SOA of cluster.local. */
export function soaRecord(ttl = 30, minimum = 5): Rrset {
  const rdata = {
    mname: nameFromText('ns.dns.cluster.local'),
    rname: nameFromText('hostmaster.cluster.local'),
    ...{ serial: 1, refresh: 7_200, retry: 1_800, expire: 86_400, minimum },
  }
  return { type: 'SOA', owner: nameFromText('cluster.local'), ttl, rdata: [rdata] }
}

/** The edge's answer to the question of a query, prepared for the cache. */
export function kept(query: Uint8Array, parts: EdgeReplyParts, receivedMs = 0): KeptAnswer {
  const question = readPlainQuestion(query) ?? assert.fail()
  const answer = keptAnswer(edgeReply(query, parts), questionKey(query, question.end), receivedMs)
  return typeof answer === 'string' ? assert.fail(answer) : answer
}
