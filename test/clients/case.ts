import assert from 'node:assert/strict'
import type { Printed } from './dig.ts'

/** A name that every client queries, and its data. */
export type Case = {
  readonly title: string
  /** The Service in namespace default. */
  readonly label: string
  readonly type: 'A' | 'AAAA'
  /** All addresses of the name; empty for a missing name. */
  readonly addresses: readonly string[]
  /** An ExternalName's target. */
  readonly target?: string
}

/** The full name of a case's Service in a zone, without the final dot. */
export function hostOf({ label }: Case, zone: string): string {
  return `${label}.default.svc.${zone}`
}

/** True if the name must not exist. */
export function isMissing({ addresses }: Case): boolean {
  return addresses.length === 0
}

/**
 * Asserts that dig or kdig printed the whole answer: each address once, after the CNAME of an ExternalName; or NXDOMAIN
 * with the zone's SOA. Returns the observation in a few words.
 */
export function assertWhole(one: Case, zone: string, { status, answer, authority }: Printed): string {
  if (isMissing(one)) {
    assert.equal(status, 'NXDOMAIN')
    assert.match(authority.join('\n'), new RegExp(`^${zone}\\. \\d+ SOA `))
    return status
  }
  assert.equal(status, 'NOERROR')
  const records = answer.map((line) => line.split(' '))
  const addresses = records.filter(([, , type]) => type === one.type).map(([, , , address = '']) => address)
  const aliases = records.filter(([, , type]) => type === 'CNAME').map(([owner]) => owner)
  assert.deepEqual(aliases, one.target === undefined ? [] : [`${hostOf(one, zone)}.`])
  return assertPart(one, addresses, one.addresses.length)
}

/**
 * For clients that may use only a part of the addresses: asserts at least `atLeast` of them, or all if there are fewer,
 * each once, and no others. Returns the observation in a few words.
 */
export function assertPart({ addresses }: Case, got: readonly string[], atLeast: number): string {
  const foreign = got.filter((address) => !addresses.includes(address))
  assert.deepEqual(foreign, [])
  assert.ok(
    got.length >= Math.min(atLeast, addresses.length),
    `${got.length} of ${addresses.length} addresses`,
  )
  assert.equal(new Set(got).size, got.length)
  return `${got.length} of ${addresses.length}`
}

/** Asserts that a page was served on one of the case's addresses, by its text. Returns that address. */
export function assertPage({ addresses }: Case, text: string): string {
  const [, address = text] = /^answered on (\S+)$/.exec(text.trim()) ?? []
  assert.ok(addresses.includes(address), `the page says: ${text}`)
  return `page from ${address}`
}
