import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateKey, importPrivateKey } from '../../snapshot/key.ts'
import { type Dig, dig } from '../../test/dig.ts'
import { get, rootOf, storeSnapshot } from '../edge.case.ts'
import { documentHeaders } from '../http/document-headers.ts'
import { sampleObjects } from '../sample.case.ts'

type StatusDocument = { readonly clusters: readonly Readonly<Record<string, unknown>>[] }

async function statusOf({ send }: Dig): Promise<StatusDocument> {
  const { status, headers, body } = await send(get('/status'))
  assert.equal(status, 200)
  assert.deepEqual(headers, {
    ...documentHeaders,
    'content-type': 'application/json',
    'cache-control': 'no-store',
  })
  return JSON.parse(String(body)) as StatusDocument
}

test('of a cluster whose root is not known, and so may have a policy, nothing but its ID is listed', async () => {
  const at = await dig([{ objects: sampleObjects, zones: ['cluster.local', 'prod.example.com'] }])
  assert.deepEqual(await statusOf(at), {
    clusters: [
      {
        cluster: 'test',
        zones: [],
        state: 'none',
        generation: null,
        asOf: null,
        ageSeconds: null,
        lastRefusal: null,
      },
    ],
  })
})

for (const [ageMs, isStatic, state] of [
  [61_500, false, 'fresh'],
  [16 * 60_000, false, 'stale'],
  [25 * 60 * 60_000, false, 'expired'],
  [25 * 60 * 60_000, true, 'static'],
] as const) {
  test(`${isStatic ? 'static ' : ''}data of ${ageMs} ms has the state ${state}`, async () => {
    const at = await dig([{ objects: sampleObjects, build: { static: isStatic } }])
    await at.ask('cluster.local SOA').read()
    at.clock.advance(ageMs)
    const [cluster] = (await statusOf(at)).clusters
    assert.deepEqual(cluster, {
      cluster: 'test',
      zones: ['cluster.local.'],
      state,
      generation: 1795435200000,
      asOf: '2026-11-23T12:00:00.000Z',
      ageSeconds: Math.floor(ageMs / 1000),
      lastRefusal: null,
    })
  })
}

test('the last refused root is reported, with its code', async () => {
  const at = await dig([{ objects: sampleObjects }])
  await at.ask('cluster.local SOA').read()
  const stranger = await importPrivateKey(await generateKey())
  await storeSnapshot(at.kv, rootOf({ generation: rootOf().generation + 1 }), [], stranger)
  at.clock.advance(31_000)
  await at.ask('cluster.local SOA').read()
  const [cluster] = (await statusOf(at)).clusters
  assert.deepEqual(cluster?.lastRefusal, {
    code: 'ROOT_UNVERIFIED',
    message: 'the root is not signed by a key of this cluster',
    atMs: at.clock.now(),
  })
  assert.equal(cluster?.generation, rootOf().generation)
})

test('the message of a refused root is not shown while no root is known', async () => {
  const at = await dig([{ objects: sampleObjects }])
  await storeSnapshot(at.kv, rootOf({ domain: 'hidden.example' }), [])
  await at.ask('cluster.local SOA').read()
  const [cluster] = (await statusOf(at)).clusters
  assert.deepEqual(cluster?.lastRefusal, { code: 'ROOT_DOMAIN', atMs: at.clock.now() })
})

test('an edge that is not public lists no clusters', async () => {
  const at = await dig([{ objects: sampleObjects }], { public: false })
  assert.deepEqual(await statusOf(at), { clusters: [] })
})
