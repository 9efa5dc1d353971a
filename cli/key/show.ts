import { readKeyFile } from '../options/key-file.ts'
import { UsageError } from '../options/option-table.ts'
import { verb } from '../options/verb.ts'

const action = 'key show'

/** kubedoh key show: print a public key. */
export const showKey = verb({
  name: action,
  summary: 'Print the public key of a private key',
  usage: '--file FILE',
  options: { file: { kind: 'text', value: 'FILE', help: 'read this private key' } },
  async run({ file }, [extra], { print }) {
    if (extra !== undefined) throw new UsageError(`${action} takes no "${extra}"`)
    if (file === undefined) throw new UsageError(`${action} needs --file FILE`)
    print((await readKeyFile(file)).publicKey)
    return 0
  },
})
