import assert from 'node:assert/strict'
import { optRecord, queryBytes, u16s } from '../../dns/arbitrary.case.ts'
import { maxQueryBytes } from '../../dns/limits.ts'
import { nameFromText } from '../../dns/name.ts'
import { get, post } from '../../worker/edge.case.ts'
import { sampleObjects } from '../../worker/sample.case.ts'
import { type Dig, dig } from '../dig.ts'
import type { Random } from '../seeded-random.ts'
import { mutateBytes, randomBytes } from './mutate.ts'
import { assertAnswerTo, assertRefusal } from './outcome.ts'
import type { Target } from './target.ts'

/** Names of every kind that the grammar distinguishes. */
export const askedNames: readonly string[] = [
  'web.prod.svc.cluster.local',
  'Peers.Prod.SVC.k8s.example.com',
  'db-0.db.prod.svc.cluster.local',
  '10-244-1-8.peers.prod.svc.cluster.local',
  '_http._tcp.web.prod.svc.cluster.local',
  'alias.prod.svc.cluster.local',
  'ext.prod.svc.cluster.local',
  'nope.prod.svc.cluster.local',
  'prod.svc.cluster.local',
  'cluster.local',
  'ns.dns.cluster.local',
  'dns-version.cluster.local',
  '_snapshot.cluster.local',
  'Web.Prod.SVC',
  '_http._tcp.web.prod.svc',
  'alias.prod.svc',
  'nope.svc',
  'svc',
  '_dns.resolver.arpa',
  '_dns.dns.example.com',
  '10.0.96.10.in-addr.arpa',
  '0.96.10.in-addr.arpa',
  '7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.4.4.2.0.0.1.0.0.0.0.d.f.ip6.arpa',
  '1.1.168.192.in-addr.arpa',
  'www.example.com',
  '.',
]
const types = [1, 2, 5, 6, 12, 15, 16, 28, 33, 41, 64, 65, 250, 251, 252, 255, 0, 65_535]

/** An edge with the sample cluster in three zones and three ranges, and with a name of its own. */
export function sampleEdge(): Promise<Dig> {
  const url = 'https://dns.example.com/dns-query'
  const sites = [
    {
      objects: sampleObjects,
      zones: ['cluster.local', 'k8s.example.com', 'svc'],
      reverse: ['10.96.0.0/16', '10.244.0.0/16', 'fd00:10::/32'],
      nameservers: ['192.0.2.53'],
    },
  ]
  return dig(sites, { url })
}

/** A valid query. */
export function validQuery(random: Random): string {
  const options = [
    '',
    u16s(12, 4, 0, 0),
    u16s(10, 8, 1, 2, 3, 4),
    u16s(8, 4, 1, 0),
    u16s(random.between(0, 65_535), 0),
  ]
  const opt = optRecord(random.pick(options), [0, random.pick([0, 0x8000])])
  const extra = random.chance(0.7) ? ({ counts: [1, 0, 0, 1], tail: opt } as const) : {}
  const bytes = queryBytes(nameFromText(random.pick(askedNames)), {
    id: random.between(0, 65_535),
    flags: random.pick([0x0100, 0, 0x0110, 0x0120]),
    type: random.pick(types),
    class: random.chance(0.95) ? 1 : random.pick([0, 3, 4, 254, 255]),
    ...extra,
  })
  return Buffer.from(bytes).toString('latin1')
}

/** The bytes of a DNS message: random, or a valid query with changes. */
export function drawQuery(random: Random): string {
  const kind = random.next()
  if (kind < 0.1) return randomBytes(random, random.between(0, 600))
  if (kind < 0.2)
    return u16s(1, 0x0100, 1, random.between(0, 2), 0, 1) + randomBytes(random, random.between(0, 300))
  if (kind < 0.25) return validQuery(random)
  if (kind < 0.27) return validQuery(random) + randomBytes(random, random.between(3_000, 5_000))
  return mutateBytes(validQuery(random), random, [validQuery(random)])
}

/**
 * The required response to any bytes of a message: 400 for fewer than 12 bytes and for messages that are responses, 413
 * and 414 above the limits, otherwise a DNS response.
 */
export async function checkQuery(query: string, { send }: Dig): Promise<void> {
  const bytes = Buffer.from(query, 'latin1')
  const viaPost = await send(post('/dns-query', bytes, { 'content-type': 'application/dns-message' }))
  const viaGet = await send(get(`/dns-query?dns=${bytes.toString('base64url')}`))
  const isLong = bytes.length > maxQueryBytes
  if (isLong || bytes.length < 12 || (bytes[2] ?? 0) >= 0x80) {
    assert.deepEqual([viaPost.status, viaGet.status], isLong ? [413, 414] : [400, 400])
    for (const response of [viaPost, viaGet]) assertRefusal(response)
    return
  }
  for (const response of [viaPost, viaGet]) assertAnswerTo(query, response)
  assert.deepEqual(viaGet, viaPost, 'GET and POST differ')
}

/** DNS messages, through the whole exchange. */
export const queryTarget: Target = {
  name: 'queries',
  what: 'the bytes of DNS queries, by GET and by POST',
  async open() {
    const at = await sampleEdge()
    return {
      draw: (random) => ({ query: drawQuery(random) }),
      check: ({ query = '' }) => checkQuery(query, at),
    }
  },
}
