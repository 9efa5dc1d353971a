import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { freePorts } from '../../test/free-ports.ts'
import { availableNats } from '../../test/nats/nats-program.ts'
import { waitFor } from '../../test/wait-for.ts'
import type { Log } from '../../worker/ports.ts'
import { HostError } from '../errors.ts'
import { developmentCertificate } from '../tls/development-certificate.ts'
import { openConnection } from './connection.ts'
import type { NatsPlace } from './place.ts'

const available = await availableNats()
const skip = available.program === undefined && available.reason
const log: Log = { info: () => undefined, warn: () => undefined }

/** Refuses to wait: the servers of these tests answer from the start. */
const atOnce = 0

function hasCode(code: string, words: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof HostError && error.code === code && words.test(error.message)
}

describe('a connection to servers with a login and TLS', { skip }, () => {
  let server: ChildProcess
  let dir: string
  let ca: string
  let address: string

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kubedoh-nats-login-'))
    const own = join(dir, 'own')
    ca = await readFile((await developmentCertificate(own, [])).caFile, 'utf8')
    const [port = 0] = await freePorts(1)
    address = `127.0.0.1:${port}`
    const tls = ['--tls', '--tlscert', join(own, 'server.pem'), '--tlskey', join(own, 'server-key.pem')]
    const login = ['--user', 'edge', '--pass', 'right']
    server = spawn(available.program ?? '', ['-a', '127.0.0.1', '-p', String(port), ...tls, ...login], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    server.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await waitFor('the server is ready', () => said.includes('Server is ready'))
  })
  after(async () => {
    server.kill('SIGTERM')
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
    await rm(dir, { recursive: true })
  })

  const place = (part: Partial<NatsPlace>): NatsPlace => ({
    ...{ servers: [address], bucket: 'b', replicas: undefined, tls: { ca } },
    login: { kind: 'user', user: 'edge', password: 'right' },
    ...part,
  })

  it('is made with the right login and the authority of the servers', async () => {
    const connection = await openConnection(place({}), log, atOnce)
    assert.equal(connection.isUp(), true)
    await connection.close()
  })

  it('a refused login is an error at once, which does not contain the password', async () => {
    const login = { kind: 'user', user: 'edge', password: 'wrong-password' } as const
    const isDenied = hasCode('STORE_DENIED', /refuses this edge .*check --store-login/)
    const later = performance.now() + 600_000
    await assert.rejects(openConnection(place({ login }), log, later), (error: unknown) => {
      assert.ok(isDenied(error), String(error))
      assert.doesNotMatch(String(error), /wrong-password/)
      return true
    })
    await assert.rejects(openConnection(place({ login: undefined }), log, later), isDenied)
  })

  it('servers of an authority that is not trusted are not asked, and get no login', async () => {
    const { caFile } = await developmentCertificate(join(dir, 'other'), [])
    const other = await readFile(caFile, 'utf8')
    const isUnreachable = hasCode('STORE_UNREACHABLE', /no NATS server answers at 127\.0\.0\.1/)
    await assert.rejects(openConnection(place({ tls: { ca: other } }), log, atOnce), isUnreachable)
  })

  it('where nobody listens, the error names the addresses', async () => {
    const [port = 0] = await freePorts(1)
    const servers = [`127.0.0.1:${port}`]
    const isUnreachable = hasCode(
      'STORE_UNREACHABLE',
      new RegExp(`no NATS server answers at 127.0.0.1:${port}`),
    )
    await assert.rejects(openConnection(place({ servers }), log, atOnce), isUnreachable)
  })
})
