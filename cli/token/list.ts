import { verb } from '../options/verb.ts'
import { noArguments } from './entry-options.ts'
import { keyRow, policyTables, tokenRow } from './entry-rows.ts'
import { policyFile, policyFileOption, readPolicyFile } from './policy-file.ts'

const action = 'token list'

/** kubedoh token list: the tokens and minting keys of a policy. */
export const list = verb({
  name: action,
  summary: 'List the tokens and minting keys of a policy file',
  usage: '--policy FILE [--json]',
  options: {
    ...policyFileOption,
    json: { kind: 'flag', help: 'print one JSON object with the lists tokens and minting' },
  },
  async run(values, positionals, { print }) {
    noArguments(action, positionals)
    const policy = await readPolicyFile(policyFile(action, values.policy))
    const nowMs = Date.now()
    if (values.json) {
      const tokens = policy.tokens.map((token) => tokenRow(token, nowMs))
      print(JSON.stringify({ tokens, minting: policy.minting.map(keyRow) }))
    } else for (const line of policyTables(policy, nowMs)) print(line)
    return 0
  },
})
