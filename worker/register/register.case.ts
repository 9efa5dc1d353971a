import type { Root } from '../../snapshot/schema.ts'
import type { IncomingBlob, IncomingRoot, RegisterCall } from './register.ts'

/* What a register is told, without signatures: ingest has checked them before. */

let nonces = 0

/** A call of its own nonce, for cluster 'c' unless said otherwise. */
export function callAt(nowMs: number, cluster = 'c'): RegisterCall {
  return { cluster, nonce: `nonce ${nonces++}`, nowMs, trustedKeyIds: ['k'] }
}

/** A name → a blob; its hash begins with the name. */
export function blobNamed(name: string): IncomingBlob {
  return { hash: name.padEnd(43, '-'), text: `text of ${name}` }
}

/** A root of these blobs. */
export function rootOf(generation: number, blobs: readonly IncomingBlob[], term = 0): IncomingRoot {
  const hashes = blobs.map(({ hash }) => hash)
  const root: Root = {
    schema: 1,
    cluster: 'c',
    domain: 'cluster.local',
    generation,
    term,
    asOfMs: generation,
    static: false,
    staleAfterMs: 900_000,
    expiresAfterMs: 86_400_000,
    serial: Math.floor(generation / 1000),
    ttl: 5,
    pods: 'disabled',
    namespaces: [],
    policy: null,
    services: { bits: 0, shards: [null] },
    reverse: Object.fromEntries(hashes.map((hash, index) => [`10.0.${index}.0`, hash])),
    endpoints: null,
    endpointReverse: {},
    podAddresses: {},
  }
  const jws = `header.${Buffer.from(JSON.stringify(root)).toString('base64url')}.signature`
  return { generation, term, kid: 'k', jws, blobs: hashes }
}
