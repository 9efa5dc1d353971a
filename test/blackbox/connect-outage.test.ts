import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { RCODE, TYPE } from '../../dns/code.ts'
import { type DnsClient, openDnsClient } from '../dns-client.ts'
import { freePorts } from '../free-ports.ts'
import { waitFor } from '../wait-for.ts'
import { query } from './ask.ts'
import { type Running, run, start } from './command.ts'

/* What clients of `connect` see when its edge goes away, comes back or refuses its token. */

const kubernetes = 'kubernetes.default.svc.cluster.local'
const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

async function directory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-outage-'))
  t.after(() => rm(dir, { recursive: true }))
  return dir
}

function startEdge(dir: string, port: number, ...options: readonly string[]): Promise<Running> {
  return start(['up', '--data', join(dir, 'data'), '--listen', `127.0.0.1:${port}`, ...options])
}

function startStub(dir: string, url: string): Promise<Running> {
  const trust = ['--ca', join(dir, 'data', 'tls', 'ca.pem'), '--state', join(dir, 'state.json')]
  return start(['connect', url, '--listen', '127.0.0.1:0', ...trust])
}

function clientOf({ url }: Running, transport: 'udp' | 'tcp' = 'udp'): Promise<DnsClient> {
  const [host = '', port] = url.split(':')
  return openDnsClient(transport, { host, port: Number(port) })
}

async function rcodeOf(client: DnsClient, name: string): Promise<number> {
  return ((await client.ask(query(name, TYPE.A, { edns: true })))[3] ?? 0) & 0xf
}

test('an edge that is killed and restarted under load: every query of a known name is answered', async (t) => {
  const dir = await directory(t)
  const [port = 0] = await freePorts(1)
  let edge = await startEdge(dir, port)
  t.after(() => edge.stop())
  const stub = await startStub(dir, edge.url)
  t.after(() => stub.stop())
  const client = await clientOf(stub)
  t.after(() => client.close())
  const asked: Promise<number>[] = []
  const endMs = performance.now() + 9_000
  const load = (async () => {
    while (performance.now() < endMs) {
      for (let count = 0; count < 5; count++) asked.push(rcodeOf(client, kubernetes))
      await sleep(10)
    }
  })()
  await sleep(1_000)
  edge.process.kill('SIGKILL')
  await once(edge.process, 'exit')
  // The TTL of the answer is 5 s: the last ones of this time are stale.
  await sleep(5_500)
  edge = await startEdge(dir, port)
  await load
  const rcodes = await Promise.all(asked)
  assert.ok(rcodes.length > 1_000)
  assert.deepEqual([...new Set(rcodes)], [RCODE.NOERROR])
  assert.match(stub.stderr.join('\n'), /edge cannot be reached/)
  await waitFor(
    'a new name is answered by the new edge',
    async () => (await rcodeOf(client, 'no.default.svc.cluster.local')) === RCODE.NXDOMAIN,
  )
})

test('a name that is not known is SERVFAIL while the edge is away, and never NXDOMAIN', async (t) => {
  const dir = await directory(t)
  const edge = await startEdge(dir, 0)
  const stub = await startStub(dir, edge.url)
  t.after(() => stub.stop())
  const client = await clientOf(stub)
  t.after(() => client.close())
  assert.equal(await rcodeOf(client, 'no.default.svc.cluster.local'), RCODE.NXDOMAIN)
  edge.process.kill('SIGKILL')
  await sleep(5_500)
  for (const name of ['no.default.svc.cluster.local', 'other.default.svc.cluster.local'])
    assert.equal(await rcodeOf(client, name), RCODE.SERVFAIL)
  // After the first seconds of an outage, failures are fast.
  const startedMs = performance.now()
  assert.equal(await rcodeOf(client, 'third.default.svc.cluster.local'), RCODE.SERVFAIL)
  assert.ok(performance.now() - startedMs < 1_000)
})

test('a revoked token is REFUSED with the reason, which is logged once and never shows the token', async (t) => {
  const dir = await directory(t)
  const policy = join(dir, 'policy.yaml')
  const token = await printed('token', 'create', 'laptop', '--policy', policy, '--cluster', 'local', '--all')
  const edge = await startEdge(dir, 0, '--policy', policy)
  t.after(() => edge.stop())
  const urlFile = join(dir, 'url')
  await writeFile(urlFile, `${edge.url}/${token}\n`, { mode: 0o600 })
  const trust = ['--ca', join(dir, 'data', 'tls', 'ca.pem'), '--state', join(dir, 'state.json')]
  const stub = await start(['connect', '--url-file', urlFile, '--listen', '127.0.0.1:0', ...trust])
  t.after(() => stub.stop())
  const client = await clientOf(stub)
  t.after(() => client.close())
  assert.equal(await rcodeOf(client, kubernetes), RCODE.NOERROR)
  await printed('token', 'revoke', 'laptop', '--policy', policy)
  await waitFor('the refusal', async () => (await rcodeOf(client, kubernetes)) === RCODE.REFUSED)
  for (let count = 0; count < 5; count++)
    assert.equal(await rcodeOf(client, `n${count}.cluster.local`), RCODE.REFUSED)
  const lines = stub.stderr.filter((line) => line.includes('queries fail'))
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /token is not valid/)
  assert.doesNotMatch([...stub.stdout, ...stub.stderr].join('\n'), new RegExp(token))
})

test('a token that ends soon is warned about once in the log, and shown by status', async (t) => {
  const dir = await directory(t)
  const policy = join(dir, 'policy.yaml')
  const create = [
    'token',
    'create',
    'laptop',
    '--policy',
    policy,
    '--cluster',
    'local',
    '--all',
    '--expires',
    '2h',
  ]
  const token = await printed(...create)
  const edge = await startEdge(dir, 0, '--policy', policy)
  t.after(() => edge.stop())
  const stub = await startStub(dir, `${edge.url}/${token}`)
  t.after(() => stub.stop())
  const { stdout } = await run(['connect', 'status', '--listen', stub.url])
  assert.match(stdout, /^token {7}ends at .*Z, time left: 1[0-9]{2} minutes; WARNING: /m)
  assert.match(stdout, /^forwarding {2}off, /m)
  const warnings = stub.stderr.filter((line) => line.includes('token ends soon'))
  assert.equal(warnings.length, 1)
  assert.match(warnings[0] ?? '', /left="1[0-9]{2} minutes".*new token/)
})

async function printed(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(args)
  assert.equal(code, 0, stderr)
  return stdout.trim()
}

const linux = { skip: process.platform === 'linux' ? false : 'sockets are passed by systemd' }

test('it answers on the sockets that systemd passes', linux, async (t) => {
  const dir = await directory(t)
  const edge = await startEdge(dir, 0)
  t.after(() => edge.stop())
  const [port = 0] = await freePorts(1)
  const udp = dgram.createSocket('udp4').bind(port, '127.0.0.1')
  const tcp = net.createServer().listen(port, '127.0.0.1')
  await Promise.all([once(udp, 'listening'), once(tcp, 'listening')])
  const [udpFd, tcpFd] = [udp, tcp].map(
    (socket) => (socket as unknown as { _handle: { fd: number } })._handle.fd,
  )
  const trust = ['--ca', join(dir, 'data', 'tls', 'ca.pem'), '--state', 'none']
  const words = [process.execPath, main, 'connect', edge.url, ...trust]
  const child = spawn('sh', ['-c', 'LISTEN_FDS=2 LISTEN_PID=$$ exec "$@"', 'sh', ...words], {
    stdio: ['ignore', 'pipe', 'inherit', udpFd ?? 0, tcpFd ?? 0],
  })
  t.after(() => child.kill('SIGKILL'))
  const [line] = (await once(createInterface({ input: child.stdout ?? assert.fail() }), 'line')) as [string]
  // This process must not take the child's queries.
  udp.close()
  tcp.close()
  assert.equal(line, `ready 127.0.0.1:${port}`)
  for (const transport of ['udp', 'tcp'] as const) {
    const client = await openDnsClient(transport, { host: '127.0.0.1', port })
    assert.equal(await rcodeOf(client, kubernetes), RCODE.NOERROR)
    client.close()
  }
  child.kill('SIGTERM')
  const [code] = (await once(child, 'exit')) as [number]
  assert.equal(code, 0)
})

test('a taken port is reported with the process that has it', linux, async (t) => {
  const dir = await directory(t)
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1')
  t.after(() => socket.close())
  await once(socket, 'listening')
  const listen = `127.0.0.1:${socket.address().port}`
  await writeFile(join(dir, 'url'), 'https://127.0.0.1:9/dns-query', { mode: 0o600 })
  const { code, stderr } = await run(['connect', '--url-file', join(dir, 'url'), '--listen', listen])
  assert.equal(code, 2)
  assert.match(
    stderr,
    new RegExp(`${listen} \\(UDP\\): another process listens on it.*process ${process.pid}`),
  )
})
