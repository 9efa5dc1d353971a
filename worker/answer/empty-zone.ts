import { RCODE, TYPE } from '../../dns/code.ts'
import { maxSoaTtlSeconds } from '../../dns/limits.ts'
import { type Name, nameFromText } from '../../dns/name.ts'
import type { Rrset } from '../../dns/record.ts'
import type { Reply } from '../../dns/write-reply.ts'

const nobody = nameFromText('nobody.invalid')

/** Where a name lies in an empty zone; `isParent` when it exists all the same (RFC 8020). */
export type EmptyZonePlace = { readonly zone: Name; readonly isApex: boolean; readonly isParent: boolean }

/**
 * The reply for a private range that no cluster owns, or a domain that is served locally: an empty zone as RFC 6303 §3 describes it, but for its
 * TTL, which lets a cluster that claims the range be seen soon. No snapshot is read.
 */
export function emptyZoneReply({ zone, isApex, isParent }: EmptyZonePlace, qtype: number): Reply {
  const soa: Rrset = {
    type: 'SOA',
    owner: zone,
    ttl: maxSoaTtlSeconds,
    rdata: [
      {
        mname: zone,
        rname: nobody,
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
