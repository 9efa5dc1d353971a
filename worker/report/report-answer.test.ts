import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameToText } from '../../dns/name.ts'
import { type Dig, dig, namespace, service } from '../../test/dig.ts'
import { get } from '../edge.case.ts'

const objects = [namespace('dev'), service('dev/web', { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'] })]

/** The calls that one query causes at the meter. */
async function callsOf(edge: Dig, path: string): Promise<unknown[]> {
  const calls: unknown[] = []
  const { meter } = edge.edge
  meter.answered = (transport, zone, type, rcode) =>
    void calls.push([transport, zone === undefined ? null : nameToText(zone), type ?? null, rcode])
  meter.searched = (isHit) => void calls.push(isHit ? 'hit' : 'miss')
  meter.limited = (limit) => void calls.push(limit)
  await edge.send({ ...get(path), transport: 'http2', peer: '192.0.2.1' })
  return calls
}

test('each answer is reported once with transport, zone, type and rcode, from the cache or not', async () => {
  const edge = await dig([{ objects }])
  const path = '/dns-query?name=web.DEV.svc.Cluster.local&type=A'
  const web = ['http2', 'cluster.local.', 1, 0]
  assert.deepEqual(await callsOf(edge, path), ['miss', web])
  assert.deepEqual(await callsOf(edge, path), ['hit', web])
  assert.deepEqual(await callsOf(edge, '/dns-query?name=no.dev.svc.cluster.local&type=SRV'), [
    ...['miss', ['http2', 'cluster.local.', 33, 3]],
  ])
  assert.deepEqual(await callsOf(edge, '/dns-query?name=www.example.com&type=A'), [
    ...['miss', ['http2', null, 1, 5]],
  ])
})

test('a message that is not a query has no type', async () => {
  const edge = await dig([{ objects }])
  const opcode2 = Buffer.from('00001000000000000000000000', 'hex').subarray(0, 12).toString('base64url')
  assert.deepEqual(await callsOf(edge, `/dns-query?dns=${opcode2}`), ['miss', ['http2', null, null, 4]])
})

test('a request above a limit is reported with the kind of the limit, and is no answer', async () => {
  const edge = await dig([{ objects }], {
    limits: { anonymous: 0, token: 0, failure: 0.1, ingest: 0, ingestBytes: 0 },
  })
  const paths = Array.from({ length: 2 }, () => '/dns-query/wrong?name=web.dev.svc.cluster.local')
  const calls: unknown[] = []
  for (const path of paths) calls.push(...(await callsOf(edge, path)))
  assert.deepEqual(calls, ['failure'])
})
