import { once } from 'node:events'
import { createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { developmentCertificate } from '../../host/tls/development-certificate.ts'

/** A server with TLS and HTTP/2 in front of another one. */
export type Front = { readonly url: string; readonly caFile: string; close(): Promise<void> }

/**
 * Stands in for Cloudflare's own servers in front of a Worker under `wrangler dev`, which has no HTTP/2: it passes requests on to `origin`, and
 * adds the headers by which programs recognize Cloudflare. `dir` gets its certificate, for localhost.
 */
export async function startCloudflareFront(origin: string, dir: string): Promise<Front> {
  const { certPem: cert, keyPem: key, caFile } = await developmentCertificate(dir, [])
  const server = createSecureServer({ cert, key, allowHTTP1: true })
  // Clients close their connections without the rest of HTTP/2.
  server.on('sessionError', () => undefined)
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    const answer = async (): Promise<void> => {
      const chunks: Buffer[] = []
      for await (const chunk of stream) chunks.push(chunk as Buffer)
      const method = headers[':method'] ?? 'GET'
      const response = await fetch(origin + (headers[':path'] ?? '/'), {
        ...{ method, headers: forwarded(headers) },
        ...(method === 'POST' && { body: Buffer.concat(chunks) }),
      })
      const body = Buffer.from(await response.arrayBuffer())
      const kept = [...response.headers].filter(
        ([name]) => !/^(connection|keep-alive|transfer-|content-l)/.test(name),
      )
      const own = { server: 'cloudflare', 'cf-ray': '0000000000000000-TST', 'cf-cache-status': 'DYNAMIC' }
      // dig rejects an answer without its length.
      const length = { 'content-length': body.length }
      stream.respond({ ':status': response.status, ...Object.fromEntries(kept), ...length, ...own })
      stream.end(body)
    }
    answer().catch(() => stream.close())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `https://127.0.0.1:${port}`,
    caFile,
    async close() {
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}

/** Request headers without those of HTTP/2, and without the length, which fetch sets. */
function forwarded(headers: IncomingHttpHeaders): Record<string, string> {
  const kept = Object.entries(headers).filter(
    ([name, value]) => !name.startsWith(':') && name !== 'content-length' && typeof value === 'string',
  )
  return Object.fromEntries(kept) as Record<string, string>
}
