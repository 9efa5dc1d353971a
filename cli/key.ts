import { readKeyFile, writeKeyFile } from './options/key-file.ts'
import { UsageError } from './options/option-table.ts'
import { verb } from './options/verb.ts'

/** kubedoh key: make or show an agent's signing key. */
export default verb({
  name: 'key',
  summary: "Make an agent's signing key, or show its public key for an edge's configuration",
  usage: 'new --out FILE | show --file FILE',
  words: ['new', 'show'],
  options: {
    out: { kind: 'text', value: 'FILE', help: 'new: write the private key to this new file' },
    file: { kind: 'text', value: 'FILE', help: 'show: read this private key' },
  },
  notes: ['Both print the public key. Add it to "keys" of the cluster in the edge\'s configuration.'],
  async run({ out, file }, [action, ...rest], { print }) {
    if (rest.length > 0 || (action !== 'new' && action !== 'show'))
      throw new UsageError('say `key new` or `key show`')
    const path = action === 'new' ? out : file
    if (path === undefined)
      throw new UsageError(action === 'new' ? 'key new needs --out FILE' : 'key show needs --file FILE')
    const { publicKey } = await (action === 'new' ? writeKeyFile(path) : readKeyFile(path))
    print(publicKey)
    return 0
  },
})
