import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signProof } from '../../snapshot/proof.ts'
import { type Dig, dig, namespace } from '../../test/dig.ts'
import { post, startMs, testKey } from '../edge.case.ts'
import type { DohResponse } from '../http/request.ts'

const limits = { anonymous: 1, token: 1, failure: 1, ingest: 2, ingestBytes: 0 }

function send(
  edge: Dig,
  peer: string,
  path = '/ingest/test/root',
  proof = 'e30.e30.AAAA',
): Promise<DohResponse> {
  const request = post(path, new Uint8Array(1_000), { 'kubedoh-proof': proof })
  return edge.send({ ...request, peer, body: () => assert.fail('the body was read') })
}

test('a flood without a valid proof is limited per network before a signature is verified, and no body is read', async () => {
  const edge = await dig([{ objects: [namespace('dev')] }], { limits })
  for (let sent = 0; sent < 20; sent++) assert.equal((await send(edge, '192.0.2.1')).status, 401)
  const { status, headers } = await send(edge, '192.0.2.1')
  assert.equal(status, 429)
  assert.ok(Number(headers['retry-after']) >= 1)
  assert.equal((await send(edge, '192.0.2.1', '/ingest/other/root')).status, 429)
  assert.equal((await send(edge, '192.0.2.2')).status, 401)
})

test('a flood in the network of an agent does not use up the limit of the agent', async () => {
  const edge = await dig([{ objects: [namespace('dev')] }], { limits })
  const path = '/ingest/test/root'
  const request = { cluster: 'test', method: 'POST', path, body: new Uint8Array(999) }
  for (let sent = 0; sent < 30; sent++) await send(edge, '192.0.2.1')
  assert.equal((await send(edge, '192.0.2.1')).status, 429)
  const sendProven = async (): Promise<number> =>
    (await send(edge, '192.0.2.1', path, await signProof(request, testKey, startMs))).status
  // A valid proof, refused for the declared length of the body only.
  for (let sent = 0; sent < 20; sent++) assert.equal(await sendProven(), 400)
  assert.equal(await sendProven(), 429)
})

test('a refusal without a valid proof is logged without the text of the request', async () => {
  const edge = await dig([{ objects: [namespace('dev')] }], { limits })
  await send(edge, '192.0.2.1', '/ingest/test/secret-name')
  await send(edge, '192.0.2.1', '/ingest/secret-name/root')
  assert.equal(edge.warnings.length, 2)
  assert.doesNotMatch(JSON.stringify(edge.warnings), /secret-name/)
})

test('the bytes of a cluster are limited before they are read, those of another cluster are not', async () => {
  const clusters = ['test', 'other'].map((id) => ({
    id,
    zones: [`${id}.example.org`],
    objects: [namespace('dev')],
  }))
  const edge = await dig(clusters, { limits: { ...limits, ingest: 0, ingestBytes: 1_000 } })
  const post1000 = async (cluster: string, route = 'blobs'): Promise<DohResponse> => {
    const path = `/ingest/${cluster}/${route}`
    const body = new Uint8Array(1_000).fill(0x20)
    const proof = await signProof({ cluster, method: 'POST', path, body }, testKey, edge.clock.now())
    return edge.send({ ...post(path, body, { 'kubedoh-proof': proof }), peer: '192.0.2.1' })
  }
  for (let sent = 0; sent < 10; sent++) assert.equal((await post1000('test')).status, 200)
  const { status, headers } = await post1000('test')
  assert.deepEqual([status, headers['retry-after']], [429, '1'])
  assert.equal((await post1000('other')).status, 200)
  edge.clock.advance(1_000)
  assert.equal((await post1000('test')).status, 200)
  assert.equal((await post1000('test')).status, 429)
  // The bytes of a root count fourfold: two that are no roots leave 2,000 of the other cluster's 10,000.
  for (let sent = 0; sent < 2; sent++) assert.equal((await post1000('other', 'root')).status, 400)
  assert.equal((await post1000('other', 'root')).status, 429)
  assert.equal((await post1000('other')).status, 200)
})

test('a request without a valid proof takes nothing from the bytes of its cluster', async () => {
  const edge = await dig([{ objects: [namespace('dev')] }], {
    limits: { ...limits, ingest: 0, ingestBytes: 1 },
  })
  for (let sent = 0; sent < 20; sent++) assert.equal((await send(edge, '192.0.2.1')).status, 401)
})
