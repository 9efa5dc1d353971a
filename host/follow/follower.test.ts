import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashBlob } from '../../snapshot/blob.ts'
import { generateKey, importPrivateKey } from '../../snapshot/key.ts'
import { rootKey } from '../../snapshot/keys.ts'
import { signRoot } from '../../snapshot/root.ts'
import { waitFor } from '../../test/wait-for.ts'
import {
  clusterConfig,
  createTestKv,
  createTestSql,
  rootOf,
  startMs,
  testKey,
} from '../../worker/edge.case.ts'
import { createSqlRegister } from '../../worker/register/sql-register.ts'
import { createFollower } from './follower.ts'
import type { FollowFetch } from './source-client.ts'

const key = await importPrivateKey(await generateKey())

/** A source with roots of the cluster 'prod' and nothing else, which may be away. */
function sourceOf(source: { isAway: boolean; jws: string; generation: number }): FollowFetch {
  return async (url) => {
    if (source.isAway) throw new TypeError('fetch failed')
    if (!url.includes('/follow/prod/')) return { status: 404, body: null }
    const head = { generation: source.generation, term: 1, hash: await hashBlob(source.jws) }
    const text = url.endsWith('/head') ? JSON.stringify(head) : source.jws
    return { status: 200, body: new Blob([text]).stream() as unknown as AsyncIterable<Uint8Array> }
  }
}

test('each cluster is followed by itself, with growing waits while the source fails, until the follower is stopped', async () => {
  const root = (generation: number): Promise<string> =>
    signRoot(rootOf({ cluster: 'prod', generation }), testKey)
  const source = { isAway: true, jws: await root(startMs), generation: startMs }
  const failures: number[] = []
  const woken: string[] = []
  const kv = createTestKv()
  const log = { info: () => undefined, warn: () => undefined }
  const follower = createFollower({
    place: { url: 'https://a.example.com', key, fetch: sourceOf(source) },
    clusters: ['prod', 'dev'].map((id) => clusterConfig({ id })),
    log,
    nowMs: () => startMs,
    retryMs(count) {
      failures.push(count)
      return 1
    },
  })
  const register = createSqlRegister(createTestSql(), kv, log)
  const following = follower.start({ register, onRoot: (cluster) => woken.push(cluster) })
  await waitFor('three failures in a row', () => failures.includes(3))
  source.isAway = false
  await waitFor('the root is copied', () => woken.length > 0)
  assert.deepEqual([woken, kv.entries.get(rootKey('prod'))], [['prod'], source.jws])

  source.generation++
  source.jws = await root(source.generation)
  await waitFor('the next root', () => kv.entries.get(rootKey('prod')) === source.jws)
  // The other cluster goes on failing.
  const reached = Math.max(...failures)
  await waitFor('further failures of the other cluster', () => Math.max(...failures) > reached)
  following.stop()
  source.generation++
  source.jws = await root(source.generation)
  await new Promise((resolve) => setTimeout(resolve, 1_200))
  assert.notEqual(kv.entries.get(rootKey('prod')), source.jws)
  assert.match(follower.text(), /result="copied"\} 2/)
})
