import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Dig, dig } from '../../test/dig.ts'
import { get, rootOf, storeSnapshot } from '../edge.case.ts'
import { sampleObjects } from '../sample.case.ts'
import { health } from './health.ts'

async function healthOf({ send }: Pick<Dig, 'send'>): Promise<readonly string[]> {
  const { status, body } = await send(get('/healthz'))
  assert.equal(status, 200)
  return String(body).trimEnd().split('\n')
}

test('an edge whose clusters answer is healthy, also before the first query', async () => {
  assert.deepEqual(await healthOf(await dig([])), ['ok'])
  assert.deepEqual(await healthOf(await dig([{ objects: sampleObjects }])), ['ok'])
  const policy = 'version: 1\n'
  assert.deepEqual(await healthOf(await dig([{ objects: sampleObjects, policy }], { public: false })), ['ok'])
})

test('a cluster without a snapshot is named, with the way to get one', async () => {
  for (const isPublic of [true, false]) {
    const at = await dig([{ objects: sampleObjects }], { public: isPublic })
    at.kv.entries.clear()
    const [ok, line = '', ...others] = await healthOf(at)
    assert.deepEqual([ok, others], ['ok', []])
    assert.match(line, /^cluster test answers nobody: this edge has no snapshot .*--cluster test/)
  }
})

test('a cluster without a policy is named unless the edge is public', async () => {
  const at = await dig([{ objects: sampleObjects }], { public: false })
  const [, line = ''] = await healthOf(at)
  assert.match(line, /^cluster test answers nobody: .* no access policy; .*--policy FILE.*"public": true/)
})

test('a refused snapshot is named by its code, without a text of the snapshot', async () => {
  const at = await dig([{ objects: sampleObjects }], { public: false })
  await storeSnapshot(at.kv, rootOf({ domain: 'hidden.example' }), [])
  const [, line = ''] = await healthOf(at)
  assert.match(line, /^cluster test answers nobody: its snapshot was refused \(ROOT_DOMAIN\)/)
  assert.doesNotMatch(line, /hidden/)
})

test('a cluster whose snapshot has expired is named', async () => {
  const at = await dig([{ objects: sampleObjects }])
  await healthOf(at)
  at.clock.advance(25 * 3_600_000)
  await healthOf(at)
  assert.match((await healthOf(at))[1] ?? '', /^cluster test answers nobody: its snapshot has expired/)
})

test('a store that does not answer delays the response by 300 ms at most', async () => {
  const at = await dig([{ objects: sampleObjects }])
  at.kv.get = () => new Promise(() => {})
  const response = health(at.edge, { waitUntil: () => undefined })
  at.clock.advance(300)
  assert.match(String((await response).body), /no snapshot/)
})
