import type { VerbGroup } from './options/verb.ts'
import { addMintingKey } from './token/add-minting-key.ts'
import { check } from './token/check.ts'
import { create } from './token/create.ts'
import { list } from './token/list.ts'
import { mint } from './token/mint.ts'
import { removeMintingKey } from './token/remove-minting-key.ts'
import { revoke } from './token/revoke.ts'
import { rotate } from './token/rotate.ts'
import { show } from './token/show.ts'

const token: VerbGroup = {
  name: 'token',
  summary: 'Give access and take it away: tokens and minting keys in a policy file',
  actions: [create, list, show, check, rotate, revoke, mint, addMintingKey, removeMintingKey],
  notes: [
    'The policy file is edited in place: comments and order stay. It has hashes only, so it may be in git. The agent publishes it (--policy of `kubedoh sync` and `kubedoh up`). docs/access.md shows each task step by step.',
  ],
}

/** kubedoh token: edit the access policy. */
export default token
