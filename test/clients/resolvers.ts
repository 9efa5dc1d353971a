import assert from 'node:assert/strict'
import { assertWhole, hostOf } from './case.ts'
import { type Client, shortLived } from './client.ts'
import { dig, kdig, kdigBytes, type Target } from './dig.ts'
import { versionOf } from './program.ts'

const zone = 'cluster.local'
/** The block size of padded answers (RFC 8467 §4.1). */
const paddedTo = 468

/** BIND's dig and Knot's kdig, by POST and by GET, kdig also with padding. */
export const resolvers: readonly Client[] = [
  digClient('dig +https', () => []),
  digClient('dig +https-get', ({ url }) => [`+https-get=${new URL(url).pathname}`]),
  kdigClient('kdig +https +padding', ['+padding'], true),
  kdigClient('kdig +https-get', ['+https-get', '+edns', '+nopadding'], false),
]

function digClient(name: string, options: (edge: Target) => string[]): Client {
  return {
    name,
    zone,
    programs: ['dig'],
    version: () => versionOf('dig', '-v'),
    open: (edge) =>
      Promise.resolve(
        shortLived(async (one) =>
          assertWhole(one, zone, await dig(edge, ...options(edge), hostOf(one, zone), one.type)),
        ),
      ),
  }
}

function kdigClient(name: string, options: string[], padded: boolean): Client {
  return {
    name,
    zone,
    programs: ['kdig'],
    version: () => versionOf('kdig', '-V'),
    open: (edge) =>
      Promise.resolve(
        shortLived(async (one) => {
          const args = [...options, hostOf(one, zone), one.type]
          const seen = assertWhole(one, zone, await kdig(edge, ...args))
          const bytes = await kdigBytes(edge, ...args)
          assert.equal(bytes % paddedTo === 0, padded, `${bytes} bytes`)
          return `${seen}, ${bytes} bytes`
        }),
      ),
  }
}
