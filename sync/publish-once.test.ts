import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { decodeBlob } from '../snapshot/decode.ts'
import { generateKey, importPrivateKey } from '../snapshot/key.ts'
import { createClock } from './clock.ts'
import { parseObjects } from './files/parse-objects.ts'
import { staticStore } from './files/static-store.ts'
import { resolveOptions } from './options.ts'
import { startTestEdge, type TestEdge } from './publish/edge.case.ts'
import { PublishError } from './publish/errors.ts'
import { type PublishPorts, publishOnce } from './publish-once.ts'

const key = await importPrivateKey(await generateKey())
const objects = `
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: {name: prod}}
- {apiVersion: v1, kind: Service, metadata: {name: web, namespace: prod}, spec: {clusterIP: 10.96.0.7, ports: [{name: http, port: 80}]}}
`
const edges: TestEdge[] = []
after(() => Promise.all(edges.map((edge) => edge.close())))

/** A time-out that no machine exceeds; tests of time-outs set a short one. */
const neverMs = 600_000

async function setUp(requestTimeoutMs = neverMs): Promise<{
  edge: TestEdge
  ports: PublishPorts
  once: (text?: string) => ReturnType<typeof publishOnce>
}> {
  const edge = await startTestEdge(key.publicKey, () => Date.now())
  edges.push(edge)
  const ports: PublishPorts = {
    key,
    edge: { url: edge.url, fetch },
    log: { info: () => {}, warn: () => {} },
    clock: { ...createClock(() => Date.now()), sleep: async () => {} },
    random: () => 0,
    signal: new AbortController().signal,
  }
  const options = resolveOptions({ cluster: 'test', requestTimeoutMs })
  const once = (text = objects): ReturnType<typeof publishOnce> =>
    publishOnce(staticStore(parseObjects([{ name: 'objects.yaml', text }]), options), options, ports)
  return { edge, ports, once }
}

test('a file is published as blobs and then a static root', async () => {
  const { edge, once } = await setUp()
  await once()
  assert.deepEqual(edge.requests, ['GET', 'blobs', 'root'])
  const root = edge.root()
  assert.equal(root?.static, true)
  assert.deepEqual(root?.namespaces, ['prod'])
  const shard = decodeBlob(edge.blobs.get(root?.services.shards[0] ?? '') ?? '')
  assert.deepEqual(shard, {
    kind: 'services',
    services: new Map([['prod/web', { kind: 'cluster', ips: ['10.96.0.7'], ports: [['http', 'tcp', 80]] }]]),
  })
})

test('publishing the same file again writes nothing', async () => {
  const { edge, once } = await setUp()
  await once()
  const { generation } = edge.root() ?? {}
  assert.equal((await once()).kind, 'nothing')
  assert.equal(edge.root()?.generation, generation)
})

test('A → B → A writes the blobs of A again', async () => {
  const { edge, once } = await setUp()
  await once()
  await once(objects.replace('10.96.0.7', '10.96.0.8'))
  edge.blobs.clear()
  await once()
  assert.equal(edge.root()?.services.shards.length, 1)
  assert.ok(edge.blobs.has(edge.root()?.services.shards[0] ?? ''))
})

test('a blob that the edge lost is written again', async () => {
  const { edge, once } = await setUp()
  await once()
  edge.blobs.clear()
  await once(
    objects
      .replace('kind: List', 'kind: List #')
      .replace('prod}}', 'prod}}\n- {apiVersion: v1, kind: Namespace, metadata: {name: dev}}'),
  )
  assert.deepEqual(edge.root()?.namespaces, ['dev', 'prod'])
  assert.equal(edge.blobs.size, 2)
})

test('temporary failures are retried', async () => {
  for (const code of ['STORE_FAILED', 'BLOB_BUSY', 'HANG', 'PROXY', 'PROOF_EXPIRED'] as const) {
    const { edge, once } = await setUp(code === 'HANG' ? 1_500 : neverMs)
    edge.faults.push({ on: 'blobs', code })
    await once()
    assert.deepEqual(edge.root()?.namespaces, ['prod'], code)
  }
})

test('after another publisher’s root the state is read again and the next generation is used', async () => {
  const { edge, once } = await setUp()
  edge.faults.push({ on: 'root', code: 'ROOT_OLDER' })
  await once()
  assert.deepEqual(edge.requests, ['GET', 'blobs', 'root', 'GET', 'blobs', 'root'])
})

test('other failures are thrown at once, with the edge’s code', async () => {
  for (const code of ['CLUSTER_UNKNOWN', 'PROOF_UNVERIFIED', 'BODY_TOO_LARGE'] as const) {
    const { edge, once } = await setUp()
    edge.faults.push({ on: 'blobs', code })
    await assert.rejects(once(), (error) => error instanceof PublishError && error.code === code)
    assert.deepEqual(edge.requests, ['GET', 'blobs'])
  }
})

test('nothing is sent to an edge that does not read the schema', async () => {
  const { edge, once } = await setUp()
  edge.declaration = { ...edge.declaration, schemas: [3, 4] }
  await assert.rejects(once(), { code: 'SCHEMA_UNSUPPORTED' })
  assert.deepEqual(edge.requests, ['GET'])
})

test('an unreachable edge is reported after several attempts', async () => {
  const { edge, once } = await setUp()
  await edge.close()
  await assert.rejects(once(), (error) => {
    assert.ok(error instanceof PublishError)
    assert.equal(error.code, 'EDGE_UNREACHABLE')
    assert.match(error.message, /ECONNREFUSED/)
    return true
  })
})

test('proofs, generation and asOf are in the time of the edge, whose clock is an hour ahead', async () => {
  const { edge, once } = await setUp()
  edge.nowMs = () => Date.now() + 3_600_000
  await once()
  const ahead = (edge.root()?.generation ?? 0) - Date.now()
  assert.ok(ahead > 3_000_000 && ahead < 4_200_000, String(ahead))
  assert.equal(edge.root()?.asOfMs, edge.root()?.generation)
})

test('an edge that asks for a wait gets one up to a minute; a longer one is a failure', async () => {
  const { edge, ports, once } = await setUp()
  const waits: number[] = []
  Object.assign(ports.clock, { sleep: async (ms: number) => void waits.push(ms) })
  edge.faults.push({ on: 'GET', code: 'LIMITED' })
  await once()
  assert.deepEqual(waits, [17_000])
  edge.faults.push({ on: 'GET', code: 'LIMITED_FOR_A_DAY' })
  await assert.rejects(once(), { code: 'EDGE_ANSWER', retryAfterMs: 86_400_000 })
  assert.deepEqual(waits, [17_000])
})
