/*
 * `kubedoh/snapshot`: the contract between agent and edge (docs/snapshot.md): blobs, the signed root, the ingest routes
 * and the proof of their requests. Runs on every runtime with the Web APIs.
 */
export { checkBlob, hashBlob, isBlobHash } from '../snapshot/blob.ts'
export { type PackedRoot, packRoot, unpackRoot } from '../snapshot/bucket.ts'
export { decodeBlob } from '../snapshot/decode.ts'
export {
  encodeNamespaces,
  encodePods,
  encodeReverse,
  endpointsEntry,
  joinEntries,
  serviceEntry,
} from '../snapshot/encode.ts'
export { ProofError, SnapshotError } from '../snapshot/errors.ts'
export {
  type Declaration,
  decodeBlobLines,
  encodeBlobLines,
  type IngestAnswer,
  type IngestCode,
  ingestPaths,
  maxBlobsPerRequest,
  maxBodyBytes,
  type Refusal,
} from '../snapshot/ingest.ts'
export {
  generateKey,
  importPrivateKey,
  importTrustedKeys,
  keyId,
  type PrivateJwk,
  type SigningKey,
  type TrustedKeys,
} from '../snapshot/key.ts'
export { blobKey, isClusterId, rootKey } from '../snapshot/keys.ts'
export { checkBody, type Proof, proofHeader, signProof, verifyProof } from '../snapshot/proof.ts'
export { blobsOf, isExpired, signRoot, supersedes, type VerifiedRoot, verifyRoot } from '../snapshot/root.ts'
export { bucketsIn, joinRootValue, jwsOf } from '../snapshot/root-value.ts'
export {
  type Blob,
  type BlobHash,
  type BucketRoot,
  type Endpoint,
  type EndpointGroup,
  type Port,
  type Root,
  readableSchemas,
  type Service,
  type SignedRoot,
  schemaVersion,
  serviceKey,
} from '../snapshot/schema.ts'
export { reversePrefix, shardBits, shardOf } from '../snapshot/shard.ts'
