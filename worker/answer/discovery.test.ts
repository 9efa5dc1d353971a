import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TYPE } from '../../dns/code.ts'
import { rdataText } from '../../dns/text/rdata-text.ts'
import { type Dig, dig } from '../../test/dig.ts'
import { sampleObjects } from '../sample.case.ts'
import type { ServerNames } from '../server-names.ts'

const url = 'https://dns.example.com/dns-query'
const dotHost = 'dns.example.com'

async function start(names: ServerNames, dotPorts: readonly number[] = []): Promise<Dig> {
  const at = await dig([{ objects: sampleObjects, zones: ['cluster.local', 'k8s.example.com'] }], names)
  at.edge.dotPorts = dotPorts
  return at
}

/** The rdata of an SVCB answer as text. */
async function transports({ ask }: Dig, name: string): Promise<string[]> {
  const { rcode, authoritative, message } = await ask(`${name} SVCB`).read()
  assert.deepEqual([rcode, authoritative], ['NOERROR', true])
  return message.sections[0].map(({ owner, type, ttl, rdata }) => {
    assert.deepEqual([type, ttl], [TYPE.SVCB, 300], owner)
    const bytes = Buffer.from(String(rdata[0]), 'latin1')
    return rdataText(bytes, { owner, type, class: 1, ttl, start: 0, end: bytes.length })
  })
}

const doh = 'dns.example.com. alpn="h2" dohpath="/dns-query{?dns}"'
const dot = 'dns.example.com. alpn="dot"'

test('_dns.resolver.arpa names DNS over TLS before DoH, without default ports', async () => {
  const at = await start({ url, dotHost }, [853])
  assert.deepEqual(await transports(at, '_dns.resolver.arpa'), [`1 ${dot}`, `2 ${doh}`])
})

test('the name of the server has the same records, and a client may spell it in capitals', async () => {
  const at = await start({ url, dotHost }, [853])
  assert.deepEqual(await transports(at, '_dns.dns.example.com'), [`1 ${dot}`, `2 ${doh}`])
  const { message } = await at.ask('_DNS.Dns.Example.COM SVCB').read()
  assert.equal(message.sections[0][0]?.owner, '\x04_DNS\x03Dns\x07Example\x03COM\0')
})

test('other ports are in the record, the default port first', async () => {
  const at = await start({ url: 'https://dns.example.com:8443/dns-query', dotHost }, [8853, 853, 8853])
  assert.deepEqual(await transports(at, '_dns.resolver.arpa'), [
    `1 ${dot}`,
    `2 ${dot} port=8853`,
    '3 dns.example.com. alpn="h2" port=8443 dohpath="/dns-query{?dns}"',
  ])
})

test('the configured port of DNS over TLS replaces those of the listeners', async () => {
  const names = { dotHost, dotPort: 853 }
  assert.deepEqual(await transports(await start(names, [8853, 8854]), '_dns.resolver.arpa'), [`1 ${dot}`])
})

test('a name has only the transports with this host, since the certificate must be valid for it', async () => {
  const at = await start({ url: 'https://doh.example.com/dns-query', dotHost }, [853])
  assert.deepEqual(await transports(at, '_dns.dns.example.com'), [`1 ${dot}`])
  assert.deepEqual(await transports(at, '_dns.doh.example.com'), [
    '1 doh.example.com. alpn="h2" dohpath="/dns-query{?dns}"',
  ])
  assert.equal((await transports(at, '_dns.resolver.arpa')).length, 2)
})

test('a transport that does not listen, or has no name, is not there', async () => {
  await (await start({ dotHost })).ask('_dns.resolver.arpa SVCB').nodata('resolver.arpa')
  await (await start({}, [853])).ask('_dns.resolver.arpa SVCB').nodata('resolver.arpa')
  for (const address of ['https://192.0.2.1/dns-query', 'https://[2001:db8::1]/dns-query'])
    await (await start({ url: address })).ask('_dns.resolver.arpa SVCB').nodata('resolver.arpa')
  await (await start({ url: 'http://localhost/dns-query' })).ask('_dns.localhost SVCB').error(20).refused()
  await (await start({ dotHost })).ask('_dns.dns.example.com SVCB').error(20).refused()
})

test('resolver.arpa has no other records, and the name of the server none of other types', async () => {
  const at = await start({ url, dotHost }, [853])
  for (const question of [
    '_dns.resolver.arpa A',
    'x.resolver.arpa A',
    'resolver.arpa A',
    'x.y.resolver.arpa SVCB',
  ])
    await at.ask(question).nodata('resolver.arpa')
  await at.ask('_dns.dns.example.com A').nodata('_dns.dns.example.com')
  for (const question of [
    'dns.example.com A',
    'x._dns.dns.example.com SVCB',
    '_dns.example.com SVCB',
    '_dns SVCB',
  ])
    await at.ask(question).error(20).refused()
})

test("a name in a zone of a cluster is the zone's", async () => {
  const at = await start({ url: 'https://dns.k8s.example.com/dns-query' })
  await at.ask('_dns.dns.k8s.example.com SVCB').nxdomain('k8s.example.com')
  assert.equal((await transports(at, '_dns.resolver.arpa')).length, 1)
})
