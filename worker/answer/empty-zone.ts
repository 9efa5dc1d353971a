import { RCODE, TYPE } from '../../dns/code.ts'
import { maxSoaTtlSeconds } from '../../dns/limits.ts'
import type { Reply } from '../../dns/message/write-reply.ts'
import { type Name, nameFromText } from '../../dns/name.ts'
import type { Rrset } from '../../dns/record.ts'

/** The SOA's RNAME of empty zones (RFC 6303 §3). */
const rname = nameFromText('nobody.invalid')

/** The place of a name in an empty zone; `isParent` when names below it exist, and it therefore too (RFC 8020). */
export type EmptyZonePlace = { readonly zone: Name; readonly isApex: boolean; readonly isParent: boolean }

/**
 * The reply for a private range that no cluster owns, or for a locally served domain: an empty zone as in RFC 6303 §3.
 * The TTL is shorter than there, so that a cluster that claims the range later becomes visible soon. Reads no snapshot.
 */
export function emptyZoneReply({ zone, isApex, isParent }: EmptyZonePlace, qtype: number): Reply {
  const soa: Rrset = {
    type: 'SOA',
    owner: zone,
    ttl: maxSoaTtlSeconds,
    rdata: [
      {
        mname: zone,
        rname,
        serial: 1,
        refresh: 3_600,
        retry: 1_200,
        expire: 604_800,
        minimum: maxSoaTtlSeconds,
      },
    ],
  }
  const ns: Rrset = { type: 'NS', owner: zone, ttl: maxSoaTtlSeconds, rdata: [zone] }
  const own = qtype === TYPE.SOA ? [soa] : qtype === TYPE.NS ? [ns] : []
  const answers = isApex ? own : []
  return {
    rcode: isApex || isParent ? RCODE.NOERROR : RCODE.NXDOMAIN,
    authoritative: true,
    answers,
    authority: answers.length > 0 ? [] : [soa],
    additional: [],
  }
}
