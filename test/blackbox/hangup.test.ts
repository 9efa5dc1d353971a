import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import tls from 'node:tls'
import { developmentCertificate } from '../../host/tls/development-certificate.ts'
import { waitFor } from '../wait-for.ts'
import { type Running, start } from './command.ts'

let dir: string
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-hangup-'))
  for (const name of ['old', 'new']) await developmentCertificate(join(dir, name), [])
  await writeFile(join(dir, 'config.json'), JSON.stringify({ public: true, clusters: [] }))
})
after(() => rm(dir, { recursive: true }))

async function install(name: string): Promise<void> {
  await cp(join(dir, name, 'server.pem'), join(dir, 'cert.pem'))
  await cp(join(dir, name, 'server-key.pem'), join(dir, 'key.pem'))
}

async function shown({ url }: Running): Promise<string> {
  const { hostname: host, port } = new URL(url)
  const socket = tls.connect({ host, port: Number(port), rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}

test('a certificate and a key that are replaced are used without a signal', async () => {
  await install('old')
  const files = ['--tls-cert', join(dir, 'cert.pem'), '--tls-key', join(dir, 'key.pem')]
  const running = await start(['up', '--data', 'none', '--listen', '127.0.0.1:0', ...files])
  try {
    const first = await shown(running)
    await install('new')
    await waitFor('the new certificate is shown', async () => (await shown(running)) !== first)
  } finally {
    assert.equal(await running.stop(), 0)
  }
})

async function hangUp(running: Running, line: RegExp): Promise<void> {
  const seen = running.stderr.length
  running.process.kill('SIGHUP')
  await waitFor(`a log line ${line}`, () => {
    if (running.stderr.slice(seen).some((text) => line.test(text))) return true
    throw new Error(running.stderr.join('\n'))
  })
}

for (const workers of ['1', '2']) {
  test(`SIGHUP loads a renewed certificate, and keeps the old one if the new one is invalid: ${workers} workers`, async () => {
    await install('old')
    const files = ['--tls-cert', join(dir, 'cert.pem'), '--tls-key', join(dir, 'key.pem')]
    const places = ['--config', join(dir, 'config.json'), '--data', join(dir, `data${workers}`)]
    const options = ['--listen', '127.0.0.1:0', '--workers', workers]
    const running = await start(['serve', ...places, ...options, ...files])
    try {
      const first = await shown(running)
      await install('new')
      await hangUp(running, /info certificate renewed/)
      const second = await shown(running)
      assert.notEqual(second, first)
      await writeFile(join(dir, 'key.pem'), 'no key')
      await hangUp(running, /warn certificate not renewed.*CERTIFICATE_INVALID.*key\.pem/)
      assert.equal(await shown(running), second)
    } finally {
      assert.equal(await running.stop(), 0)
    }
  })
}
