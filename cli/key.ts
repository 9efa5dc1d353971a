import { makeKey } from './key/new.ts'
import { showKey } from './key/show.ts'
import { keyStatus } from './key/status.ts'
import { distrustKey, trustKey } from './key/trust.ts'
import type { VerbGroup } from './options/verb.ts'

const key: VerbGroup = {
  name: 'key',
  summary: 'Make and replace signing keys of agents and token minters',
  actions: [makeKey, showKey, trustKey, keyStatus, distrustKey],
  notes: [
    "To replace an agent's key: `key new`; `key trust`, and deploy the edge; wait until `key status` finds the new key trusted; give it to the agent; wait until `key status --in-force` succeeds; `key distrust` for the old key, and deploy the edge. docs/access.md has the commands.",
  ],
}

/** kubedoh key: keys that sign snapshots and tokens. */
export default key
