import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { run, start } from '../blackbox/command.ts'
import { startNodeEdge } from '../blackbox/node-edge.ts'

const verbs = ['up', 'sync', 'serve', 'query', 'cost', 'token create', 'token mint', 'key new', 'key status']
let dir: string

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-cli-'))
})
after(() => rm(dir, { recursive: true }))

/** The command fails with this code and one line on stderr that matches; stdout stays empty. */
async function fails(args: readonly string[], code: number, line: RegExp): Promise<void> {
  const said = await run(args)
  assert.equal(said.stderr.trimEnd().split('\n').length, 1, said.stderr)
  assert.match(said.stderr, line)
  assert.equal(said.stdout, '')
  assert.equal(said.code, code, said.stderr)
}

test('--help: every verb lists its options with defaults and environment variables, and exits 0', async () => {
  const all = await run(['--help'])
  assert.equal(all.code, 0)
  const helps = await Promise.all(verbs.map((verb) => run([...verb.split(' '), '--help'])))
  for (const [index, verb] of verbs.entries()) {
    assert.match(all.stdout, new RegExp(`^  ${verb.split(' ')[0]} `, 'm'))
    const one = helps[index]
    assert.ok(one)
    assert.equal(one.code, 0)
    assert.match(one.stdout, new RegExp(`^usage: kubedoh ${verb} `))
    assert.match(one.stdout, /\[KUBEDOH_[A-Z_]+\]/)
    for (const line of one.stdout.split('\n')) assert.ok(line.length <= 130, line)
  }
  assert.equal((await run(['help', 'query'])).stdout, helps[verbs.indexOf('query')]?.stdout)
  assert.match((await run(['help', 'key', 'new'])).stdout, /^usage: kubedoh key new /)
  const none = await run([])
  assert.equal(none.code, 2)
  assert.equal(none.stdout, '')
  assert.equal(none.stderr, all.stdout)
  const noAction = await run(['key'])
  assert.deepEqual([noAction.code, noAction.stdout], [2, ''])
  assert.match(noAction.stderr, /^usage: kubedoh key ACTION/)
})

test('a wrong command line exits 2 with one line that names the error', async () => {
  const edgeFile = join(dir, 'edge.json')
  await writeFile(edgeFile, '{"clusters":[]}')
  await Promise.all([
    fails(['fly'], 2, /there is no verb "fly"/),
    fails(['--fly'], 2, /there is no option "--fly"/),
    fails(['help', 'fly'], 2, /there is no verb "fly"/),
    fails(['up', '--fly'], 2, /--fly.*--help lists all options/),
    fails(['up', '--ttl', 'soon'], 2, /--ttl is "soon"/),
    fails(['up', '--ttl', '99999'], 2, /--ttl: must be a whole number of seconds from 0 to 3600/),
    fails(['up', '--pods', 'some'], 2, /--pods: "some" is not one of disabled, insecure, verified/),
    fails(['up', '--namespace-labels', 'team in a'], 2, /--namespace-labels: .*expected "\(", found "a"/),
    fails(
      ['up', '--namespace-labels', 'team=a', '--namespace', 'prod'],
      2,
      /--namespace-labels: cannot be given together with a list of namespaces/,
    ),
    fails(['up', '--pods', 'verified'], 2, /no Pod in it .*namespaces,services,endpointslices,pods -A/),
    fails(['up', '--listen', '8443'], 2, /--listen is "8443"/),
    fails(['up', '--zone', 'a..b', '--data', join(dir, 'z')], 2, /^kubedoh up: --zone: "a\.\.b" has a label/),
    fails(['up', '--reverse', '10.0.0.0/99', '--data', join(dir, 'x')], 2, /^kubedoh up: --reverse: "10/),
    fails(['up', '--upstream', 'foo', '--data', join(dir, 'w')], 2, /^kubedoh up: --upstream: not a URL/),
    fails(['up', '--from', 'a', '--kubeconfig', 'b'], 2, /exclude each other/),
    fails(['serve'], 2, /serve needs --config/),
    fails(['cost', '--intervals', '10s,7'], 2, /--intervals has "7"/),
    fails(['cost', '--minutes', '0'], 2, /--minutes is 0/),
    fails(['cost', '--kubeconfig', join(dir, 'none')], 2, /none/),
    fails(['serve', '--config', edgeFile, '--workers', '0'], 2, /--workers is 0, it must be 1 to 256/),
    fails(['serve', '--config', edgeFile, '--idle-seconds', '0'], 2, /--idle-seconds is 0/),
    fails(['up', '--data', join(dir, 'y'), '--max-connections', '0'], 2, /--max-connections is 0/),
    fails(['sync', '--edge', 'https://edge.invalid'], 2, /sync needs --key/),
    fails(['up', '--namespaced'], 2, /--namespaced: needs at least one namespace/),
    fails(['query'], 2, /query needs NAME or -x ADDRESS/),
    fails(['query', '@1.1.1.1', 'web.k'], 2, /@1\.1\.1\.1; name the server by --server 1\.1\.1\.1/),
    fails(['query', 'web.k', '+tcp'], 2, /\+tcp; the option here is --tcp$/m),
    fails(['query', 'web.k', '--tls'], 2, /--tls needs --server HOST:PORT/),
    fails(['query', 'web.k', '--server', 'dns:53', '--tls-host', 'dns'], 2, /--tls-host needs --tls/),
    fails(['query', 'web.k', '--watch', 'never'], 2, /--watch is "never", it must be a number of seconds/),
    fails(['query', 'web.k', '--server', 'dns:dns'], 2, /--server is "dns:dns"/),
    fails(['query', 'web.k', 'AAAAA'], 2, /"AAAAA" is no record type/),
    fails(['query', '-x', '10.0.0'], 2, /-x is "10\.0\.0"/),
    fails(['query', 'web.k', '+trace'], 2, /does not know \+trace/),
    fails(['query', 'web.k', '--short', '--json'], 2, /exclude each other/),
    fails(
      ['key', 'make'],
      2,
      /kubedoh key: there is no action "make"; say one of new, show, trust, status, distrust$/m,
    ),
  ])
})

test('missing, malformed and unsuitable files exit 2 with one line that names them', async () => {
  const broken = join(dir, 'broken.yaml')
  await writeFile(broken, 'kind: List\nitems: [\n')
  const config = join(dir, 'config.json')
  await writeFile(config, '{"publik":true,"clusters":[]}')
  await Promise.all([
    fails(['up', '--from', join(dir, 'none.yaml')], 2, /cannot read --from .*none\.yaml/),
    fails(['up', '--from', broken], 2, /broken\.yaml/),
    fails(
      ['up', '--kubeconfig', broken, '--data', join(dir, 'k'), '--listen', '127.0.0.1:0'],
      2,
      /broken\.yaml/,
    ),
    fails(['serve', '--config', config], 2, /^kubedoh serve: [^ ]+: configuration\.publik: unknown/),
    fails(
      ['sync', '--edge', 'https://e.invalid', '--key', broken, '--from', broken],
      2,
      /broken\.yaml is not a key/,
    ),
  ])
})

test('a port in use and an address of another machine exit 2', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const data = ['--data', join(dir, 'taken')]
  await fails(
    ['up', ...data, '--listen', `127.0.0.1:${port}`],
    2,
    new RegExp(`127\\.0\\.0\\.1:${port}.*another process`),
  )
  taken.close()
  await fails(['up', ...data, '--listen', '192.0.2.1:8443'], 2, /does not have that address/)
})

test('a data directory that cannot be created exits 2', async () => {
  const file = join(dir, 'file')
  await writeFile(file, '')
  await fails(
    ['up', '--data', join(file, 'data'), '--listen', '127.0.0.1:0'],
    2,
    /cannot write the data directory .*file\/data/,
  )
})

test('key: new writes a private file once, show gives the same public key', async () => {
  const file = join(dir, 'agent.json')
  const made = await run(['key', 'new', '--out', file])
  assert.equal(made.code, 0)
  assert.match(made.stdout, /^[A-Za-z0-9_-]{43}\n$/)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.equal((await run(['key', 'show', '--file', file])).stdout, made.stdout)
  await fails(['key', 'new', '--out', file], 2, /EEXIST/)
})

test('up: prints example commands, answers, and exits with 0 on SIGTERM; a second start continues', async () => {
  const data = join(dir, 'up')
  for (const round of ['first', 'second']) {
    const up = await start(['up', '--data', data, '--listen', '127.0.0.1:0'])
    assert.equal(up.stdout.at(-1), `ready ${up.url}`, round)
    assert.ok(up.stdout.includes(`CA of the development certificate: ${data}/tls/ca.pem`))
    const ask = [
      'query',
      '--url',
      up.url,
      '--ca',
      join(data, 'tls', 'ca.pem'),
      'redis.default.svc.cluster.local',
    ]
    assert.match((await run(ask)).stdout, /10\.96\.65\.65/)
    assert.equal(await up.stop(), 0)
  }
})

test('--tls-cert and --tls-key: another certificate; a key that does not match exits 2', async () => {
  const own = join(dir, 'own')
  const made = await start(['up', '--data', own, '--listen', '127.0.0.1:0'])
  await made.stop()
  const files = [
    '--tls-cert',
    join(own, 'tls', 'server.pem'),
    '--tls-key',
    join(own, 'tls', 'server-key.pem'),
  ]
  const up = await start(['up', '--data', join(dir, 'given'), '--listen', '127.0.0.1:0', ...files])
  assert.ok(!up.stdout.some((line) => line.startsWith('CA of')))
  const ask = [
    'query',
    '--url',
    up.url,
    '--ca',
    join(own, 'tls', 'ca.pem'),
    'redis.default.svc.cluster.local',
  ]
  assert.match((await run(ask)).stdout, /10\.96\.65\.65/)
  assert.equal(await up.stop(), 0)
  const mixed = ['--tls-cert', join(own, 'tls', 'server.pem'), '--tls-key', join(own, 'tls', 'ca-key.pem')]
  await fails(['up', '--data', join(dir, 'mixed'), '--listen', '127.0.0.1:0', ...mixed], 2, /ca-key\.pem/)
  await fails(['up', '--data', join(dir, 'mixed'), '--tls-cert', 'a.pem'], 2, /must be given together/)
})

test('up --plain serves HTTP; options can come from the environment', async () => {
  process.env.KUBEDOH_PLAIN = 'true'
  try {
    const up = await start(['up', '--data', join(dir, 'plain'), '--listen', '127.0.0.1:0'])
    assert.match(up.url, /^http:/)
    assert.equal((await fetch(up.url)).status, 400)
    assert.equal(await up.stop(), 0)
  } finally {
    delete process.env.KUBEDOH_PLAIN
  }
})

test('an edge that is not public does not answer without a token', async () => {
  const edge = await startNodeEdge({ public: false, clusters: [] })
  try {
    const without = await edge.fetch(`${edge.url}/dns-query?dns=AAAB`)
    assert.equal(without.status, 401)
    assert.equal(without.headers.get('www-authenticate'), 'Bearer realm="kubedoh"')
    assert.equal((await edge.fetch(`${edge.url}/dns-query/secret?dns=AAAB`)).status, 404)
    assert.deepEqual(await (await edge.fetch(`${edge.url}/status`)).json(), { clusters: [] })
  } finally {
    await edge.stop()
  }
})

test('sync --from publishes once through the ingest routes; a second run changes nothing; an unknown key is refused', async () => {
  const keyFile = join(dir, 'sync-key.json')
  const publicKey = (await run(['key', 'new', '--out', keyFile])).stdout.trim()
  const edge = await startNodeEdge({
    public: true,
    clusters: [{ id: 'dev', keys: [publicKey], zones: ['cluster.local'] }],
  })
  try {
    const from = [
      '--from',
      'examples/objects.yaml',
      '--cluster',
      'dev',
      '--edge',
      edge.url,
      '--ca',
      edge.caFile,
    ]
    const first = await run(['sync', ...from, '--key', keyFile])
    assert.equal(first.code, 0, first.stderr)
    assert.match(first.stderr, /published {2}kind=first .*services=10/)
    const again = await run(['sync', ...from, '--key', keyFile, '--log-format', 'json'])
    assert.equal(again.code, 0, again.stderr)
    const url = `${edge.url}/dns-query`
    assert.match(
      (await run(['query', '--url', url, '--ca', edge.caFile, 'redis.default.svc.cluster.local'])).stdout,
      /10\.96\.65\.65/,
    )
    const query = async (...args: string[]): Promise<string> =>
      (await run(['query', '--url', url, '--ca', edge.caFile, ...args])).stdout
    const [redis, kubernetes] = ['redis.default.svc.cluster.local', 'kubernetes.default.svc.cluster.local']
    assert.equal(await query(redis, '+short'), '10.96.65.65\n')
    assert.match(
      await query('-x', '10.96.65.65', '--json'),
      /"Question":\[\{"name":"65\.65\.96\.10\.in-addr\.arpa\.","type":12\}\]/,
    )
    assert.deepEqual((await query('--short', redis, 'A', 'TXT', kubernetes)).split('\n').length, 3)
    const json = (await query('--json', redis, 'AAAA', 'A')).trimEnd().split('\n')
    assert.deepEqual(
      json.map((line) => (JSON.parse(line) as { Answer: { data: string }[] }).Answer.map(({ data }) => data)),
      [[], ['10.96.65.65']],
    )
    assert.match(await query('_dns.resolver.arpa', 'SVCB'), /SVCB\t1 \S+\. .*alpn="|ANSWER: 0/)
    const foreign = join(dir, 'foreign.json')
    await run(['key', 'new', '--out', foreign])
    await fails(
      ['sync', ...from, '--key', foreign],
      2,
      /PROOF_UNVERIFIED|not signed by a key of this cluster/,
    )
  } finally {
    await edge.stop()
  }
})

test('the embedded sample has the format of kubectl', async () => {
  const objects = await readFile(new URL('../../examples/objects.yaml', import.meta.url), 'utf8')
  assert.match(objects, /^apiVersion: v1\nitems:/)
})
