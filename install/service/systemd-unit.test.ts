import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import type { Service } from './service.ts'
import { planSystemd } from './systemd-unit.ts'

const exec = promisify(execFile)
const service: Service = {
  argv: ['/bin/sh', '/usr/lib/kubedoh/cli/kubedoh.mjs', 'connect', '--listen', '127.0.0.1:53'],
  urlFile: '/etc/kubedoh/connect.url',
  caFile: '/etc/kubedoh/connect-ca.pem',
  host: '127.0.0.1',
  port: 53,
  user: undefined,
}

const textOf = (name: string, change: Partial<Service> = {}): string =>
  planSystemd({ ...service, ...change })
    .flatMap((step) => (step.kind === 'file' && step.path.endsWith(name) ? [step.text] : []))
    .join()

test('the sockets are of UDP and TCP, and the service has no capability', () => {
  assert.match(textOf('.socket'), /^ListenDatagram=127\.0\.0\.1:53\nListenStream=127\.0\.0\.1:53$/m)
  assert.match(textOf('.socket', { host: '::1', port: 5053 }), /^ListenDatagram=\[::1\]:5053$/m)
  assert.match(textOf('.service'), /^CapabilityBoundingSet=$/m)
  assert.match(textOf('.service'), /^Requires=kubedoh-connect\.socket$/m)
})

test('the address for containers is one of the sockets, and need not be there yet', () => {
  assert.match(
    textOf('.socket', { bridge: '172.17.0.1' }),
    /^ListenDatagram=127\.0\.0\.1:53\nListenStream=127\.0\.0\.1:53\nListenDatagram=172\.17\.0\.1:53\nListenStream=172\.17\.0\.1:53\nFreeBind=yes$/m,
  )
  assert.doesNotMatch(textOf('.socket'), /FreeBind/)
})

test('the URL and the certificates come as credentials, which only the service can read', () => {
  const text = textOf('.service')
  assert.match(text, /^LoadCredential=url:\/etc\/kubedoh\/connect\.url$/m)
  assert.match(
    text,
    /^ExecStart=\/bin\/sh .* connect --listen 127\.0\.0\.1:53 .*--url-file \$\{CREDENTIALS_DIRECTORY\}\/url --ca \$\{CREDENTIALS_DIRECTORY\}\/ca --state \$\{CACHE_DIRECTORY\}\/state\.json$/m,
  )
  assert.doesNotMatch(textOf('.service', { caFile: undefined }), /LoadCredential=ca|--ca/)
})

test('words with spaces, quotes, specifiers and variables reach the program unchanged', () => {
  const argv = ['/bin/sh', '/opt/my programs/100%/$HOME/a"b\\c.mjs']
  assert.match(
    textOf('.service', { argv }),
    /^ExecStart=\/bin\/sh "\/opt\/my programs\/100%%\/\$\$HOME\/a\\"b\\\\c\.mjs" /m,
  )
})

test('systemd accepts the units, and rates the service as safe', async (t) => {
  await withUnits(t, service, async (paths) => {
    const { stdout, stderr } = await exec('systemd-analyze', ['verify', '--man=no', ...paths.slice(1)], {
      env,
    })
    assert.equal(stdout + stderr, '')
    const rating = await exec(
      'systemd-analyze',
      ['security', '--offline=true', '--no-pager', ...paths.slice(1)],
      {
        env,
      },
    )
    const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(rating.stdout)?.[1])
    assert.ok(exposure < 2.5, rating.stdout)
  })
  await withUnits(t, { ...service, argv: ['/no/such/program'] }, async (paths) => {
    await assert.rejects(
      exec('systemd-analyze', ['verify', '--man=no', ...paths.slice(1)], { env }),
      /not executable/,
    )
  })
})

const env = { ...process.env, SYSTEMD_PAGER: '', LC_ALL: 'C' }

/** Writes the units into a directory, and calls `use` with their paths, the socket first. Skips without systemd-analyze. */
async function withUnits(
  t: TestContext,
  which: Service,
  use: (paths: readonly string[]) => Promise<void>,
): Promise<void> {
  try {
    await exec('systemd-analyze', ['--version'])
  } catch {
    t.skip('systemd-analyze is not installed')
    return
  }
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-units-'))
  try {
    const paths: string[] = []
    for (const step of planSystemd(which)) {
      if (step.kind !== 'file') continue
      const path = join(dir, basename(step.path))
      await writeFile(path, step.text)
      await chmod(path, step.mode)
      paths.push(path)
    }
    await use(paths)
  } finally {
    await rm(dir, { recursive: true })
  }
}
