import assert from 'node:assert/strict'
import { test } from 'node:test'
import { get } from '../edge.case.ts'
import { type CorsRule, corsHeaders, preflight } from './cors.ts'

const here = 'https://app.example.com'

function originOf(hasToken: boolean, rule: CorsRule, origin = here): string | undefined {
  return corsHeaders(get('/dns-query', { origin }), hasToken, rule)['access-control-allow-origin']
}

test('by default scripts of any origin read answers, unless the request has a token', () => {
  assert.equal(originOf(false, undefined), '*')
  assert.equal(originOf(true, undefined), undefined)
})

test('with a rule, tokens make no difference', () => {
  for (const hasToken of [false, true]) {
    assert.equal(originOf(hasToken, '*'), '*')
    assert.equal(originOf(hasToken, [here]), here)
    assert.equal(originOf(hasToken, [here], 'https://other.example.com'), undefined)
    assert.equal(originOf(hasToken, []), undefined)
  }
})

test('with a list, the response varies by origin, also where none is allowed', () => {
  assert.equal(corsHeaders(get('/dns-query', { origin: here }), false, [here]).vary, 'origin')
  assert.equal(corsHeaders(get('/dns-query'), false, [here]).vary, 'origin')
})

test('a preflight that announces a bearer token counts as a request with a token', () => {
  const announced = get('/dns-query', { origin: here, 'access-control-request-headers': 'Authorization' })
  const { status, headers } = preflight(announced, false, undefined)
  assert.equal(status, 204)
  assert.deepEqual(headers, { allow: 'GET, HEAD, POST, OPTIONS', 'cache-control': 'no-store' })
  assert.match(
    preflight(announced, false, [here]).headers['access-control-allow-headers'] ?? '',
    /authorization/,
  )
})

test('a listed origin always has the same object of headers', () => {
  const rule = ['https://a.example', 'https://b.example']
  const of = (origin: string) => corsHeaders(get('/dns-query', { origin }), false, rule)
  assert.equal(of('https://a.example'), of('https://a.example'))
  assert.notDeepEqual(of('https://a.example'), of('https://b.example'))
})
