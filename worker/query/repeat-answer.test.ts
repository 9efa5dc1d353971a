import assert from 'node:assert/strict'
import { test } from 'node:test'
import { optRecord, queryBytes } from '../../dns/arbitrary.case.ts'
import { parseCidr } from '../../dns/cidr.ts'
import { nameFromText } from '../../dns/name.ts'
import { hashBlob } from '../../snapshot/blob.ts'
import { decodeBlob } from '../../snapshot/decode.ts'
import { encodeEndpoints, encodeServices } from '../../snapshot/encode.case.ts'
import type { Blob, BlobHash, Root, ShardFamily } from '../../snapshot/schema.ts'
import { shardOf } from '../../snapshot/shard.ts'
import { generateObjects } from '../../test/access/generate-objects.ts'
import { drawToken, policyBlobs, type TestPolicy } from '../../test/access/make-policy.ts'
import { questionsAbout, sampleQuestions } from '../../test/access/questions.ts'
import {
  digAt,
  type KubeObject,
  namespace,
  type Site,
  service,
  snapshotOf,
  typeCode,
} from '../../test/dig.ts'
import { createRandom, type Random } from '../../test/seeded-random.ts'
import { exchangeDns } from '../dns-exchange.ts'
import {
  clusterConfig,
  get,
  rootOf,
  startMs,
  startTestEdge,
  storeSnapshot,
  type TestEdge,
} from '../edge.case.ts'

/* A cached answer equals the answer of a new look-up, also after changes of the root. */

const zones = ['cluster.local', 'prod.example.com']
const ranges = ['10.96.0.0/16', '10.244.0.0/16', 'fd00::/16']
const secrets = createRandom(1)
const [allToken, someToken] = [drawToken('test', secrets), drawToken('test', secrets)]

/** Policies that differ in the scopes of callers with the same key in the cache. */
const policies: readonly (TestPolicy | null)[] = [
  null,
  { tokens: [{ text: allToken, scope: 'all' }], anonymous: ['alpha'] },
  {
    tokens: [
      { text: allToken, scope: 'all' },
      { text: someToken, scope: ['alpha', 'beta'] },
    ],
    anonymous: ['beta'],
    networks: [{ cidr: '192.0.2.0/24', scope: ['gamma'] }],
  },
  {
    tokens: [
      { text: allToken, scope: ['alpha'] },
      { text: someToken, scope: ['gamma'] },
    ],
    anonymous: null,
    networks: [{ cidr: '192.0.2.0/24', scope: ['alpha'] }],
    bits: 1,
  },
]

/** What the next root is made from. */
type State = {
  objects: readonly KubeObject[]
  policy: TestPolicy | null
  build: NonNullable<Site['build']>
  bits: number
  generation: number
  serial: number
}

function change(state: State, random: Random): void {
  const kind = random.pick(['heartbeat', 'objects', 'objects', 'objects', 'policy', 'build', 'bits', 'new'])
  if (kind === 'heartbeat') return
  state.serial++
  if (kind === 'policy') state.policy = random.pick(policies)
  if (kind === 'bits') state.bits = random.between(0, 3)
  if (kind === 'new') state.objects = generateObjects(random)
  if (kind === 'objects') {
    const other = generateObjects(random)
    const at = random.between(0, state.objects.length - 1)
    const added = random.chance(0.5) ? [random.pick(other)] : []
    state.objects = unique([...state.objects.toSpliced(at, 1), ...added])
  }
  if (kind === 'build')
    state.build = {
      ttlSeconds: random.pick([5, 30]),
      pods: random.pick(['disabled', 'insecure', 'verified'] as const),
      endpointNames: random.chance(0.7),
    }
}

/** Objects with the name of a later one are left out. Slices of one Service have one name in these tests. */
function unique(objects: readonly KubeObject[]): KubeObject[] {
  const nameOf = ({ kind, metadata }: KubeObject): string => {
    const place = metadata as Readonly<Record<string, string>>
    return `${kind} ${place.namespace} ${place.name}`
  }
  const last = new Map(objects.map((object) => [nameOf(object), object]))
  return objects.filter((object) => object.kind === 'EndpointSlice' || last.get(nameOf(object)) === object)
}

async function publish({ kv, clock }: TestEdge, state: State): Promise<void> {
  const { content, blobs } = await snapshotOf({ objects: state.objects, build: state.build })
  const texts = [...blobs.values()]
  const split = async (family: ShardFamily): Promise<ShardFamily> => {
    const one = blobs.get(family.shards[0] ?? '')
    if (one === undefined || state.bits === 0) return family
    const parts = Array.from({ length: 2 ** state.bits }, (_, shard) =>
      part(decodeBlob(one), shard, state.bits),
    )
    texts.push(...parts.filter((text) => text !== undefined))
    const hashes = parts.map(
      (text): Promise<BlobHash | null> => (text === undefined ? Promise.resolve(null) : hashBlob(text)),
    )
    return { bits: state.bits, shards: await Promise.all(hashes) }
  }
  const policy = state.policy && (await policyBlobs(state.policy))
  texts.push(...(policy?.texts ?? []))
  const root: Root = rootOf({
    ...content,
    services: await split(content.services),
    endpoints: content.endpoints && (await split(content.endpoints)),
    policy: policy?.ref ?? null,
    policyDropped: policy ? undefined : true,
    generation: ++state.generation,
    serial: state.serial,
    asOfMs: clock.now(),
  })
  await storeSnapshot(kv, root, texts)
}

/** The part of a blob that is in one of 2^bits shards, as text; undefined if it is empty. */
function part(blob: Blob, shard: number, bits: number): string | undefined {
  if (blob.kind !== 'services' && blob.kind !== 'endpoints') throw new TypeError(blob.kind)
  const isHere = ([key]: readonly [string, unknown]): boolean => shardOf(key, bits) === shard
  if (blob.kind === 'services') {
    const services = new Map([...blob.services].filter(isHere))
    return services.size === 0 ? undefined : encodeServices(services)
  }
  const services = new Map([...blob.services].filter(isHere))
  return services.size === 0 ? undefined : encodeEndpoints(services)
}

type Ask = {
  readonly name: string
  readonly type: string
  /** The end of the path over HTTP, or an address over TCP. */
  readonly from: string
  readonly hasOpt: boolean
}

/** The response to a question, as text. */
async function ask({ edge, send }: TestEdge, { name, type, from, hasOpt }: Ask): Promise<string> {
  const extra = hasOpt ? ({ counts: [1, 0, 0, 1], tail: optRecord() } as const) : {}
  const bytes = queryBytes(nameFromText(name), { type: typeCode(type), ...extra })
  if (from.startsWith('192.')) {
    const request = { bytes, transport: 'tcp', peer: from, serverName: undefined, maxBytes: 1_232 } as const
    const message = await exchangeDns(request, edge, { waitUntil: (promise) => void promise.catch(() => {}) })
    return Buffer.from(message ?? []).toString('hex')
  }
  const path = `/dns-query${from}?dns=${Buffer.from(bytes).toString('base64url')}`
  const { status, headers, body } = await send(get(path))
  return JSON.stringify([status, headers, Buffer.from(body).toString('hex')])
}

async function wake({ edge }: TestEdge): Promise<void> {
  const running: Promise<unknown>[] = []
  edge.reader.wake('test', { waitUntil: (promise) => void running.push(promise) })
  while (running.length > 0) await Promise.all(running.splice(0))
}

const callers = ['', `/${allToken}`, `/${someToken}`, '192.0.2.1', '192.168.0.1']

/**
 * Asks the same questions at an edge with a cache and at one without, while the root changes, and compares the responses.
 * Resolves to the number of answers from the cache that an earlier root had put there.
 */
async function compare(seed: number, steps: number): Promise<number> {
  const random = createRandom(seed)
  const state: State = {
    objects: generateObjects(random),
    ...{ policy: null, build: {}, bits: 0, generation: startMs, serial: 1 },
  }
  const cluster = clusterConfig({ zones, reverse: ranges.flatMap((text) => parseCidr(text) ?? []) })
  // A draw of almost 1 leaves all orders of addresses as they are.
  const cached = startTestEdge([cluster], { limits: noLimits }, { random: () => 0.999 })
  const plain = cached.restarted()
  plain.edge.answerCache.get = () => undefined
  const pool = sampleQuestions(
    questionsAbout([...state.objects, ...generateObjects(random)], zones),
    150,
    random,
  )
  const asked = new Set<string>()
  let hits = 0
  let isHit = false
  cached.edge.meter.searched = (isFound) => void (isHit = isFound)
  for (let step = 0; step < steps; step++) {
    change(state, random)
    cached.clock.advance(random.chance(0.05) ? 16 * 60_000 : random.between(250, 2_000))
    await publish(cached, state)
    if (random.chance(0.05)) cached.clock.advance(16 * 60_000)
    for (const edge of [cached, plain]) await wake(edge)
    const once = new Set<string>()
    for (let count = 0; count < 60; count++) {
      const { name, type } = random.pick(pool)
      const question: Ask = { name, type, from: random.pick(callers), hasOpt: random.chance(0.5) }
      const text = JSON.stringify(question)
      isHit = false
      const answer = await ask(cached, question)
      if (isHit && !once.has(text) && asked.has(text)) hits++
      assert.equal(answer, await ask(plain, question), `seed ${seed}, step ${step}: ${text}`)
      once.add(text)
      asked.add(text)
    }
  }
  return hits
}

const noLimits = { anonymous: 0, token: 0, failure: 0, ingest: 0, ingestBytes: 0 }
const seeds = Number(process.env.KUBEDOH_SEEDS ?? 3)

for (let seed = 1; seed <= seeds; seed++) {
  test(`answers from the cache equal new ones while roots, policies and shards change, seed ${seed}`, async () => {
    assert.ok((await compare(seed, 40)) > 30)
  })
}

/** Services in several shards: the Service that `change` is not about is in another shard. */
function shardedState(): State {
  const objects = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((name, at) => [
    service(`x/${name}`, { clusterIP: `10.96.0.${at + 1}` }),
  ])
  return {
    objects: [namespace('x'), ...objects],
    ...{ policy: null, build: {}, bits: 3, generation: startMs, serial: 1 },
  }
}

test('a root that changes another shard, or nothing, leaves cached answers in use; NODATA gets its serial', async () => {
  const at = await digAt(startTestEdge())
  const state = shardedState()
  const opens = countOpens(at)
  await publish(at, state)
  await wake(at)
  const shard = (name: string): number => shardOf(`x/${name}`, 3)
  const other = ['b', 'c', 'd', 'e', 'f'].find((name) => shard(name) !== shard('a')) ?? ''
  await at.ask('a.x.svc.cluster.local A').answers`a.x.svc.cluster.local. 5 IN A 10.96.0.1`
  await at.ask('a.x.svc.cluster.local AAAA').nodata('cluster.local')
  assert.equal(opens(), 2)
  for (const serial of [2, 3]) {
    state.serial = serial
    state.objects = [...state.objects, service(`x/${other}`, { clusterIP: `10.96.1.${serial}` })]
    await publish(at, state)
    await wake(at)
    await at.ask('a.x.svc.cluster.local A').answers`a.x.svc.cluster.local. 5 IN A 10.96.0.1`
    const { authority } = await at.ask('a.x.svc.cluster.local AAAA').nodata('cluster.local')
    assert.match(authority[0] ?? '', new RegExp(` hostmaster\\.cluster\\.local\\. ${serial} 7200 `))
    assert.equal(opens(), 2)
  }
  state.objects = [...state.objects, service('x/a', { clusterIP: '10.96.2.1' })]
  await publish(at, state)
  await wake(at)
  await at.ask('a.x.svc.cluster.local A').answers`a.x.svc.cluster.local. 5 IN A 10.96.2.1`
  assert.equal(opens(), 3)
})

test('once a cached answer was given in a view, the view before it answers no more from these shards', async () => {
  const at = await digAt(startTestEdge())
  const state = shardedState()
  for (let serial = 1; serial <= 2; serial++) {
    state.serial = serial
    await publish(at, state)
    await wake(at)
    await at.ask('a.x.svc.cluster.local A').read()
  }
  const [{ view } = { view: undefined }] = at.edge.reader.status()
  assert.deepEqual([...(view?.answered ?? [])], [`services/3/${shardOf('x/a', 3)}`])
})

/** Counts the look-ups: a cached answer opens no blobs. */
function countOpens({ edge }: TestEdge): () => number {
  let opens = 0
  const { open } = edge.reader
  edge.reader.open = (...given) => {
    opens++
    return open(...given)
  }
  return () => opens
}
