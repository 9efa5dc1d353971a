import { accessTarget } from './access-target.ts'
import { blobTarget } from './blob-target.ts'
import { datagramTarget } from './datagram-target.ts'
import { followTarget } from './follow-target.ts'
import { ingestTarget } from './ingest-target.ts'
import { mintedTokenTarget } from './minted-token-target.ts'
import { policyTarget } from './policy-target.ts'
import { queryTarget } from './query-target.ts'
import { requestTarget } from './request-target.ts'
import { rootTarget } from './root-target.ts'
import { streamTarget } from './stream-target.ts'
import type { Target } from './target.ts'
import { upstreamTarget } from './upstream-target.ts'

/** Every target, in the order of the report. */
export const targets: readonly Target[] = [
  queryTarget,
  requestTarget,
  datagramTarget,
  ingestTarget,
  followTarget,
  rootTarget,
  blobTarget,
  upstreamTarget,
  policyTarget,
  mintedTokenTarget,
  accessTarget,
  streamTarget,
]
