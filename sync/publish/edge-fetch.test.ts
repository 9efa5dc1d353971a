import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { developmentCertificate } from '../../host/tls/development-certificate.ts'
import { edgeFetch } from './edge-fetch.ts'

test('a request that times out closes its connection', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-edge-fetch-'))
  const { certPem, keyPem, caFile } = await developmentCertificate(dir, [])
  const ports = new Set<number | undefined>()
  const late = new AbortController()
  const server = createSecureServer({ allowHTTP1: true, cert: certPem, key: keyPem }, (request, response) => {
    ports.add(request.socket.remotePort)
    // The first connection never gets a response.
    if (ports.size > 1) response.end('here')
    else late.abort(new DOMException('the time is over', 'TimeoutError'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(async () => {
    server.close()
    await rm(dir, { recursive: true })
  })
  const fetch = edgeFetch(await readFile(caFile, 'utf8'))
  const ask = async (signal: AbortSignal): Promise<string> => {
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const response = await fetch(url, { method: 'GET', headers: {}, signal, redirect: 'error' })
    return response.text()
  }
  await assert.rejects(ask(late.signal), { name: 'TimeoutError' })
  assert.equal(await ask(AbortSignal.timeout(60_000)), 'here')
})

test('requests go through a proxy where one is given', async (t) => {
  const edge = createHttpServer((_request, response) => response.end('here')).listen(0, '127.0.0.1')
  const asked: (string | undefined)[] = []
  const proxy = createHttpServer((request, response) => {
    asked.push(request.url)
    response.end('by the proxy')
  }).listen(0, '127.0.0.1')
  await Promise.all([once(edge, 'listening'), once(proxy, 'listening')])
  t.after(() => {
    edge.close()
    proxy.close()
    edge.closeAllConnections()
    proxy.closeAllConnections()
  })
  const at = (server: typeof edge): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const init = { method: 'GET', headers: {}, signal: AbortSignal.timeout(60_000), redirect: 'error' } as const
  const response = await edgeFetch(undefined, at(proxy))(`${at(edge)}/status`, init)
  assert.equal(await response.text(), 'by the proxy')
  assert.deepEqual(asked, [`${at(edge)}/status`])
})
