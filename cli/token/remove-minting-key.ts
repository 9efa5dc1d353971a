import { UsageError } from '../options/option-table.ts'
import { verb } from '../options/verb.ts'
import { entryName } from './entry-options.ts'
import { editPolicyFile, policyFile, policyFileOption } from './policy-file.ts'

const action = 'token remove-minting-key'

/** kubedoh token remove-minting-key: end a key and all tokens that it signed. */
export const removeMintingKey = verb({
  name: action,
  summary: 'Take a minting key out of the policy file, which ends every token that it signed',
  usage: 'NAME --policy FILE',
  options: policyFileOption,
  async run(values, positionals, { tell }) {
    const name = entryName(action, positionals)
    const file = policyFile(action, values.policy)
    await editPolicyFile(file, ({ minting }) => {
      const index = minting.findIndex((each) => each.name === name)
      if (index < 0)
        throw new UsageError(`${file} has no minting key "${name}"; \`kubedoh token list\` lists them`)
      return [{ kind: 'remove', list: 'minting', indexes: [index] }]
    })
    tell(
      `${file} has no minting key "${name}" any longer; edges refuse its tokens once they have the new policy`,
    )
    return 0
  },
})
