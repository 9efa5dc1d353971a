import { faultText } from '../../sync/policy/faults.ts'
import { parsePolicy } from '../../sync/policy/parse.ts'
import { verb } from '../options/verb.ts'
import { noArguments } from './entry-options.ts'
import { policyFile, policyFileOption, readPolicyText } from './policy-file.ts'

const action = 'token check'

/** kubedoh token check: every fault of a policy file. */
export const check = verb({
  name: action,
  summary: 'Check a policy file, and print every fault with its line',
  usage: '--policy FILE',
  options: policyFileOption,
  notes: [
    'Exit codes: 0 for a policy that an agent would publish, 2 for a file with faults. A file may pass alone that the agent refuses together with other files, for a token that is in both.',
  ],
  async run(values, positionals, { print, tell }) {
    noArguments(action, positionals)
    const file = policyFile(action, values.policy)
    const outcome = await parsePolicy(await readPolicyText(file))
    if ('faults' in outcome) {
      for (const fault of outcome.faults) print(`${file}: ${faultText(fault)}`)
      return 2
    }
    const { tokens, minting, networks } = outcome.policy
    tell(
      `${file} is valid: ${tokens.length} tokens, ${minting.length} minting keys, ${networks.length} networks`,
    )
    return 0
  },
})
