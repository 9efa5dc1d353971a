import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadKube } from '../../sync/kube/http/client.ts'
import { textOf } from '../../sync/kube/http/read-body.ts'
import { skipWithout } from '../clients/program.ts'
import { freePorts } from '../free-ports.ts'
import { waitFor } from '../wait-for.ts'
import { type Available, availableCluster } from './available-cluster.ts'
import { buildPrograms } from './build.ts'

/* Fields of a kubeconfig that only a real API server can prove: each is read by the client, and the API judges. */

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

type Named = { cluster: Record<string, string>; user: Record<string, string> }

let available: Available
let dir: string
let admin: Named

before(
  async () => {
    available = await availableCluster({ ...process.env, KUBECONFIG: '' })
    dir = await mkdtemp(join(tmpdir(), 'kubedoh-fields-'))
    if (!available.cluster) return
    const config = JSON.parse(await readFile(available.cluster.kubeconfig, 'utf8')) as {
      clusters: [{ cluster: Record<string, string> }]
      users: [{ user: Record<string, string> }]
    }
    admin = { cluster: config.clusters[0].cluster, user: config.users[0].user }
  },
  { timeout: 30 * 60_000 },
)
after(async () => {
  await available?.cluster?.stop()
  await rm(dir, { recursive: true })
})

async function write(cluster: object, user: object): Promise<string> {
  const file = join(dir, 'kubeconfig')
  const config = {
    'current-context': 'x',
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  }
  await writeFile(file, JSON.stringify(config))
  return file
}

/** The API's status for a list of Namespaces. */
async function listWith(cluster: object, user: object): Promise<number> {
  const kube = loadKube({ kubeconfig: await write(cluster, user) })
  try {
    const response = await kube.get('/api/v1/namespaces', AbortSignal.timeout(60_000))
    await textOf(response.body)
    return response.status
  } finally {
    await kube.close()
  }
}

test('impersonation: the API sees the groups of as-groups, and refuses the user alone', async (t) => {
  if (!available.cluster) return t.skip(available.reason)
  const as = { ...admin.user, as: 'nobody' }
  assert.equal(await listWith(admin.cluster, as), 403)
  assert.equal(await listWith(admin.cluster, { ...as, 'as-groups': ['system:masters'] }), 200)
})

test('kubectl proxy: an http:// server without credentials', async (t) => {
  if (!available.cluster) return t.skip(available.reason)
  const { kubectl } = await buildPrograms(() => {})
  const proxy = spawn(kubectl, [`--kubeconfig=${available.cluster.kubeconfig}`, 'proxy', '--port=0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => proxy.kill())
  const [line] = (await once(proxy.stdout, 'data')) as [Buffer]
  const server = /127\.0\.0\.1:[0-9]+/.exec(line.toString())?.[0]
  assert.equal(await listWith({ server: `http://${server}` }, {}), 200)
})

test('proxy-url: requests go through an HTTP CONNECT proxy, with its credentials', async (t) => {
  if (!available.cluster) return t.skip(available.reason)
  const asked: [target: string | undefined, by: string | undefined][] = []
  const proxy = createServer().listen(0, '127.0.0.1')
  proxy.on('connect', (request, near) => {
    asked.push([request.url, request.headers['proxy-authorization']])
    const far = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      near.write('HTTP/1.1 200 OK\r\n\r\n')
      far.pipe(near).pipe(far)
    })
    far.on('error', () => near.destroy())
    near.on('error', () => far.destroy())
  })
  await once(proxy, 'listening')
  t.after(() => proxy.close())
  const url = `http://me:pw@127.0.0.1:${(proxy.address() as AddressInfo).port}`
  assert.equal(await listWith({ ...admin.cluster, 'proxy-url': url }, admin.user), 200)
  const { host } = new URL(admin.cluster.server ?? '')
  assert.deepEqual(asked, [[host, `Basic ${Buffer.from('me:pw').toString('base64')}`]])
})

test('proxy-url: requests go through a SOCKS5 proxy, with its credentials', async (t) => {
  if (!available.cluster) return t.skip(available.reason)
  const reason = await skipWithout('microsocks')
  if (reason) return t.skip(reason)
  const [port] = await freePorts(1)
  const proxy = spawn('microsocks', ['-i', '127.0.0.1', '-p', String(port), '-u', 'me', '-P', 'pw'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  t.after(() => proxy.kill())
  let said = ''
  proxy.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const through = (password: string): Promise<number> =>
    listWith({ ...admin.cluster, 'proxy-url': `socks5://me:${password}@127.0.0.1:${port}` }, admin.user)
  await waitFor('the proxy listens', async () => (await through('pw')) === 200)
  const { hostname, port: apiPort } = new URL(admin.cluster.server ?? '')
  await waitFor('the proxy logs the connection', () => said.includes(`connected to ${hostname}:${apiPort}`))
  await assert.rejects(through('wrong'), { code: 'KUBE_UNREACHABLE', message: /through the SOCKS5 proxy/ })
})

test('a plugin that prompts on the terminal: it runs once, and its client certificate is accepted', async (t) => {
  if (!available.cluster) return t.skip(available.reason)
  const plugin = join(dir, 'plugin.sh')
  const pem = (field: string): string => Buffer.from(admin.user[field] ?? '', 'base64').toString()
  const credential = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: {
      clientCertificateData: pem('client-certificate-data'),
      clientKeyData: pem('client-key-data'),
    },
  }
  await writeFile(join(dir, 'credential.json'), JSON.stringify(credential))
  await writeFile(
    plugin,
    `#!/bin/sh\nprintf 'Your code: ' >&2\nread code\necho "$code" >> ${dir}/codes\ncat ${dir}/credential.json\n`,
  )
  await chmod(plugin, 0o755)
  const exec = { apiVersion: credential.apiVersion, command: './plugin.sh', interactiveMode: 'Always' }
  const kubeconfig = await write(admin.cluster, { exec })
  const command = `${process.execPath} ${main} up --kubeconfig ${kubeconfig} --data ${dir}/data --listen 127.0.0.1:0`
  // script(1) gives the command a terminal.
  const terminal = spawn('script', ['-qefc', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => terminal.kill())
  let shown = ''
  terminal.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()))
  await waitFor('the plugin prompts', async () => shown.includes('Your code: '))
  terminal.stdin.write('1234\n')
  await waitFor('up is ready', async () => shown.includes('ready https://'))
  assert.equal(await readFile(join(dir, 'codes'), 'utf8'), '1234\n')
  terminal.stdin.write('\u0003')
  await once(terminal, 'exit')
})
