import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { tokenSha256 } from '../../snapshot/policy/token.case.ts'
import { dig } from '../../test/dig.ts'
import { get, startTestEdge } from '../edge.case.ts'
import { sampleObjects } from '../sample.case.ts'

const secret = 'abcdefghijklmnopqrstuvwxyz'
const token = `test-${secret}`
const policy = JSON.stringify({
  version: 1,
  tokens: [{ name: 'laptop', sha256: tokenSha256(token), namespaces: ['prod'] }],
})
const host = { host: 'dns.example.com' }
const open = await dig([{ objects: sampleObjects, reverse: ['10.96.0.0/16'] }])
const closed = await dig([{ objects: sampleObjects, policy, zones: ['cluster.local', 'prod.internal'] }], {
  public: false,
})

async function page(path: string, edge = open, headers: Readonly<Record<string, string>> = {}) {
  const response = await edge.send(get(path, { ...host, ...headers }))
  const html = String(response.body)
  return { ...response, html, text: html.replaceAll(/<[^>]*>/g, '') }
}

/** The text of a page's sentence about a look-up. */
function sentence(html: string): string {
  return /<p class="verdict \w+"><span[^>]*><\/span><span>(.*?)<\/span>/s.exec(html)?.[1] ?? ''
}

test('the page runs its own style and script and nothing else, and is small', async () => {
  const { status, headers, html } = await page('/setup')
  assert.equal(status, 200)
  assert.equal(headers['content-type'], 'text/html; charset=utf-8')
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(headers['referrer-policy'], 'no-referrer')
  const policyText = headers['content-security-policy'] ?? ''
  for (const [name, text] of [
    ['style', /<style>(.*?)<\/style>/s.exec(html)?.[1] ?? ''],
    ['script', /<script>(.*?)<\/script>/s.exec(html)?.[1] ?? ''],
  ] as const) {
    assert.ok(text.length > 1_000)
    const digest = createHash('sha256').update(text).digest('base64')
    assert.ok(policyText.includes(`${name}-src 'sha256-${digest}'`), name)
  }
  assert.match(policyText, /^default-src 'none'/)
  assert.doesNotMatch(policyText, /unsafe|\*/)
  const foreign =
    / style=| on\w+=|src="(?!\.\/)|javascript:|https?:\/\/(?!dns\.example\.com|NAME|www\.w3\.org\/2000\/svg)/
  assert.equal(foreign.exec(html)?.[0], undefined)
  assert.ok(html.length < 50_000, `${html.length}`)
})

test('the way of the client’s system is open, and its commands have the address with the token', async () => {
  const agent = { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)' }
  const { html, text } = await page(`/setup/${token}`, closed, agent)
  assert.match(html, /id="s-windows" value="windows" checked/)
  assert.match(
    text,
    new RegExp(`kubedoh connect &#39;https://dns\\.example\\.com/dns-query/${token}&#39; --install`),
  )
  assert.match(html, /contains your token/)
  assert.match(html, new RegExp(`data-names="\\./${token}/names"`))
  assert.doesNotMatch(/<title>(.*?)<\/title>/.exec(html)?.[1] ?? '', new RegExp(secret))
})

test('the panel of a phone has a code for its camera, except on a phone', async () => {
  const { html, status } = await page(`/setup/${token}`, closed)
  assert.equal(status, 200)
  const codes = [...html.matchAll(/<img src="(\.\/[^"]+)"/g)].map(([, href]) => href)
  assert.deepEqual(codes, [`./${token}/kubedoh-qr.svg`, `./${token}/kubedoh-qr.svg`])
  assert.match(html, /The code contains the token/)
  const agent = { 'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)' }
  assert.doesNotMatch((await page(`/setup/${token}`, closed, agent)).html, /<img/)
})

test('without a token the page has no token, and no list of names', async () => {
  const { html, text } = await page('/setup')
  assert.match(html, /id="s-linux" value="linux" checked/)
  assert.match(text, /kubedoh connect &#39;https:\/\/dns\.example\.com\/dns-query&#39; --install/)
  assert.doesNotMatch(html, /data-names|contains your token/)
})

for (const [query, expected] of [
  ['name=web.prod.svc.cluster.local', /^web\.prod\.svc\.cluster\.local has one IPv4 address\.$/],
  ['name=%20web.prod.svc.cluster.local.%20&type=a', /has one IPv4 address\.$/],
  [
    'name=alias.prod.svc.cluster.local',
    /is an alias of db\.prod\.svc\.cluster\.local, which has 2 IPv4 addresses\.$/,
  ],
  ['name=ext.prod.svc.cluster.local', /is an alias of www\.example\.com, which is outside/],
  ['name=web.prod.svc.cluster.local&type=SRV', /has 3 SRV records\.$/],
  ['name=web.prod.svc.cluster.local&type=AAAA', /exists, but it has no AAAA record\.$/],
  ['name=nope.prod.svc.cluster.local', /does not exist in cluster test\.$/],
  ['name=10.96.0.10', /^10\.96\.0\.10 has one name\.$/],
  ['name=web.prod', /in none of the zones/],
  ['name=www.example.com', /in none of the zones/],
  ['name=a..b', /^This cannot be looked up: .*label/],
  ['name=a%5Cb', /backslash/],
  ['name=web&type=BOGUS', /type/],
  [`name=${'a'.repeat(3_000)}`, /at most 253 characters/],
] as const) {
  test(`?${query.slice(0, 50)}: ${expected.source}`, async () => {
    const { status, html } = await page(`/setup?${query}`)
    assert.equal(status, 200)
    assert.match(sentence(html), expected)
    assert.ok(html.indexOf('id="look-up"') < html.indexOf('id="set-up"'))
  })
}

test('an answer has the way to it, its facts and the form of dig', async () => {
  const { html } = await page('/setup?name=alias.prod.svc.cluster.local')
  assert.match(html, /<dt>Status<\/dt><dd>NOERROR<\/dd>/)
  assert.match(html, /<dt>Cluster<\/dt><dd>test<\/dd>/)
  assert.match(html, /<dt>Zone<\/dt><dd>cluster\.local<\/dd>/)
  assert.match(html, /<dt>TTL<\/dt><dd>5 s<\/dd>/)
  assert.match(html, /<dt>Age of the data<\/dt><dd>0 seconds<\/dd>/)
  assert.match(
    html,
    /CNAME <span class="ttl">for 5 s<\/span><\/span><code>db\.prod\.svc\.cluster\.local<\/code>/,
  )
  assert.match(html, /&gt;&gt;HEADER&lt;&lt;- opcode: QUERY, status: NOERROR/)
})

test('a short name gets links to whole ones', async () => {
  const { html } = await page('/setup?name=web.prod&type=AAAA')
  assert.match(html, /<a href="\?name=web\.prod\.svc\.cluster\.local&amp;type=AAAA">/)
})

test('names are hostile: everything is escaped, and an unfinished form is no look-up', async () => {
  for (const name of [
    '"><script>alert(1)</script>',
    "'onmouseover=alert(1) x='",
    '</pre><img src=x>',
    '<b>.prod.svc.cluster.local',
  ]) {
    const { html } = await page(`/setup?name=${encodeURIComponent(name)}&type=${encodeURIComponent(name)}`)
    assert.equal([...html.matchAll(/<script|<img(?! src="\.\/)|<b>\./g)].length, 1, name)
    const { html: plain } = await page(`/setup?name=${encodeURIComponent(name)}`)
    assert.equal([...plain.matchAll(/<script|<img(?! src="\.\/)|<b>\./g)].length, 1, name)
  }
  const { html } = await page('/setup?name=&type=A')
  assert.doesNotMatch(html, /class="verdict/)
})

test('a long answer is cut, so that the page stays small', async () => {
  const endpoints = Array.from({ length: 2_000 }, (_, at) => ({
    addresses: [`10.${at >> 8}.${at & 255}.1`],
    hostname: `${'h'.repeat(50)}-${at}`,
  }))
  const edge = await dig([
    {
      zones: ['cluster.local', 'prod.internal'],
      objects: [
        { kind: 'Namespace', metadata: { name: 'prod' } },
        { kind: 'Service', metadata: { namespace: 'prod', name: 'big' }, spec: { clusterIP: 'None' } },
        {
          kind: 'EndpointSlice',
          metadata: { namespace: 'prod', name: 'big-1', labels: { 'kubernetes.io/service-name': 'big' } },
          endpoints,
          ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
        },
      ],
    },
  ])
  for (const type of ['A', 'SRV']) {
    const { html } = await page(`/setup?name=big.prod.svc.cluster.local&type=${type}`, edge)
    assert.match(html, /more lines are left out here/)
    assert.match(html, /<span class="more">and \d+ more<\/span>/)
    assert.ok(html.length < 50_000, `${type}: ${html.length}`)
  }
})

test('files have the caller’s address and zones, and are no files for callers that cannot use them', async () => {
  const { html } = await page(`/setup/${token}`, closed)
  const hrefs = [...html.matchAll(/<a href="(\.\/[^"]+)"/g)].map(([, href = '']) => href)
  assert.ok(hrefs.length > 5)
  for (const href of new Set(hrefs)) {
    const { pathname } = new URL(href, `https://dns.example.com/setup/${token}`)
    const { status, headers } = await closed.send(get(pathname, host))
    assert.equal(status, 200, pathname)
    assert.equal(headers['cache-control'], 'no-store')
    assert.equal(headers['x-content-type-options'], 'nosniff')
  }
  const apple = await closed.send(get(`/setup/${token}/kubedoh.mobileconfig`, host))
  assert.equal(apple.headers['content-type'], 'application/x-apple-aspen-config')
  assert.equal(apple.headers['content-disposition'], undefined)
  assert.match(
    String(apple.body),
    new RegExp(`<string>https://dns\\.example\\.com/dns-query/${token}</string>`),
  )
  assert.match(String(apple.body), /<string>prod\.internal<\/string>/)
  const stamp = await closed.send(get(`/setup/${token}/kubedoh-stamp.txt`, host))
  assert.equal(stamp.headers['content-disposition'], 'attachment; filename="kubedoh-stamp.txt"')
  const local = await open.send(get('/setup/-/kubedoh.mobileconfig', host))
  assert.equal(local.status, 404)
  assert.match(String(local.body), /no such file: the edge has no zone outside \.local/)
  assert.equal((await closed.send(get(`/setup/${token}/dnsproxy.yaml`))).status, 404)
  assert.match((await page('/setup')).html, /No way for the whole device yet/)
})

test('callers are admitted and refused as on the DoH path', async () => {
  const query = 'name=web.prod.svc.cluster.local'
  for (const segment of [
    '',
    '/',
    '/nowhere',
    '/test-nothing',
    `/${token}x`,
    `/${token},`,
    `/${token}/x/y`,
    '/-',
  ]) {
    const doh = await closed.send(get(`/dns-query${segment}?${query}`))
    const status = String(doh.status)
    const { headers, body, ...rest } = await closed.send(get(`/setup${segment}?${query}`, host))
    assert.equal(String(rest.status), status, segment)
    if (status === '404')
      assert.deepEqual({ ...rest, headers, body }, await closed.send(get('/nowhere')), segment)
  }
  const nowhere = await closed.send(get('/nowhere'))
  for (const path of [`/setup/${token}/nothing`, '/setup/test-nothing/names', '/setup/nowhere/names'])
    assert.deepEqual(await closed.send(get(path, host)), nowhere, path)
  assert.deepEqual(await closed.send(get('/setup/test-nothing', host, 'PUT')), nowhere)
  assert.equal((await closed.send(get(`/setup/${token}`, host, 'PUT'))).status, 405)
  assert.equal((await closed.send(get('/setup', { authorization: `Bearer ${token}` }))).status, 200)
})

test('a page counts as one request of its caller', async () => {
  const edge = await dig([{ objects: sampleObjects }], {
    limits: { anonymous: 1, token: 1, failure: 1, ingest: 1, ingestBytes: 1 },
  })
  const ask = { ...get('/setup?name=web.prod.svc.cluster.local', host), peer: '192.0.2.1' }
  for (let sent = 0; sent < 10; sent++) assert.equal((await edge.send(ask)).status, 200)
  assert.equal((await edge.send(ask)).status, 429)
})

test('names are completed for the holder of a token, within its scope, and listed for nobody else', async () => {
  const list = async (path: string, edge = closed): Promise<string> =>
    String((await edge.send(get(path))).body)
  assert.deepEqual(JSON.parse(await list(`/setup/${token}/names?prefix=web`)), {
    names: [
      {
        name: 'web.prod.svc.cluster.local',
        kind: 'cluster',
        ports: [
          { name: 'dns', protocol: 'udp', port: 53 },
          { name: 'http', protocol: 'tcp', port: 80 },
          { name: 'https', protocol: 'tcp', port: 443 },
        ],
      },
    ],
    complete: true,
  })
  const all = JSON.parse(await list(`/setup/${token}/names?prefix=`)) as { names: { name: string }[] }
  assert.ok(all.names.length > 5)
  assert.ok(all.names.every(({ name }) => name.endsWith('.prod.svc.cluster.local')))
  assert.match(
    await list(`/setup/${token}/names?prefix=web.prod.svc.prod.i`),
    /web\.prod\.svc\.prod\.internal/,
  )
  const none = '{"names":[],"complete":true}\n'
  assert.equal(await list(`/setup/${token}/names?prefix=${'a'.repeat(300)}`), none)
  assert.equal(await list('/setup/-/names?prefix=web', open), none)
})

test('a cluster that cannot be read has its sentence', async () => {
  const { send, clock } = await dig([{ objects: sampleObjects }])
  const ask = async (name: string): Promise<string> =>
    sentence(String((await send(get(`/setup?name=${name}.prod.svc.cluster.local`, host))).body))
  assert.match(await ask('web'), /has one/)
  clock.advance(20 * 60_000)
  assert.match(
    await ask('web'),
    /but this may have changed: the cluster’s agent has not reported for 20 minutes/,
  )
  assert.match(await ask('nope'), /20 minutes old: it may exist by now/)
  clock.advance(24 * 60 * 60_000)
  assert.match(await ask('web'), /has expired/)
  const unpublished = startTestEdge()
  assert.equal((await unpublished.send(get('/setup', host))).status, 503)
})

test('the front page leads to the set-up page where callers without a token may see it', async () => {
  assert.match(String((await open.send(get('/', host))).body), /<a href="\/setup">/)
  assert.doesNotMatch(String((await closed.send(get('/', host))).body), /href/)
})
