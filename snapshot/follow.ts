import { SnapshotError } from './errors.ts'
import type { BlobHash } from './schema.ts'
import { parseJson, readCount, readHash, readNullable, readObject } from './shape.ts'

/*
 * The routes by which an edge follows another one (docs/snapshot.md). The proof of each request has the type `kubedoh-follow`.
 */

/** The paths of a cluster's routes for followers, relative to the edge's base URL. */
export const followPaths = {
  /** GET: the head, JSON. */
  head: (cluster: string): string => `/follow/${cluster}/head`,
  /** GET: the root whose JWS has this hash; an empty body if it is not one of the newest. */
  root: (cluster: string, hash: BlobHash): string => `/follow/${cluster}/root/${hash}`,
  /** POST: hashes of blobs and buckets, one per line; the answer has their texts. */
  blobs: (cluster: string): string => `/follow/${cluster}/blobs`,
}

/** The maximum number of hashes in one request for blobs. */
export const maxFollowedBlobs = 64

/**
 * An answer with blobs has no further text once it has this many bytes, so that it has at most this plus one blob. The follower asks
 * for the others again.
 */
export const followAnswerBytes = 1024 * 1024

/** The newest root of a source. A follower trusts only the signature of the root itself. */
export type FollowHead = {
  readonly generation: number
  readonly term: number
  /** The SHA-256 of the root's JWS (base64url). */
  readonly hash: BlobHash
}

/** An answer's text → the head; null if the source has no snapshot of the cluster. Throws SnapshotError SCHEMA. */
export function readHead(text: string): FollowHead | null {
  return readNullable((value, path): FollowHead => {
    const { generation, term, hash } = readObject(value, path)
    return {
      generation: readCount(generation, 'generation'),
      term: readCount(term, 'term'),
      hash: readHash(hash, 'hash'),
    }
  })(parseJson(text, 'the head'), 'the head')
}

/** Texts of blobs in the order of the request, null for those that are not there → the body of an answer. */
export function encodeTexts(texts: readonly (string | null)[]): string {
  return texts.map((text) => `${text ?? ''}\n`).join('')
}

/**
 * The body of an answer → the texts of the first of `asked` blobs, null for those that are not there. Throws SnapshotError SCHEMA
 * if there is none, or more than were asked for.
 */
export function decodeTexts(body: string, asked: number): (string | null)[] {
  const lines = body.split('\n')
  if (lines.pop() !== '' || lines.length === 0 || lines.length > asked)
    throw new SnapshotError('SCHEMA', `the answer to ${asked} hashes has ${lines.length} complete lines`)
  return lines.map((line) => (line === '' ? null : line))
}
