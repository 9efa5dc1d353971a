import assert from 'node:assert/strict'
import { test } from 'node:test'
import { proxyFor } from './proxy-environment.ts'

const proxy = 'http://proxy.example.com:3128'
const https = { HTTPS_PROXY: proxy }

const direct: [noProxy: string, url: string][] = [
  ['*', 'https://api.example.com'],
  ['example.com', 'https://example.com'],
  ['example.com', 'https://api.example.com'],
  ['.example.com', 'https://api.example.com'],
  ['*.example.com', 'https://api.example.com'],
  ['other.net, EXAMPLE.com', 'https://api.example.com'],
  ['example.com:6443', 'https://example.com:6443'],
  ['10.0.0.0/8', 'https://10.96.0.1'],
  ['10.96.0.1', 'https://10.96.0.1:6443'],
  ['10.96.0.1:443', 'https://10.96.0.1'],
  ['fd00::/8', 'https://[fd00::1]:6443'],
  ['fd00::1', 'https://[fd00::1]'],
  ['[fd00::1]:6443', 'https://[fd00::1]:6443'],
  ['', 'https://localhost:6443'],
  ['', 'https://127.0.0.2:6443'],
  ['', 'https://[::1]:6443'],
]
for (const [noProxy, url] of direct) {
  test(`NO_PROXY "${noProxy}": ${url} is reached directly`, () =>
    assert.equal(proxyFor(new URL(url), { ...https, NO_PROXY: noProxy }), undefined))
}

const proxied: [noProxy: string, url: string][] = [
  ['', 'https://api.example.com'],
  ['.example.com', 'https://example.com'],
  ['example.com', 'https://notexample.com'],
  ['example.com:6443', 'https://example.com'],
  ['10.0.0.0/8', 'https://11.0.0.1'],
  ['10.0.0.0/99', 'https://10.0.0.1'],
  ['10.0.0.1', 'https://10.0.0.10'],
  ['fd00::/8', 'https://[fe80::1]'],
]
for (const [noProxy, url] of proxied) {
  test(`NO_PROXY "${noProxy}": ${url} is reached through the proxy`, () =>
    assert.equal(proxyFor(new URL(url), { ...https, NO_PROXY: noProxy }), proxy))
}

test('each scheme has its variable, upper case first', () => {
  const url = new URL('http://api.example.com')
  assert.equal(proxyFor(url, https), undefined)
  assert.equal(proxyFor(url, { http_proxy: 'lower:1' }), 'http://lower:1')
  assert.equal(proxyFor(url, { HTTP_PROXY: 'upper:1', http_proxy: 'lower:1' }), 'http://upper:1')
})

test('the error for a variable without a valid proxy URL does not repeat its value', () => {
  assert.throws(
    () => proxyFor(new URL('https://a.example'), { HTTPS_PROXY: 'ftp://me:secret@proxy' }),
    (error: Error) => /HTTPS_PROXY/.test(error.message) && !error.message.includes('secret'),
  )
})
