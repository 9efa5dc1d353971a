import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLoopbackOnly, listenOption } from './listen-option.ts'

const loopback = ['127.0.0.1:53', '127.53.0.1:8443', '[::1]:853', 'localhost:8443']
const reachable = [
  ...['0.0.0.0:53', '[::]:853', ':8443', '10.0.0.1:53', '[fd00::1]:853', '[::ffff:0:1]:53'],
  ...['dns.example.com:53', '127.example.com:53', 'localhost.example.com:53'],
]

test('addresses are loopback only if each of them is, in every combination and place', () => {
  for (const doh of [...loopback, ...reachable])
    for (const dns of [undefined, ...loopback, ...reachable])
      for (const dot of [undefined, ...loopback, ...reachable]) {
        const given = [doh, dns, dot].filter((text) => text !== undefined)
        const addresses = given.map((text) => listenOption(text))
        const wanted = given.every((text) => loopback.includes(text))
        assert.equal(isLoopbackOnly(addresses), wanted, given.join(' '))
      }
})

test('an address has a host and a port', () => {
  assert.deepEqual(listenOption('[::1]:853'), { host: '::1', port: 853 })
  assert.deepEqual(listenOption(':9153'), { host: '::', port: 9153 })
  for (const text of ['853', '127.0.0.1', '127.0.0.1:65536', '::1:53', '[::1]', '127.0.0.1:'])
    assert.throws(() => listenOption(text, 'dns-listen'), /^UsageError: --dns-listen is "/)
})
