import type { Report } from './field-readers.ts'
import type { Policy } from './policy.ts'

/** Entries of one name: an old token and the one that replaces it. */
const maxOfOneName = 2

/** Reports contradictions between the entries of a policy, and between the fields of one entry. */
export function checkEntries({ tokens, minting, networks }: Policy, report: Report): void {
  const names = new Map<string, number>()
  for (const [index, { name, notBeforeMs, expiresMs }] of tokens.entries()) {
    const count = (names.get(name) ?? 0) + 1
    names.set(name, count)
    if (count > maxOfOneName)
      report(
        ['tokens', index, 'name'],
        `more than two tokens have the name "${name}", an old one and its successor; rename this one, or take out the oldest`,
      )
    if (expiresMs !== null && expiresMs <= notBeforeMs)
      report(
        ['tokens', index, 'expires'],
        'the token expires before it is valid; change expires or notBefore',
      )
  }
  const repeated = 'occurs twice; take out one of the entries'
  for (const index of repeatedAt(tokens.map(({ hash }) => hash)))
    report(['tokens', index, 'sha256'], `the hash ${repeated}`)
  for (const index of repeatedAt(minting.map(({ name }) => name)))
    report(['minting', index, 'name'], `the name ${repeated}`)
  for (const index of repeatedAt(minting.map(({ key }) => key)))
    report(['minting', index, 'key'], `the key ${repeated}`)
  for (const index of repeatedAt(networks.map(({ cidr }) => cidr)))
    report(['networks', index, 'cidr'], `the address range ${repeated}`)
}

/** The positions of values that already occurred before them. */
function repeatedAt(values: readonly string[]): number[] {
  const seen = new Set<string>()
  return values.flatMap((value, index) => {
    if (seen.has(value)) return [index]
    seen.add(value)
    return []
  })
}
