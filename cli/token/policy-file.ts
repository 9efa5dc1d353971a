import { editPolicy, emptyPolicyText, type PolicyChange, parsePolicyFile } from '../../sync/policy/edit.ts'
import type { Policy } from '../../sync/policy/policy.ts'
import { editFile } from '../options/edit-file.ts'
import { readInputFile } from '../options/input-file.ts'
import { UsageError } from '../options/option-table.ts'

/** The option that names the policy file, for every action that needs it. */
export const policyFileOption = {
  policy: { kind: 'text', value: 'FILE', help: 'the policy file (YAML); it has hashes, and no tokens' },
} as const

const hint = '; `kubedoh token create` makes one'

/** The policy file that --policy names. Throws UsageError when it is not given. */
export function policyFile(action: string, file: string | undefined): string {
  if (file !== undefined) return file
  throw new UsageError(`${action} needs --policy FILE`)
}

/** Reads a policy file. Throws UsageError when it cannot be read, PolicyError POLICY_INVALID with its first fault. */
export async function readPolicyFile(file: string): Promise<Policy> {
  return parsePolicyFile(file, await readPolicyText(file))
}

/** The text of a policy file. Throws UsageError when it cannot be read. */
export function readPolicyText(file: string): Promise<string> {
  return readInputFile(file, `the policy ${file}`, hint)
}

/**
 * Edits a policy file in place, as `editFile` and `editPolicy` do; `ifMissing` 'create' makes the file. Throws their
 * errors.
 */
export function editPolicyFile(
  file: string,
  decide: (policy: Policy) => readonly PolicyChange[],
  ifMissing: 'create' | 'fail' = 'fail',
): Promise<void> {
  const textIfMissing = ifMissing === 'create' ? emptyPolicyText : undefined
  return editFile(file, { what: `the policy ${file}`, hint, textIfMissing }, (text) =>
    editPolicy(file, text, decide),
  )
}
