import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { developmentCertificate } from '../host/tls/development-certificate.ts'
import { kubeconfigFor, startTestApi, type TestApi, type TestTls } from './kube/api.case.ts'
import { type Kube, loadKube } from './kube/http/client.ts'
import { textOf } from './kube/http/read-body.ts'
import { edgeFetch } from './publish/edge-fetch.ts'
import { startTestSocks5, type TestSocks5 } from './socks5.case.ts'

const dir = await mkdtemp(join(tmpdir(), 'kubedoh-socks5-'))
after(() => rm(dir, { recursive: true }))
const made = await developmentCertificate(join(dir, 'tls'), [])
const tls: TestTls = { ...made, caPem: await readFile(made.caFile, 'utf8') }
const credentials = { user: 'me', password: 'p@ss' }

type Scene = { readonly api: TestApi; readonly proxy: TestSocks5; readonly kube: Kube }

/** A kubeconfig with `proxy-url`, in front of an API. */
async function open(t: TestContext, secure: TestTls | undefined, userInfo = ''): Promise<Scene> {
  const api = await startTestApi(secure)
  const proxy = await startTestSocks5(userInfo === '' ? undefined : credentials)
  const config = JSON.parse(kubeconfigFor(api.port, secure)) as { clusters: [{ cluster: object }] }
  Object.assign(config.clusters[0].cluster, { 'proxy-url': `socks5://${userInfo}127.0.0.1:${proxy.port}` })
  const kubeconfig = join(await mkdtemp(join(dir, 'kube-')), 'config')
  await writeFile(kubeconfig, JSON.stringify(config))
  const kube = loadKube({ kubeconfig })
  t.after(async () => {
    await kube.close()
    await proxy.close()
    await api.close()
  })
  return { api, proxy, kube }
}

async function list(kube: Kube): Promise<number> {
  const { status, body } = await kube.get('/list', AbortSignal.timeout(60_000))
  await textOf(body)
  return status
}

test('an API over TLS: all requests share one HTTP/2 connection through the proxy', async (t) => {
  const { api, proxy, kube } = await open(t, tls)
  assert.deepEqual([await list(kube), await list(kube)], [200, 200])
  await kube.get('/list?watch=true', AbortSignal.timeout(60_000))
  assert.equal(await list(kube), 200)
  assert.deepEqual(proxy.asked, [`127.0.0.1:${api.port}`])
})

test('an API in the open, and a proxy that demands credentials', async (t) => {
  const { api, proxy, kube } = await open(t, undefined, 'me:p%40ss@')
  assert.equal(await list(kube), 200)
  assert.deepEqual(proxy.asked, [`127.0.0.1:${api.port}`])
})

test('a proxy that refuses the credentials is named, and its password is not', async (t) => {
  const { proxy, kube } = await open(t, tls, 'me:wrong@')
  await assert.rejects(list(kube), (error) => {
    assert.ok(error instanceof Error && 'code' in error)
    assert.equal(error.code, 'KUBE_UNREACHABLE')
    assert.match(
      error.message,
      new RegExp(`through the SOCKS5 proxy 127.0.0.1:${proxy.port}: .*uthentication`),
    )
    assert.doesNotMatch(error.message, /wrong/)
    return true
  })
  assert.deepEqual(proxy.asked, [])
})

test('a proxy that cannot be reached is named', async (t) => {
  const { proxy, kube } = await open(t, tls)
  await proxy.close()
  await assert.rejects(list(kube), {
    code: 'KUBE_UNREACHABLE',
    message: /through the SOCKS5 proxy .*ECONNREFUSED/,
  })
})

test('requests to the edge: the proxy resolves the name', async (t) => {
  const edge = createServer((_request, response) => response.end('here')).listen(0, '127.0.0.1')
  await once(edge, 'listening')
  const proxy = await startTestSocks5()
  t.after(async () => {
    edge.close()
    edge.closeAllConnections()
    await proxy.close()
  })
  const { port } = edge.address() as AddressInfo
  const init = { method: 'GET', headers: {}, signal: AbortSignal.timeout(60_000), redirect: 'error' } as const
  const fetch = edgeFetch(undefined, `socks5://127.0.0.1:${proxy.port}`)
  assert.equal(await (await fetch(`http://edge.example:${port}/status`, init)).text(), 'here')
  assert.deepEqual(proxy.asked, [`edge.example:${port}`])
})
