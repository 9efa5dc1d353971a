import type { BlobHash } from './schema.ts'

const clusterPattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** True if a text is a valid cluster ID: a DNS label in lower case (RFC 1123), since it is part of keys, URLs and tokens. */
export function isClusterId(text: string): boolean {
  return clusterPattern.test(text)
}

/** The key of a cluster's root in the key-value store. */
export function rootKey(cluster: string): string {
  return `${cluster}/root`
}

/** The key of a blob. Clusters never share blobs, so each register can delete the unused blobs of its cluster. */
export function blobKey(cluster: string, hash: BlobHash): string {
  return `${cluster}/blob/${hash}`
}
