import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { TYPE } from '../../dns/code.ts'
import { type DnsClient, openDnsClient } from '../dns-client.ts'
import { query } from './ask.ts'
import { type Running, run, start } from './command.ts'

/* `connect` in front of a real edge, asked by dig and over sockets. */

const execute = promisify(execFile)
const kubernetes = 'kubernetes.default.svc.cluster.local'

let dir: string
let edge: Running
let stub: Running
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-connect-'))
  edge = await start(['up', '--data', dir, '--listen', '127.0.0.1:0'])
  const places = ['--ca', join(dir, 'tls', 'ca.pem'), '--state', join(dir, 'state.json')]
  stub = await start(['connect', edge.url, '--listen', '127.0.0.1:0', ...places])
})
after(async () => {
  assert.equal(await stub.stop(), 0)
  assert.equal(await edge.stop(), 0)
  await rm(dir, { recursive: true })
})

function placeOf({ url }: Running): { host: string; port: number } {
  const [host = '', port] = url.split(':')
  return { host, port: Number(port) }
}

async function dig(...words: readonly string[]): Promise<string> {
  const { host, port } = placeOf(stub)
  const { stdout } = await execute('dig', [`@${host}`, '-p', String(port), '+tries=1', '+time=5', ...words])
  return stdout
}

test('dig gets the names of the zone over UDP and TCP, with the addresses of the edge', async () => {
  for (const transport of ['+notcp', '+tcp']) {
    assert.equal(await dig(transport, '+short', kubernetes), '10.96.0.1\n')
    const whole = await dig(transport, 'KUBERNETES.default.svc.Cluster.local')
    assert.match(whole, /status: NOERROR/)
    assert.match(whole, /KUBERNETES\.default\.svc\.Cluster\.local\.\s+\d+\s+IN\s+A\s+10\.96\.0\.1/i)
    assert.match(await dig(transport, 'no.default.svc.cluster.local'), /status: NXDOMAIN/)
    assert.match(await dig(transport, kubernetes, 'AAAA'), /status: NOERROR.*[^]*ANSWER: 0, AUTHORITY: 1/)
  }
})

test('a name is spelled in the answer as in the query, also before it is in the cache', async () => {
  // Without a cookie the query is used as it was received.
  for (const round of ['first', 'second'])
    assert.match(await dig('+nocookie', 'No-Such.Default.svc.cluster.local'), /^;No-Such\.Default\./m, round)
})

test('every other name is refused, so that the system asks its other resolvers', async () => {
  assert.match(await dig('www.example.com'), /status: REFUSED[^]*EDE: 20/)
  assert.match(await dig('1.1.1.1.in-addr.arpa', 'PTR'), /status: REFUSED/)
})

/** Sends a message as it is, and returns the rcode of the answer. */
async function rcodeOf(client: DnsClient, message: Uint8Array): Promise<number> {
  return ((await client.ask(message))[3] ?? 0) & 0xf
}

test('malformed messages are refused as a server refuses them', async () => {
  const client = await openDnsClient('udp', placeOf(stub))
  try {
    const asked = query(kubernetes, TYPE.A)
    const changed = (at: number, byte: number): Uint8Array =>
      asked.map((each, index) => (index === at ? byte : each))
    assert.equal(await rcodeOf(client, changed(5, 2)), 1)
    assert.equal(await rcodeOf(client, changed(5, 0)), 1)
    // NOTIFY (RFC 1996).
    assert.equal(await rcodeOf(client, changed(2, 0x20)), 4)
  } finally {
    client.close()
  }
})

test('queries on one TCP connection need not wait for each other', async () => {
  const client = await openDnsClient('tcp', placeOf(stub))
  try {
    const names = Array.from({ length: 300 }, (_, at) => `n${at}.default.svc.cluster.local`)
    const answers = await Promise.all(names.map((name) => client.ask(query(name, TYPE.A))))
    assert.ok(answers.every((answer) => ((answer[3] ?? 0) & 0xf) === 3))
  } finally {
    client.close()
  }
})

test('without a URL, or with one that is not private, it ends with a message', async () => {
  const file = join(dir, 'url')
  await writeFile(file, `${edge.url}\n`, { mode: 0o644 })
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /needs the URL of an edge/],
    [['http://dns.example.com/dns-query/secret'], /not https/],
    [['https://dns.example.com/secret'], /path of the URL is not/],
    [['--url-file', file], /other users have access/],
    [[edge.url, '--url-file', file], /not both/],
    [[edge.url, '--listen', placeOf(stub).port === 0 ? '' : stub.url], /another process listens/],
  ]
  for (const [args, message] of cases) {
    const { code, stderr } = await run(['connect', ...args])
    assert.equal(code, 2, stderr)
    assert.match(stderr, message)
    assert.doesNotMatch(stderr, /secret/)
  }
})

test('without the edge it starts, says so, and answers SERVFAIL for the zones of its last run', async () => {
  const gone = 'https://127.0.0.1:9/dns-query/secrettoken'
  const args = ['connect', gone, '--listen', '127.0.0.1:0', '--state', join(dir, 'state.json')]
  const lonely = await start(args)
  try {
    const { host, port } = placeOf(lonely)
    const { stdout } = await execute('dig', [`@${host}`, '-p', String(port), kubernetes])
    assert.match(stdout, /status: SERVFAIL[^]*EDE: 22/)
    assert.match(lonely.stderr.join('\n'), /edge cannot be reached/)
    assert.doesNotMatch([...lonely.stdout, ...lonely.stderr].join('\n'), /secrettoken/)
    if (process.platform === 'linux')
      assert.doesNotMatch(await readFile(`/proc/${lonely.process.pid}/cmdline`, 'utf8'), /secrettoken/)
  } finally {
    assert.equal(await lonely.stop(), 0)
  }
})
