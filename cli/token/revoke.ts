import { UsageError } from '../options/option-table.ts'
import { verb } from '../options/verb.ts'
import { entryName } from './entry-options.ts'
import { hexOf } from './issue.ts'
import { editPolicyFile, policyFile, policyFileOption } from './policy-file.ts'

const action = 'token revoke'

/** kubedoh token revoke: take a token out of the policy. */
export const revoke = verb({
  name: action,
  summary: 'Take every token of a name out of the policy file, and print its hashes',
  usage: 'NAME --policy FILE',
  options: policyFileOption,
  notes: [
    'A token is refused as soon as an edge has the policy without it. While the agent cannot publish, add the hash that is printed to "deny" in the edge\'s configuration.',
  ],
  async run(values, positionals, { print, tell }) {
    const name = entryName(action, positionals)
    const file = policyFile(action, values.policy)
    let hashes: readonly string[] = []
    await editPolicyFile(file, ({ tokens }) => {
      const named = [...tokens.entries()].filter(([, token]) => token.name === name)
      if (named.length === 0)
        throw new UsageError(`${file} has no token "${name}"; \`kubedoh token list\` lists them`)
      hashes = named.map(([, { hash }]) => hexOf(hash))
      return [{ kind: 'remove', list: 'tokens', indexes: named.map(([index]) => index) }]
    })
    tell(`${file} has no token "${name}" any longer; edges refuse it once they have the new policy`)
    for (const hash of hashes) print(hash)
    return 0
  },
})
