import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import packet from 'dns-packet'
import { exchangeDatagrams } from '../../host/dns/udp/udp-client.case.ts'
import { childrenOf } from '../children-of.ts'
import { waitFor } from '../wait-for.ts'
import { isBun, type Running, run, start } from './command.ts'

/* Plain DNS over UDP, from `up` and from `serve` with several worker processes. */

type Address = { readonly host: string; readonly port: number }

/** The addresses in the lines that a server prints before its `ready` line. */
function dnsAddresses({ stdout }: Pick<Running, 'stdout'>): Address[] {
  return stdout.flatMap((line) => {
    const found = /^DNS \(.*\) at (.*):([0-9]+)$/.exec(line)
    return found ? [{ host: found[1] ?? '', port: Number(found[2]) }] : []
  })
}

/** A query for A records, with OPT and the data of a COOKIE option if one is given. */
function query(name: string, cookie?: Uint8Array): Buffer {
  const options = cookie ? [{ code: 10, data: Buffer.from(cookie) }] : []
  const opt = { type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options } as unknown as packet.Answer
  const additionals = cookie ? [opt] : []
  return packet.encode({ type: 'query', id: 7, questions: [{ type: 'A', name }], additionals })
}

async function ask(address: Address | undefined, name: string, cookie?: Uint8Array) {
  assert.ok(address)
  const [answer] = await exchangeDatagrams(address, [query(name, cookie)])
  const message = packet.decode(Buffer.from(answer?.bytes ?? assert.fail('no answer')))
  const opt = message.additionals?.find(({ type }) => type === 'OPT') as
    | { readonly options: readonly { readonly code: number; readonly data: Buffer }[] }
    | undefined
  const data = message.answers?.map((record) => (record.type === 'A' ? record.data : '')) ?? []
  return { message, data, cookie: opt?.options.find(({ code }) => code === 10)?.data }
}

const clientCookie = Buffer.from('abcdefgh')
const kubernetes = 'kubernetes.default.svc.cluster.local'

let dir: string
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-dns-'))
  await writeFile(join(dir, 'config.json'), JSON.stringify({ public: true, clusters: [] }))
})
after(() => rm(dir, { recursive: true }))

test('up answers on every --dns-listen, with a cookie for clients that send one', async () => {
  const listen = ['--dns-listen', '127.0.0.1:0', '--dns-listen', '127.0.0.2:0']
  const running = await start(['up', '--data', 'none', '--listen', '127.0.0.1:0', ...listen])
  try {
    const addresses = dnsAddresses(running)
    assert.deepEqual(
      addresses.map(({ host }) => host),
      ['127.0.0.1', '127.0.0.2'],
    )
    for (const address of addresses) {
      const { data, cookie } = await ask(address, kubernetes)
      assert.deepEqual(data, ['10.96.0.1'])
      assert.equal(cookie, undefined)
      const first = (await ask(address, kubernetes, clientCookie)).cookie
      assert.equal(first?.length, 24)
      await sleep(1_100)
      // A valid cookie is returned as it is, an invalid one replaced: the time in it is then another one.
      assert.deepEqual((await ask(address, kubernetes, first)).cookie, first)
      const changed = Buffer.from(first ?? [])
      changed[23] = (changed[23] ?? 0) ^ 1
      const renewed = await ask(address, kubernetes, changed)
      assert.deepEqual(renewed.data, ['10.96.0.1'])
      assert.notDeepEqual(renewed.cookie?.subarray(0, 16), first?.subarray(0, 16))
    }
  } finally {
    assert.equal(await running.stop(), 0)
  }
})

function serve(name: string, secretFile: string, ...options: readonly string[]): Promise<Running> {
  const places = ['--config', join(dir, 'config.json'), '--data', join(dir, name), '--listen', '127.0.0.1:0']
  const dns = ['--dns-listen', '127.0.0.1:0', '--cookie-secret-file', secretFile]
  return start(['serve', '--plain', ...places, ...dns, ...options])
}

test('processes with one secret accept the cookies of each other, and a renewed file after SIGHUP', async () => {
  const secret = join(dir, 'secret')
  const [former, next] = ['00112233445566778899aabbccddeeff', 'ffeeddccbbaa99887766554433221100']
  await writeFile(secret, former, { mode: 0o600 })
  const [one, two] = [await serve('one', secret), await serve('two', secret, '--workers', '2')]
  const [address, address2] = [dnsAddresses(one)[0], dnsAddresses(two)[0]]
  try {
    const { cookie } = await ask(address, 'example.com', clientCookie)
    await sleep(1_100)
    for (let worker = 0; worker < 6; worker++)
      assert.deepEqual((await ask(address2, 'example.com', cookie)).cookie, cookie)
    await writeFile(secret, `${next}\n${former}`)
    for (const running of [one, two]) {
      running.process.kill('SIGHUP')
      await waitFor('the secrets are renewed', () =>
        running.stderr.some((line) => line.includes('cookie secrets renewed')),
      )
    }
    const renewed = (await ask(address, 'example.com', cookie)).cookie
    assert.notDeepEqual(renewed, cookie)
    await sleep(1_100)
    for (let worker = 0; worker < 6; worker++)
      assert.deepEqual((await ask(address2, 'example.com', renewed)).cookie, renewed)
    await writeFile(secret, 'no secret')
    one.process.kill('SIGHUP')
    await waitFor('the broken file is reported', () =>
      one.stderr.some((line) => /cookie secrets not renewed .*32 hexadecimal digits/.test(line)),
    )
    assert.deepEqual((await ask(address, 'example.com', renewed)).cookie, renewed)
  } finally {
    assert.deepEqual(await Promise.all([one.stop(), two.stop()]), [0, 0])
  }
})

const linux = { skip: process.platform === 'linux' ? false : 'it reads /proc' }

/**
 * Whether a query is answered. On Bun each process has a socket of its own, so that a query to the one which hangs is lost, and a client
 * asks again from another port.
 */
async function isAnswered(address: Address | undefined): Promise<boolean> {
  const options = isBun ? { waitMs: 300 } : {}
  for (let attempt = 0; attempt < (isBun ? 20 : 1); attempt++) {
    const [answer] = await exchangeDatagrams(address ?? assert.fail(), [query('example.com')], options)
    if (answer) return packet.decode(Buffer.from(answer.bytes)).id === 7
  }
  return false
}

test('every worker process answers on the common address, also while another one hangs', linux, async () => {
  const secret = join(dir, 'secret-of-workers')
  await writeFile(secret, '00112233445566778899aabbccddeeff', { mode: 0o600 })
  const running = await serve('workers', secret, '--workers', '2')
  const [address] = dnsAddresses(running)
  const workers = await childrenOf(running.process)
  try {
    assert.equal(workers.length, 2)
    for (const hanging of workers) {
      process.kill(hanging, 'SIGSTOP')
      for (let count = 0; count < 10; count++) assert.equal(await isAnswered(address), true)
      process.kill(hanging, 'SIGCONT')
    }
  } finally {
    for (const worker of workers) process.kill(worker, 'SIGCONT')
    assert.equal(await running.stop(), 0)
  }
})

test('a port that is in use ends the start with a message that names it', async () => {
  const secret = join(dir, 'secret-of-port')
  await writeFile(secret, '00112233445566778899aabbccddeeff', { mode: 0o600 })
  const running = await serve('first', secret)
  const { port } = dnsAddresses(running)[0] ?? assert.fail()
  for (const workers of ['1', '2']) {
    const places = ['--config', join(dir, 'config.json'), '--data', join(dir, `second${workers}`)]
    const listen = ['--listen', '127.0.0.1:0', '--dns-listen', `127.0.0.1:${port}`, '--workers', workers]
    const { code, stderr } = await run(['serve', '--plain', ...places, ...listen])
    assert.notEqual(code, 0)
    assert.match(
      stderr,
      new RegExp(`cannot listen on 127.0.0.1:${port} \\(UDP\\): another process listens on it`),
    )
  }
  await running.stop()
})
