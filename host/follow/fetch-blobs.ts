import { hashBlob } from '../../snapshot/blob.ts'
import { maxFollowedBlobs } from '../../snapshot/follow.ts'
import type { BlobHash } from '../../snapshot/schema.ts'
import type { IncomingBlob } from '../../worker/register/register.ts'
import { FollowError } from './errors.ts'
import type { SourceClient } from './source-client.ts'

/**
 * Reads these blobs, or buckets, from a source, a few at a time, and checks each one against its hash. Rejects with FollowError
 * if one is missing or wrong.
 */
export async function* fetchBlobs(
  source: Pick<SourceClient, 'texts'>,
  hashes: readonly BlobHash[],
): AsyncGenerator<IncomingBlob[]> {
  let at = 0
  while (at < hashes.length) {
    const asked = hashes.slice(at, at + maxFollowedBlobs)
    const texts = await source.texts(asked)
    at += texts.length
    yield await Promise.all(texts.map((text, index) => checked(text, asked[index] ?? '')))
  }
}

async function checked(text: string | null, hash: BlobHash): Promise<IncomingBlob> {
  if (text === null) throw new FollowError('SOURCE_INCOMPLETE', `the source does not have ${hash}`)
  if ((await hashBlob(text)) === hash) return { hash, text }
  throw new FollowError('SOURCE_ANSWER', `the text that the source gives for ${hash} has another hash`)
}
