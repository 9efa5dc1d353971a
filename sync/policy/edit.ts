import { addItem, type ListName, removeItems, setField } from './edit-text.ts'
import { type EntryFields, entryLines, valueText } from './entry-text.ts'
import { faultsError, PolicyError } from './faults.ts'
import { parsePolicy } from './parse.ts'
import type { Policy } from './policy.ts'
import { readDocument } from './read-document.ts'

/** One change of a policy file. Positions count from 0, in the list as it is after the changes made so far. */
export type PolicyChange =
  | { readonly kind: 'add'; readonly list: ListName; readonly fields: EntryFields }
  | { readonly kind: 'remove'; readonly list: ListName; readonly indexes: readonly number[] }
  | {
      readonly kind: 'set'
      readonly list: ListName
      readonly index: number
      readonly field: string
      readonly value: string
    }

/** The text of a policy without content. */
export const emptyPolicyText = `# The access policy. It has hashes of tokens and no tokens, so it may be in git.
version: 1
`

/**
 * A policy file's text → the text after the changes. Comments, order and format of all other lines stay. `decide`
 * returns the changes, which are made one after the other. Throws PolicyError: POLICY_INVALID when the text, or the
 * changed text, has a fault (`file` names it in the message), POLICY_STYLE when the text is written in a way that
 * cannot be edited. Errors of `decide` are thrown on.
 */
export async function editPolicy(
  file: string,
  text: string,
  decide: (policy: Policy) => readonly PolicyChange[],
): Promise<string> {
  const changes = decide(await parsePolicyFile(file, text))
  const changed = changes.reduce(applyChange, text)
  await parsePolicyFile(`${file} after the change`, changed)
  return changed
}

/** A policy file's text → the policy. Throws PolicyError POLICY_INVALID, naming the file and the first fault. */
export async function parsePolicyFile(file: string, text: string): Promise<Policy> {
  const outcome = await parsePolicy(text)
  if ('faults' in outcome) throw faultsError(file, outcome.faults)
  return outcome.policy
}

function applyChange(text: string, change: PolicyChange): string {
  const document = readDocument(text)
  if ('problem' in document) throw new PolicyError('POLICY_STYLE', document.problem)
  const changed = changeText(text, document.root, change)
  const after = readDocument(changed)
  // The text is edited line by line: this verifies that the result has exactly the intended content.
  if ('problem' in after || !isSame(after.value, changeValue(document.value, change)))
    throw new PolicyError(
      'POLICY_STYLE',
      `"${change.list}" is written in a way that cannot be edited here; edit it by hand`,
    )
  return changed
}

function changeText(text: string, root: Parameters<typeof addItem>[1], change: PolicyChange): string {
  const { kind, list } = change
  if (kind === 'add') return addItem(text, root, list, entryLines(change.fields))
  if (kind === 'remove') return removeItems(text, root, list, change.indexes)
  return setField(text, root, list, change.index, change.field, valueText(change.value))
}

/** The same change on the document's value. */
function changeValue(value: unknown, change: PolicyChange): unknown {
  const policy = value as Readonly<Record<string, readonly object[] | null | undefined>>
  const items = policy[change.list] ?? []
  if (change.kind === 'add') return { ...policy, [change.list]: [...items, change.fields] }
  if (change.kind === 'remove')
    return { ...policy, [change.list]: items.filter((_, index) => !change.indexes.includes(index)) }
  const { field, value: wanted } = change
  const changed = items.map((item, index) => (index === change.index ? { ...item, [field]: wanted } : item))
  return { ...policy, [change.list]: changed }
}

/** Whether the content is equal, ignoring the order of fields. A list without items equals a missing one. */
function isSame(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b)
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (Array.isArray(each)) return each.length === 0 ? undefined : each
    if (typeof each !== 'object' || each === null) return each ?? undefined
    return Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  })
}
