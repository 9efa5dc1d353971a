import type { MintingEntry, Policy, TokenEntry } from '../../sync/policy/policy.ts'
import { formatDuration, formatTime } from '../../sync/policy/times.ts'
import { hexOf } from './issue.ts'
import { fieldsOfScope, scopeText } from './scope-options.ts'

/** A token as `list --json` and `show` have it. Times are RFC 3339; null where there is none. */
export type TokenRow = {
  readonly name: string
  readonly state: 'valid' | 'expired' | 'not yet valid'
  readonly scope: ReturnType<typeof fieldsOfScope>
  readonly notBefore: string | null
  readonly expires: string | null
  readonly doors: readonly string[]
  readonly forward: boolean
  readonly sha256: string
}

/** A minting key as `list --json` and `show` have it. */
export type KeyRow = {
  readonly name: string
  readonly scope: ReturnType<typeof fieldsOfScope>
  readonly maxLifetime: string
  readonly forward: boolean
  readonly key: string
}

/** A token's facts, at a time (Unix ms). */
export function tokenRow(token: TokenEntry, nowMs: number): TokenRow {
  const { name, scope, notBeforeMs, expiresMs, doors, forward, hash } = token
  return {
    name,
    state: stateOf(token, nowMs),
    scope: fieldsOfScope(scope),
    notBefore: notBeforeMs === 0 ? null : formatTime(notBeforeMs),
    expires: expiresMs === null ? null : formatTime(expiresMs),
    doors,
    forward,
    sha256: hexOf(hash),
  }
}

/** A minting key's facts. */
export function keyRow({ name, scope, maxSeconds, forward, key }: MintingEntry): KeyRow {
  return { name, scope: fieldsOfScope(scope), maxLifetime: formatDuration(maxSeconds), forward, key }
}

/** The lines of two tables for people: tokens, and minting keys if there are any. */
export function policyTables({ tokens, minting }: Policy, nowMs: number): string[] {
  const tokenRows = tokens.map((token) => {
    const { name, state, expires, doors } = tokenRow(token, nowMs)
    return [
      name,
      state,
      expires ?? 'never',
      doors.join(','),
      scopeText(fieldsOfScope(token.scope), token.forward),
    ]
  })
  const keyRows = minting.map((entry) => [
    ...[
      entry.name,
      `tokens of ${formatDuration(entry.maxSeconds)} at most`,
      scopeText(fieldsOfScope(entry.scope), entry.forward),
    ],
  ])
  return [
    ...(tokenRows.length > 0
      ? table(['TOKEN', 'STATE', 'EXPIRES', 'DOORS', 'SEES'], tokenRows)
      : ['no tokens']),
    ...(keyRows.length > 0 ? ['', ...table(['MINTING KEY', 'SIGNS', 'SEES'], keyRows)] : []),
  ]
}

/** Facts, a line each: `name: alice`. */
export function factLines({ scope, ...facts }: TokenRow | KeyRow): string[] {
  const { name, ...others } = facts
  return Object.entries({ name, ...scope, ...others }).map(([field, value]) => `${field}: ${factText(value)}`)
}

function factText(value: string | boolean | readonly string[] | null | undefined): string {
  if (value === null || value === undefined) return 'none'
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : value.join(', ')
}

function stateOf({ notBeforeMs, expiresMs }: TokenEntry, nowMs: number): TokenRow['state'] {
  if (expiresMs !== null && expiresMs <= nowMs) return 'expired'
  return notBeforeMs > nowMs ? 'not yet valid' : 'valid'
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
