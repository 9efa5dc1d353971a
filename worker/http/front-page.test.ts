import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { dig } from '../../test/dig.ts'
import { get } from '../edge.case.ts'
import { sampleObjects } from '../sample.case.ts'

const { send } = await dig([{ objects: sampleObjects }])

async function read(headers: Readonly<Record<string, string>> = {}) {
  const { status, headers: given, body } = await send(get('/', headers))
  return { status, headers: given, html: String(body) }
}

test('GET / is a short page with the address of this edge', async () => {
  const { status, headers, html } = await read({ host: 'dns.example.com:8443' })
  assert.equal(status, 200)
  assert.equal(headers['content-type'], 'text/html; charset=utf-8')
  assert.match(html, /<code>https:\/\/dns\.example\.com:8443\/dns-query<\/code>/)
  assert.ok(html.length < 5_000)
  assert.match((await read({ host: '[::1]:8443' })).html, /<code>https:\/\/\[::1\]:8443\/dns-query</)
})

test('the page does not contain an invalid Host header', async () => {
  for (const host of ['<script>alert(1)</script>', 'a b', 'x"y', 'a'.repeat(300), ''])
    assert.match((await read({ host })).html, /<code>\/dns-query<\/code>/, host)
})

test('the page loads no resources, and its policy allows only its own style', async () => {
  const { headers, html } = await read()
  const style = /<style>(.*)<\/style>/s.exec(html)?.[1] ?? ''
  const digest = createHash('sha256').update(style).digest('base64')
  assert.ok(
    headers['content-security-policy']?.startsWith(`default-src 'none'; style-src 'sha256-${digest}';`),
  )
  assert.doesNotMatch(html, /<script|<link|<img|src=/)
  assert.deepEqual(html.match(/href="[^"]*"/g), ['href="/setup"'])
})

test('the page contains no name, cluster or token', async () => {
  const { html } = await read({ host: 'dns.example.com' })
  assert.doesNotMatch(html, /svc|cluster\.local|test-cluster|generation/)
})

test('other methods are refused with the list of allowed methods', async () => {
  const { status, headers } = await send(get('/', {}, 'POST'))
  assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'])
})
