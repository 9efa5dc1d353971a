import type { PolicyChange } from '../../sync/policy/edit.ts'
import type { EntryFields } from '../../sync/policy/entry-text.ts'
import type { Policy, TokenEntry } from '../../sync/policy/policy.ts'
import { formatTime } from '../../sync/policy/times.ts'
import { UsageError } from '../options/option-table.ts'
import { verb } from '../options/verb.ts'
import { clusterId, clusterOption, entryName, secondsOf, timeOf } from './entry-options.ts'
import { issueToken, usageNotes } from './issue.ts'
import { editPolicyFile, policyFile, policyFileOption, readPolicyFile } from './policy-file.ts'
import { fieldsOfScope } from './scope-options.ts'

const action = 'token rotate'
const defaultOverlap = '24h'

/** kubedoh token rotate: replace a token by a new one, both valid for a while. */
export const rotate = verb({
  name: action,
  summary: 'Make a new token with the rights of an old one, which stays valid for a while',
  usage: 'NAME --policy FILE --cluster ID [--overlap TIME] [--expires TIME]',
  options: {
    ...policyFileOption,
    ...clusterOption,
    overlap: {
      kind: 'text',
      value: 'TIME',
      byDefault: defaultOverlap,
      help: 'how long the old token stays valid: a time span, or 0 to remove it now',
    },
    expires: {
      kind: 'text',
      value: 'TIME',
      help: 'when the new token ends: a time span, a time, or never; needed where the old one has an end',
    },
  },
  notes: ['The new token is the only line on stdout. Expired tokens of this name are removed from the file.'],
  async run(values, positionals, { print, tell }) {
    const name = entryName(action, positionals)
    const file = policyFile(action, values.policy)
    const cluster = clusterId(action, values.cluster)
    const nowMs = Date.now()
    const overlap = values.overlap ?? defaultOverlap
    const endMs = nowMs + (/^0s?$/.test(overlap) ? 0 : secondsOf('overlap', overlap)) * 1000
    const isForDot = currentToken(await readPolicyFile(file), name, file, nowMs).entry.doors.includes('dot')
    const { token, sha256 } = await issueToken(cluster, isForDot)
    let oldEnd: string | undefined
    await editPolicyFile(file, (policy) => {
      const { entry, index, expired } = currentToken(policy, name, file, nowMs)
      const expires = expiryOf(values.expires, entry, nowMs)
      const oldEndMs = Math.min(endMs, entry.expiresMs ?? endMs)
      const isKept = oldEndMs > nowMs
      oldEnd = isKept ? formatTime(oldEndMs) : undefined
      return [
        ...(oldEnd === undefined ? [] : [expiry(index, oldEnd)]),
        { kind: 'remove', list: 'tokens', indexes: isKept ? expired : [...expired, index] },
        { kind: 'add', list: 'tokens', fields: { name, sha256, ...rightsOf(entry), expires } },
      ]
    })
    tell(
      `the old token "${name}" ${oldEnd === undefined ? 'is removed' : `is valid until ${oldEnd}`}; ${file} has the hash of the new one only`,
    )
    for (const note of usageNotes(cluster, isForDot)) tell(note)
    print(token)
    return 0
  },
})

type Current = { readonly entry: TokenEntry; readonly index: number; readonly expired: readonly number[] }

/** The one token of a name that has not expired. Throws UsageError where there is none or more than one. */
function currentToken({ tokens }: Policy, name: string, file: string, nowMs: number): Current {
  const named = [...tokens.entries()].filter(([, token]) => token.name === name)
  if (named.length === 0)
    throw new UsageError(`${file} has no token "${name}"; \`kubedoh token list\` lists them`)
  const isExpired = ([, { expiresMs }]: readonly [number, TokenEntry]): boolean =>
    expiresMs !== null && expiresMs <= nowMs
  const expired = named.filter(isExpired).map(([index]) => index)
  const current = named.filter((each) => !isExpired(each))
  const [found, second] = current
  if (found && !second) return { entry: found[1], index: found[0], expired }
  // The newest of several expired tokens has the rights that the new one gets.
  const last = named.at(-1)
  if (!found && last)
    return { entry: last[1], index: last[0], expired: expired.filter((index) => index !== last[0]) }
  const ends = current.flatMap(([, { expiresMs }]) => (expiresMs === null ? [] : [formatTime(expiresMs)]))
  throw new UsageError(
    `"${name}" has two valid tokens already (the old one until ${ends[0] ?? 'it is revoked'}); wait, or remove one from ${file}`,
  )
}

function expiry(index: number, value: string): PolicyChange {
  return { kind: 'set', list: 'tokens', index, field: 'expires', value }
}

function expiryOf(text: string | undefined, old: TokenEntry, nowMs: number): string | undefined {
  if (text === 'never') return undefined
  if (text !== undefined) return formatTime(timeOf('expires', text, nowMs))
  if (old.expiresMs === null) return undefined
  throw new UsageError(
    `the old token ends at ${formatTime(old.expiresMs)}; say with --expires when the new one does, such as 90d or never`,
  )
}

function rightsOf({ scope, doors, forward }: TokenEntry): EntryFields {
  const isDefault = doors.length === 2
  return {
    ...fieldsOfScope(scope),
    ...(isDefault ? {} : { doors }),
    ...(forward ? { forward } : {}),
  }
}
