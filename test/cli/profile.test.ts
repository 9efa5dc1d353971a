import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parse } from 'plist'
import { type Running, run, start } from '../blackbox/command.ts'

let dir: string
let edge: Running
let url: string
let token: string
const at = (file: string): string => join(dir, file)

/** `kubedoh profile` with the authority of the edge's development certificate. */
function profile(...args: readonly string[]): ReturnType<typeof run> {
  return run(['profile', ...args, '--ca', at('data/tls/ca.pem')])
}

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-profile-'))
  const policy = ['--policy', at('policy.yaml')]
  const created = await run([
    'token',
    'create',
    'laptop',
    ...policy,
    '--cluster',
    'local',
    '--all',
    '--expires',
    '90d',
  ])
  token = created.stdout.trim()
  edge = await start(['up', '--listen', '127.0.0.1:0', '--data', at('data'), ...policy])
  url = `${edge.url}/${token}`
})
after(async () => {
  await edge?.stop()
  await rm(dir, { recursive: true })
})

test('a profile has the zones that the token sees, and its limits are told', async () => {
  const { code, stdout, stderr } = await profile('mobileconfig', url)
  assert.equal(code, 0, stderr)
  const [payload] = (parse(stdout) as { PayloadContent: [{ DNSSettings: Record<string, unknown> }] })
    .PayloadContent
  const { ServerURL, SupplementalMatchDomains } = payload.DNSSettings
  assert.equal(ServerURL, url)
  assert.ok((SupplementalMatchDomains as string[]).includes('local.internal'))
  assert.match(stderr, /^Undo: /m)
  assert.match(stderr, /^Note: .*VPN/m)
  assert.match(stderr, /^Warning: the token stops working at 20/m)
  assert.ok(!stderr.includes(token))
})

test('the URL can be in a file, and the profile is written to one that only its owner can read', async () => {
  await writeFile(at('url'), `# the edge\n${url}\n`, { mode: 0o600 })
  const { code, stdout, stderr } = await profile(
    ...['systemd-resolved', '--url-file', at('url'), '--out', at('kubedoh.conf'), '--stub', '127.0.0.1:5300'],
  )
  assert.equal(code, 0, stderr)
  assert.equal(stdout, '')
  const text = await readFile(at('kubedoh.conf'), 'utf8')
  assert.match(text, /^DNS=127\.0\.0\.1:5300$/m)
  assert.match(text, /^Domains=.*~cluster\.local.*in-addr\.arpa/m)
  assert.equal((await stat(at('kubedoh.conf'))).mode & 0o777, 0o600)
})

test('a signed profile is verified by openssl, and has the text of the unsigned one', async () => {
  const files = ['-keyout', at('sign.key'), '-out', at('sign.pem'), '-subj', '/CN=profiles', '-days', '2']
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files], { stdio: 'ignore' })
  const signing = ['--sign-key', at('sign.key'), '--sign-cert', at('sign.pem')]
  const { code, stderr } = await profile('mobileconfig', url, ...signing, '--out', at('signed.mobileconfig'))
  assert.equal(code, 0, stderr)
  const verified = execFileSync(
    'openssl',
    [
      ...['cms', '-verify', '-inform', 'DER', '-binary', '-in', at('signed.mobileconfig')],
      ...['-CAfile', at('sign.pem'), '-purpose', 'any'],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  assert.equal(String(verified).trimEnd(), (await profile('mobileconfig', url)).stdout.trimEnd())
  const stranger = await profile(
    'mobileconfig',
    url,
    '--sign-key',
    at('sign.key'),
    '--sign-cert',
    at('data/tls/ca.pem'),
    '--out',
    at('x'),
  )
  assert.deepEqual(
    [stranger.code, /is not that of the key/.test(stranger.stderr)],
    [2, true],
    stranger.stderr,
  )
})

test('the edge’s refusals and wrong words end with one line that has no token', async () => {
  const wrong = `${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`
  const cases: readonly (readonly [args: readonly string[], code: number, message: RegExp])[] = [
    [['mobileconfig', `${edge.url}/${wrong}`], 1, /does not accept this token/],
    [['mobileconfig', edge.url], 1, /needs a token/],
    [['tailscale', url], 1, /no tailscale for this edge: .*--dns-server/],
    [['nothing', url], 2, /there is no format "nothing"; the formats are mobileconfig, /],
    [[], 2, /profile needs a FORMAT/],
    [['qr'], 2, /needs the URL of an edge/],
    [['qr', `${url}?x`], 2, /a query or a fragment/],
    [['qr', url, 'more'], 2, /takes no "more"/],
    [['stamp', url, '--stub', 'x'], 2, /--stub is "x"/],
    [['dnsproxy', url, '--resolver', 'x'], 2, /--resolver is "x", it must be an IP address/],
    [['stamp', url, '--sign-key', 'x'], 2, /need each other/],
    [['stamp', url, '--out', at('none/x')], 2, /cannot write the profile/],
  ]
  for (const [args, code, message] of cases) {
    const result = await profile(...args)
    assert.equal(result.code, code, `${args.join(' ')}: ${result.stderr}`)
    assert.match(result.stderr, message)
    assert.equal(result.stderr.trimEnd().split('\n').length, 1, result.stderr)
    assert.ok(!result.stderr.includes(token.slice(0, -1)), result.stderr)
  }
})

test('--list names every format with its systems', async () => {
  const { code, stdout } = await run(['profile', '--list'])
  assert.equal(code, 0)
  assert.match(stdout, /^mobileconfig +Apple configuration profile \(ios, macos\)$/m)
  assert.ok(stdout.trimEnd().split('\n').length >= 12)
})
