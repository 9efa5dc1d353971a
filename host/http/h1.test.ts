import assert from 'node:assert/strict'
import net from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { Handler } from './answer.ts'
import { keepLog } from './client.case.ts'
import { startServer } from './server.ts'

const handler: Handler = async ({ path }) => ({
  status: path === '/empty' ? 204 : 200,
  headers: { 'content-type': 'text/plain', 'cache-control': 'max-age=5', 'access-control-allow-origin': '*' },
  body: path === '/empty' ? '' : 'ok',
})

/** Sends a request over a new socket → the header lines of the response, byte for byte. */
async function headerLines(port: number, request: string): Promise<string[]> {
  const socket = net.connect(port, '127.0.0.1')
  socket.write(request)
  const response = await text(socket)
  return response.slice(0, response.indexOf('\r\n\r\n')).split('\r\n').slice(1)
}

test('header names have their usual spelling over HTTP/1.1', async () => {
  const listen = { host: '127.0.0.1', port: 0 }
  const server = await startServer({ listen, handler, log: keepLog() })
  try {
    const ours = ['Content-Type: text/plain', 'Cache-Control: max-age=5', 'Access-Control-Allow-Origin: *']
    for (const [request, expected] of [
      ['GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', [...ours, 'Content-Length: 2']],
      ['HEAD / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', [...ours, 'Content-Length: 2']],
      ['GET /empty HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', ours],
      [
        'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\nconnection: close\r\n\r\nhalf',
        [...ours, 'Content-Length: 2', 'Connection: close'],
      ],
    ] as const) {
      const lines = await headerLines(server.port, request)
      for (const line of expected) assert.ok(lines.includes(line), `${line} in ${lines.join(' | ')}`)
      assert.deepEqual(
        lines.filter((line) => /^[a-z]|-[a-z][^:]*:/.test(line)),
        [],
      )
    }
  } finally {
    await server.close(0)
  }
})
