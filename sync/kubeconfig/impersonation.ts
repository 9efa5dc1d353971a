import type { EntryFields } from './entry-fields.ts'
import { KubeconfigError } from './errors.ts'

/**
 * The `as` fields of a user → Impersonate-* headers (Kubernetes, "User impersonation"). Throws KubeconfigError where the
 * others come without `as`, as kubectl does.
 */
export function impersonationOf(user: EntryFields): Record<string, string | readonly string[]> {
  const as = user.text('as')
  const uid = user.text('as-uid')
  const groups = user.texts('as-groups')
  const extra = [...user.textLists('as-user-extra')]
  if (as === undefined) {
    if (uid === undefined && groups.length === 0 && extra.length === 0) return {}
    throw new KubeconfigError(`${user.place}: as-uid, as-groups and as-user-extra need as`)
  }
  return {
    'impersonate-user': as,
    ...(uid !== undefined && { 'impersonate-uid': uid }),
    ...(groups.length > 0 && { 'impersonate-group': groups }),
    ...Object.fromEntries(extra.map(([key, values]) => [`impersonate-extra-${escapeKey(key)}`, values])),
  }
}

/** A key may be any text; in a header's name everything else than a token's characters is percent-encoded (RFC 9110 §5.6.2). */
function escapeKey(key: string): string {
  return [...Buffer.from(key)]
    .map((byte) => {
      const character = String.fromCharCode(byte)
      return /^[a-z0-9!#$&'*+.^_`|~-]$/i.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}
