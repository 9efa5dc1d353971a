import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dig } from '../../test/dig.ts'
import { get } from '../edge.case.ts'
import { sampleObjects } from '../sample.case.ts'

const { send } = await dig([{ objects: sampleObjects }])

async function ask(query: string, headers: Readonly<Record<string, string>> = {}) {
  const { status, headers: given, body } = await send(get(`/dns-query?${query}`, headers))
  assert.equal(typeof body, 'string')
  return { status, headers: given, json: JSON.parse(String(body)) as Record<string, unknown> }
}

const name = 'web.prod.svc.cluster.local'

test('a JSON answer has the fields of Google and Cloudflare, and the facts of the snapshot header', async () => {
  const { status, headers, json } = await ask(`name=${name}&type=A`, { accept: 'application/dns-json' })
  assert.equal(status, 200)
  assert.equal(headers['content-type'], 'application/dns-json')
  assert.equal(headers['cache-control'], 'max-age=5')
  assert.equal(headers['access-control-allow-origin'], '*')
  const { kubedoh, ...rest } = json
  const answers = rest.Answer as { data: string }[]
  assert.match(answers[0]?.data ?? '', /^\d+\.\d+\.\d+\.\d+$/)
  assert.deepEqual(rest, {
    Status: 0,
    TC: false,
    RD: true,
    RA: true,
    AD: false,
    CD: false,
    Question: [{ name: `${name}.`, type: 1 }],
    Answer: [{ name: `${name}.`, type: 1, TTL: 5, data: answers[0]?.data }],
    Authority: [],
    Additional: [],
  })
  const facts = kubedoh as Record<string, unknown>
  assert.deepEqual(Object.keys(facts), ['cluster', 'generation', 'asOf', 'ageSeconds', 'state'])
  assert.match(
    headers['kubedoh-snapshot'] ?? '',
    new RegExp(
      `generation=${String(facts.generation)}, .*age=${String(facts.ageSeconds)}, state=${String(facts.state)}$`,
    ),
  )
  assert.ok(!Number.isNaN(Date.parse(String(facts.asOf))))
})

test('a missing name has the SOA, and a name outside the zones has a reason', async () => {
  const missing = await ask('name=nope.prod.svc.cluster.local&type=aaaa&cd=1&do=true')
  assert.deepEqual([missing.json.Status, missing.json.CD, missing.json.Answer], [3, true, []])
  const [soa] = missing.json.Authority as { type: number; data: string }[]
  assert.equal(soa?.type, 6)
  assert.match(
    soa?.data ?? '',
    /^ns\.dns\.cluster\.local\. hostmaster\.cluster\.local\. \d+ \d+ \d+ \d+ \d+$/,
  )
  const outside = await ask('name=example.com.')
  assert.equal(outside.json.Status, 5)
  assert.equal(outside.headers['cache-control'], 'no-store')
  assert.match(String(outside.json.Comment), /none of the zones/)
  assert.deepEqual(outside.json.extended_dns_errors, [{ info_code: 20, extra_text: outside.json.Comment }])
  assert.equal(outside.json.kubedoh, undefined)
})

test('SRV, TXT and HINFO are written as in a zone file', async () => {
  const data = async (query: string) => ((await ask(query)).json.Answer as { data: string }[])[0]?.data
  assert.equal(await data('name=dns-version.cluster.local&type=TXT'), '"1.1.0"')
  assert.equal(await data(`name=${name}&type=ANY`), '"RFC8482" ""')
  assert.match((await data(`name=${name}&type=33`)) ?? '', /^\d+ \d+ \d+ \S+\.cluster\.local\.$/)
})

const refusals: readonly (readonly [query: string, why: RegExp])[] = [
  ['name=', /empty/],
  ['name=a..b', /label/],
  [`name=${'a'.repeat(64)}`, /label/],
  ['name=b%C3%BCcher.example', /character/],
  ['name=a%5C.b', /backslash/],
  ['name=a&type=BOGUS', /type is "BOGUS"/],
  ['name=a&type=65536', /type/],
  ['name=a&do=2', /do and cd/],
  ['name=a&name=b', /more than one parameter name/],
]
for (const [query, why] of refusals) {
  test(`?${query.slice(0, 30)} is 400 with the reason as JSON`, async () => {
    const { status, headers, json } = await ask(query)
    assert.equal(status, 400)
    assert.equal(headers['content-type'], 'application/json')
    assert.equal(headers['cache-control'], 'no-store')
    assert.match(String(json.error), why)
  })
}

test('the response has the media type that the request accepts', async () => {
  for (const [accept, status, type] of [
    ['', 200, 'application/dns-json'],
    ['*/*', 200, 'application/dns-json'],
    ['application/json', 200, 'application/json'],
    ['application/json, application/dns-json', 200, 'application/dns-json'],
    ['application/dns-message', 406, 'application/json'],
    ['text/html', 406, 'application/json'],
  ] as const) {
    const { status: given, headers } = await ask(`name=${name}`, accept === '' ? {} : { accept })
    assert.deepEqual([given, headers['content-type']], [status, type], accept)
  }
})
