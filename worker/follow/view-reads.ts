import { hashBlob } from '../../snapshot/blob.ts'
import { type FollowHead, followAnswerBytes } from '../../snapshot/follow.ts'
import { blobKey } from '../../snapshot/keys.ts'
import { bucketsIn, namedTexts } from '../../snapshot/root-value.ts'
import { type BlobHash, bucketSchema } from '../../snapshot/schema.ts'
import type { KvReader } from '../ports.ts'
import type { View } from '../reader/view.ts'

/** The reads of followers: the roots that this edge answers from, and their blobs and buckets. */
export type ViewReads = {
  head(view: View): Promise<FollowHead>
  /** The JWS of the view's root or of the root before it; null for any other hash. */
  root(view: View, hash: BlobHash): Promise<string | null>
  /**
   * The texts of these blobs and buckets in their order, null for those that are not there. Ends early once they have
   * `followAnswerBytes`.
   */
  texts(view: View, hashes: readonly BlobHash[]): Promise<(string | null)[]>
}

/** How long a Cloudflare location would cache a blob (s); the stores of a self-hosted edge ignore it. */
const blobCacheTtl = 86_400

/** Serves the roots of views, with their blobs in a store. */
export function createViewReads(kv: KvReader): ViewReads {
  // A view and its copy as the previous view have the same mark.
  const hashes = new WeakMap<object, BlobHash>()
  const buckets = new WeakMap<object, ReadonlyMap<BlobHash, string>>()

  async function hashOf({ mark, jws }: View): Promise<BlobHash> {
    const hash = hashes.get(mark) ?? (await hashBlob(jws))
    hashes.set(mark, hash)
    return hash
  }

  function bucketsOf(view: View): ReadonlyMap<BlobHash, string> {
    const texts = buckets.get(view.mark) ?? bucketTexts(view)
    buckets.set(view.mark, texts)
    return texts
  }

  async function text(view: View, hash: BlobHash): Promise<string | null> {
    const texts = served(view).map((each) => bucketsOf(each).get(hash))
    const bucket = texts.find((each) => each !== undefined)
    return bucket ?? kv.get(blobKey(view.cluster.id, hash), { cacheTtl: blobCacheTtl })
  }

  return {
    async head(view) {
      const { generation, term } = view.root
      return { generation, term, hash: await hashOf(view) }
    },
    async root(view, hash) {
      for (const each of served(view)) if ((await hashOf(each)) === hash) return each.jws
      return null
    },
    async texts(view, asked) {
      const found: (string | null)[] = []
      let size = 0
      for (const hash of asked) {
        if (size >= followAnswerBytes) break
        const next = await text(view, hash)
        size += (next?.length ?? 0) + '\n'.length
        found.push(next)
      }
      return found
    },
  }
}

function served(view: View): readonly View[] {
  return view.previous ? [view, view.previous] : [view]
}

/** The buckets of a root by their hashes, unchecked: the follower checks them. */
function bucketTexts({ root, value }: View): ReadonlyMap<BlobHash, string> {
  if (root.schema !== bucketSchema) return new Map()
  return new Map(namedTexts(root.buckets, bucketsIn(value)).map(({ hash, text }) => [hash, text]))
}
