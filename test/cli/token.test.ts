import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { verifyMintedToken } from '../../snapshot/policy/minted-token.ts'
import { clusterOfToken } from '../../snapshot/policy/token.ts'
import { buildPolicy } from '../../sync/policy/build.ts'
import { parsePolicyFile } from '../../sync/policy/edit.ts'
import type { Policy } from '../../sync/policy/policy.ts'
import { run } from '../blackbox/command.ts'

let dir: string
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-token-'))
})
after(() => rm(dir, { recursive: true }))

const inDir = (name: string): string => join(dir, name)
const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url')
const policyIn = async (file: string): Promise<Policy> => parsePolicyFile(file, await readFile(file, 'utf8'))
const minutes = (ms: number): number => Math.round(ms / 60_000)

/** Runs an action that succeeds, with one line on stdout: that line. */
async function line(action: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(['token', action, ...args])
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^[^\n]+\n$/)
  return stdout.trimEnd()
}

/** An action fails with exit code 2 and one line; nothing is on stdout. */
async function fails(args: readonly string[], message: RegExp, code = 2): Promise<void> {
  const said = await run(['token', ...args])
  assert.equal(said.stdout, '')
  assert.match(said.stderr, /^[^\n]+\n$/)
  assert.match(said.stderr, message)
  assert.equal(said.code, code)
}

test('create makes the file, prints the token alone on stdout, and stores its hash', async () => {
  const file = inDir('create.yaml')
  const policy = ['--policy', file, '--cluster', 'prod']
  const startMs = Date.now()
  const first = await line(
    'create',
    'alice',
    ...policy,
    '--namespaces',
    'dev,staging',
    '--expires',
    '90d',
    '--forward',
  )
  const second = await line(
    'create',
    'bob',
    ...policy,
    '--namespace-labels',
    'team=a',
    '--not-before',
    '2099-01-01T00:00:00Z',
  )
  assert.equal(clusterOfToken(first), 'prod')
  assert.equal((await stat(file)).mode & 0o777, 0o644)
  const { tokens } = await policyIn(file)
  assert.deepEqual(
    tokens.map(({ name, hash }) => [name, hash]),
    [
      ['alice', sha256(first)],
      ['bob', sha256(second)],
    ],
  )
  assert.deepEqual(tokens[0]?.scope, { kind: 'namespaces', names: ['dev', 'staging'] })
  assert.ok(Math.abs(minutes((tokens[0].expiresMs ?? 0) - startMs) - 90 * 24 * 60) <= 2)
  assert.deepEqual([tokens[0].doors, tokens[0].forward], [['path', 'bearer'], true])
  assert.equal(tokens[1]?.notBeforeMs, Date.UTC(2099, 0, 1))
  const text = await readFile(file, 'utf8')
  assert.ok(!text.includes(first) && !text.includes(first.slice(5)))
  assert.deepEqual(await readdir(dir), ['create.yaml'])
})

test('create says where a token works: with --dot for DoT alone; with a long cluster id in path and bearer', async () => {
  const file = inDir('doors.yaml')
  const dot = await run(['token', 'create', 'tv', '--policy', file, '--cluster', 'prod', '--all', '--dot'])
  assert.match(dot.stderr, /opens nothing else: that name is readable on the network/)
  assert.deepEqual((await policyIn(file)).tokens[0]?.doors, ['dot'])
  const id = 'c'.repeat(37)
  assert.match(dot.stderr, /the token "tv" gives access to all namespaces and does not expire; /)
  const long = await run(['token', 'create', 'long', '--policy', file, '--cluster', id, '--all'])
  assert.match(long.stderr, /more than 36 characters, so its tokens work in the path and as bearer only/)
  assert.equal(clusterOfToken(long.stdout.trim()), id)
  await fails(
    ['create', 'x', '--policy', file, '--cluster', id, '--all', '--dot'],
    /--dot: the cluster's id has 37/,
  )
})

test('rotate: two tokens are valid for the overlap, with the same rights; the old one then leaves the file', async () => {
  const file = inDir('rotate.yaml')
  const policy = ['--policy', file, '--cluster', 'prod']
  const old = await line('create', 'alice', ...policy, '--namespaces', 'dev', '--forward')
  const now = Date.now()
  const next = await line('rotate', 'alice', ...policy)
  const { tokens } = await policyIn(file)
  assert.deepEqual(
    tokens.map(({ hash }) => hash),
    [sha256(old), sha256(next)],
  )
  assert.ok(Math.abs(minutes((tokens[0]?.expiresMs ?? 0) - now) - 24 * 60) <= 2)
  assert.equal(tokens[1]?.expiresMs, null)
  assert.deepEqual([tokens[1].scope, tokens[1].forward], [tokens[0]?.scope, true])
  await fails(['rotate', 'alice', ...policy], /has two valid tokens already \(the old one until \d/)
  const ended = (await readFile(file, 'utf8')).replace(/expires: .*/, 'expires: 2020-01-01T00:00:00Z')
  await writeFile(file, ended)
  const last = await line('rotate', 'alice', ...policy, '--overlap', '0', '--expires', '1h')
  assert.deepEqual(
    (await policyIn(file)).tokens.map(({ hash }) => hash),
    [sha256(last)],
  )
  await fails(['rotate', 'alice', ...policy], /the old token ends at .*; say with --expires/)
  assert.equal((await policyIn(file)).tokens.length, 1)
})

test('list and show print states and hashes, never a token; revoke prints the hashes', async () => {
  const file = inDir('list.yaml')
  await writeFile(
    file,
    `# people\nversion: 1\ntokens:\n  - name: old # left\n    sha256: ${'a'.repeat(64)}\n    all: true\n    expires: 2020-01-01T00:00:00Z\n  # keep me\n  - name: new\n    sha256: ${'b'.repeat(64)}\n    namespaceLabels: team=a\n    notBefore: 2099-01-01T00:00:00Z\n`,
  )
  await chmod(file, 0o640)
  const table = (await run(['token', 'list', '--policy', file])).stdout
  assert.match(table, /^TOKEN +STATE +EXPIRES +DOORS +SEES\n/)
  assert.match(table, /\nold +expired +2020-01-01T00:00:00Z +path,bearer +all namespaces\n/)
  assert.match(table, /\nnew +not yet valid +never +path,bearer +namespaces with team=a\n/)
  const json = JSON.parse(await line('list', '--policy', file, '--json')) as {
    tokens: Record<string, unknown>[]
    minting: unknown[]
  }
  assert.deepEqual(json.tokens[1], {
    ...{
      name: 'new',
      state: 'not yet valid',
      scope: { namespaceLabels: 'team=a' },
      notBefore: '2099-01-01T00:00:00Z',
    },
    ...{ expires: null, doors: ['path', 'bearer'], forward: false, sha256: 'b'.repeat(64) },
  })
  assert.deepEqual(json.minting, [])
  const shown = (await run(['token', 'show', 'new', '--policy', file])).stdout
  assert.match(shown, /^name: new\nnamespaceLabels: team=a\nstate: not yet valid\n/)
  await fails(['show', 'nobody', '--policy', file], /no token and no minting key "nobody"/)
  assert.equal(await line('revoke', 'old', '--policy', file), 'a'.repeat(64))
  const text = await readFile(file, 'utf8')
  assert.match(text, /^# people\nversion: 1\ntokens:\n {2}# keep me\n {2}- name: new\n/)
  assert.equal((await stat(file)).mode & 0o777, 0o640)
  await fails(['revoke', 'old', '--policy', file], /no token "old"/)
})

test('a minting key signs tokens that its policy accepts, until it is removed', async () => {
  const [file, key] = [inDir('mint.yaml'), inDir('mint.json')]
  const publicKey = (await run(['key', 'new', '--out', key])).stdout.trim()
  const added = await run([
    ...['token', 'add-minting-key', 'ci', '--public-key', publicKey, '--policy', file],
    ...['--namespaces', 'ci', '--max-lifetime', '30m'],
  ])
  assert.deepEqual([added.code, added.stdout], [0, ''], added.stderr)
  const resolve = (): readonly string[] => ['ci']
  const grant = async (token: string) =>
    verifyMintedToken(token, {
      ...{
        cluster: 'prod',
        agentKeys: [],
        policy: buildPolicy(await policyIn(file), resolve).head,
        nowMs: Date.now(),
      },
    })
  const mint = ['--key', key, '--cluster', 'prod', '--namespaces', 'ci,dev']
  const token = await line('mint', ...mint)
  assert.deepEqual((await grant(token))?.scope, ['ci'])
  assert.equal(await grant(await line('mint', ...mint, '--expires', '31m')), undefined)
  assert.match(
    (await run(['token', 'list', '--policy', file])).stdout,
    /^no tokens\n\nMINTING KEY .*\nci +tokens of 30m at most +namespaces ci\n$/,
  )
  await fails(
    ['add-minting-key', 'ci', '--public-key', publicKey, '--policy', file, '--all'],
    /already has this minting key/,
  )
  const removed = await run(['token', 'remove-minting-key', 'ci', '--policy', file])
  assert.equal(removed.code, 0, removed.stderr)
  assert.equal(await grant(token), undefined)
  await chmod(key, 0o640)
  await fails(['mint', ...mint], /run `chmod 0600 /)
})

test('a link stays a link, and a file that another command edits is left alone', async () => {
  const [file, link] = [inDir('target.yaml'), inDir('link.yaml')]
  await writeFile(file, 'version: 1\n')
  await symlink(file, link)
  await line('create', 'a', '--policy', link, '--cluster', 'prod', '--all')
  assert.equal((await policyIn(file)).tokens.length, 1)
  assert.equal((await policyIn(link)).tokens.length, 1)
  await writeFile(`${file}.lock`, '')
  await fails(
    ['revoke', 'a', '--policy', link],
    /another command is editing .*; if none is, remove .*target\.yaml\.lock/,
    1,
  )
  await rm(`${file}.lock`)
})

test('tokens that are created at the same time are all in the file', async () => {
  const file = inDir('together.yaml')
  const names = ['a', 'b', 'c', 'd']
  await Promise.all(names.map((name) => line('create', name, '--policy', file, '--cluster', 'prod', '--all')))
  assert.deepEqual((await policyIn(file)).tokens.map(({ name }) => name).toSorted(), names)
})

test('wrong options and faulty files exit 2 with one line, and change nothing', async () => {
  const faulty = inDir('faulty.yaml')
  await writeFile(faulty, 'version: 1\ntokens:\n  - name: a\n    sha: b\n    all: true\n')
  const good = ['--policy', inDir('none.yaml'), '--cluster', 'prod']
  await Promise.all([
    fails(['create', ...good, '--all'], /token create needs NAME/),
    fails(['create', 'a', 'b', ...good, '--all'], /takes one NAME, not "b"/),
    fails(['create', '-', ...good, '--all'], /"-" is no name: it must be 1 to 63 letters/),
    fails(['create', 'a', '--cluster', 'prod', '--all'], /needs --policy FILE/),
    fails(['create', 'a', '--policy', inDir('none.yaml'), '--all'], /needs --cluster ID/),
    fails(
      ['create', 'a', '--policy', inDir('none.yaml'), '--cluster', 'Prod', '--all'],
      /--cluster is "Prod"/,
    ),
    fails(['create', 'a', ...good], /needs one of --namespaces A,B, --namespace-labels SELECTOR and --all/),
    fails(['create', 'a', ...good, '--all', '--namespaces', 'a'], /needs only one of/),
    fails(['create', 'a', ...good, '--namespaces', 'a,B'], /--namespaces has "B"/),
    fails(['create', 'a', ...good, '--namespace-labels', 'team in a'], /--namespace-labels: expected "\("/),
    fails(['create', 'a', ...good, '--namespace-labels', ''], /--namespace-labels is empty; --all/),
    fails(
      ['create', 'a', ...good, '--all', '--expires', '1 day'],
      /--expires is "1 day", it must be a time span/,
    ),
    fails(['create', 'a', ...good, '--all', '--expires', '2020-01-01T00:00:00Z'], /which has passed/),
    fails(
      ['create', 'a', ...good, '--all', '--expires', '1d', '--not-before', '2d'],
      /expires before it is valid/,
    ),
  ])
  await Promise.all([
    fails(
      ['create', 'a', '--policy', faulty, '--cluster', 'prod', '--all'],
      /faulty\.yaml: line 3, tokens\[0\]: the field sha256 is missing \(and 1 more fault\)/,
    ),
    fails(['list', '--policy', faulty], /faulty\.yaml: line 3/),
    run(['token', 'check', '--policy', faulty]).then(({ code, stdout }) => {
      assert.match(stdout, /faulty\.yaml: line 3, [^\n]*\n[^\n]*faulty\.yaml: line 4, [^\n]*\n$/)
      assert.equal(code, 2)
    }),
    fails(
      ['list', '--policy', inDir('none.yaml')],
      /cannot read the policy .*none\.yaml.*`kubedoh token create` makes one/,
    ),
    fails(['revoke', 'a', ...good.slice(0, 2)], /cannot read the policy/),
    fails(
      ['create', 'a', '--policy', join(dir, 'no', 'dir.yaml'), '--cluster', 'prod', '--all'],
      /cannot write .*dir\.yaml/,
    ),
    fails(['mint', '--cluster', 'prod', '--namespaces', 'a'], /needs --key FILE/),
    fails(
      ['add-minting-key', 'a', '--public-key', 'x', ...good.slice(0, 2), '--all'],
      /--public-key: "x" is not an Ed25519/,
    ),
    fails(['fly'], /there is no action "fly"; say one of create, list/),
  ])
  assert.ok(!(await readdir(dir)).some((name) => name.startsWith('none') || name.endsWith('.lock')))
})
