import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PlacesError, placesOf } from './places.ts'

test('the places of an edge differ in one segment of the path', () => {
  assert.deepEqual(placesOf('https://dns.example.com/dns-query'), {
    origin: 'https://dns.example.com',
    doh: 'https://dns.example.com/dns-query',
    zones: 'https://dns.example.com/zones',
    setup: 'https://dns.example.com/setup',
    token: '',
  })
  assert.deepEqual(placesOf(' https://DNS.example.com:8443/dns-query/prod-abc,dev-def{?dns} '), {
    origin: 'https://dns.example.com:8443',
    doh: 'https://dns.example.com:8443/dns-query/prod-abc,dev-def',
    zones: 'https://dns.example.com:8443/zones/prod-abc,dev-def',
    setup: 'https://dns.example.com:8443/setup/prod-abc,dev-def',
    token: 'prod-abc,dev-def',
  })
})

test('a prefix that a proxy puts before the path stays, and a final slash goes', () => {
  const { doh, zones, token } = placesOf('http://127.0.0.1:8053/k8s/dns-query/')
  assert.deepEqual(
    [doh, zones, token],
    ['http://127.0.0.1:8053/k8s/dns-query', 'http://127.0.0.1:8053/k8s/zones', ''],
  )
})

test('the DoH URL of the places is the URL itself', () => {
  for (const url of ['https://[fd00::1]:8443/dns-query/a-b', 'http://localhost/dns-query'])
    assert.equal(placesOf(url).doh, url)
})

test('a URL that is not that of an edge is refused, and the message has no token', () => {
  const secret = 'prod-secret'
  for (const url of [
    '',
    secret,
    `ftp://dns.example.com/dns-query/${secret}`,
    `http://dns.example.com/dns-query/${secret}`,
    `https://user:${secret}@dns.example.com/dns-query`,
    `https://dns.example.com/dns-query/${secret}?x`,
    `https://dns.example.com/dns-query/${secret}#x`,
    `https://dns.example.com/dns-query/${secret}/x`,
    `https://dns.example.com/${secret}`,
    `https://dns.example.com/dns-queryx/${secret}`,
    `https://dns.example.com/dns-query/${secret}'`,
    `https://dns.example.com/dns-query/${secret}$x`,
    `https://dns.example.com/"/dns-query/${secret};`,
    `https://dns'x.example.com/dns-query/${secret}`,
    'https://dns.example.com/',
  ])
    assert.throws(
      () => placesOf(url),
      (error: PlacesError) => {
        assert.ok(error instanceof PlacesError, url)
        assert.equal(error.code, 'DOH_URL_INVALID')
        assert.ok(!error.message.includes(secret), error.message)
        return true
      },
    )
})
