import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { skipWithout } from '../clients/program.ts'
import { type Running, run, start } from './command.ts'

/* A client asks an edge for its encrypted transports, over each of its transports. */

let dir: string
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-discovery-'))
})
after(() => rm(dir, { recursive: true }))

const execute = promisify(execFile)

/** The ports of the lines 'DNS over TLS at HOST:PORT' and 'DNS (UDP and TCP) at HOST:PORT'. */
function portsOf({ stdout }: Running): { readonly dns: string; readonly dot: string } {
  const portAfter = (title: string): string =>
    stdout
      .find((line) => line.startsWith(title))
      ?.split(':')
      .at(-1) ?? assert.fail(`no line "${title}"`)
  return { dns: portAfter('DNS (UDP and TCP) at '), dot: portAfter('DNS over TLS at ') }
}

/** The lines without quotes; dig 9.18 does not know the name of dohpath. */
function lines(stdout: string): string[] {
  return stdout.trim().replaceAll('"', '').replaceAll('key7=', 'dohpath=').split('\n')
}

async function dig(...args: string[]): Promise<string[]> {
  return lines((await execute('dig', [...args, '+short', '+time=5'])).stdout)
}

/** The answer over HTTPS, as the product's own client prints it. */
async function ask({ url }: Running, ca: string, name: string): Promise<string[]> {
  return lines((await run(['query', '--url', url, '--ca', ca, '--short', name, 'SVCB'])).stdout).toSorted()
}

const listen = ['--listen', '127.0.0.1:0', '--dns-listen', '127.0.0.1:0', '--dot-listen', '127.0.0.1:0']

test('up names its transports over UDP, TCP, TLS and HTTPS', async (t) => {
  const missing = await skipWithout('dig')
  if (missing) return t.skip(missing)
  const names = ['--doh-url', 'https://dns.example.com/dns-query', '--dot-host', 'dns.example.com']
  const up = await start(['up', '--data', join(dir, 'up'), ...listen, ...names])
  try {
    const { dns, dot } = portsOf(up)
    const expected = [
      `1 dns.example.com. alpn=dot port=${dot}`,
      '2 dns.example.com. alpn=h2 dohpath=/dns-query{?dns}',
    ]
    for (const name of ['_dns.resolver.arpa', '_dns.dns.example.com']) {
      const at = ['@127.0.0.1', name, 'SVCB']
      assert.deepEqual((await dig('-p', dns, ...at)).toSorted(), expected, 'UDP')
      assert.deepEqual((await dig('-p', dns, '+tcp', ...at)).toSorted(), expected, 'TCP')
      assert.deepEqual((await dig('-p', dot, '+tls', ...at)).toSorted(), expected, 'TLS')
      assert.deepEqual(await ask(up, join(dir, 'up', 'tls', 'ca.pem'), name), expected, 'HTTPS')
    }
  } finally {
    assert.equal(await up.stop(), 0)
  }
})

test('every worker process of serve names the port of the configuration', async () => {
  const config = join(dir, 'config.json')
  const data = join(dir, 'serve')
  await writeFile(config, JSON.stringify({ public: true, dotHost: 'dns.example.com:853', clusters: [] }))
  const serve = await start(['serve', '--config', config, '--data', data, ...listen, '--workers', '2'])
  try {
    for (let query = 0; query < 2; query++)
      assert.deepEqual(await ask(serve, join(data, 'tls', 'ca.pem'), '_dns.resolver.arpa'), [
        '1 dns.example.com. alpn=dot',
      ])
  } finally {
    assert.equal(await serve.stop(), 0)
  }
})
