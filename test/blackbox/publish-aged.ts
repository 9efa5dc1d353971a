import assert from 'node:assert/strict'
import { ingestPaths } from '../../snapshot/ingest.ts'
import type { SigningKey } from '../../snapshot/key.ts'
import { proofHeader, signProof } from '../../snapshot/proof.ts'
import { signRoot } from '../../snapshot/root.ts'
import { rootOf } from '../../worker/edge.case.ts'
import { namespace, port, service, snapshotOf } from '../dig.ts'
import type { EdgeUnderTest } from './edge-under-test.ts'

/** Publishes a snapshot with default/web at 10.96.0.10, whose data was last confirmed `ageMs` ago, as after the death of an agent. */
export async function publishAged(
  edge: EdgeUnderTest,
  cluster: string,
  key: SigningKey,
  ageMs: number,
): Promise<void> {
  const objects = [
    namespace('default'),
    service('default/web', { clusterIP: '10.96.0.10', ports: [port('http:80')] }),
  ]
  const { content, blobs } = await snapshotOf({ objects })
  const asOfMs = Date.now() - ageMs
  const root = rootOf({ ...content, cluster, generation: asOfMs, asOfMs, serial: Math.floor(asOfMs / 1000) })
  for (const [route, body] of [
    ['blobs', [...blobs.values()].join('\n')],
    ['root', await signRoot(root, key)],
  ] as const) {
    const path = ingestPaths[route](cluster)
    const claim = { cluster, method: 'POST', path, body: new TextEncoder().encode(body) }
    const headers = { [proofHeader]: await signProof(claim, key, Date.now()) }
    const response = await edge.fetch(edge.url + path, { method: 'POST', headers, body })
    assert.equal(response.status, 200, await response.text())
  }
}
