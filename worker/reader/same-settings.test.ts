import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashBlob } from '../../snapshot/blob.ts'
import type { Content } from '../../snapshot/schema.ts'
import { emptyContent } from '../edge.case.ts'
import { hasSameSettings } from './same-settings.ts'

const root: Content = { ...emptyContent, namespaces: ['a', 'b'] }

test('blobs, age and policy are no settings', async () => {
  const hash = await hashBlob('{}')
  const other: Content = {
    ...root,
    namespaces: ['a', 'b'],
    services: { bits: 1, shards: [hash, null] },
    endpoints: { bits: 0, shards: [hash] },
    policy: { head: hash, tokens: { bits: 0, shards: [hash] } },
    staleAfterMs: 1,
  }
  assert.ok(hasSameSettings(root, other))
  assert.ok(hasSameSettings({ ...root, namespaces: { blob: hash } }, { ...root, namespaces: { blob: 'x' } }))
})

test('every setting that answers depend on counts', () => {
  const changes: Partial<Content>[] = [
    { ttl: 6 },
    { pods: 'insecure' },
    { endpoints: null },
    { namespaces: ['a'] },
    { namespaces: ['a', 'c'] },
    { namespaces: ['a', 'b', 'c'] },
    { namespaces: { blob: 'x' } },
  ]
  for (const change of changes) {
    assert.equal(hasSameSettings(root, { ...root, ...change }), false, JSON.stringify(change))
    assert.equal(hasSameSettings({ ...root, ...change }, root), false, JSON.stringify(change))
  }
})
