import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { developmentCertificate } from '../../host/tls/development-certificate.ts'
import { startTestApi, type TestApi, type TestTls } from '../kube/api.case.ts'
import { loadKube } from '../kube/http/client.ts'
import { textOf } from '../kube/http/read-body.ts'
import { kubeconfigFields } from './fields.ts'
import { readTarget } from './read-target.ts'
import type { CredentialsWorld } from './target.ts'

/* One check for each row of the table of fields: what an honoured field does, how a refused one is refused. */

type Parts = { cluster?: object; user?: object; context?: object; config?: object }

let dir: string
let api: TestApi
let tls: TestTls

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-fields-'))
  await mkdir(join(dir, 'sub'))
  tls = await developmentCertificate(join(dir, 'tls'), []).then(async (made) => ({
    ...made,
    caPem: await readFile(made.caFile, 'utf8'),
  }))
  await writeFile(join(dir, 'sub/ca.pem'), tls.caPem)
  await writeFile(join(dir, 'sub/cert.pem'), tls.certPem)
  await writeFile(join(dir, 'sub/key.pem'), tls.keyPem)
  await writeFile(join(dir, 'sub/token'), 'from-file\n')
  await writeFile(join(dir, 'sub/plugin.sh'), plugin)
  await chmod(join(dir, 'sub/plugin.sh'), 0o755)
  api = await startTestApi(tls)
})
after(async () => {
  await api.close()
  await rm(dir, { recursive: true })
})

/** A plugin whose token consists of its argument, a variable, and the ExecCredential it received. */
const plugin = `#!/bin/sh
echo run >> "$(dirname "$0")/runs"
interactive=$(echo "$KUBERNETES_EXEC_INFO" | grep -o '"interactive":[a-z]*')
server=$(echo "$KUBERNETES_EXEC_INFO" | grep -o '"server":"[a-z]*')
printf '{"apiVersion":"%s","kind":"ExecCredential","status":{"token":"%s"}}' \\
  "$API" "$(echo "$1 $WORD $interactive $server." | tr -d '"')"
`
const version = 'client.authentication.k8s.io/v1'
const exec = {
  ...{ apiVersion: version, command: './sub/plugin.sh', interactiveMode: 'Never' },
  env: [{ name: 'API', value: version }],
}
const world: CredentialsWorld = {
  env: { PATH: process.env.PATH },
  terminal: { stdin: false, stderr: false },
  log: { info: () => {}, warn: () => {} },
  nowMs: () => 0,
}

async function write({ cluster, user, context, config }: Parts): Promise<string> {
  const file = join(dir, 'kubeconfig')
  const server = `https://127.0.0.1:${api.port}`
  const content = {
    'current-context': 'x',
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority': 'sub/ca.pem', ...cluster } }],
    users: [{ name: 'u', user: user ?? {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', ...context } }],
    ...config,
  }
  await writeFile(file, JSON.stringify(content))
  return file
}

/** The headers that a request with this kubeconfig has. */
async function sent(parts: Parts): Promise<TestApi['headers'][number]> {
  const kube = loadKube({ kubeconfig: await write(parts) }, world)
  try {
    await textOf((await kube.get('/version', AbortSignal.timeout(60_000))).body)
    return api.headers.at(-1) ?? {}
  } finally {
    await kube.close()
  }
}

async function sends(user: object, header: string, value: string): Promise<void> {
  assert.equal((await sent({ user }))[header], value)
}

async function refuses(parts: Parts, message: RegExp): Promise<void> {
  const kubeconfig = await write(parts)
  assert.throws(() => readTarget({ kubeconfig }, world), { code: 'KUBECONFIG_INVALID', message })
}

async function target(parts: Parts): Promise<ReturnType<typeof readTarget>> {
  return readTarget({ kubeconfig: await write(parts) }, world)
}

async function changesNothing(parts: Parts): Promise<void> {
  assert.deepEqual(await target(parts), await target({}))
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const withFile = { 'client-certificate': 'sub/cert.pem', 'client-key': 'sub/key.pem' }
const withData = (): object => ({
  'client-certificate-data': base64(tls.certPem),
  'client-key-data': base64(tls.keyPem),
})
const twice = { context: {}, name: 'x' }

const checks: Readonly<Record<string, () => Promise<void>>> = {
  'Config.kind': () => refuses({ config: { kind: 'Pod' } }, /kind Pod; a kubeconfig has/),
  'Config.apiVersion': () => refuses({ config: { apiVersion: 'v2' } }, /apiVersion v2/),
  'Config.clusters': () =>
    refuses({ context: { cluster: 'gone' } }, /names a cluster that is not in it: "gone"/),
  'Config.users': () => refuses({ context: { user: 'gone' } }, /names a user that is not in it: "gone"/),
  'Config.contexts': () =>
    refuses({ config: { contexts: [twice, twice] } }, /contexts has the name "x" twice/),
  'Config.current-context': () =>
    refuses({ config: { 'current-context': 'y' } }, /no context "y", there is x/),
  'Config.preferences': () => changesNothing({ config: { preferences: { colors: true } } }),
  'Config.extensions': () => changesNothing({ config: { extensions: [{ name: 'e', extension: {} }] } }),
  'Cluster.server': async () => {
    const bare = { server: 'api.example.com:6443', 'certificate-authority': '' }
    assert.equal((await target({ cluster: bare })).server, 'http://api.example.com:6443')
    const secure = await target({ cluster: { server: 'api.example.com:6443' } })
    assert.equal(secure.server, 'https://api.example.com:6443')
    assert.equal((await target({ cluster: { server: 'https://h/k8s/c/' } })).server, 'https://h/k8s/c')
    await refuses({ cluster: { server: 'ftp://h' } }, /server has the scheme ftp/)
    await refuses({ cluster: { server: '' } }, /has no server/)
  },
  'Cluster.tls-server-name': async () => {
    await assert.rejects(sent({ cluster: { 'tls-server-name': 'other.example.com' } }), {
      code: 'KUBE_CERTIFICATE',
    })
    await sent({ cluster: { 'tls-server-name': 'localhost' } })
  },
  'Cluster.insecure-skip-tls-verify': async () => {
    const skip = { 'insecure-skip-tls-verify': true }
    await refuses({ cluster: skip }, /exclude each other/)
    await sent({ cluster: { ...skip, 'certificate-authority': '' } })
  },
  'Cluster.certificate-authority': async () => {
    await sent({ user: {} })
    await refuses({ cluster: { 'certificate-authority': 'gone.pem' } }, /certificate-authority: ENOENT/)
    await assert.rejects(sent({ cluster: { 'certificate-authority': '' } }), { code: 'KUBE_CERTIFICATE' })
  },
  'Cluster.certificate-authority-data': async () => {
    const data = { 'certificate-authority-data': base64(tls.caPem) }
    await sent({ cluster: { ...data, 'certificate-authority': '' }, context: { user: undefined } })
    await refuses({ cluster: data }, /exclude each other/)
    const none = { 'certificate-authority-data': base64('hello'), 'certificate-authority': '' }
    await refuses({ cluster: none }, /certificate-authority holds no PEM certificate/)
    const broken = base64('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
    await refuses(
      { cluster: { ...none, 'certificate-authority-data': broken } },
      /certificate-authority holds a broken PEM certificate/,
    )
  },
  'Cluster.proxy-url': async () => {
    const proxied = await target({ cluster: { 'proxy-url': 'http://proxy:3128' } })
    assert.equal(proxied.proxyUrl, 'http://proxy:3128')
    await refuses(
      { cluster: { 'proxy-url': 'ftp://me:secret@proxy' } },
      /proxy-url has the scheme ftp; it has to be/,
    )
  },
  'Cluster.disable-compression': async () => {
    assert.equal((await sent({}))['accept-encoding'], undefined)
    assert.ok((await target({ cluster: { 'disable-compression': true } })).disableCompression)
  },
  'Cluster.extensions': async () => {
    const extensions = [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'a' } }]
    assert.deepEqual((await target({ cluster: { extensions } })).execExtension, { audience: 'a' })
  },
  'AuthInfo.client-certificate': async () => {
    assert.equal((await target({ user: withFile })).user.certFile, join(dir, 'sub/cert.pem'))
    await refuses({ user: { 'client-certificate': 'sub/cert.pem' } }, /without a client-key/)
    await refuses(
      { user: { ...withFile, 'client-certificate': 'sub/token' } },
      /client-certificate and client-key cannot be used; both have to be PEM/,
    )
    await refuses({ user: { ...withFile, 'client-certificate': 'sub/ca.pem' } }, /of this certificate/)
  },
  'AuthInfo.client-certificate-data': async () => {
    assert.equal((await target({ user: withData() })).user.certData, base64(tls.certPem))
    await refuses({ user: { ...withData(), ...withFile } }, /exclude each other/)
  },
  'AuthInfo.client-key': async () => {
    assert.equal((await target({ user: withFile })).user.keyFile, join(dir, 'sub/key.pem'))
  },
  'AuthInfo.client-key-data': async () => {
    assert.equal((await target({ user: withData() })).user.keyData, base64(tls.keyPem))
    await refuses({ user: { ...withData(), 'client-key-data': base64('k') } }, /cannot be used/)
  },
  'AuthInfo.token': async () => {
    await sends({ token: 't' }, 'authorization', 'Bearer t')
    await sends({ token: 'grün' }, 'authorization', 'Bearer grÃ¼n')
    await refuses({ user: { token: 1 } }, /token has to be a text; put it into quotes/)
    await refuses({ user: { token: 't\n' } }, /token has a line break/)
  },
  'AuthInfo.tokenFile': async () => {
    await sends({ tokenFile: 'sub/token', token: 't' }, 'authorization', 'Bearer from-file')
    await refuses({ user: { tokenFile: 'gone' } }, /tokenFile: ENOENT/)
    await refuses({ user: { tokenFile: 'sub' } }, /tokenFile: .*sub is a directory/)
  },
  'AuthInfo.as': async () => {
    await sends({ as: 'jane' }, 'impersonate-user', 'jane')
    // UTF-8, which Node's parser shows as Latin-1.
    await sends({ as: 'Jürgen' }, 'impersonate-user', 'JÃ¼rgen')
  },
  'AuthInfo.as-uid': async () => {
    await sends({ as: 'jane', 'as-uid': '42' }, 'impersonate-uid', '42')
    await refuses({ user: { 'as-uid': '42' } }, /need as/)
  },
  'AuthInfo.as-groups': () => sends({ as: 'jane', 'as-groups': ['a', 'b'] }, 'impersonate-group', 'a, b'),
  'AuthInfo.as-user-extra': () =>
    sends({ as: 'jane', 'as-user-extra': { 'ex.io/p': ['v'] } }, 'impersonate-extra-ex.io%2fp', 'v'),
  'AuthInfo.username': () =>
    sends({ username: 'me', password: 'pw' }, 'authorization', `Basic ${base64('me:pw')}`),
  'AuthInfo.password': () => refuses({ user: { token: 't', password: 'pw' } }, /only one is allowed/),
  'AuthInfo.auth-provider': () =>
    refuses({ user: { 'auth-provider': { name: 'oidc' } } }, /auth-provider is not supported: use exec/),
  'AuthInfo.exec': async () => {
    await rm(join(dir, 'sub/runs'), { force: true })
    const kube = loadKube({ kubeconfig: await write({ user: { exec } }) }, world)
    await Promise.all(Array.from({ length: 3 }, () => kube.ready(AbortSignal.timeout(60_000))))
    await kube.close()
    assert.equal(await readFile(join(dir, 'sub/runs'), 'utf8'), 'run\n')
  },
  'AuthInfo.extensions': () => changesNothing({ user: { extensions: [{ name: 'e', extension: {} }] } }),
  'Context.cluster': () => refuses({ context: { cluster: '' } }, /names no cluster/),
  'Context.user': async () => {
    assert.equal((await sent({ context: { user: undefined } })).authorization, undefined)
  },
  'Context.namespace': () => changesNothing({ context: { namespace: 'team' } }),
  'Context.extensions': () => changesNothing({ context: { extensions: [] } }),
  'ExecConfig.command': async () => {
    await sends({ exec }, 'authorization', 'Bearer   interactive:false .')
    await refuses(
      { user: { exec: { ...exec, command: 'no-such-plugin' } } },
      /no executable no-such-plugin in PATH/,
    )
  },
  'ExecConfig.args': () =>
    sends({ exec: { ...exec, args: ['one'] } }, 'authorization', 'Bearer one  interactive:false .'),
  'ExecConfig.env': () =>
    sends(
      { exec: { ...exec, env: [...exec.env, { name: 'WORD', value: 'two' }] } },
      ...(['authorization', 'Bearer  two interactive:false .'] as const),
    ),
  'ExecConfig.apiVersion': async () => {
    await refuses(
      { user: { exec: { ...exec, apiVersion: 'client.authentication.k8s.io/v1alpha1' } } },
      /v1alpha1/,
    )
    const env = [{ name: 'API', value: 'client.authentication.k8s.io/v1beta1' }]
    await assert.rejects(sent({ user: { exec: { ...exec, env } } }), {
      code: 'KUBE_CREDENTIALS',
      message: /answered with apiVersion .*v1beta1/,
    })
  },
  'ExecConfig.installHint': () =>
    refuses({ user: { exec: { ...exec, command: 'none', installHint: 'get\nit' } } }, /in PATH: get it$/),
  'ExecConfig.provideClusterInfo': () =>
    sends(
      { exec: { ...exec, provideClusterInfo: true } },
      ...(['authorization', 'Bearer   interactive:false server:https.'] as const),
    ),
  'ExecConfig.interactiveMode': async () => {
    await refuses({ user: { exec: { ...exec, interactiveMode: undefined } } }, /interactiveMode is ""/)
    await refuses(
      { user: { exec: { ...exec, interactiveMode: 'Always' } } },
      /standard input is not a terminal/,
    )
  },
}

test('every row of the table has a check', () => {
  const rows = kubeconfigFields.map(({ object, field }) => `${object}.${field}`)
  assert.deepEqual(Object.keys(checks).toSorted(), rows.toSorted())
})

for (const { object, field, treatment } of kubeconfigFields) {
  test(`${object}: ${field} is ${treatment}`, async () => checks[`${object}.${field}`]?.())
}
