import { UsageError } from '../options/option-table.ts'
import { verb } from '../options/verb.ts'
import { entryName } from './entry-options.ts'
import { factLines, keyRow, tokenRow } from './entry-rows.ts'
import { policyFile, policyFileOption, readPolicyFile } from './policy-file.ts'

const action = 'token show'

/** kubedoh token show: one name's entries. */
export const show = verb({
  name: action,
  summary: 'Show the tokens, or the minting key, of one name',
  usage: 'NAME --policy FILE',
  options: policyFileOption,
  async run(values, positionals, { print }) {
    const name = entryName(action, positionals)
    const file = policyFile(action, values.policy)
    const { tokens, minting } = await readPolicyFile(file)
    const nowMs = Date.now()
    const isNamed = (entry: { readonly name: string }): boolean => entry.name === name
    const rows = [
      ...tokens.filter(isNamed).map((token) => tokenRow(token, nowMs)),
      ...minting.filter(isNamed).map(keyRow),
    ]
    if (rows.length === 0) throw new UsageError(`${file} has no token and no minting key "${name}"`)
    for (const [index, row] of rows.entries())
      for (const line of [...(index > 0 ? [''] : []), ...factLines(row)]) print(line)
    return 0
  },
})
