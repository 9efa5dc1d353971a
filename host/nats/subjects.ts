import type { BlobHash } from '../../snapshot/schema.ts'

/**
 * The names of a bucket. Cluster IDs, hashes and nonces consist of characters that a key may have, except that the parts of a key
 * are separated by dots, which none of them has.
 */
export type Subjects = {
  /** The stream of the bucket: the name that every client of the key-value store gives it. */
  readonly stream: string
  /** All keys. */
  readonly all: string
  /** The record that readers read, and on which a root is accepted by compare-and-set (root-record.ts). */
  root(cluster: string): string
  state(cluster: string, hash: BlobHash): string
  states(cluster: string): string
  blob(cluster: string, hash: BlobHash): string
  nonce(cluster: string, nonce: string): string
  refusal(cluster: string): string
  /** Written to find out whether the servers take writes. */
  readonly probe: string
  /** The server repeats each stored record of a root here: the keys, and the subjects on which they are repeated. */
  readonly pushed: { readonly keys: string; readonly subjects: string; readonly target: string }
  /** The cluster of a subject on which a root was repeated. */
  clusterPushed(subject: string): string
}

/** The names of the bucket with this name. */
export function subjectsOf(bucket: string): Subjects {
  const key = `$KV.${bucket}`
  const push = `kubedoh.${bucket}.root`
  return {
    stream: `KV_${bucket}`,
    all: `${key}.>`,
    root: (cluster) => `${key}.root.${cluster}`,
    state: (cluster, hash) => `${key}.state.${cluster}.${hash}`,
    states: (cluster) => `${key}.state.${cluster}.*`,
    blob: (cluster, hash) => `${key}.blob.${cluster}.${hash}`,
    // A nonce is any text.
    nonce: (cluster, nonce) => `${key}.nonce.${cluster}.${Buffer.from(nonce).toString('base64url')}`,
    refusal: (cluster) => `${key}.refusal.${cluster}`,
    probe: `${key}.probe`,
    pushed: { keys: `${key}.root.*`, subjects: `${push}.*`, target: `${push}.{{wildcard(1)}}` },
    clusterPushed: (subject) => subject.slice(push.length + 1),
  }
}
