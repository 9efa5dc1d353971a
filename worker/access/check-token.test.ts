import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tokenSha256 } from '../../snapshot/policy/token.case.ts'
import { newToken } from '../../snapshot/policy/token.ts'
import { type Dig, dig, namespace } from '../../test/dig.ts'
import { handle } from '../app.ts'
import { get } from '../edge.case.ts'
import type { DohResponse } from '../http/request.ts'

const tokenOf = (cluster: string, fill: number): string => newToken(cluster, (bytes) => bytes.fill(fill))
const [first, second] = [tokenOf('first', 1), tokenOf('second', 1)]
const sites = ['first', 'second'].map((id) => ({
  id,
  zones: ['cluster.local', `${id}.example.org`],
  objects: [namespace('dev')],
  policy: `version: 1
tokens:
  - { name: all, sha256: ${tokenSha256(tokenOf(id, 1))}, all: true }
`,
}))

/** The status of a query, without waiting for background tasks. */
async function statusOf({ edge }: Dig, segment: string): Promise<DohResponse['status']> {
  const request = get(`/dns-query/${segment}?name=dev.svc.cluster.local`)
  return (await handle(request, edge, { waitUntil: () => undefined })).status
}

/** The store answers no read of a key with this start any more. */
function hang({ kv }: Dig, start: string): void {
  const { get: read } = kv
  kv.get = (key, options) => (key.startsWith(start) ? new Promise(() => undefined) : read(key, options))
}

test('a token that names no cluster does not wait for one', async () => {
  const edge = await dig(sites, { public: false })
  hang(edge, 'first/')
  for (const segment of [tokenOf('third', 1), 'x', 'a/b', `${second}/x`])
    assert.equal(await statusOf(edge, segment), 404, segment)
  assert.equal(await statusOf(edge, second), 200)
  // The same once the root is in memory and the blobs are not.
  const later = await dig(sites, { public: false })
  await later.edge.reader.view(later.edge.config.clusters[0] ?? assert.fail(), { waitUntil: () => undefined })
  hang(later, 'first/')
  for (const segment of [tokenOf('third', 1), 'x', 'a/b'])
    assert.equal(await statusOf(later, segment), 404, segment)
})

test('a token that is not in the policy is not valid, although another one is looked at in its place', async () => {
  const edge = await dig(sites, { public: false })
  assert.equal(await statusOf(edge, first), 200)
  for (let fill = 2; fill < 30; fill++) {
    assert.equal(await statusOf(edge, tokenOf('first', fill)), 404)
    assert.equal(await statusOf(edge, tokenOf('third', fill)), 404)
  }
  // A token of one cluster is looked up in the policy of the first, and would be valid there.
  assert.equal(await statusOf(edge, first.replace('first', 'third')), 404)
})
