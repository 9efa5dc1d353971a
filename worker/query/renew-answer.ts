import { withSerial } from '../../dns/message/soa-serial.ts'
import { policyOf } from '../access/source-scope.ts'
import { areIn } from '../reader/shard-hash.ts'
import type { View } from '../reader/view.ts'
import type { CachedAnswer } from './answer-cache.ts'

/**
 * Whether a cached answer is that of another view of its cluster as well. If so, it is from then on an answer of that view:
 * it gets the view's SOA serial, which is new with every change in the cluster. An answer depends on the following parts of
 * a root, apart from its age: the serial, the blobs that the look-up read, the settings, and without a token the policy,
 * which decides what the caller sees. With a token the caller's key in the cache says what it sees.
 */
export function renewAnswer(cached: CachedAnswer, view: View): boolean {
  const { root, mark, settings } = view
  if (settings !== cached.settings || !areIn(view, cached.needs)) return false
  if (cached.policy !== undefined && cached.policy !== policyOf(view)) return false
  if (cached.serialAt !== undefined && root.serial !== cached.serial) {
    // A copy, because the response with the former message may not be sent yet.
    cached.message = withSerial(cached.message, cached.serialAt, root.serial)
    cached.serial = root.serial
  }
  cached.mark = mark
  return true
}
