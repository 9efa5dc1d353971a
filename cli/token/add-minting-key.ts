import { errorText } from '../../host/errors.ts'
import { importTrustedKeys } from '../../snapshot/key.ts'
import { policyLimits } from '../../sync/policy/form.ts'
import { formatDuration } from '../../sync/policy/times.ts'
import { UsageError } from '../options/option-table.ts'
import { verb } from '../options/verb.ts'
import { entryName, secondsOf } from './entry-options.ts'
import { editPolicyFile, policyFile, policyFileOption } from './policy-file.ts'
import { scopeFields, scopeOptions, scopeText } from './scope-options.ts'

const action = 'token add-minting-key'
const defaultLifetime = '1h'

/** kubedoh token add-minting-key: let a key sign short-lived tokens. */
export const addMintingKey = verb({
  name: action,
  summary: 'Let the holder of a key sign short-lived tokens, up to a scope and a lifetime',
  usage:
    'NAME --public-key KEY --policy FILE (--namespaces A,B | --namespace-labels SELECTOR | --all) [options]',
  options: {
    ...policyFileOption,
    'public-key': {
      kind: 'text',
      value: 'KEY',
      help: 'the public key, as `kubedoh key new` and `key show` print it',
    },
    ...scopeOptions,
    'max-lifetime': {
      kind: 'text',
      value: 'TIME',
      byDefault: defaultLifetime,
      help: 'the longest lifetime of its tokens, at most 7d',
    },
    forward: {
      kind: 'flag',
      help: 'let its tokens have names outside the cluster resolved, if the edge has an upstream',
    },
  },
  notes: ["Do not use an agent's key: its holder could then give itself access."],
  async run(values, positionals, { tell }) {
    const name = entryName(action, positionals)
    const file = policyFile(action, values.policy)
    const key = values['public-key']
    if (key === undefined) throw new UsageError(`${action} needs --public-key KEY`)
    await importTrustedKeys([key]).catch((error: unknown) => {
      throw new UsageError(`--public-key: ${errorText(error)}`)
    })
    const scope = scopeFields(action, values)
    const maxLifetime = values['max-lifetime'] ?? defaultLifetime
    if (secondsOf('max-lifetime', maxLifetime) > policyLimits.mintedSeconds)
      throw new UsageError(
        `--max-lifetime is "${maxLifetime}", the limit is ${formatDuration(policyLimits.mintedSeconds)}`,
      )
    const forward = values.forward || undefined
    await editPolicyFile(
      file,
      ({ minting }) => {
        const same = minting.find((each) => each.name === name || each.key === key)
        if (same) throw new UsageError(`${file} already has this minting key, as "${same.name}"`)
        return [{ kind: 'add', list: 'minting', fields: { name, key, ...scope, maxLifetime, forward } }]
      },
      'create',
    )
    tell(
      `${file} lets the key "${name}" sign tokens of at most ${maxLifetime} for ${scopeText(scope, values.forward)}`,
    )
    return 0
  },
})
