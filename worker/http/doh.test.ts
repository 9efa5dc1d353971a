import assert from 'node:assert/strict'
import { test } from 'node:test'
import { optRecord, queryBytes } from '../../dns/arbitrary.case.ts'
import { maxQueryBytes } from '../../dns/limits.ts'
import { strictDecode } from '../../dns/message/strict-decode.case.ts'
import { nameFromText } from '../../dns/name.ts'
import { dig } from '../../test/dig.ts'
import { get, post } from '../edge.case.ts'
import { sampleObjects } from '../sample.case.ts'
import { readDohPath } from './doh.ts'
import { dnsMessage } from './media-types.ts'
import type { DohRequest, DohResponse } from './request.ts'

const { send } = await dig([{ objects: sampleObjects }])
const query = queryBytes(nameFromText('web.prod.svc.cluster.local'), { id: 0 })
const text = Buffer.from(query).toString('base64url')
const asMessage = { 'content-type': dnsMessage }

/** A message of exactly this length, padded with an unknown EDNS option. */
function queryOf(bytes: number): Uint8Array {
  const bare = queryBytes(nameFromText('web.prod.svc.cluster.local'), {
    counts: [1, 0, 0, 1],
    tail: optRecord(),
  })
  const length = bytes - bare.length - 4
  const option = String.fromCharCode(0xff, 0x01, length >> 8, length & 0xff) + '\0'.repeat(length)
  return queryBytes(nameFromText('web.prod.svc.cluster.local'), {
    counts: [1, 0, 0, 1],
    tail: optRecord(option),
  })
}

/** Expects a refusal: text for people instead of DNS, which caches must not store. */
async function refused(request: DohRequest, status: number): Promise<DohResponse> {
  const response = await send(request)
  assert.equal(response.status, status, String(response.body))
  assert.match(response.headers['content-type'] ?? '', /^text\/plain/)
  assert.equal(response.headers['cache-control'], 'no-store')
  assert.match(String(response.body), /^.+\n$/)
  return response
}

async function answered(request: DohRequest): Promise<DohResponse> {
  const response = await send(request)
  assert.equal(response.status, 200, String(response.body))
  assert.equal(response.headers['content-type'], dnsMessage)
  return response
}

test('GET and POST return the same message, without a length prefix', async () => {
  const [fromGet, fromPost] = await Promise.all([
    answered(get(`/dns-query?dns=${text}`)),
    answered(post('/dns-query', query, asMessage)),
  ])
  assert.deepEqual(fromGet, fromPost)
  const { id, sections } = strictDecode(fromGet.body as Uint8Array)
  assert.equal(id, 0)
  assert.equal(sections[0].length, 1)
})

test('HEAD has the response of GET, whose body the runtime leaves out', async () => {
  assert.deepEqual(
    await answered(get(`/dns-query?dns=${text}`, {}, 'HEAD')),
    await answered(get(`/dns-query?dns=${text}`)),
  )
})

test('a response has a body of bytes, no cookies and no redirect', async () => {
  const { headers, body } = await answered(get(`/dns-query?dns=${text}`))
  assert.ok(body instanceof Uint8Array)
  assert.deepEqual(Object.keys(headers).toSorted(), [
    'access-control-allow-origin',
    'cache-control',
    'content-type',
    'kubedoh-snapshot',
  ])
  assert.equal(headers['cache-control'], 'max-age=5')
})

test('other parameters are ignored', async () => {
  const { body } = await answered(get(`/dns-query?dns=${text}`))
  for (const extra of [
    `x=1&dns=${text}`,
    `dns=${text}&x=1`,
    `dns=${text}&`,
    `&dns=${text}`,
    `dnssec=0&dns=${text}`,
  ]) {
    assert.deepEqual((await answered(get(`/dns-query?${extra}`))).body, body)
  }
})

const badQueries: readonly (readonly [what: string, query: string, status: number])[] = [
  ['no parameters', '', 400],
  ['another parameter', 'x=web', 400],
  ['a parameter that only begins with dns', `dnsx=${text}`, 400],
  ['a parameter in capitals', `DNS=${text}`, 400],
  ['an empty dns', 'dns=', 400],
  ['dns without a value', 'dns', 400],
  ['two dns', `dns=${text}&dns=${text}`, 400],
  ['two dns, one of them bare', `dns=${text}&dns`, 400],
  ['padding', `dns=${Buffer.from(query).toString('base64').replace(/=*$/, '')}==`, 400],
  ['the alphabet of base64', 'dns=AAAB+AABAAAAAAAAAAABAAE', 400],
  ['a slash', 'dns=AAAB/AABAAAAAAAAAAABAAE', 400],
  ['an impossible length', 'dns=A', 400],
  ['loose bits', 'dns=AB', 400],
  ['percent encoding', `dns=%41${text.slice(1)}`, 400],
  ['a space', `dns= ${text}`, 400],
  ['eleven bytes', 'dns=AAABAAABAAAAAAA', 400],
  [
    'a reply',
    `dns=${Buffer.from(queryBytes(nameFromText('a'), { flags: 0x8000 })).toString('base64url')}`,
    400,
  ],
  ['a query that is too long', `dns=${'A'.repeat(5_464)}`, 414],
  ['a query that is far too long', `dns=${'A'.repeat(100_000)}`, 414],
]
for (const [what, given, status] of badQueries) {
  test(`GET with ${what} is ${status}`, async () => {
    await refused(get(`/dns-query?${given}`), status)
  })
}

test(`a query of ${maxQueryBytes} bytes is accepted, and one byte more is refused`, async () => {
  const fits = queryOf(maxQueryBytes)
  const over = queryOf(maxQueryBytes + 1)
  assert.deepEqual([fits.length, over.length], [maxQueryBytes, maxQueryBytes + 1])
  await answered(get(`/dns-query?dns=${Buffer.from(fits).toString('base64url')}`))
  await answered(post('/dns-query', fits, asMessage))
  await refused(get(`/dns-query?dns=${Buffer.from(over).toString('base64url')}`), 414)
  await refused(post('/dns-query', over, asMessage), 413)
  // A body without a declared length is read up to the limit.
  await refused(post('/dns-query', over, { ...asMessage, 'content-length': '' }), 413)
})

const types: readonly (readonly [type: string, status: number])[] = [
  ['application/dns-message', 200],
  ['Application/DNS-Message', 200],
  ['application/dns-message; charset=utf-8', 200],
  ['text/plain', 415],
  ['application/dns-udpwireformat', 415],
  ['application/dns-json', 415],
  ['application/dns-message2', 415],
  ['', 415],
]
for (const [type, status] of types) {
  test(`POST as "${type}" is ${status}`, async () => {
    const request = post('/dns-query', query, { 'content-type': type })
    await (status === 200 ? answered(request) : refused(request, status))
  })
}

test('compressed bodies are refused', async () => {
  await answered(post('/dns-query', query, { ...asMessage, 'content-encoding': 'identity' }))
  await refused(post('/dns-query', query, { ...asMessage, 'content-encoding': 'gzip' }), 415)
})

const accepts: readonly (readonly [accept: string, status: number])[] = [
  ['*/*', 200],
  ['application/*', 200],
  ['application/dns-message', 200],
  ['text/html, application/dns-message;q=0.9', 200],
  ['text/html,application/xhtml+xml,*/*;q=0.8', 200],
  ['', 200],
  ['application/dns-json', 406],
  ['text/html, application/dns-message;q=0', 406],
  ['text/html', 406],
]
for (const [accept, status] of accepts) {
  test(`a request that accepts "${accept}" is ${status}`, async () => {
    for (const request of [
      get(`/dns-query?dns=${text}`, { accept }),
      post('/dns-query', query, { ...asMessage, accept }),
    ]) {
      await (status === 200 ? answered(request) : refused(request, status))
    }
  })
}

for (const method of ['PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND', 'get']) {
  test(`${method} is 405 with the allowed methods`, async () => {
    const { headers } = await refused(get(`/dns-query?dns=${text}`, {}, method), 405)
    assert.equal(headers.allow, 'GET, HEAD, POST, OPTIONS')
  })
}

test('OPTIONS of /dns-query has the allowed methods, also for scripts of any origin', async () => {
  const { status, headers, body } = await send(get('/dns-query', { origin: 'https://a.example' }, 'OPTIONS'))
  assert.deepEqual([status, body], [204, ''])
  assert.deepEqual(headers, {
    allow: 'GET, HEAD, POST, OPTIONS',
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, HEAD, POST',
    'access-control-allow-headers': 'accept, content-type',
    'access-control-max-age': '86400',
    'cache-control': 'no-store',
  })
})

test('OPTIONS of a path with a token has the allowed methods, and lets no script ask', async () => {
  const { status, headers } = await send(get('/dns-query/token', { origin: 'https://a.example' }, 'OPTIONS'))
  assert.equal(status, 204)
  assert.deepEqual(headers, { allow: 'GET, HEAD, POST, OPTIONS', 'cache-control': 'no-store' })
})

for (const body of [
  new Uint8Array(),
  new Uint8Array(11),
  Uint8Array.of(0, 0, 0x80, ...Array<number>(20).fill(0)),
]) {
  test(`POST of ${body.length} bytes that are not a query is 400`, async () => {
    await refused(post('/dns-query', body, asMessage), 400)
  })
}

const paths: readonly (readonly [path: string, token: string | undefined])[] = [
  ['/dns-query', ''],
  ['/dns-query/', ''],
  ['/dns-query/prod.abc', 'prod.abc'],
  ['/dns-query/a/b', 'a/b'],
  ['/dns-query//', '/'],
  ['/dns-queryx', undefined],
  ['/Dns-Query', undefined],
  ['/', undefined],
  ['dns-query', undefined],
]
for (const [path, token] of paths) {
  test(`the path ${path} ${token === undefined ? 'is not a DoH path' : `has the token "${token}"`}`, () => {
    assert.equal(readDohPath(path)?.token, token)
  })
}

for (const path of [
  '/dns',
  '/dns-queryx',
  '/dns-query/a/b',
  '/resolve',
  '/healthz/x',
  '/status/x',
  '/ingestx',
  '//',
]) {
  test(`${path} is 404`, async () => {
    await refused(get(`${path}?dns=${text}`), 404)
  })
}

test('every DNS answer is 200, regardless of its rcode', async () => {
  const name = nameFromText('nope.prod.svc.cluster.local')
  const cases: readonly (readonly [bytes: Uint8Array, rcode: number, cacheControl: string])[] = [
    [queryBytes(name), 3, 'max-age=5'],
    [queryBytes(nameFromText('web.prod.svc.cluster.local'), { type: 28 }), 0, 'max-age=5'],
    [queryBytes(nameFromText('example.com')), 5, 'no-store'],
    [queryBytes(name, { counts: [2, 0, 0, 0] }), 1, 'no-store'],
    [queryBytes(name, { flags: 0x2000 }), 4, 'no-store'],
    [queryBytes(name, { type: 252 }), 5, 'no-store'],
    [queryBytes(name, { class: 3 }), 5, 'no-store'],
    // EDNS version 1: BADVERS, with its low bits in the header.
    [queryBytes(name, { counts: [1, 0, 0, 1], tail: optRecord('', [1, 0]) }), 0, 'no-store'],
  ]
  for (const [bytes, rcode, cacheControl] of cases) {
    const { body, headers } = await answered(post('/dns-query', bytes, asMessage))
    assert.equal(strictDecode(body as Uint8Array).flags & 0xf, rcode)
    assert.equal(headers['cache-control'], cacheControl)
  }
})

test('without a snapshot the answer is SERVFAIL with status 200, which caches must not store', async () => {
  const empty = await dig([{ objects: [] }])
  empty.kv.entries.clear()
  const response = await empty.send(get(`/dns-query?dns=${text}`))
  assert.equal(response.status, 200)
  assert.equal(strictDecode(response.body as Uint8Array).flags & 0xf, 2)
  assert.equal(response.headers['cache-control'], 'no-store')
  assert.equal(response.headers['kubedoh-snapshot'], undefined)
})

test('a failing store yields SERVFAIL too', async () => {
  const failing = await dig([{ objects: sampleObjects }])
  failing.kv.get = () => Promise.reject(new Error('the store is gone'))
  const response = await failing.send(get(`/dns-query?dns=${text}`))
  assert.equal(response.status, 200)
  assert.equal(strictDecode(response.body as Uint8Array).flags & 0xf, 2)
})
