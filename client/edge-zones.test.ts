import assert from 'node:assert/strict'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { edgeZonesText } from '../setup/edge-zones.ts'
import { placesOf } from '../setup/places.ts'
import { askEdgeZones } from './edge-zones.ts'

const zones = {
  zones: [{ name: 'cluster.local', cluster: 'prod', primary: true }],
  reverse: [],
  complete: true,
  forward: false,
  expires: null,
  dot: null,
  path: '/dns-query',
}
const texts: Readonly<Record<string, string>> = {
  '/zones/prod-good': edgeZonesText(zones),
  '/zones/prod-html': '<p>prod-html</p>',
}
const statuses: Readonly<Record<string, number>> = {
  '/zones': 401,
  '/zones/prod-busy': 429,
  '/zones/prod-late': 503,
}
const server = http.createServer((request, response) => {
  const text = texts[request.url ?? '']
  response.writeHead(text === undefined ? (statuses[request.url ?? ''] ?? 404) : 200)
  response.end(text ?? 'no\n')
})
let origin: string
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
after(() => server.close())

const ask = (token: string): ReturnType<typeof askEdgeZones> =>
  askEdgeZones(placesOf(`${origin}/dns-query${token}`), { caFile: undefined, timeoutMs: 5_000 })

test('the zones of a token are read', async () => {
  assert.deepEqual(await ask('/prod-good'), zones)
})

test('each refusal says in one line what to do, without the token', async () => {
  const cases: Readonly<Record<string, readonly [code: string, message: RegExp]>> = {
    '': ['HTTP_STATUS', /status 401: it needs a token/],
    '/prod-wrong': ['HTTP_STATUS', /status 404: it does not accept this token/],
    '/prod-busy': ['HTTP_STATUS', /status 429: .*try again later/],
    '/prod-late': ['HTTP_STATUS', /status 503: .*try again later/],
    '/prod-html': ['ANSWER_INVALID', /not valid: the list of zones is not JSON$/],
  }
  for (const [token, [code, message]] of Object.entries(cases))
    await assert.rejects(ask(token), (error: Error & { code?: string }) => {
      assert.equal(error.code, code)
      assert.match(error.message, message)
      assert.ok(!error.message.includes('prod-'), error.message)
      return true
    })
})
