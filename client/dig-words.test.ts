import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digWordFault } from './dig-words.ts'

for (const [word, expected] of [
  ['web.k', undefined],
  ['AAAA', undefined],
  ['+short', undefined],
  ['+tcp', /the option here is --tcp$/],
  ['+tls-hostname=a.b', /the option here is --tls-host NAME$/],
  ['+tls-ca', /the option here is --ca FILE$/],
  ['+https=/dns-query', /the option here is --url URL$/],
  ['+https-get', /the option here is --url URL and --get$/],
  ['+noedns', /the option here is --no-edns$/],
  ['+time=3', /the option here is --timeout-ms MS$/],
  ['+trace', /does not know \+trace; .* has only \+short$/],
  ['@10.96.0.10', /name the server by --server 10\.96\.0\.10, or/],
] as const) {
  test(`${word}: ${expected ?? 'no word of dig'}`, () => {
    const fault = digWordFault(word)
    if (expected === undefined) assert.equal(fault, undefined)
    else assert.match(fault ?? '', expected)
  })
}
