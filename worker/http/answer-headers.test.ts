import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rootOf } from '../edge.case.ts'
import { answerHeaders } from './answer-headers.ts'
import { dnsJson, dnsMessage } from './media-types.ts'
import { toWeb } from './web.ts'

const audience = { cors: { 'access-control-allow-origin': '*' }, isPrivate: false, hasOtherClusters: false }
const body = new Uint8Array(12)

test('answers of one root and one second share their headers, and nothing can change them', () => {
  const root = rootOf({ asOfMs: 0 })
  const headers = answerHeaders(dnsMessage, 5, root, 1_000, audience)
  assert.equal(answerHeaders(dnsMessage, 5, root, 1_999, { ...audience }), headers)
  assert.throws(() => Object.assign(headers, { vary: '*' }), TypeError)
  const response = toWeb({ status: 200, headers, body })
  response.headers.set('vary', '*')
  assert.equal(toWeb({ status: 200, headers, body }).headers.get('vary'), null)
})

test('another second, state, root, lifetime, media type or audience has its own headers', () => {
  const root = rootOf({ asOfMs: 0, staleAfterMs: 1_500 })
  const first = answerHeaders(dnsMessage, 5, root, 1_000, audience)
  const others = [
    answerHeaders(dnsMessage, 6, root, 1_000, audience),
    answerHeaders(dnsMessage, undefined, root, 1_000, audience),
    answerHeaders(dnsJson, 5, root, 1_000, audience),
    answerHeaders(dnsMessage, 5, root, 1_000, { ...audience, cors: {} }),
    answerHeaders(dnsMessage, 5, root, 1_000, { ...audience, isPrivate: true }),
    answerHeaders(dnsMessage, 5, root, 1_000, { ...audience, hasOtherClusters: true }),
    answerHeaders(dnsMessage, 5, { ...root, generation: 7 }, 1_000, audience),
    answerHeaders(dnsMessage, 5, root, 1_501, audience),
    answerHeaders(dnsMessage, 5, root, 2_000, audience),
    answerHeaders(dnsMessage, 5, undefined, 1_000, audience),
  ]
  const texts = [first, ...others].map((headers) => JSON.stringify(headers))
  assert.equal(new Set(texts).size, texts.length)
})

test('a limited number of headers of one root is kept', () => {
  const root = rootOf({ asOfMs: 0 })
  for (let maxAge = 0; maxAge < 100; maxAge++) {
    const headers = answerHeaders(dnsMessage, maxAge, root, 1_000, audience)
    assert.equal(headers['cache-control'], `max-age=${maxAge}`)
    assert.equal(answerHeaders(dnsMessage, maxAge, root, 1_000, audience) === headers, maxAge < 16)
  }
})
