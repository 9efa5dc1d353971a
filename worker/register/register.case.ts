import { packRoot } from '../../snapshot/bucket.ts'
import { payloadOf } from '../../snapshot/jws.ts'
import { blobsOf } from '../../snapshot/root.ts'
import { namedTexts } from '../../snapshot/root-value.ts'
import type { Root } from '../../snapshot/schema.ts'
import type { IncomingBlob, IncomingRoot, RegisterCall } from './register.ts'

/* Calls to a register. They carry no signatures, since ingest checks them before it calls the register. */

let nonces = 0

/** A call with a fresh nonce. */
export function callAt(nowMs: number, cluster = 'c'): RegisterCall {
  return { cluster, nonce: `nonce ${nonces++}`, nowMs, trustedKeyIds: ['k'] }
}

/** A blob whose hash begins with the name. */
export function blobNamed(name: string): IncomingBlob {
  return { hash: name.padEnd(43, '-'), text: `text of ${name}` }
}

/** The same root in schema 2, with at least four buckets if `bits` is 2, all of which come with it. */
export async function packedOf(root: IncomingRoot, bits = 0): Promise<IncomingRoot> {
  const packed = await packRoot(JSON.parse(payloadOf(root.jws)) as Root, bits)
  const sent = namedTexts(packed.root.buckets, packed.buckets)
  return {
    ...{ ...root, blobs: [...blobsOf(packed.root)], buckets: { hashes: packed.root.buckets, sent } },
    jws: `header.${Buffer.from(JSON.stringify(packed.root)).toString('base64url')}.signature`,
  }
}

/** A root that names these blobs; without an access policy unless `access` has one. */
export function rootOf(
  generation: number,
  blobs: readonly IncomingBlob[],
  term = 0,
  access: Partial<Pick<Root, 'policy' | 'policyDropped'>> = {},
): IncomingRoot {
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
    ...access,
  }
  const jws = `header.${Buffer.from(JSON.stringify(root)).toString('base64url')}.signature`
  return { generation, term, kid: 'k', jws, policy: null, ...access, blobs: hashes }
}
