import { readFileSync } from 'node:fs'
import { createSecureServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'

/*
 * The least that a server on node:http2 with TLS can do: read the body and send 90 fixed bytes.
 *     bare-server.ts CERT KEY
 */
const [certFile = '', keyFile = ''] = process.argv.slice(2)
const answer = Buffer.alloc(90)
const headers = { ':status': 200, 'content-type': 'application/dns-message', 'content-length': 90 }
const server = createSecureServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) })
server.on('stream', (stream: ServerHttp2Stream) => {
  stream.on('data', () => undefined)
  stream.on('end', () => {
    stream.respond(headers)
    stream.end(answer)
  })
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`ready https://127.0.0.1:${(server.address() as AddressInfo).port}/dns-query\n`)
})
