import { makeKey } from './key/new.ts'
import { showKey } from './key/show.ts'
import { keyStatus } from './key/status.ts'
import type { VerbGroup } from './options/verb.ts'

const key: VerbGroup = {
  name: 'key',
  summary:
    'Make signing keys for agents and token minters, print public keys, and ask an edge whether it trusts a key',
  actions: [makeKey, showKey, keyStatus],
  notes: [
    'To replace an agent\'s key: `key new`; add the public key to "keys" of the cluster in the edge\'s configuration; wait until `key status` finds it trusted; give the file to the agent; wait until `key status --in-force` succeeds; remove the old public key. docs/access.md has the commands.',
  ],
}

/** kubedoh key: keys that sign snapshots and tokens. */
export default key
