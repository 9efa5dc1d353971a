import { writeKeyFile } from '../options/key-file.ts'
import { UsageError } from '../options/option-table.ts'
import { verb } from '../options/verb.ts'

const action = 'key new'

/** kubedoh key new: make a key. */
export const makeKey = verb({
  name: action,
  summary: 'Make a signing key in a new file that only you can read, and print its public key',
  usage: '--out FILE',
  options: { out: { kind: 'text', value: 'FILE', help: 'write the private key to this new file' } },
  notes: [
    'For an agent, add the public key to "keys" of the cluster in the edge\'s configuration. For an edge that follows another one (`serve --follow`), add it to "followers" there. For a minter of tokens, add it to the policy with `kubedoh token add-minting-key`. Use a key for one of these only.',
  ],
  async run({ out }, [extra], { print }) {
    if (extra !== undefined) throw new UsageError(`${action} takes no "${extra}"`)
    if (out === undefined) throw new UsageError(`${action} needs --out FILE`)
    print((await writeKeyFile(out)).publicKey)
    return 0
  },
})
