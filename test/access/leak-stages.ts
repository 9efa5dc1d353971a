import { generateKey, importPrivateKey, type SigningKey } from '../../snapshot/key.ts'
import { mintToken } from '../../snapshot/policy/minted-token.ts'
import type { Scope } from '../../snapshot/policy/schema.ts'
import { startMs } from '../../worker/edge.case.ts'
import type { KubeObject, Site } from '../dig.ts'
import type { Random } from '../seeded-random.ts'
import { generatedNamespaces, generateObjects } from './generate-objects.ts'
import type { Stage } from './leak-matrix.ts'
import type { CallerPlan, ClusterPlan } from './leak-world.ts'
import { drawToken, type TestNetwork, type TestPolicy } from './make-policy.ts'

/** The host of DNS over TLS. */
const dotHost = 'dns.example.com'

const minterKey: SigningKey = await importPrivateKey(await generateKey())

/** The key of an edge that may follow the first cluster, which no caller has. */
const followerKey: SigningKey = await importPrivateKey(await generateKey())

/** Tokens that keep their texts through all stages of a run. */
type Tokens = Readonly<
  Record<'everything' | 'some' | 'other' | 'nothing' | 'second' | 'unknown' | 'dot', string>
>

/** The zones, ranges and settings of the two clusters: each serves its own cluster.local. */
function drawSites(random: Random): (Site & { readonly id: string })[] {
  const reverse = random.pick([
    [],
    ['10.96.0.0/16', '10.244.1.0/24'],
    ['10.0.0.0/8', 'fd00::/8', '203.0.113.0/24'],
  ])
  const asOfMs = startMs - random.pick([0, 0, 0, 20 * 60_000])
  return ['one', 'two'].map((id) => ({
    id,
    objects: generateObjects(random),
    zones: [
      ...(random.chance(0.7) ? ['cluster.local'] : []),
      `${id}.example.com`,
      ...(random.chance(0.5) ? ['svc'] : []),
    ],
    reverse: id === 'one' || random.chance(0.5) ? reverse : ['172.16.0.0/12'],
    reversePublic: random.chance(0.5),
    nameservers: ['192.0.2.53'],
    followers: id === 'one' ? [followerKey.publicKey] : [],
    build: {
      pods: random.pick(['disabled', 'insecure', 'verified'] as const),
      endpointNames: random.chance(0.8),
    },
    root: { asOfMs },
  }))
}

/**
 * Three stages of a run: generated clusters with a policy; the same with other scopes; the same with other objects and
 * without one of the policies. `objects` replaces the first cluster's objects in all stages.
 */
export async function drawStages(random: Random, objects?: readonly KubeObject[]): Promise<Stage[]> {
  const [one, two] = drawSites(random)
  if (!one || !two) throw new Error('no clusters')
  const first = objects ? { ...one, objects } : one
  const tokens: Tokens = {
    everything: drawToken('one', random),
    some: drawToken('one', random),
    other: drawToken('one', random),
    nothing: drawToken('one', random),
    second: drawToken('two', random),
    unknown: drawToken('one', random),
    dot: drawToken('one', random),
  }
  const forward = random.chance(0.5)
  const config = {
    public: random.chance(0.3),
    dotHost,
    // Sometimes too small for all blobs, or for all answers.
    memoryBytes: random.pick([1_000_000, 10_000]),
    answerBytes: random.pick([1_000_000, 3_000]),
    upstream: {
      urls: ['https://upstream.example/dns-query'],
      timeoutMs: 1_000,
      forward,
      cacheBytes: 1_000_000,
    },
  }
  const stage = (number: number, sites: Draft['sites']): Promise<Stage> =>
    drawStage({ number, sites, tokens, config }, random)
  const changed = [
    { ...first, objects: objects ?? generateObjects(random) },
    { ...two, objects: generateObjects(random) },
  ]
  return [await stage(0, [first, two]), await stage(1, [first, two]), await stage(2, changed)]
}

type Draft = {
  readonly number: number
  readonly sites: readonly (Site & { readonly id: string })[]
  readonly tokens: Tokens
  readonly config: Stage['plan']['config']
}

async function drawStage({ number, sites, tokens, config }: Draft, random: Random): Promise<Stage> {
  const forward = config.upstream?.forward ?? false
  const names = [...new Set(sites.flatMap(({ objects }) => objects.flatMap(namespaceNames)))]
  const drawScope = (): Scope =>
    [...generatedNamespaces, ...names.slice(0, 8)].filter(() => random.chance(0.4)).toSorted()
  const scopes = {
    some: drawScope(),
    other: drawScope(),
    second: random.chance(0.3) ? 'all' : drawScope(),
  } as const
  const minted = drawScope()
  const anonymous: Record<string, Scope | null> = {
    one: random.chance(0.5) ? drawScope() : null,
    two: random.pick([null, 'all', []]),
  }
  const networks = {
    one: [
      { cidr: '10.1.0.0/16', scope: drawScope() },
      { cidr: '10.0.0.0/8', scope: drawScope(), forward },
      { cidr: 'fd00::/8', scope: random.pick(['all' as const, drawScope()]), forward },
    ],
    two: [{ cidr: '10.1.2.0/24', scope: drawScope() }],
  }
  const policies: Record<string, TestPolicy> = {
    one: {
      tokens: [
        { text: tokens.everything, scope: 'all', forward },
        { text: tokens.some, scope: scopes.some, forward },
        { text: tokens.other, scope: scopes.other },
        { text: tokens.nothing, scope: [] },
        { text: tokens.dot, scope: scopes.other, doors: ['dot'] },
      ],
      anonymous: anonymous.one ?? null,
      networks: networks.one,
      minting: [{ key: minterKey, scope: minted, maxSeconds: 900 }],
      bits: random.between(0, 3),
    },
    two: {
      tokens: [{ text: tokens.second, scope: scopes.second }],
      anonymous: anonymous.two ?? null,
      networks: networks.two,
      bits: 1,
    },
  }
  const clusters = sites.map(
    (site): ClusterPlan => ({
      ...site,
      policy: policies[site.id] ?? null,
      root: { ...site.root, generation: startMs + 1 + number },
    }),
  )
  const callers = [
    ...(await callersOf(tokens, scopes, anonymous, minted)),
    ...dnsCallers(tokens, scopes.other, anonymous, networks),
  ]
  return { plan: { clusters, config }, callers }
}

async function callersOf(
  tokens: Tokens,
  { some, other, second }: { some: Scope; other: Scope; second: Scope },
  anonymous: Readonly<Record<string, Scope | null>>,
  ceiling: Scope,
): Promise<CallerPlan[]> {
  const seconds = Math.floor(startMs / 1000)
  const claimed = [...generatedNamespaces.slice(0, 2)]
  const claims = { aud: 'one', iat: seconds, exp: seconds + 600, namespaces: claimed }
  const minted = await mintToken(claims, minterKey)
  const sees = Object.fromEntries(Object.entries(anonymous).filter(([, scope]) => scope !== null))
  return [
    { name: 'no token', segment: '', peer: '10.1.2.3', sees: sees as Record<string, Scope> },
    { name: 'everything', segment: tokens.everything, sees: { one: 'all' } },
    { name: 'some', segment: tokens.some, sees: { one: some } },
    { name: 'some, as bearer', segment: '', authorization: `Bearer ${tokens.some}`, sees: { one: some } },
    { name: 'nothing', segment: tokens.nothing, sees: { one: [] } },
    {
      name: 'two of one cluster',
      segment: `${tokens.some},${tokens.other}`,
      sees: { one: unite(some, other) },
    },
    { name: 'one, then two', segment: `${tokens.some},${tokens.second}`, sees: { one: some, two: second } },
    { name: 'two, then one', segment: `${tokens.second},${tokens.some}`, sees: { two: second, one: some } },
    { name: 'two', segment: tokens.second, sees: { two: second } },
    {
      name: 'one in the path, two as bearer',
      segment: tokens.some,
      authorization: `Bearer ${tokens.second}`,
      sees: { one: some, two: second },
    },
    { name: 'some and an unknown token', segment: `${tokens.some},${tokens.unknown}`, sees: {} },
    {
      name: 'minted',
      segment: minted,
      // Neither may forward.
      oracleSegment: tokens.other,
      sees: { one: ceiling === 'all' ? claimed : claimed.filter((name) => ceiling.includes(name)) },
    },
  ]
}

/** Callers over UDP, TCP and TLS: by their addresses, and with a token in the server name. */
function dnsCallers(
  tokens: Tokens,
  other: Scope,
  anonymous: Readonly<Record<string, Scope | null>>,
  { one, two }: Readonly<Record<'one' | 'two', readonly TestNetwork[]>>,
): CallerPlan[] {
  const caller = (
    name: string,
    peer: string,
    scopes: Readonly<Record<string, Scope | undefined>>,
  ): CallerPlan => {
    const seen = Object.entries({ ...anonymous, ...scopes }).filter(([, scope]) => scope !== null)
    return { name, segment: '', dns: { peer }, sees: Object.fromEntries(seen) as Record<string, Scope> }
  }
  const holder = (name: string, token: string, sees: CallerPlan['sees']): CallerPlan => ({
    name,
    segment: '',
    dns: { peer: '10.1.2.3', serverName: `${token}.${dotHost}` },
    sees,
  })
  return [
    caller('a network of both', '10.1.2.3', { one: one[0]?.scope, two: two[0]?.scope }),
    caller('the same network, by an IPv4-mapped address', '::ffff:10.1.2.4', {
      one: one[0]?.scope,
      two: two[0]?.scope,
    }),
    caller('the wider network', '10.200.0.1', { one: one[1]?.scope }),
    caller('a network of IPv6', 'fd00::1', { one: one[2]?.scope }),
    caller('in no network', '192.0.2.77', {}),
    caller('loopback', '127.0.0.1', {}),
    holder('a token in the server name', tokens.dot, { one: other }),
    holder('a token of another door in the server name', tokens.some, {}),
  ]
}

function unite(a: Scope, b: Scope): Scope {
  return a === 'all' || b === 'all' ? 'all' : [...new Set([...a, ...b])].toSorted()
}

function namespaceNames({ kind, metadata }: KubeObject): string[] {
  return kind === 'Namespace' ? [(metadata as { name: string }).name] : []
}
