import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import tls from 'node:tls'
import {
  type DevelopmentCertificate,
  developmentCertificate,
} from '../../host/tls/development-certificate.ts'
import type { Handshake } from '../ports.ts'
import { shakeHands } from './handshake.ts'

describe('shakeHands', () => {
  let dir: string
  let certificate: DevelopmentCertificate
  let server: tls.Server
  let ca: string
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kubedoh-doctor-'))
    certificate = await developmentCertificate(dir, [])
    ca = await readFile(certificate.caFile, 'utf8')
    const { certPem: cert, keyPem: key } = certificate
    server = tls.createServer({ cert, key, ALPNProtocols: ['h2'] }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  after(async () => {
    server.close()
    await rm(dir, { recursive: true })
  })
  const shake = async (serverName: string, authority: string | undefined): Promise<Handshake> => {
    const { port } = server.address() as AddressInfo
    const result = await shakeHands({
      address: '127.0.0.1',
      port,
      serverName,
      ca: authority,
      timeoutMs: 10_000,
    })
    assert.ok(!('failed' in result), JSON.stringify(result))
    return result
  }

  test('with its authority and its name the certificate has no fault; ALPN and dates are reported', async () => {
    const { fault, protocol, version, names, notAfterMs } = await shake('localhost', ca)
    assert.deepEqual([fault, protocol, version], [undefined, 'h2', 'TLSv1.3'])
    assert.match(names, /localhost/)
    assert.ok(notAfterMs > Date.now())
    assert.equal((await shake('127.0.0.1', ca)).fault, undefined)
  })

  test('another name, and an unknown authority', async () => {
    assert.equal((await shake('dns.example.com', ca)).fault, 'ERR_TLS_CERT_ALTNAME_INVALID')
    assert.match((await shake('localhost', undefined)).fault ?? '', /^(UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/)
  })

  test('a server without TLS is a failure', async (t) => {
    const plain = net.createServer((socket) => socket.end('220 ready\r\n')).listen(0, '127.0.0.1')
    t.after(() => plain.close())
    await once(plain, 'listening')
    const { port } = plain.address() as AddressInfo
    const result = await shakeHands({
      address: '127.0.0.1',
      port,
      serverName: 'localhost',
      ca,
      timeoutMs: 10_000,
    })
    assert.ok('failed' in result)
  })
})
