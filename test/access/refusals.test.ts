import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queryBytes } from '../../dns/arbitrary.case.ts'
import { nameFromText } from '../../dns/name.ts'
import { generateKey, importPrivateKey } from '../../snapshot/key.ts'
import { mintToken } from '../../snapshot/policy/minted-token.ts'
import { hashToken } from '../../snapshot/policy/token.ts'
import { get, post, startMs } from '../../worker/edge.case.ts'
import { dnsMessage } from '../../worker/http/media-types.ts'
import type { DohRequest } from '../../worker/http/request.ts'
import { sampleObjects } from '../../worker/sample.case.ts'
import { createRandom } from '../seeded-random.ts'
import { startProduct } from './leak-world.ts'
import { drawToken } from './make-policy.ts'

/* A token that is not valid, for whatever reason, and a path that leads nowhere have the same response. */

const random = createRandom(3)
const draw = (): string => drawToken('one', random)
const tokens = {
  valid: draw(),
  expired: draw(),
  early: draw(),
  dot: draw(),
  bearer: draw(),
  denied: draw(),
}
const [minter, stranger] = [
  await importPrivateKey(await generateKey()),
  await importPrivateKey(await generateKey()),
]
const seconds = startMs / 1000
const claims = { aud: 'one', iat: seconds, exp: seconds + 600, namespaces: ['prod'] }
const product = await startProduct({
  clusters: [
    {
      id: 'one',
      objects: sampleObjects,
      root: { generation: startMs + 1 },
      policy: {
        tokens: [
          { text: tokens.valid, scope: ['prod'] },
          { text: tokens.expired, scope: 'all', expiresMs: startMs },
          { text: tokens.early, scope: 'all', notBeforeMs: startMs + 1_000 },
          { text: tokens.dot, scope: 'all', doors: ['dot'] },
          { text: tokens.bearer, scope: 'all', doors: ['bearer'] },
          { text: tokens.denied, scope: 'all' },
        ],
        anonymous: null,
        minting: [{ key: minter, scope: ['prod'], maxSeconds: 900 }],
      },
    },
  ],
  config: { public: false, deny: new Set([await hashToken(tokens.denied)]) },
})

const minted = await mintToken(claims, minter)
/** The path's segment after /dns-query/ and /zones/, by the reason of the refusal. */
const refused: Readonly<Record<string, string>> = {
  'an unknown token': draw(),
  'an expired token': tokens.expired,
  'a token that is not valid yet': tokens.early,
  'a token for DoT': tokens.dot,
  'a bearer token in the path': tokens.bearer,
  'a denied token': tokens.denied,
  'a token of an unknown cluster': tokens.valid.replace('one', 'two'),
  'a token in capitals': tokens.valid.toUpperCase(),
  'a token with an escape': `%6f${tokens.valid.slice(1)}`,
  'a token cut short': tokens.valid.slice(0, -1),
  'a valid token and an unknown one': `${tokens.valid},${draw()}`,
  'a valid token and none': `${tokens.valid},`,
  'five tokens': Array(5).fill(tokens.valid).join(','),
  'a valid token and another segment': `${tokens.valid}/x`,
  'two segments': 'a/b',
  'a valid token and a slash': `${tokens.valid}/`,
  'random characters': '%00%ff',
  "a minted token of a stranger's key": await mintToken(claims, stranger),
  'a minted token that has expired': await mintToken(
    { ...claims, iat: seconds - 700, exp: seconds - 1 },
    minter,
  ),
  'a minted token that lives too long': await mintToken({ ...claims, exp: seconds + 901 }, minter),
  'a minted token of the future': await mintToken(
    { ...claims, iat: seconds + 31, exp: seconds + 60 },
    minter,
  ),
  'a minted token of another cluster': await mintToken({ ...claims, aud: 'two' }, minter),
  'a minted token with another signature': `${minted.slice(0, -2)}AA`,
}

const query = queryBytes(nameFromText('web.prod.svc.cluster.local'))
const requests: Readonly<Record<string, (rest: string) => DohRequest>> = {
  GET: (rest) => get(`/dns-query/${rest}?dns=${Buffer.from(query).toString('base64url')}`),
  POST: (rest) => post(`/dns-query/${rest}`, query, { 'content-type': dnsMessage }),
  JSON: (rest) => get(`/dns-query/${rest}?name=web.prod.svc.cluster.local`),
  'GET without a query': (rest) => get(`/dns-query/${rest}`),
  PUT: (rest) => get(`/dns-query/${rest}`, {}, 'PUT'),
  'GET of the zones': (rest) => get(`/zones/${rest}`),
  'HEAD of the zones': (rest) => get(`/zones/${rest}`, {}, 'HEAD'),
  'PUT to the zones': (rest) => get(`/zones/${rest}`, {}, 'PUT'),
  'GET of the set-up page': (rest) => get(`/setup/${rest}`),
  'GET of a look-up': (rest) => get(`/setup/${rest}?name=web.prod.svc.cluster.local`),
  'PUT to the set-up page': (rest) => get(`/setup/${rest}`, {}, 'PUT'),
}

for (const [form, request] of Object.entries(requests)) {
  test(`${form}: all refusals are one response`, async () => {
    const first = await product.send(request('nowhere'))
    assert.equal(first.status, 404)
    assert.equal(first.headers['cache-control'], 'no-store')
    for (const [reason, rest] of Object.entries(refused))
      assert.deepEqual(await product.send(request(rest)), first, reason)
    for (const rest of [tokens.valid, `${tokens.valid},${tokens.valid}`, minted])
      assert.notEqual((await product.send(request(rest))).status, 404)
  })
}

test('outside of /dns-query, /zones and /setup, a wrong path has the response of a wrong token', async () => {
  const first = await product.send(requests.GET?.('nowhere') ?? assert.fail())
  for (const path of ['/nowhere', '/dns-queryx', '/zonesx', `/${tokens.valid}`])
    assert.deepEqual(await product.send(get(path)), first, path)
})

test('a bearer token that is refused has the same response', async () => {
  const first = await product.send(requests.GET?.('nowhere') ?? assert.fail())
  for (const path of [`/dns-query?dns=${Buffer.from(query).toString('base64url')}`, '/zones']) {
    for (const authorization of [
      `Bearer ${tokens.expired}`,
      `Bearer ${draw()}`,
      `Basic ${tokens.valid}`,
      `Bearer ${tokens.valid} x`,
      'Bearer',
    ])
      assert.deepEqual(await product.send(get(path, { authorization })), first, `${path} ${authorization}`)
    assert.equal((await product.send(get(path, { authorization: `Bearer ${tokens.bearer}` }))).status, 200)
  }
})
