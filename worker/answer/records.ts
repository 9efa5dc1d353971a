import { parseAddress } from '../../dns/address.ts'
import { TYPE } from '../../dns/code.ts'
import { maxMessageBytes, maxSoaTtlSeconds } from '../../dns/limits.ts'
import { labelName, type Name } from '../../dns/name.ts'
import type { Rrset, Srv } from '../../dns/record.ts'
import type { SignedRoot } from '../../snapshot/schema.ts'
import { type Found, type Holder, targetOf } from './found.ts'
import { authorityOf, nameInZone } from './service-zone.ts'

/** The context of a name's records. `owner` and `zone` have the case of the question. */
export type Setting = {
  readonly owner: Name
  readonly zone: Name
  /** The cluster's first zone: PTR targets end in it, and it has the nameserver of the zone `svc`. */
  readonly primaryZone: Name
  readonly ttlSeconds: number
  readonly serial: number
  /** Canonical addresses of ns.dns. */
  readonly nameservers: readonly string[]
}

/** The records of one type. Without answers, the name exists without this type (NODATA). */
export type Records = { readonly answers: readonly Rrset[]; readonly additional: readonly Rrset[] }

const noRecords: Records = { answers: [], additional: [] }
const nameserverName = labelName('ns') + labelName('dns')
const hostmasterName = labelName('hostmaster')

/** The only record in an answer to ANY (RFC 8482 §4.2). */
const anyAnswer = { cpu: 'RFC8482', os: '' }

type Existing = Exclude<Found, { kind: 'nothing' | 'alias' }>

/**
 * The data of an existing name and a query type → the records. Of more addresses than a message has room for, a random part
 * is taken; `random` returns a number in [0, 1).
 */
export function recordsOf(found: Existing, qtype: number, setting: Setting, random: () => number): Records {
  if (qtype === TYPE.ANY) {
    return answer({ type: 'HINFO', owner: setting.owner, ttl: setting.ttlSeconds, rdata: [anyAnswer] })
  }
  switch (found.kind) {
    case 'empty':
      return noRecords
    case 'apex':
      return apexRecords(qtype, setting)
    case 'nameserver':
      return addressRecords(setting.owner, setting.nameservers, qtype, setting.ttlSeconds)
    case 'text':
      if (qtype !== TYPE.TXT) return noRecords
      return answer({ type: 'TXT', owner: setting.owner, ttl: found.ttlSeconds, rdata: [found.strings] })
    case 'pointers':
      if (qtype !== TYPE.PTR) return noRecords
      return answer({
        type: 'PTR',
        owner: setting.owner,
        ttl: setting.ttlSeconds,
        rdata: found.targets.map((target) => target + setting.primaryZone),
      })
    case 'addresses':
      if (qtype === TYPE.SRV) return serviceRecords(found.holders, setting)
      return addressRecords(
        setting.owner,
        someAddresses(found.holders, qtype, random),
        qtype,
        setting.ttlSeconds,
      )
  }
}

/** More address records than the longest message has room for: a pointer, type, class, TTL, length and 4 bytes each. */
const tooManyAddresses = Math.ceil(maxMessageBytes / 16)

/**
 * The holders' addresses. Of more addresses than a message has room for, a random part that is still too many: records
 * that are left out again would cost most of a query for a Service with tens of thousands of endpoints. An address that
 * several endpoints have is the more likely to be in it.
 */
function someAddresses(holders: readonly Holder[], qtype: number, random: () => number): readonly string[] {
  if (holders.length <= tooManyAddresses) return holders.map(addressOf)
  const isWanted = (address: string): boolean => address.includes(':') === (qtype === TYPE.AAAA)
  const left = Uint32Array.from({ length: holders.length }, (_, at) => at)
  const drawn = new Set<string>()
  for (let count = left.length; count > 0 && drawn.size < tooManyAddresses; count--) {
    const at = Math.floor(random() * count)
    const address = holders[left[at] ?? 0]?.address ?? ''
    left[at] = left[count - 1] ?? 0
    if (isWanted(address)) drawn.add(address)
  }
  return [...drawn]
}

/** The zone's SOA, with CoreDNS's timers. Its TTL is at most 300 seconds (CoreDNS newSOA). */
export function soaOf({
  zone,
  primaryZone,
  ttlSeconds,
  serial,
}: Pick<Setting, 'zone' | 'primaryZone' | 'ttlSeconds' | 'serial'>): Rrset {
  const authority = authorityOf(zone, primaryZone)
  return {
    type: 'SOA',
    owner: zone,
    ttl: Math.min(ttlSeconds, maxSoaTtlSeconds),
    rdata: [
      {
        mname: nameserverName + authority,
        rname: hostmasterName + authority,
        serial,
        refresh: 7_200,
        retry: 1_800,
        expire: 86_400,
        minimum: ttlSeconds,
      },
    ],
  }
}

function apexRecords(qtype: number, setting: Setting): Records {
  const { owner, zone, primaryZone, ttlSeconds, nameservers } = setting
  if (qtype === TYPE.SOA) return answer(soaOf(setting))
  if (qtype !== TYPE.NS) return noRecords
  const target = nameserverName + authorityOf(zone, primaryZone)
  return {
    answers: [{ type: 'NS', owner, ttl: ttlSeconds, rdata: [target] }],
    additional: bothFamilies(target, nameservers, ttlSeconds),
  }
}

/**
 * One SRV record per target and port, with priority 0. The weight is 100 divided by the number of entries, at least 1.
 * The entries are counted before equal ones are merged, and include those without a port or a port number (CoreDNS
 * backend_lookup.go, SRV). Targets beyond the longest message are left out, and then all addresses are, since a message
 * has no room for them; it is truncated as it would be with them.
 */
function serviceRecords(holders: readonly Holder[], setting: Setting): Records {
  const entries = holders.reduce((sum, { ports }) => sum + Math.max(ports.length, 1), 0)
  const weight = Math.max(1, Math.floor(100 / entries))
  const records = new Map<string, Srv>()
  const byTarget = new Map<Name, Set<string>>()
  let leastBytes = 0
  for (const holder of holders) {
    // Records of which nothing fits are not made: with tens of thousands of endpoints they cost most of a query.
    if (leastBytes > maxMessageBytes) break
    const numbered = holder.ports.filter(([, , port]) => port > 0)
    if (numbered.length === 0) continue
    const target = nameInZone(targetOf(holder), setting.zone, setting.primaryZone)
    for (const [, , port] of numbered) records.set(`${port} ${target}`, { priority: 0, weight, port, target })
    const known = byTarget.get(target)
    if (known) {
      known.add(holder.address)
      continue
    }
    leastBytes += leastSrvBytes + target.length
    byTarget.set(target, new Set([holder.address]))
  }
  if (records.size === 0) return noRecords
  return {
    answers: [{ type: 'SRV', owner: setting.owner, ttl: setting.ttlSeconds, rdata: [...records.values()] }],
    additional:
      leastBytes > maxMessageBytes
        ? []
        : [...byTarget].flatMap(([target, list]) => bothFamilies(target, [...list], setting.ttlSeconds)),
  }
}

/** The bytes of an SRV record without its target: a pointer, type, class, TTL, length; priority, weight, port. */
const leastSrvBytes = 18

function bothFamilies(owner: Name, list: readonly string[], ttlSeconds: number): readonly Rrset[] {
  return [TYPE.A, TYPE.AAAA].flatMap((qtype) => addressRecords(owner, list, qtype, ttlSeconds).answers)
}

function addressRecords(owner: Name, list: readonly string[], qtype: number, ttl: number): Records {
  const type = qtype === TYPE.A ? 'A' : qtype === TYPE.AAAA ? 'AAAA' : undefined
  if (!type) return noRecords
  const length = type === 'A' ? 4 : 16
  const rdata: Uint8Array[] = []
  for (const text of new Set(list)) {
    const bytes = parseAddress(text)
    if (bytes?.length === length) rdata.push(bytes)
  }
  return rdata.length > 0 ? answer({ type, owner, ttl, rdata }) : noRecords
}

function addressOf({ address }: Holder): string {
  return address
}

function answer(rrset: Rrset): Records {
  return { answers: [rrset], additional: [] }
}

/** The context of the records of a name, from its zone, root and cluster. */
export function settingOf(
  owner: Name,
  zone: Name,
  root: SignedRoot,
  cluster: { readonly zones: readonly Name[]; readonly nameservers: readonly string[] },
): Setting {
  return {
    owner,
    zone,
    primaryZone: cluster.zones[0] ?? zone,
    ttlSeconds: root.ttl,
    serial: root.serial,
    nameservers: cluster.nameservers,
  }
}
