import assert from 'node:assert/strict'
import { randomFillSync } from 'node:crypto'
import { test } from 'node:test'
import { queryBytes } from '../../dns/arbitrary.case.ts'
import { nameFromText } from '../../dns/name.ts'
import { generateKey, importPrivateKey } from '../../snapshot/key.ts'
import { mintToken } from '../../snapshot/policy/minted-token.ts'
import { tokenSha256 } from '../../snapshot/policy/token.case.ts'
import { hashToken, newToken } from '../../snapshot/policy/token.ts'
import { type Dig, dig, namespace, service } from '../../test/dig.ts'
import { get, post, startMs } from '../edge.case.ts'
import type { DohResponse } from '../http/request.ts'

const bytesOf = (name: string): Uint8Array => queryBytes(nameFromText(name))
const text = (name: string): string => Buffer.from(bytesOf(name)).toString('base64url')

const newOne = (cluster = 'test'): string => newToken(cluster, (bytes) => randomFillSync(bytes))

const objects = [
  ...['dev', 'prod'].map((name) => namespace(name)),
  service('dev/web', { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'] }),
  service('prod/web', { clusterIP: '10.96.0.2', clusterIPs: ['10.96.0.2'] }),
]

const [devToken, allToken, oldToken, futureToken, bearerToken, dotToken, strange] = Array.from(
  { length: 7 },
  () => newOne(),
) as [string, string, string, string, string, string, string]
const minting = await importPrivateKey(await generateKey())

const at = (ms: number): string => new Date(startMs + ms).toISOString()
const policy = `version: 1
tokens:
  - { name: dev, sha256: ${tokenSha256(devToken)}, namespaces: [dev] }
  - { name: all, sha256: ${tokenSha256(allToken)}, all: true, expires: ${at(60_000)} }
  - { name: old, sha256: ${tokenSha256(oldToken)}, all: true, expires: ${at(-1_000)} }
  - { name: future, sha256: ${tokenSha256(futureToken)}, all: true, notBefore: ${at(60_000)} }
  - { name: bearer, sha256: ${tokenSha256(bearerToken)}, all: true, doors: [bearer] }
  - { name: dot, sha256: ${tokenSha256(dotToken)}, all: true, doors: [dot] }
minting:
  - { name: ci, key: ${minting.publicKey}, namespaces: [dev], maxLifetime: 1h }
`

const site = { objects, policy }

function ask(
  edge: Dig,
  name: string,
  token = '',
  headers: Record<string, string> = {},
): Promise<DohResponse> {
  return edge.send(get(`/dns-query${token === '' ? '' : `/${token}`}?dns=${text(name)}`, headers))
}

async function rcodeOf(edge: Dig, name: string, token: string): Promise<number> {
  const { status, body } = await ask(edge, name, token)
  assert.equal(status, 200)
  assert.ok(body instanceof Uint8Array)
  return (body[3] ?? 0) & 0xf
}

const [devName, prodName] = ['web.dev.svc.cluster.local', 'web.prod.svc.cluster.local']

test('a public edge answers callers without a token about a cluster without a policy', async () => {
  const edge = await dig([{ objects }])
  assert.equal((await ask(edge, devName)).status, 200)
})

test('an edge that is not public refuses callers without a token, and says how to send one', async () => {
  const edge = await dig([{ objects }], { public: false })
  const requests = [
    get(`/dns-query?dns=${text(devName)}`),
    get(`/dns-query?dns=${text('www.example.com')}`),
    get(`/dns-query?dns=${text('1.1.168.192.in-addr.arpa')}`),
    get('/dns-query?dns=AAAA'),
    get('/dns-query'),
    get('/dns-query/'),
    get('/dns-query', {}, 'PUT'),
    post('/dns-query', bytesOf(devName), { 'content-type': 'application/dns-message' }),
  ]
  const asJson = await edge.send(get(`/dns-query?name=${devName}`))
  assert.equal(asJson.headers['www-authenticate'], 'Bearer realm="kubedoh"')
  assert.equal(asJson.headers['content-type'], 'application/json')
  for (const request of requests) {
    const { status, headers, body } = await edge.send(request)
    assert.equal(status, 401)
    assert.equal(headers['www-authenticate'], 'Bearer realm="kubedoh"')
    assert.equal(headers['cache-control'], 'no-store')
    assert.match(String(body), /dns-query\/TOKEN.*Bearer TOKEN/)
  }
})

test('a policy decides about callers without a token, on a public edge as well', async () => {
  for (const isPublic of [true, false]) {
    const closed = await dig([site], { public: isPublic })
    assert.equal((await ask(closed, devName)).status, 401)
    const open = await dig([{ objects, policy: 'version: 1\nanonymous: { namespaces: [dev] }\n' }], {
      public: isPublic,
    })
    assert.equal(await rcodeOf(open, devName, ''), 0)
    assert.equal(await rcodeOf(open, prodName, ''), 3)
  }
})

test('a token in the path or as bearer sees its namespaces; the answers are private', async () => {
  const edge = await dig([site], { public: false })
  for (let time = 0; time < 2; time++) {
    assert.equal(await rcodeOf(edge, devName, devToken), 0)
    assert.equal(await rcodeOf(edge, prodName, devToken), 3)
    assert.equal(await rcodeOf(edge, prodName, allToken), 0)
  }
  const byBearer = await ask(edge, devName, '', { authorization: `Bearer ${devToken}` })
  assert.equal(byBearer.status, 200)
  assert.match(byBearer.headers['cache-control'] ?? '', /^private, /)
})

test('everything that is not valid gets the response of an unknown path', async () => {
  const denied = new Set([await hashToken(devToken)])
  const edge = await dig([site], { public: false })
  const denying = await dig([site], { public: false, deny: denied })
  const nowhere = await edge.send(get('/dns-query/a/b'))
  assert.equal(nowhere.status, 404)
  assert.equal(nowhere.headers['cache-control'], 'no-store')
  for (const path of ['/nowhere', '/dns-query/unknown', '/dns-query/%00'])
    assert.deepEqual(await edge.send(get(path)), nowhere, path)
  const invalid: readonly (readonly [token: string, headers?: Record<string, string>])[] = [
    [strange],
    [newOne('other')],
    ['test-abc'],
    [devToken.toUpperCase()],
    [oldToken],
    [futureToken],
    [bearerToken],
    [dotToken],
    [`${devToken},`],
    [`${devToken},${strange}`],
    [`${strange},${devToken}`],
    [[devToken, devToken, devToken, devToken, devToken].join(',')],
    ['', { authorization: `Bearer ${strange}` }],
    ['', { authorization: 'Bearer' }],
    ['', { authorization: 'Basic dGVzdDphYmM=' }],
    [devToken, { authorization: `Bearer ${strange}` }],
  ]
  for (const [token, headers] of invalid)
    assert.deepEqual(await ask(edge, devName, token, headers), nowhere, JSON.stringify([token, headers]))
  assert.deepEqual(await ask(denying, devName, devToken), nowhere)
  assert.equal((await ask(edge, devName, '', { authorization: `Bearer ${bearerToken}` })).status, 200)
})

test('an invalid token is refused before the body is read', async () => {
  const edge = await dig([site], { public: false })
  const request = post(`/dns-query/${strange}`, new Uint8Array(20), {
    'content-type': 'application/dns-message',
  })
  const response = await edge.send({ ...request, body: () => assert.fail('the body was read') })
  assert.equal(response.status, 404)
})

test('a token that was valid is checked again: its time, and each new policy', async () => {
  const edge = await dig([site], { public: false })
  assert.equal((await ask(edge, prodName, allToken)).status, 200)
  assert.equal((await ask(edge, prodName, futureToken)).status, 404)
  edge.clock.advance(60_000)
  assert.equal((await ask(edge, prodName, allToken)).status, 404)
  assert.equal((await ask(edge, prodName, futureToken)).status, 200)

  assert.equal(await rcodeOf(edge, devName, devToken), 0)
  const without = policy.replace(/.*name: dev,.*\n/, '')
  await edge.publish({ objects, policy: without, root: { generation: startMs + 1 } })
  edge.edge.reader.wake('test', { waitUntil: () => {} })
  edge.clock.advance(31_000)
  await ask(edge, devName, devToken)
  assert.equal((await ask(edge, devName, devToken)).status, 404)
})

test('while a cluster’s policy cannot be read, its tokens get 503, and nobody else is affected', async () => {
  const other = { id: 'other', zones: ['other.example.org'], objects }
  const edge = await dig([site, other], { public: true })
  edge.kv.entries.delete('test/root')
  const { status, headers } = await ask(edge, devName, devToken)
  assert.equal(status, 503)
  assert.ok(Number(headers['retry-after']) > 0)
  assert.equal((await ask(edge, devName, newOne('unknown'))).status, 404)
  assert.equal(await rcodeOf(edge, devName, ''), 2)
  assert.equal(await rcodeOf(edge, 'web.dev.svc.other.example.org', ''), 0)
})

test('after expiresAfter the tokens of a cluster get 503, and callers without a token SERVFAIL', async () => {
  const edge = await dig([{ objects, policy: `${policy}anonymous: { namespaces: [dev] }\n` }])
  assert.equal((await ask(edge, devName, devToken)).status, 200)
  assert.equal(await rcodeOf(edge, devName, ''), 0)
  edge.clock.advance(25 * 3_600_000)
  await ask(edge, devName, devToken)
  assert.equal((await ask(edge, devName, devToken)).status, 503)
  assert.equal((await ask(edge, devName, newOne('unknown'))).status, 404)
  assert.equal(await rcodeOf(edge, devName, ''), 2)
})

test('after expiresAfter a policy without `anonymous` refuses nobody by name: SERVFAIL with EDE 14', async () => {
  const other = { id: 'other', zones: ['other.example.org'], objects, root: { static: true } }
  const edge = await dig([site, other], { public: true })
  assert.equal((await ask(edge, devName)).status, 401)
  edge.clock.advance(25 * 3_600_000)
  for (const name of ['web.dev.svc.cluster.local', 'nobody.dev.svc.cluster.local', 'cluster.local']) {
    const { rcode, error, response } = await edge.ask(`${name} A`).read()
    assert.equal(rcode, 'SERVFAIL', name)
    assert.deepEqual(error, { code: 14, text: 'the snapshot of cluster test has expired; check its agent' })
    assert.equal(response.headers['kubedoh-snapshot'], undefined)
  }
  // Names outside its zones, and those of another cluster, are answered as before.
  assert.equal(await rcodeOf(edge, 'www.example.com', ''), 5)
  assert.equal(await rcodeOf(edge, 'web.dev.svc.other.example.org', ''), 0)
})

test('a store that does not answer for one cluster delays no caller of another', async () => {
  const other = { id: 'other', zones: ['other.example.org'], objects }
  const edge = await dig([site, other], { public: true })
  const { get: read } = edge.kv
  edge.kv.get = (key, options) => (key.startsWith('test/') ? new Promise(() => {}) : read(key, options))
  assert.equal(await rcodeOf(edge, 'web.dev.svc.other.example.org', ''), 0)
})

test('several tokens see several clusters: the first decides what cluster.local is, each adds its alias zones', async () => {
  const twoToken = newOne('two')
  const two = {
    id: 'two',
    zones: ['cluster.local', 'two.example.org'],
    objects: [namespace('dev'), service('dev/web', { clusterIP: '10.97.0.1', clusterIPs: ['10.97.0.1'] })],
    policy: `version: 1\ntokens: [{ name: two, sha256: ${tokenSha256(twoToken)}, all: true }]\n`,
  }
  const edge = await dig([{ ...site, zones: ['cluster.local', 'one.example.org'] }, two], { public: false })
  const address = async (name: string, tokens: string): Promise<string> => {
    const { body } = await ask(edge, name, tokens)
    return body instanceof Uint8Array ? [...body.subarray(-4)].join('.') : body
  }
  assert.equal(await address(devName, `${devToken},${twoToken}`), '10.96.0.1')
  assert.equal(await address(devName, `${twoToken},${devToken}`), '10.97.0.1')
  assert.equal(await address('web.dev.svc.two.example.org', `${devToken},${twoToken}`), '10.97.0.1')
  assert.equal(await address('web.dev.svc.one.example.org', `${twoToken}%2C${devToken}`), '10.96.0.1')
  assert.equal(await rcodeOf(edge, 'web.dev.svc.one.example.org', twoToken), 5)
  assert.equal(await rcodeOf(edge, prodName, `${devToken},${allToken}`), 0)
})

test('with several tokens, the zone svc is that of the first cluster or of none', async () => {
  const twoToken = newOne('two')
  const two = {
    id: 'two',
    zones: ['cluster.local', 'svc'],
    objects: [namespace('dev'), service('dev/web', { clusterIPs: ['10.97.0.1'] })],
    policy: `version: 1\ntokens: [{ name: two, sha256: ${tokenSha256(twoToken)}, all: true }]\n`,
  }
  const edge = await dig([site, two], { public: false })
  assert.equal(await rcodeOf(edge, 'web.dev.svc', twoToken), 0)
  assert.equal(await rcodeOf(edge, 'web.dev.svc', `${twoToken},${devToken}`), 0)
  assert.equal(await rcodeOf(edge, 'web.dev.svc', `${devToken},${twoToken}`), 5)
  assert.equal(await rcodeOf(edge, 'web.dev.svc', devToken), 5)
})

test('in the zone svc, hidden namespaces do not exist', async () => {
  const edge = await dig([{ ...site, zones: ['cluster.local', 'svc'] }], { public: false })
  assert.equal(await rcodeOf(edge, 'web.dev.svc', devToken), 0)
  assert.equal(await rcodeOf(edge, 'web.prod.svc', devToken), 3)
  assert.equal(await rcodeOf(edge, 'web.prod.svc', allToken), 0)
})

test('the native domain is a zone for holders of a token, even where the edge does not serve it to others', async () => {
  const edge = await dig([{ ...site, zones: ['one.example.org'] }], { public: true })
  assert.equal(await rcodeOf(edge, devName, devToken), 0)
  assert.equal(await rcodeOf(edge, devName, ''), 5)
})

test('a minted token opens the namespaces that it names, within the ceiling of its key', async () => {
  const edge = await dig([site], { public: false })
  const iat = startMs / 1000
  const mint = (claims: object): Promise<string> =>
    mintToken({ aud: 'test', iat, exp: iat + 900, namespaces: ['dev', 'prod'], ...claims }, minting)
  const token = await mint({})
  assert.equal(await rcodeOf(edge, devName, token), 0)
  assert.equal(await rcodeOf(edge, prodName, token), 3)
  assert.equal((await ask(edge, devName, '', { authorization: `Bearer ${token}` })).status, 200)
  assert.equal((await ask(edge, devName, await mint({ exp: iat + 7_200 }))).status, 404)
  assert.equal((await ask(edge, devName, await mint({ aud: 'two' }))).status, 404)
  edge.clock.advance(900_000)
  assert.equal((await ask(edge, devName, token)).status, 404)
})

/** Asks from an address until the answer is 429. Resolves to the number of other answers, all with `status`. */
async function untilLimited(
  edge: Dig,
  from: { readonly peer: string; readonly tokens: () => string | Promise<string>; readonly status: number },
): Promise<number> {
  for (let sent = 0; sent < 100; sent++) {
    const request = get(`/dns-query/${await from.tokens()}?dns=${text(devName)}`)
    const { status, headers } = await edge.send({ ...request, peer: from.peer })
    if (status === 429) {
      assert.ok(Number(headers['retry-after']) >= 1)
      assert.equal(headers['cache-control'], 'no-store')
      return sent
    }
    assert.equal(status, from.status)
  }
  return assert.fail('no limit')
}

const lowLimits = { anonymous: 2, token: 3, failure: 1, ingest: 1, ingestBytes: 0 }

test('too many tokens that are not valid get 429, and nobody else does: not even valid tokens of that network', async () => {
  const edge = await dig([{ objects, policy: `${policy}anonymous: { all: true }\n` }], { limits: lowLimits })
  const from = async (peer: string, token: string): Promise<number> => {
    const path = token === '' ? '/dns-query' : `/dns-query/${token}`
    return (await edge.send({ ...get(`${path}?dns=${text(devName)}`), peer })).status
  }
  assert.equal(await untilLimited(edge, { peer: '192.0.2.1', tokens: () => newOne(), status: 404 }), 10)
  assert.equal(await from('192.0.2.1', 'a/b'), 429)
  assert.equal(await from('192.0.2.1', devToken), 200)
  assert.equal(await from('192.0.2.1', ''), 200)
  assert.equal(await from('192.0.2.2', newOne()), 404)
  assert.equal(await from('127.0.0.1', newOne()), 404)
  edge.clock.advance(1_000)
  assert.equal(await from('192.0.2.1', newOne()), 404)
  assert.equal(await from('192.0.2.1', newOne()), 429)
})

test('a minted token is verified only within the limit on failures, but once verified it is not limited by it', async () => {
  const edge = await dig([site], { public: false, limits: lowLimits })
  const iat = startMs / 1000
  let number = 0
  const mint = (): Promise<string> =>
    mintToken({ aud: 'test', iat, exp: iat + 60 + number++, namespaces: ['dev'] }, minting)
  const known = await mint()
  const peer = '2001:db8::1'
  assert.equal(await untilLimited(edge, { peer, tokens: () => known, status: 200 }), 30)
  assert.equal(await untilLimited(edge, { peer: '2001:db8::2', tokens: mint, status: 200 }), 9)
  edge.clock.advance(400)
  assert.equal((await edge.send({ ...get(`/dns-query/${known}?dns=${text(devName)}`), peer })).status, 200)
})

test('minted tokens that name a key of their own do not keep out a holder in the same network', async () => {
  const edge = await dig([site], { public: false, limits: lowLimits })
  const iat = startMs / 1000
  const claims = { aud: 'test', iat, exp: iat + 60, namespaces: ['dev'] }
  const foreign = await importPrivateKey(await generateKey())
  const peer = '192.0.2.1'
  const forge = (): Promise<string> => mintToken(claims, foreign)
  assert.equal(await untilLimited(edge, { peer, tokens: forge, status: 404 }), 10)
  const path = `/dns-query/${await mintToken(claims, minting)}?dns=${text(devName)}`
  assert.equal((await edge.send({ ...get(path), peer })).status, 200)
})

test('a token and the network of callers without a token have limits of their own', async () => {
  const edge = await dig([{ objects, policy: `${policy}anonymous: { all: true }\n` }], { limits: lowLimits })
  assert.equal(await untilLimited(edge, { peer: '127.0.0.1', tokens: () => devToken, status: 200 }), 30)
  assert.equal((await ask(edge, devName, allToken)).status, 200)
  const asked = (peer: string, name = devName): Promise<DohResponse> =>
    edge.send({ ...get(`/dns-query?dns=${text(name)}`), peer })
  for (let sent = 0; sent < 20; sent++) assert.equal((await asked(`2001:db8::${sent}`)).status, 200)
  assert.equal((await asked('2001:db8::99')).status, 429)
  assert.equal((await asked('2001:db8:0:1::99')).status, 200)
  const asJson = await edge.send({ ...get(`/dns-query?name=${devName}`), peer: '2001:db8::1' })
  assert.equal(asJson.status, 429)
  assert.equal(asJson.headers['retry-after'], '1')
})

test('a request whose body arrives slowly counts once against the limit of its token', async () => {
  const headers = { 'content-type': 'application/dns-message' }
  // Two spaces: this spelling is not remembered, so the second check looks the token up again.
  for (const spaces of [' ', '  ']) {
    const edge = await dig([site], { public: false, limits: lowLimits })
    const request = post('/dns-query', bytesOf(devName), {
      ...headers,
      authorization: `Bearer${spaces}${devToken}`,
    })
    const slowly = async (): Promise<Uint8Array> => {
      edge.clock.advance(100)
      return bytesOf(devName)
    }
    let answered = 0
    while ((await edge.send({ ...request, body: slowly })).status === 200) answered++
    // 30 at once, and 3 a second: 0.3 while one body arrives.
    assert.equal(answered, 42)
  }
})

test('a token in many spellings takes the memory of one', async () => {
  const { edge, send } = await dig([site], { public: false })
  const spelt = (spaces: number): Promise<DohResponse> => {
    const authorization = `Bearer${' '.repeat(spaces)}${devToken}`
    return send(get(`/dns-query?dns=${text(devName)}`, { authorization }))
  }
  assert.equal((await spelt(1)).status, 200)
  const remembered = edge.access.admitted.bytes()
  assert.ok(remembered > 0)
  for (let spaces = 2; spaces < 20; spaces++) assert.equal((await spelt(spaces)).status, 200)
  assert.equal(edge.access.admitted.bytes(), remembered)
})

test('a path that contains a header admits nobody, also after a request with that header', async () => {
  const edge = await dig([site], { public: false })
  for (const token of ['', devToken]) {
    const header = `Bearer ${bearerToken}`
    assert.equal((await ask(edge, devName, token, { authorization: header })).status, 200)
    for (const between of [' ', '\n', '%20', ','])
      assert.equal((await edge.send(get(`/dns-query/${token}${between}${header}`))).status, 404)
  }
})

test('a token that is revoked or narrowed while the body arrives opens what the new policy says', async () => {
  const other = newOne()
  const policyWith = (entries: string): string => `version: 1\ntokens: [${entries}]\n`
  const entry = `{ name: all, sha256: ${tokenSha256(allToken)}, all: true }`
  const narrow = entry.replace('all: true', 'namespaces: [dev]')
  const unrelated = `{ name: other, sha256: ${tokenSha256(other)}, all: true }`
  const outcomes = { [unrelated]: 404, [narrow]: 3, [`${entry}, ${unrelated}`]: 0 }
  for (const [entries, expected] of Object.entries(outcomes)) {
    const edge = await dig([{ objects, policy: policyWith(entry) }], { public: false })
    const whole = post(`/dns-query/${allToken}`, bytesOf(prodName), {
      'content-type': 'application/dns-message',
    })
    const body = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const pending = edge.send({
      ...whole,
      async body(maxBytes) {
        asked.resolve()
        await body.promise
        return whole.body(maxBytes)
      },
    })
    await asked.promise
    await edge.publish({ objects, policy: policyWith(entries), root: { generation: startMs + 1 } })
    edge.clock.advance(31_000)
    for (let look = 0; look < 3; look++) await ask(edge, devName, allToken)
    body.resolve()
    const { status, body: message } = await pending
    assert.equal(message instanceof Uint8Array ? (message[3] ?? 0) & 0xf : status, expected, entries)
  }
})
