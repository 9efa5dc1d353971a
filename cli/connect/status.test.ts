import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createOwnAnswers } from '../../connect/own-answers.ts'
import { type StubStatus, statusStrings } from '../../connect/status-strings.ts'
import { createStubCounts } from '../../connect/stub-counts.ts'
import { isRefusal, readQuery } from '../../dns/message/read-query.ts'
import { startTcpServer } from '../../host/dns/stream/tcp-server.ts'
import type { ListenAddress } from '../../host/http/listen.ts'
import { freePorts } from '../../test/free-ports.ts'
import { printStatus } from './status.ts'

const healthy: StubStatus = {
  startedMs: 0,
  edge: 'dns.example.com:443',
  connection: { protocol: 'HTTP/2', address: '192.0.2.1' },
  awaySinceMs: undefined,
  lastError: undefined,
  zones: ['cluster.local', 'k8s.example.com'],
  reverse: ['10.96.0.0/12'],
  expires: null,
  resolvers: undefined,
  cache: { entries: 3, bytes: 900 },
  counts: { ...createStubCounts(), queries: 12 },
}

/** A stub that knows its status only. */
async function startStub(t: TestContext, status: StubStatus): Promise<ListenAddress> {
  const own = createOwnAnswers({
    zones: () => status.zones,
    isInZone: () => false,
    status: () => statusStrings(status, 60_000),
    edgeHost: 'dns.example.com',
    edgeAddresses: () => [],
  })
  const log = { info: () => undefined, warn: () => undefined }
  const server = await startTcpServer({
    listen: { host: '127.0.0.1', port: 0 },
    handler(request) {
      const query = readQuery(request.bytes)
      return isRefusal(query) ? undefined : own({ request, query })
    },
    tasks: { waitUntil: () => undefined },
    log,
  })
  t.after(() => server.close(0))
  return server
}

async function print(
  listen: ListenAddress,
  lookUp: (name: string) => Promise<string[]>,
): Promise<{ code: number; text: string }> {
  const lines: string[] = []
  const world = {
    print: (line: string) => void lines.push(line),
    tell: (line: string) => void lines.push(line),
  }
  const code = await printStatus(listen, world, lookUp)
  return { code, text: lines.join('\n') }
}

test('all is well if the stub is connected and the system asks it for every zone', async (t) => {
  const listen = await startStub(t, healthy)
  const names: string[] = []
  const { code, text } = await print(listen, async (name) => {
    names.push(name)
    return ['127.0.0.1']
  })
  assert.equal(code, 0)
  assert.deepEqual(names, ['kubedoh-status.cluster.local.', 'kubedoh-status.k8s.example.com.'])
  for (const part of [/connected by HTTP\/2 to 192\.0\.2\.1/, /queries     12:/, /last error  none/])
    assert.match(text, part)
})

test('a zone for which the system asks another resolver, or nobody, is named', async (t) => {
  const listen = await startStub(t, healthy)
  const { code, text } = await print(listen, async (name) => {
    if (name.includes('example')) throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' })
    return ['192.0.2.99']
  })
  assert.equal(code, 1)
  assert.match(text, /another resolver answers for cluster\.local: 192\.0\.2\.99/)
  assert.match(text, /does not ask this stub for k8s\.example\.com \(ENOTFOUND\)/)
})

test('a stub without a connection is reported with its last error', async (t) => {
  const lastError = { text: 'nothing listens on dns.example.com:443', atMs: 50_000 }
  const listen = await startStub(t, { ...healthy, connection: undefined, awaySinceMs: 30_000, lastError })
  const { code, text } = await print(listen, async () => ['127.0.0.1'])
  assert.equal(code, 1)
  assert.match(text, /no connection, cannot be reached for 30 s/)
  assert.match(text, /nothing listens on dns\.example\.com:443 \(10 s ago\)/)
})

test('the end of a token and the resolvers of other names are shown', async (t) => {
  const soon = new Date(Date.now() + 3 * 86_400_000 + 60_000).toISOString()
  const listen = await startStub(t, {
    ...healthy,
    expires: soon,
    resolvers: ['192.0.2.53', '192.0.2.54:5353'],
  })
  const { code, text } = await print(listen, async () => ['127.0.0.1'])
  assert.equal(code, 0)
  assert.ok(
    text.includes(`token       ends at ${soon}, time left: 3 days; WARNING: get a URL with a new token`),
  )
  assert.match(text, /forwarding  other names to 192\.0\.2\.53, 192\.0\.2\.54:5353/)
  const zoneOnly = await print(await startStub(t, healthy), async () => ['127.0.0.1'])
  assert.match(zoneOnly.text, /forwarding  off, other names are refused/)
  assert.doesNotMatch(zoneOnly.text, /token/)
})

test('without a stub, the message says what to look at', async () => {
  const [port = 0] = await freePorts(1)
  const { code, text } = await print({ host: '127.0.0.1', port }, async () => [])
  assert.equal(code, 1)
  assert.match(text, /no stub answers at 127\.0\.0\.1:.*is --listen its address/)
})
