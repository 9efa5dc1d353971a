import { parseAddress } from '../dns/address.ts'
import { CLASS, EDE, type ExtendedError, RCODE } from '../dns/code.ts'
import { headerBytes } from '../dns/limits.ts'
import { writeReply } from '../dns/message/write-reply.ts'
import { fold, type Name, nameFromText } from '../dns/name.ts'
import { type Rrset, recordRow } from '../dns/record.ts'
import { isLoopbackPeer } from './loopback-peer.ts'
import type { Asked, StubAnswer } from './stub.ts'

/** The name of a stub's status in class CH: strings such as 'queries=12', for this machine only. */
export const statusName = 'status.kubedoh'

/**
 * The first label of a name in each zone that a stub itself answers, with the address 127.0.0.1. Names of Kubernetes have more
 * labels. A system that resolves it asks this stub for the zone.
 */
export const probeLabel = 'kubedoh-status'

export type OwnParts = {
  /** The zones, without final dot. */
  readonly zones: () => readonly string[]
  /** Whether a folded name is in one of the zones. */
  readonly isInZone: (name: Name) => boolean
  /** The strings of the status. */
  readonly status: () => readonly string[]
  /** The host of the edge, and the addresses that are known of it. */
  readonly edgeHost: string
  readonly edgeAddresses: () => readonly string[]
}

/**
 * Answers of the stub itself; undefined for every other question: its status, the name that shows whether a system asks it, and the
 * host of the edge if its name is in a zone. Asking the edge for that would need the answer.
 */
export function createOwnAnswers(parts: OwnParts): (asked: Asked) => StubAnswer {
  const { zones, isInZone, status, edgeHost, edgeAddresses } = parts
  const edgeName = hostName(edgeHost)
  const statusAt = nameFromText(statusName)
  const probe = fold(nameFromText(probeLabel)).slice(0, -1)
  return (asked) => {
    const { request, query } = asked
    const { name, question } = query
    if (question.class === CLASS.CH)
      return name === statusAt && isLoopbackPeer(request.peer)
        ? inClassCh(
            records(
              asked,
              [{ type: 'TXT', owner: question.asked, ttl: 0, rdata: [status()] }],
              question.type,
            ),
            asked,
          )
        : undefined
    if (name.startsWith(probe) && zones().some((zone) => name === probe + nameFromText(zone)))
      return records(asked, addressRrsets(question.asked, ['127.0.0.1'], 0), question.type)
    if (name !== edgeName || !isInZone(name)) return undefined
    const known = edgeAddresses()
    return known.length > 0
      ? records(asked, addressRrsets(question.asked, known, 60), question.type)
      : reply(asked, [], unknownHost)
  }
}

/** A reply with at most one record → the same with the class CH, since the writer of messages knows records of class IN only. */
function inClassCh(bytes: Uint8Array, { query }: Asked): Uint8Array {
  // The owner of the record is a pointer of two bytes, and its type is two more.
  const classAt = headerBytes + query.question.asked.length + 4 + 4
  if (bytes[7] === 1) bytes[classAt + 1] = CLASS.CH
  return bytes
}

/** The reply with the RRsets of a type, or without records. */
function records(asked: Asked, rrsets: readonly Rrset[], type: number): Uint8Array {
  return reply(
    asked,
    rrsets.filter((rrset) => recordRow(rrset).code === type),
  )
}

function reply({ request, query }: Asked, answers: readonly Rrset[], error?: ExtendedError): Uint8Array {
  const rcode = error ? RCODE.SERVFAIL : RCODE.NOERROR
  const sections = { answers, authority: [], additional: [] }
  return writeReply(query, { rcode, authoritative: true, ...sections, error }, request.maxBytes)
}

function addressRrsets(owner: Name, addresses: readonly string[], ttl: number): Rrset[] {
  const bytes = addresses.flatMap((address) => parseAddress(address) ?? [])
  const rrset = (type: 'A' | 'AAAA', length: number): Rrset[] => {
    const rdata = bytes.filter((each) => each.length === length)
    return rdata.length > 0 ? [{ type, owner, ttl, rdata }] : []
  }
  return [...rrset('A', 4), ...rrset('AAAA', 16)]
}

/** A host name in folded wire form; undefined for an address. */
function hostName(host: string): Name | undefined {
  try {
    return parseAddress(host) ? undefined : fold(nameFromText(host))
  } catch {
    return undefined
  }
}

const unknownHost: ExtendedError = {
  code: EDE.NO_REACHABLE_AUTHORITY,
  text: "the edge's own host is in its zone, so that it cannot be asked for it; give --edge-address",
}
