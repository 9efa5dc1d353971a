import { queryBytes } from '../../../dns/arbitrary.case.ts'
import { RCODE } from '../../../dns/code.ts'
import { nameFromText } from '../../../dns/name.ts'
import { generateKey, importPrivateKey, type SigningKey } from '../../../snapshot/key.ts'
import { proofHeader, signProof } from '../../../snapshot/proof.ts'
import type { DnsRequest } from '../../../worker/dns-exchange.ts'
import { get, startMs } from '../../../worker/edge.case.ts'
import type { DohRequest } from '../../../worker/http/request.ts'
import { type Dig, endpoint, namespace, port, service, slice, typeCode } from '../../dig.ts'
import type { Random } from '../../seeded-random.ts'
import { type ClusterPlan, startProduct } from '../leak-world.ts'
import { drawToken, type TestToken } from '../make-policy.ts'
import type { TimedClass } from './measure.ts'

/** Classes that a caller must not be able to tell apart by time. */
export type Group = { readonly name: string; readonly dig: Dig; readonly classes: readonly TimedClass[] }

/** The added time of the control in each group (µs). */
export const controlMicros = 2

/** The host of DNS over TLS. */
const dotHost = 'dns.example.com'

/** The key of a follower of the cluster, and one that is listed nowhere. */
const followerKey: SigningKey = await importPrivateKey(await generateKey())
const strangerKey: SigningKey = await importPrivateKey(await generateKey())

/** How many tokens of each class are used in turn. */
const tokensPerClass = 500

/**
 * Starts edges with 3,000 tokens, and two namespaces of which the caller may see one; everything is in memory. The names
 * are asked at one edge with an answer cache and at one without.
 */
export async function startGroups(random: Random): Promise<Group[]> {
  const draw = (): string => drawToken('test', random)
  const holder = draw()
  const list = (): string[] => Array.from({ length: tokensPerClass }, draw)
  const lists: Tokens = { expired: list(), early: list(), otherDoor: list() }
  const dot: Tokens = { expired: list(), early: list(), otherDoor: lists.expired }
  const some: readonly TestToken[] = [
    ...lists.expired.map((text): TestToken => ({ text, scope: 'all', expiresMs: startMs - 1_000 })),
    ...lists.early.map((text): TestToken => ({ text, scope: 'all', notBeforeMs: startMs + 3_600_000 })),
    ...lists.otherDoor.map((text): TestToken => ({ text, scope: 'all', doors: ['dot'] })),
    ...Array.from({ length: tokensPerClass }, (): TestToken => ({ text: draw(), scope: 'all' })),
    ...dot.expired.map(
      (text): TestToken => ({ text, scope: 'all', doors: ['dot'], expiresMs: startMs - 1_000 }),
    ),
    ...dot.early.map(
      (text): TestToken => ({ text, scope: 'all', doors: ['dot'], notBeforeMs: startMs + 3_600_000 }),
    ),
  ]
  const cluster: ClusterPlan = {
    id: 'test',
    objects: objects(),
    reverse: ['10.0.0.0/8'],
    followers: [followerKey.publicKey],
    policy: { tokens: [{ text: holder, scope: ['mine'] }, ...some], anonymous: null, bits: 2 },
    root: { generation: startMs + 1 },
  }
  const clusters = [cluster]
  const config = { public: false, memoryBytes: 16_000_000 }
  const cached = await startProduct({ clusters, config: { ...config, dotHost } })
  const uncached = await startProduct({ clusters, config: { ...config, answerBytes: 1 } })
  return [
    { name: 'tokens that are not valid', dig: cached, classes: refusedClasses(lists, draw, random) },
    {
      name: 'tokens that are not valid, in the server name of TLS',
      dig: cached,
      classes: refusedServerNames(dot, draw, random),
    },
    { name: 'requests of followers', dig: cached, classes: await followClasses(random) },
    ...nameGroups(holder, 'from the answer cache').map((group) => ({ ...group, dig: cached })),
    ...nameGroups(holder, 'without the answer cache').map((group) => ({ ...group, dig: uncached })),
  ]
}

/**
 * Names of each class that are asked in turn: as many in every class, since rarely used ones take longer. They are in
 * several /24, and all addresses end in three digits, from 101 on, so that all names have the same length.
 */
const perSubnet = 38
const subnets = 3
const namesPerClass = subnets * perSubnet
/** Three classes are about existing Services. */
const services = 3 * namesPerClass

/** An address of a /24 of one namespace's Services; `index` counts the addresses of one /24 after those of another. */
function addressOf(network: string, namespaceAt: number, index: number, ofEach: number, from = 101): string {
  const subnet = Math.floor(index / ofEach)
  return `${network}.${namespaceAt * subnets + subnet}.${from + (index % ofEach)}`
}

function objects(): ClusterPlan['objects'] {
  const both = ['mine', 'hidden']
  return [
    ...both.map(namespace),
    ...both.flatMap((space, at) =>
      Array.from({ length: services }, (_, index) => [
        service(`${space}/svc-${index + 100}`, {
          clusterIPs: [addressOf('10.96', at, index, 3 * perSubnet)],
          ports: [port('http:80')],
        }),
        slice(
          `${space}/svc-${index + 100}`,
          [endpoint(addressOf('10.244', at, index, 3 * perSubnet))],
          [port('http:80')],
        ),
      ]).flat(),
    ),
  ]
}

type Tokens = Readonly<Record<'expired' | 'early' | 'otherDoor', readonly string[]>>

function refusedClasses(
  { expired, early, otherDoor }: Tokens,
  draw: () => string,
  random: Random,
): TimedClass[] {
  const status = 404
  const paths = (make: (at: number) => string): (() => DohRequest) =>
    inTurn(Array.from({ length: tokensPerClass }, (_, at) => make(at)))
  const malformed = (): string => draw().replaceAll(/[a-z]/g, (letter) => (random.chance(0.2) ? '8' : letter))
  return [
    { name: 'unknown token', status, request: paths(draw) },
    { name: 'expired token', status, request: paths((at) => expired[at] ?? '') },
    { name: 'token that is not valid yet', status, request: paths((at) => early[at] ?? '') },
    { name: 'token for another door', status, request: paths((at) => otherDoor[at] ?? '') },
    { name: 'malformed token', status, request: paths(malformed) },
    { name: 'token of an unknown cluster', status, request: paths(() => draw().replace('test', 'nope')) },
    { name: 'wrong path', status, request: paths(() => draw().replace('-', '/')) },
    ...controls('unknown token', status, () => paths(draw)),
  ]
}

/**
 * Requests for roots with a stranger's proof: to a cluster that has followers, to an unknown cluster, and to an unknown route.
 * Their paths differ, as rarely used ones take longer, and all have one length.
 */
async function followClasses(random: Random): Promise<TimedClass[]> {
  const status = 404
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'.split('')
  const hash = (): string => Array.from({ length: 43 }, () => random.pick(letters)).join('')
  const claim = { cluster: 'test', method: 'GET', path: '/follow/test/head', body: new Uint8Array() }
  const headers = { [proofHeader]: await signProof(claim, strangerKey, startMs, 'kubedoh-follow') }
  const below = (folder: string): (() => DohRequest) => {
    const paths = Array.from({ length: tokensPerClass }, () => folder + hash())
    let next = 0
    return () => get(paths[next++ % paths.length] ?? '', headers)
  }
  const first = 'cluster with followers'
  return [
    { name: first, status, request: below('/follow/test/root/') },
    { name: 'unknown cluster', status, request: below('/follow/nope/root/') },
    { name: 'unknown route', status, request: below('/follow/test/nope/') },
    ...controls(first, status, () => below('/follow/test/root/')),
  ]
}

function refusedServerNames(
  { expired, early, otherDoor }: Tokens,
  draw: () => string,
  random: Random,
): TimedClass[] {
  const status = RCODE.REFUSED
  const bytes = queryBytes(nameFromText('svc-100.mine.svc.cluster.local'))
  const labels = (make: (at: number) => string): (() => DnsRequest) => {
    const names = Array.from({ length: tokensPerClass }, (_, at) => `${make(at)}.${dotHost}`)
    let next = 0
    return () => {
      const serverName = names[next++ % names.length]
      return { bytes, transport: 'dot', peer: '192.0.2.1', serverName, maxBytes: 65_535 }
    }
  }
  const malformed = (): string => draw().replaceAll(/[a-z]/g, (letter) => (random.chance(0.2) ? '8' : letter))
  return [
    { name: 'unknown token', status, request: labels(draw) },
    { name: 'expired token', status, request: labels((at) => expired[at] ?? '') },
    { name: 'token that is not valid yet', status, request: labels((at) => early[at] ?? '') },
    { name: 'token for another door', status, request: labels((at) => otherDoor[at] ?? '') },
    { name: 'malformed token', status, request: labels(malformed) },
    { name: 'token of an unknown cluster', status, request: labels(() => draw().replace('test', 'nope')) },
    { name: 'two labels', status, request: labels(() => draw().replace('-', '.')) },
    ...controls('unknown token', status, () => labels(draw)),
  ]
}

function nameGroups(holder: string, how: string): Omit<Group, 'dig'>[] {
  const status = 200
  const ask = (name: (at: number) => string, type = 'A'): (() => DohRequest) =>
    inTurn(Array.from({ length: namesPerClass }, (_, at) => queryPath(`${holder}?dns=`, name(at), type)))
  const name = (label: string, space: string): string => `${label}.${space}.svc.cluster.local`
  const reverseOf = (at: number, from: number): string => {
    const labels = addressOf('10.96', 1, at, perSubnet, from).split('.')
    return `${labels.toReversed().join('.')}.in-addr.arpa`
  }
  const hidden = (part: number): (() => DohRequest) =>
    ask((at) => name(`svc-${100 + part * namesPerClass + at}`, 'hidden'))
  const ofHidden = (part: number): (() => DohRequest) =>
    ask((at) => reverseOf(at, 101 + part * perSubnet), 'PTR')
  return [
    {
      name: `names of Services, ${how}`,
      classes: [
        { name: 'hidden', status, request: hidden(0) },
        { name: 'in a missing namespace', status, request: ask((at) => name(`svc-${100 + at}`, 'absent')) },
        {
          name: 'missing in a hidden namespace',
          status,
          request: ask((at) => name(`not-${100 + at}`, 'hidden')),
        },
        ...controls('hidden', status, (part) => hidden(part)),
      ],
    },
    {
      name: `reverse names, ${how}`,
      classes: [
        { name: 'of a hidden Service', status, request: ofHidden(0) },
        {
          name: 'of no Service, in a /24 of hidden ones',
          status,
          request: ask((at) => reverseOf(at, 101 + 3 * perSubnet), 'PTR'),
        },
        ...controls('of a hidden Service', status, ofHidden),
      ],
    },
  ]
}

function queryPath(prefix: string, name: string, type: string): string {
  const query = queryBytes(nameFromText(name), { type: typeCode(type) })
  return prefix + Buffer.from(query).toString('base64url')
}

function inTurn(paths: readonly string[]): () => DohRequest {
  let next = 0
  return () => get(`/dns-query/${paths[next++ % paths.length]}`)
}

/** Two more classes like the first of a group, with requests of their own; one has added time. */
function controls(
  name: string,
  status: number,
  request: (part: number) => TimedClass['request'],
): TimedClass[] {
  return [
    { name: `${name}, again`, status, request: request(1) },
    {
      name: `control: ${name} and ${controlMicros} µs`,
      status,
      request: request(2),
      addedMicros: controlMicros,
    },
  ]
}
