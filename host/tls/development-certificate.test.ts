import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import tls from 'node:tls'
import { developmentCertificate, readCertificate, unstoredCertificate } from './development-certificate.ts'

const parent = mkdtempSync(join(tmpdir(), 'kubedoh-certificate-'))
after(() => rmSync(parent, { recursive: true }))
let dirs = 0
const newDir = (): string => join(parent, String(dirs++))

const dayMs = 24 * 60 * 60 * 1000
const parse = (pem: string): X509Certificate => new X509Certificate(pem)

describe('developmentCertificate', () => {
  it('is accepted by a TLS client that trusts its authority, for every name', async () => {
    const made = await developmentCertificate(newDir(), ['edge.example.test', '10.1.2.3', '2001:DB8::1'])
    const server = tls.createServer({ cert: made.certPem, key: made.keyPem }, (socket) => socket.end())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const ca = readFileSync(made.caFile)
    for (const name of ['localhost', '127.0.0.1', '::1', 'edge.example.test', '10.1.2.3', '2001:db8::1']) {
      const checkServerIdentity = (_: string, certificate: tls.PeerCertificate): Error | undefined =>
        tls.checkServerIdentity(name, certificate)
      const socket = tls.connect({ host: '127.0.0.1', port, ca, checkServerIdentity })
      await once(socket, 'secureConnect')
      assert.ok(socket.authorized)
      socket.destroy()
    }
    const stranger = tls.connect({ host: '127.0.0.1', port })
    await assert.rejects(once(stranger, 'secureConnect'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' })
    server.close()
  })

  it('is signed by a new authority, and both satisfy the rules of clients', async () => {
    const made = await developmentCertificate(newDir(), [])
    const [server, authority] = made.certPem.split(/(?<=-----END CERTIFICATE-----\n)/).map(parse)
    assert.ok(server && authority)
    assert.equal(authority.ca, true)
    assert.equal(server.ca, false)
    assert.ok(server.checkIssued(authority) && server.verify(authority.publicKey))
    assert.deepEqual(server.keyUsage, ['1.3.6.1.5.5.7.3.1'])
    const spanMs = (certificate: X509Certificate): number =>
      certificate.validToDate.getTime() - certificate.validFromDate.getTime()
    assert.ok(spanMs(server) < 825 * dayMs)
    assert.ok(spanMs(authority) > 3_600 * dayMs)
    assert.equal(readFileSync(made.caFile, 'utf8'), authority.toString())
    assert.notEqual(server.serialNumber, authority.serialNumber)
  })

  it('writes private keys that only the owner can read', async () => {
    const dir = newDir()
    await developmentCertificate(dir, [])
    const mode = (file: string): number => statSync(join(dir, file)).mode & 0o777
    assert.equal(mode('.'), 0o700)
    for (const file of ['ca-key.pem', 'server-key.pem']) assert.equal(mode(file), 0o600, file)
    for (const file of ['ca.pem', 'server.pem']) assert.equal(mode(file), 0o644, file)
  })

  it('is used again, regardless of the spelling and order of the hosts', async () => {
    const dir = newDir()
    const first = await developmentCertificate(dir, ['Edge.Example.test', '[2001:db8:0::1]', '0.0.0.0'])
    const second = await developmentCertificate(dir, ['2001:DB8::1', 'edge.example.test', '::', 'localhost'])
    assert.deepEqual(second, first)
  })

  it('is renewed when the hosts change, by the same authority', async () => {
    const dir = newDir()
    const first = await developmentCertificate(dir, ['a.test', 'b.test'])
    const authority = readFileSync(first.caFile, 'utf8')
    for (const hosts of [['a.test'], ['a.test', 'c.test'], []]) {
      const next = await developmentCertificate(dir, hosts)
      assert.notEqual(next.certPem, first.certPem)
      assert.equal(parse(next.certPem).checkHost('b.test'), undefined)
      assert.equal(readFileSync(next.caFile, 'utf8'), authority)
    }
  })

  it('is renewed 30 days before it ends, by the same authority', async () => {
    const dir = newDir()
    const nowMs = Date.UTC(2030, 0, 1)
    const first = await developmentCertificate(dir, [], nowMs)
    const endMs = parse(first.certPem).validToDate.getTime()
    const early = await developmentCertificate(dir, [], endMs - 31 * dayMs)
    assert.deepEqual(early, first)
    const authority = readFileSync(first.caFile, 'utf8')
    const late = await developmentCertificate(dir, [], endMs - 29 * dayMs)
    assert.notEqual(late.certPem, first.certPem)
    assert.equal(readFileSync(late.caFile, 'utf8'), authority)
    assert.ok(parse(late.certPem).validToDate.getTime() > endMs)
  })

  it('is renewed together with a missing authority', async () => {
    const dir = newDir()
    const first = await developmentCertificate(dir, [])
    rmSync(first.caFile)
    const second = await developmentCertificate(dir, [])
    const authority = parse(readFileSync(second.caFile, 'utf8'))
    assert.ok(parse(second.certPem).verify(authority.publicKey))
    assert.notEqual(second.certPem, first.certPem)
  })

  it('throws with the path of a damaged file instead of replacing it', async () => {
    const dir = newDir()
    await developmentCertificate(dir, [])
    writeFileSync(join(dir, 'ca-key.pem'), 'damaged')
    await assert.rejects(developmentCertificate(dir, []), {
      code: 'CERTIFICATE_INVALID',
      message: /ca-key\.pem/,
    })
  })

  it('throws with the path of a directory that cannot be created', async () => {
    const file = newDir()
    writeFileSync(file, '')
    await assert.rejects(developmentCertificate(file, []), {
      code: 'CERTIFICATE_UNREADABLE',
      message: new RegExp(file),
    })
  })
})

describe('readCertificate', () => {
  it('returns chain and key unchanged', async () => {
    const dir = newDir()
    await developmentCertificate(dir, [])
    const { certPem, keyPem } = await readCertificate(join(dir, 'server.pem'), join(dir, 'server-key.pem'))
    assert.equal(certPem, readFileSync(join(dir, 'server.pem'), 'utf8'))
    assert.equal(keyPem, readFileSync(join(dir, 'server-key.pem'), 'utf8'))
  })

  it('throws with the path of a file that is missing, invalid, or of another pair', async () => {
    const dir = newDir()
    await developmentCertificate(dir, [])
    const file = (name: string): string => join(dir, name)
    const read = (cert: string, key: string): Promise<unknown> => readCertificate(file(cert), file(key))
    await assert.rejects(read('none.pem', 'server-key.pem'), {
      code: 'CERTIFICATE_UNREADABLE',
      message: /none\.pem/,
    })
    await assert.rejects(read('server.pem', 'none.pem'), {
      code: 'CERTIFICATE_UNREADABLE',
      message: /none\.pem/,
    })
    await assert.rejects(read('server-key.pem', 'server-key.pem'), {
      code: 'CERTIFICATE_INVALID',
      message: /server-key\.pem does not hold a PEM certificate/,
    })
    await assert.rejects(read('server.pem', 'server.pem'), {
      code: 'CERTIFICATE_INVALID',
      message: /server\.pem does not hold an unencrypted PEM private key/,
    })
    await assert.rejects(read('server.pem', 'ca-key.pem'), {
      code: 'CERTIFICATE_MISMATCH',
      message: /ca-key\.pem .*server\.pem/,
    })
  })
})

describe('unstoredCertificate', () => {
  it('is for the same hosts, by a new CA each time', async () => {
    const made = await unstoredCertificate(['edge.example.test', '::'])
    const [server, authority] = made.certPem.split(/(?<=-----END CERTIFICATE-----\n)/).map(parse)
    assert.ok(server && authority)
    assert.ok(server.checkIssued(authority) && server.verify(authority.publicKey))
    assert.ok(server.checkPrivateKey(createPrivateKey(made.keyPem)))
    assert.equal(
      server.subjectAltName,
      'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:edge.example.test',
    )
    const other = await unstoredCertificate([])
    assert.notEqual(other.certPem.slice(-200), made.certPem.slice(-200))
  })
})
