import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashBlob } from '../../snapshot/blob.ts'
import type { SigningKey } from '../../snapshot/key.ts'
import { blobKey, rootKey } from '../../snapshot/keys.ts'
import { jwsOf } from '../../snapshot/root-value.ts'
import { clusterConfig, get, rootValueOf, startMs, startTestEdge, testKey } from '../../worker/edge.case.ts'
import type { HeadRead, RegisterReads, RootRead } from '../../worker/register/reads.ts'
import { createRegisterSource } from '../../worker/source/register-source.ts'
import { digAt } from '../dig.ts'
import { genuine, type Made, make, servicesBlob, strangerKey } from './setup.case.ts'

/*
 * Forgeries by a register that lies, and by somebody who can write to the cache of a location. Heads are hints: signature and
 * hashes decide, the genuine snapshot stays in use, and a forgery never keeps a genuine root out.
 */

/** A register's answer to a reader without a root: a snapshot signed by `key`. */
async function answerOf(
  made: Made,
  key: SigningKey = testKey,
  schema: 1 | 2 = 2,
): Promise<Required<HeadRead>> {
  const value = await rootValueOf(made.root, key, schema)
  const texts = Object.fromEntries(
    await Promise.all(made.texts.map(async (text) => [await hashBlob(text), text] as const)),
  )
  const hash = await hashBlob(jwsOf(value))
  const { generation, term } = made.root
  return {
    head: { generation, term, hash, againMs: 1_000 },
    root: { value, young: Object.keys(texts), texts },
  }
}

const forged = await make('10.66.66.66', { generation: startMs + 1_000 })
const earlier = await make('10.96.0.9', { generation: startMs - 1 })
const next = await make('10.96.0.11', { generation: startMs + 2_000 })
const answers = {
  genuine: await answerOf(genuine),
  strange: await answerOf(forged, strangerKey),
  earlier: await answerOf(earlier),
  next: await answerOf(next),
}

/** An edge whose register gives the genuine snapshot; the store has it too. */
async function setScene() {
  const entries = new Map<string, string>()
  const state = {
    answer: answers.genuine,
    texts: new Map<string, string>(),
    buckets: new Map<string, string>(),
    beside: {} as Record<string, string>,
  }
  for (const { root } of Object.values(answers))
    for (const [hash, text] of Object.entries(root.texts)) state.texts.set(hash, text)
  const reads: RegisterReads = {
    head: async (_, known) => {
      const { head, root } = state.answer
      return known === head.hash ? { head } : { head, root }
    },
    blobs: async (_, hashes) => hashes.map((hash) => state.texts.get(hash) ?? null),
    buckets: async (_, wanted) => ({
      texts: wanted.map(({ hash }) => state.buckets.get(hash) ?? null),
      blobs: state.beside,
    }),
  }
  const cache = {
    get: async (name: string) => entries.get(name),
    put: async (name: string, text: string) => void entries.set(name, text),
  }
  const clusters = [clusterConfig({ id: 'prod', zones: ['cluster.local'] })]
  const started = startTestEdge(
    clusters,
    {},
    { sourceOf: (ports) => createRegisterSource({ ...ports, registerOf: () => reads, cache }) },
  )
  for (const text of genuine.texts) await started.kv.put(blobKey('prod', await hashBlob(text)), text)
  await started.kv.put(rootKey('prod'), answers.genuine.root.value)
  const sceneAt = async (edge: typeof started) => {
    const dig = await digAt(edge)
    /** The address of a Service after the next look at the root. */
    const address = async (): Promise<string> => {
      edge.clock.advance(5_000)
      const { rcode, answers: records } = await dig.ask('web.x.svc.cluster.local A').read()
      return records[0]?.split(' ').at(-1) ?? rcode
    }
    const refusal = async (): Promise<string | undefined> => {
      const { body } = await edge.send(get('/status'))
      const { clusters: all } = JSON.parse(String(body)) as {
        clusters: { lastRefusal: { code: string } | null }[]
      }
      return all[0]?.lastRefusal?.code
    }
    return { address, refusal, clock: edge.clock }
  }
  const store = (value: string): Promise<void> => started.kv.put(rootKey('prod'), value)
  return { ...(await sceneAt(started)), state, entries, store, restart: () => sceneAt(started.restarted()) }
}

type Lie = {
  readonly what: string
  readonly answer: () => Promise<HeadRead> | HeadRead
  /** The refusal on /status, of a root that is not taken for an outage of the register. */
  readonly code?: string
  /** The answer of an isolate that has just started. */
  readonly cold: string
}
const { genuine: good, strange } = answers
const change = (read: Required<HeadRead>, root: Partial<RootRead>): HeadRead => ({
  ...read,
  root: { ...read.root, ...root },
})

const lies: readonly Lie[] = [
  { what: "a root of a stranger's key", answer: () => strange, code: 'ROOT_UNVERIFIED', cold: 'SERVFAIL' },
  {
    what: "a stranger's root of a generation that no other exceeds",
    answer: () => ({ ...strange, head: { ...strange.head, generation: Number.MAX_SAFE_INTEGER } }),
    code: 'ROOT_UNVERIFIED',
    cold: 'SERVFAIL',
  },
  { what: 'an earlier root', answer: () => answers.earlier, code: 'ROOT_OLDER', cold: '10.96.0.9' },
  // A register that does not keep to the contract counts as away.
  {
    what: 'a root with another hash than the head',
    answer: () => ({ ...good, head: strange.head, root: { ...good.root } }),
    cold: '10.96.0.10',
  },
  { what: 'a head without its root', answer: () => ({ head: strange.head }), cold: '10.96.0.10' },
  { what: 'no head', answer: () => ({}) as HeadRead, cold: '10.96.0.10' },
  {
    what: 'a root that is no text',
    answer: () => change(strange, { value: 7 as unknown as string }),
    cold: '10.96.0.10',
  },
  {
    what: 'lists that are no lists',
    answer: () => change(strange, { young: 7 as never, texts: null as never }),
    cold: '10.96.0.10',
  },
]

for (const { what, answer, code, cold } of lies) {
  test(`a register that gives ${what}: the genuine root stays in use, and the next one is adopted`, async () => {
    const scene = await setScene()
    assert.equal(await scene.address(), '10.96.0.10')
    scene.state.answer = (await answer()) as Required<HeadRead>
    assert.equal(await scene.address(), '10.96.0.10')
    assert.equal(await scene.refusal(), code)
    scene.entries.clear()
    const started = await scene.restart()
    assert.equal(await started.address(), cold)
    scene.state.answer = answers.next
    for (const isolate of [scene, started]) {
      isolate.clock.advance(60_000)
      assert.equal(await isolate.address(), '10.96.0.11')
    }
  })
}

test('a blob of the register with other bytes is refused, whether it comes with the root or later', async () => {
  const { hash, text } = await servicesBlob(next)
  const wrong = text.replace('10.96.0.11', '10.66.66.66')
  for (const texts of [{ [hash]: wrong }, {}]) {
    const scene = await setScene()
    assert.equal(await scene.address(), '10.96.0.10')
    scene.state.texts.set(hash, wrong)
    scene.state.answer = { ...answers.next, root: { ...answers.next.root, texts } }
    assert.ok(['10.96.0.10', 'SERVFAIL'].includes(await scene.address()))
    assert.equal(await scene.refusal(), 'BLOB_MISMATCH')
    scene.state.texts.set(hash, text)
    scene.clock.advance(200_000)
    assert.equal(await scene.address(), '10.96.0.11')
  }
})

test('buckets of the register with other bytes are refused, and read again', async () => {
  const scene = await setScene()
  const lines = good.root.value.split('\n')
  const damaged = [lines[0], ...lines.slice(1).map((line) => line.replace('"', "'"))].join('\n')
  scene.state.answer = { ...good, root: { ...good.root, value: damaged } }
  assert.equal(await scene.address(), 'SERVFAIL')
  assert.match((await scene.refusal()) ?? '', /BUCKET_MISMATCH|SCHEMA/)
  scene.state.answer = good
  assert.equal(await scene.address(), '10.96.0.10')
})

test('buckets that come apart, and blobs that come with them, are refused if their bytes are others', async () => {
  const [jws = '', ...lines] = good.root.value.split('\n')
  const buckets = await Promise.all(lines.map(async (line) => [await hashBlob(line), line] as const))
  const { hash, text } = await servicesBlob(genuine)
  const apart = { ...good, root: { ...good.root, value: jws, texts: {} } }
  for (const [what, wrong] of [
    ['altered', (line: string) => line.replace('"', "'")],
    ["a stranger's", () => strange.root.value.split('\n')[1] ?? ''],
    ['none', () => ''],
  ] as const) {
    const scene = await setScene()
    // The value in the store must not help.
    scene.state.answer = apart
    await scene.store(jws)
    scene.state.buckets = new Map(buckets.map(([name, line]) => [name, wrong(line)]))
    assert.equal(await scene.address(), 'SERVFAIL', what)
    assert.match((await scene.refusal()) ?? '', /BUCKET_MISMATCH|BUCKET_MISSING|SCHEMA/)
    // The cache of the location has got the wrong text.
    scene.state.buckets = new Map(buckets)
    scene.state.beside = { [hash]: text.replace('10.96.0.10', '10.66.66.66') }
    assert.equal(await scene.address(), '10.96.0.10', what)
  }
})

const farMs = 1e12
const entriesOf: readonly (readonly [what: string, head: object, root: object | string])[] = [
  ["a stranger's root", { head: strange.head }, strange.root],
  ["a stranger's root under the hash of the genuine one", { head: good.head }, strange.root],
  ['an earlier root', { head: answers.earlier.head }, answers.earlier.root],
  ['a head that is valid for ever', { head: { ...good.head, againMs: farMs } }, good.root],
  ['a head from the future', { head: good.head, atMs: startMs + farMs }, good.root],
  ['no JSON', { head: answers.next.head }, '{'],
  [
    'wrong blobs',
    { head: answers.next.head },
    { ...answers.next.root, texts: strange.root.texts, young: [] },
  ],
  [
    'wrong bytes of blobs',
    { head: answers.next.head },
    {
      ...answers.next.root,
      texts: Object.fromEntries(Object.keys(answers.next.root.texts).map((hash) => [hash, '{}'])),
    },
  ],
]
for (const [what, head, root] of entriesOf) {
  test(`the cache of the location has ${what}: no forged answer, and the next root is adopted`, async () => {
    const scene = await setScene()
    assert.equal(await scene.address(), '10.96.0.10')
    const poison = (): void => {
      const { hash } = (head as { head: { hash: string } }).head
      scene.entries.set('prod/head', JSON.stringify({ atMs: scene.clock.now() + 5_000, ...head }))
      scene.entries.set(`prod/root/${hash}`, typeof root === 'string' ? root : JSON.stringify(root))
      for (const blob of scene.state.texts.keys()) scene.entries.set(`prod/blob/${blob}`, '{}')
    }
    scene.state.answer = answers.next
    poison()
    assert.ok(['10.96.0.10', '10.96.0.11'].includes(await scene.address()))
    const started = await scene.restart()
    poison()
    assert.notEqual(await started.address(), '10.66.66.66')
    // The head was valid for a minute at most.
    for (const isolate of [scene, started]) {
      isolate.clock.advance(61_000)
      assert.equal(await isolate.address(), '10.96.0.11')
    }
  })
}
