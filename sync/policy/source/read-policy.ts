import { faultText } from '../faults.ts'

import { mergePolicies, type PolicyPart, type ReadPolicy } from './merge.ts'
import { parseApart } from './parse-apart.ts'

/** A text of a source and the name for it in messages; or, without text, why it cannot be read. */
export type PolicyText = { readonly name: string } & (
  | { readonly text: string }
  | { readonly problem: string }
)

/** All texts of a source → its policy, or the faults of all texts. */
export async function readPolicy(texts: readonly PolicyText[]): Promise<ReadPolicy> {
  const parts: PolicyPart[] = []
  const problems: string[] = []
  for (const each of texts) {
    if ('problem' in each) {
      problems.push(`${each.name}: ${each.problem}`)
      continue
    }
    const outcome = await parseApart(each.text)
    if ('policy' in outcome) parts.push({ file: each.name, policy: outcome.policy })
    else problems.push(...outcome.faults.map((fault) => `${each.name}: ${faultText(fault)}`))
  }
  return problems.length > 0 ? { problems } : mergePolicies(parts)
}
