import { maxMintedTokenLength, mintToken } from '../../snapshot/policy/minted-token.ts'
import { policyLimits } from '../../sync/policy/form.ts'
import { formatDuration, formatTime } from '../../sync/policy/times.ts'
import { readKeyFile } from '../options/key-file.ts'
import { UsageError } from '../options/option-table.ts'
import { verb } from '../options/verb.ts'
import { clusterId, clusterOption, noArguments, secondsOf } from './entry-options.ts'
import { namespaceNames, scopeOptions } from './scope-options.ts'

const action = 'token mint'
const defaultLifetime = '15m'

/** kubedoh token mint: sign a short-lived token. */
export const mint = verb({
  name: action,
  summary: 'Sign a short-lived token with a minting key, offline, and print it',
  usage: '--key FILE --cluster ID --namespaces A,B [--expires TIME]',
  options: {
    key: { kind: 'text', value: 'FILE', help: 'the private minting key, from `kubedoh key new`' },
    ...clusterOption,
    namespaces: scopeOptions.namespaces,
    expires: {
      kind: 'text',
      value: 'TIME',
      byDefault: defaultLifetime,
      help: 'how long the token is valid: a time span of at most 7d, within the limit of the key',
    },
  },
  notes: [
    'The token works in the path and as bearer. The policy lists the public key (`kubedoh token add-minting-key`): edges ignore namespaces that the key may not give, and refuse a lifetime above its limit.',
  ],
  async run(values, positionals, { print, tell }) {
    noArguments(action, positionals)
    if (values.key === undefined) throw new UsageError(`${action} needs --key FILE`)
    const aud = clusterId(action, values.cluster)
    if (values.namespaces === undefined) throw new UsageError(`${action} needs --namespaces A,B`)
    const namespaces = namespaceNames(values.namespaces)
    const seconds = secondsOf('expires', values.expires ?? defaultLifetime)
    if (seconds > policyLimits.mintedSeconds)
      throw new UsageError(
        `--expires is "${values.expires}", the limit is ${formatDuration(policyLimits.mintedSeconds)}`,
      )
    const key = await readKeyFile(values.key)
    const iat = Math.floor(Date.now() / 1000)
    const token = await mintToken({ aud, iat, exp: iat + seconds, namespaces }, key).catch(
      (error: unknown) => {
        if (!(error instanceof RangeError)) throw error
        throw new UsageError(
          `--namespaces: the token would have more than ${maxMintedTokenLength} characters; name fewer`,
        )
      },
    )
    tell(`the token is valid until ${formatTime((iat + seconds) * 1000)}`)
    print(token)
    return 0
  },
})
