import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Running, run, start } from '../blackbox/command.ts'
import { dnsPlaces, everyTransport } from '../blackbox/dns-places.ts'
import { output, skipWithout } from '../clients/program.ts'

/* `kubedoh query` over every transport, as the user of a terminal sees it, and compared with dig. */

const redis = 'redis.default.svc.cluster.local'
/** A cluster's answers to these are the same at every time. */
const questions = [
  [redis, 'A'],
  [redis, 'AAAA'],
  ['kubernetes.default.svc.cluster.local', 'A'],
  ['_https._tcp.kubernetes.default.svc.cluster.local', 'SRV'],
  ['none.default.svc.cluster.local', 'A'],
  ['cluster.local', 'SOA'],
  ['65.65.96.10.in-addr.arpa', 'PTR'],
  ['www.example.com', 'A'],
] as const

let dir: string
let up: Running
let caFile: string
let plain: string
let dot: string

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-query-'))
  up = await start(['up', '--data', dir, '--listen', '127.0.0.1:0', ...everyTransport])
  caFile = join(dir, 'tls', 'ca.pem')
  const places = dnsPlaces(up.stdout, '')?.places
  plain = `127.0.0.1:${places?.udp?.port}`
  dot = `127.0.0.1:${places?.dot?.port}`
})
after(async () => {
  await up.stop()
  await rm(dir, { recursive: true })
})

/** `kubedoh query ARGS`, which must succeed → stdout. */
async function query(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(['query', ...args])
  assert.equal(code, 0, stderr)
  return stdout
}

/** The text of dig or `kubedoh query` without the ID, times and the lines that only dig prints. Sections are sorted. */
function comparable(text: string): string[] {
  return text
    .replace(/id: [0-9]+/, 'id')
    .split(/\n\n+/)
    .map((part) =>
      part
        .split('\n')
        .filter(
          (line) =>
            !/^; <<>>|^; \(|^;; (WARNING|You are|global|Got|Query time|SERVER|WHEN|MSG)|^$/.test(line),
        )
        .toSorted()
        .join('\n'),
    )
    .filter((part) => part !== '')
}

test('over UDP and TCP the sections are those of dig', { skip: await skipWithout('dig') }, async () => {
  const [, port = ''] = plain.split(':')
  const ask = questions.flatMap(([name, type]) => [name, type])
  for (const [ours, digs] of [
    [[], '+notcp'],
    [['--tcp'], '+tcp'],
  ] as const) {
    const own = (await query('--server', plain, ...ours, ...ask)).split(/(?=;; ->>HEADER)/)
    for (const [index, question] of questions.entries()) {
      const said = await output('dig', [
        '@127.0.0.1',
        '-p',
        port,
        '+nocookie',
        '+noadflag',
        '+tries=1',
        digs,
        ...question,
      ])
      assert.deepEqual(comparable(own[index] ?? ''), comparable(said), question.join(' '))
    }
  }
})

test('every transport gives the same data, and the SERVER line names the transport', async () => {
  for (const [options, server] of [
    [['--url', up.url, '--ca', caFile], /SERVER: https:.* \(HTTP\/2\)/],
    [['--server', plain], /SERVER: 127\.0\.0\.1#\d+\(127\.0\.0\.1\) \(UDP\)/],
    [['--server', plain, '--tcp'], /SERVER: 127\.0\.0\.1#\d+\(127\.0\.0\.1\) \(TCP\)/],
    [['--server', dot, '--tls', '--ca', caFile], /SERVER: 127\.0\.0\.1#\d+\(127\.0\.0\.1\) \(TLS\)/],
  ] as const) {
    const said = await query(...options, redis)
    assert.match(said, /^redis\.default\.svc\.cluster\.local\. \d+ IN\tA\s10\.96\.65\.65$/m)
    assert.match(said, server)
  }
  assert.equal(await query('--server', plain, '-x', '10.96.65.65', '--short'), `${redis}.\n`)
  const json = JSON.parse(await query('--server', dot, '--tls', '--ca', caFile, '--json', redis))
  assert.equal(json.Answer[0].data, '10.96.65.65')
})

test('a certificate for another name ends with exit code 2, a silent port with 1', async () => {
  const wrong = await run([
    'query',
    '--server',
    dot,
    '--tls',
    '--tls-host',
    'dns.example.net',
    '--ca',
    caFile,
    redis,
  ])
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /^kubedoh query: the certificate of 127\.0\.0\.1:\d+ cannot be used: .*\n$/)
  const plainOverTls = await run(['query', '--server', plain, '--tls', '--timeout-ms', '3000', redis])
  assert.equal(plainOverTls.code, 1)
  assert.match(plainOverTls.stderr, /^kubedoh query: .*\n$/)
})
