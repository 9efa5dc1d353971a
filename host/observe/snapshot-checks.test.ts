import assert from 'node:assert/strict'
import { test } from 'node:test'
import { healthAnswer } from '../../observe/health-checks.ts'
import type { SnapshotStatus } from '../../worker/embedded.ts'
import { snapshotChecks } from './snapshot-checks.ts'

const missing = { state: 'none', generation: undefined, asOfMs: undefined, lastRefusal: undefined } as const

test('a configured cluster without a snapshot fails with the reason; a stale or expired one is a warning', () => {
  const statuses: SnapshotStatus[] = [
    { ...missing, cluster: 'a' },
    { ...missing, cluster: 'b', lastRefusal: 'ROOT_DOMAIN' },
    { ...missing, cluster: 'd', state: 'fresh', generation: 1, asOfMs: 1 },
    { ...missing, cluster: 'e', state: 'stale', generation: 1, asOfMs: 1 },
    { ...missing, cluster: 'f', state: 'expired', generation: 1, asOfMs: 1 },
  ]
  const checks = snapshotChecks(['a', 'b', 'c', 'd', 'e', 'f'], () => statuses)
  assert.equal(
    healthAnswer('readyz', checks, true).text,
    [
      '[-]snapshot-a failed: no snapshot has been received yet; check the agent of the cluster',
      '[-]snapshot-b failed: the last snapshot was refused with ROOT_DOMAIN; see the log',
      '[-]snapshot-c failed: no snapshot has been received yet; check the agent of the cluster',
      '[+]snapshot-d ok',
      '[+]snapshot-e ok, but the snapshot is stale; check the agent of the cluster',
      '[+]snapshot-f ok, but the snapshot has expired; check the agent of the cluster',
      'readyz check failed\n',
    ].join('\n'),
  )
  assert.equal(healthAnswer('readyz', checks.slice(3), false).status, 200)
})
