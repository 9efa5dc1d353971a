import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import {
  answerTo,
  type ScriptedResolver,
  startScriptedResolver,
} from '../../connect/forward/scripted-resolver.case.ts'
import { digServer, type Server } from '../clients/dig.ts'
import { skipWithout } from '../clients/program.ts'
import { type Running, run, start } from './command.ts'

/* `connect --mode forward` in front of a real edge and a resolver that records its queries. */

const kubernetes = 'kubernetes.default.svc.cluster.local'
const skip = await skipWithout('dig')

let dir: string
let edge: Running
let resolver: ScriptedResolver
let places: readonly string[]
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-forward-'))
  edge = await start(['up', '--data', dir, '--listen', '127.0.0.1:0'])
  resolver = await startScriptedResolver(() => [])
  const { address, port } = resolver.place
  const listen = ['--listen', '127.0.0.1:0', '--ca', join(dir, 'tls', 'ca.pem')]
  places = [...listen, '--mode', 'forward', '--resolver', `${address}:${port}`]
})
beforeEach(() => {
  resolver.received.length = 0
  resolver.say = (query) => [answerTo(query, { addresses: ['192.0.2.1'] })]
})
after(async () => {
  await edge.stop()
  resolver.stop()
  await rm(dir, { recursive: true })
})

/** Runs a test with a stub, and its place. */
async function withStub(
  url: string,
  options: readonly string[],
  check: (server: Server, stub: Running) => Promise<void>,
): Promise<void> {
  const stub = await start(['connect', url, ...places, ...options])
  try {
    const [address = '', port] = stub.url.split(':')
    await check({ address, port: Number(port) }, stub)
  } finally {
    assert.equal(await stub.stop(), 0)
  }
}

function receivedNames(): string[] {
  return resolver.received.map(({ packet: { questions } }) => questions?.[0]?.name ?? '')
}

test('other names are answered by the resolver, over UDP and TCP', { skip }, async () => {
  await withStub(edge.url, ['--state', 'none'], async (server) => {
    for (const transport of ['+notcp', '+tcp']) {
      const { status, answer } = await digServer(server, transport, 'www.example.com')
      assert.deepEqual([status, answer], ['NOERROR', ['www.example.com. 60 A 192.0.2.1']])
    }
    resolver.say = (query) => [answerTo(query, { rcode: 3 })]
    assert.equal((await digServer(server, 'no.example.com')).status, 'NXDOMAIN')
    assert.deepEqual(receivedNames(), ['www.example.com', 'www.example.com', 'no.example.com'])
    const { stdout } = await run(['connect', 'status', '--listen', `${server.address}:${server.port}`])
    const { address, port } = resolver.place
    assert.ok(stdout.includes(`forwarding  other names to ${address}:${port}\n`))
  })
})

test('a silent resolver is SERVFAIL, and names of the zones do not wait for it', { skip }, async () => {
  resolver.say = () => []
  await withStub(edge.url, ['--state', 'none'], async (server) => {
    const other = digServer(server, '+time=8', 'www.example.com')
    assert.equal((await digServer(server, kubernetes)).status, 'NOERROR')
    assert.equal((await other).status, 'SERVFAIL')
  })
})

test('names of the zones never go to the resolver, also while the edge is away', { skip }, async () => {
  const state = join(dir, 'state.json')
  await withStub(edge.url, ['--state', state], async (server) => {
    assert.equal((await digServer(server, kubernetes)).status, 'NOERROR')
    assert.equal((await digServer(server, 'no.default.svc.cluster.local')).status, 'NXDOMAIN')
  })
  const gone = new URL(edge.url)
  gone.port = '9'
  await withStub(gone.href, ['--state', state], async (server) => {
    for (const name of [kubernetes, 'no.default.svc.cluster.local', 'cluster.local'])
      assert.equal((await digServer(server, name)).status, 'SERVFAIL')
    assert.equal((await digServer(server, 'www.example.com')).status, 'NOERROR')
  })
  assert.deepEqual(receivedNames(), ['www.example.com'])
})

test('before the zones are known only the host of the edge is looked up', { skip }, async () => {
  resolver.say = (query) => [answerTo(query, { rcode: 3 })]
  await withStub('https://edge.example.com/dns-query', ['--state', 'none'], async (server, { stderr }) => {
    assert.equal((await digServer(server, 'www.example.com')).status, 'SERVFAIL')
    assert.equal((await digServer(server, kubernetes)).status, 'SERVFAIL')
    assert.deepEqual([...new Set(receivedNames())], ['edge.example.com'])
    assert.match(stderr.join('\n'), /the host edge\.example\.com has no address/)
  })
})

test('a wrong mode or resolver is a wrong command line', async () => {
  for (const [options, message] of [
    [['--mode', 'all'], /--mode is "all", it must be zones or forward/],
    [['--resolver', 'dns.example.com'], /--resolver is "dns\.example\.com", it must be an address/],
  ] as const) {
    const { code, stderr } = await run(['connect', edge.url, ...options])
    assert.equal(code, 2, stderr)
    assert.match(stderr, message)
  }
})
