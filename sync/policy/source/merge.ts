import { checkEntries } from '../check-entries.ts'
import { policyLimits } from '../form.ts'
import type { FieldPath } from '../locate.ts'
import { pathText } from '../locate.ts'
import { closedPolicy, type Policy } from '../policy.ts'

/** The policy in one file, and the file's name in messages. */
export type PolicyPart = { readonly file: string; readonly policy: Policy }

/** A policy, or its faults: one line for each, with the file and its place. */
export type ReadPolicy = { readonly policy: Policy } | { readonly problems: readonly string[] }

/**
 * The policies of several files → one with the entries of all. An entry may occur only once in all of them, and one of
 * them may have `anonymous`.
 */
export function mergePolicies(parts: readonly PolicyPart[]): ReadPolicy {
  const [first] = parts
  if (first && parts.length === 1) return { policy: first.policy }
  const merged: Policy = {
    tokens: parts.flatMap(({ policy }) => policy.tokens),
    minting: parts.flatMap(({ policy }) => policy.minting),
    networks: parts.flatMap(({ policy }) => policy.networks),
    anonymous: parts.find(({ policy }) => policy.anonymous)?.policy.anonymous ?? closedPolicy.anonymous,
  }
  const problems: string[] = []
  checkEntries(merged, (path, problem) => {
    problems.push(`${placeOf(parts, path)}: ${problem} (all files together are one policy)`)
  })
  const [, second] = parts.filter(({ policy }) => policy.anonymous)
  if (second) problems.push(`${second.file}, anonymous: another file has it as well; keep one of them`)
  const count = merged.tokens.length
  if (count > policyLimits.tokens)
    problems.push(`the files have ${count} tokens in total; the limit is ${policyLimits.tokens}`)
  return problems.length > 0 ? { problems } : { policy: merged }
}

/** The file and field of an entry of the merged policy, such as `a.yaml, tokens[3].name`. */
function placeOf(parts: readonly PolicyPart[], [list, index, ...rest]: FieldPath): string {
  if ((list !== 'tokens' && list !== 'minting' && list !== 'networks') || typeof index !== 'number')
    return parts.map(({ file }) => file).join(', ')
  let before = 0
  for (const { file, policy } of parts) {
    const { length } = policy[list]
    if (index < before + length) return `${file}, ${pathText([list, index - before, ...rest])}`
    before += length
  }
  return pathText([list, index, ...rest])
}
