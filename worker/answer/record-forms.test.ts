import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dig, endpoint, namespace, port, service, slice } from '../../test/dig.ts'

/* Forms of Services and slices that occur in practice and are not in the sample cluster. */

test('a Service without selector has the ports of its slices if it is headless, and its own ports otherwise', async () => {
  const { ask } = await dig([
    {
      objects: [
        namespace('x'),
        service('x/outer', { clusterIP: 'None', ports: [port('pg:5432')] }),
        // Mirrored from Endpoints without port names: the Service's port name is ignored.
        slice('x/outer', [endpoint('192.0.2.7'), endpoint('2001:db8::7')], [port(':15432')]),
        service('x/alone', { clusterIP: '10.96.0.9', ports: [port('http:80')] }),
      ],
    },
  ])
  await ask('outer.x.svc.cluster.local A').answers`outer.x.svc.cluster.local. 5 IN A 192.0.2.7`
  await ask('outer.x.svc.cluster.local AAAA').answers`outer.x.svc.cluster.local. 5 IN AAAA 2001:db8::7`
  await ask('_pg._tcp.outer.x.svc.cluster.local SRV').nxdomain('cluster.local')
  await ask('_._tcp.outer.x.svc.cluster.local SRV').additional`
    192-0-2-7.outer.x.svc.cluster.local. 5 IN A 192.0.2.7
    2001-db8--7.outer.x.svc.cluster.local. 5 IN AAAA 2001:db8::7`.answers`
    _._tcp.outer.x.svc.cluster.local. 5 IN SRV 0 50 15432 192-0-2-7.outer.x.svc.cluster.local.
    _._tcp.outer.x.svc.cluster.local. 5 IN SRV 0 50 15432 2001-db8--7.outer.x.svc.cluster.local.`
  await ask('_http._tcp.alone.x.svc.cluster.local SRV')
    .additional`alone.x.svc.cluster.local. 5 IN A 10.96.0.9`
    .answers`_http._tcp.alone.x.svc.cluster.local. 5 IN SRV 0 100 80 alone.x.svc.cluster.local.`
})

test('pods without a named target port have addresses, but no SRV for that port', async () => {
  const { ask } = await dig([
    {
      objects: [
        namespace('x'),
        service('x/two', { clusterIP: 'None' }),
        slice('x/two', [endpoint('10.244.1.1')], [port('http:80'), port('admin:9090')]),
        slice('x/two', [endpoint('10.244.1.2')], [port('http:80')]),
        slice('x/two', [endpoint('fd00::3')], [port('http:8080')]),
      ],
    },
  ])
  await ask('two.x.svc.cluster.local A').answers`
    two.x.svc.cluster.local. 5 IN A 10.244.1.1
    two.x.svc.cluster.local. 5 IN A 10.244.1.2`
  await ask('_admin._tcp.two.x.svc.cluster.local SRV')
    .additional`10-244-1-1.two.x.svc.cluster.local. 5 IN A 10.244.1.1`
    .answers`_admin._tcp.two.x.svc.cluster.local. 5 IN SRV 0 100 9090 10-244-1-1.two.x.svc.cluster.local.`
  await ask('_http._tcp.two.x.svc.cluster.local SRV').additional`
    10-244-1-1.two.x.svc.cluster.local. 5 IN A 10.244.1.1
    10-244-1-2.two.x.svc.cluster.local. 5 IN A 10.244.1.2
    fd00--3.two.x.svc.cluster.local. 5 IN AAAA fd00::3`.answers`
    _http._tcp.two.x.svc.cluster.local. 5 IN SRV 0 33 80 10-244-1-1.two.x.svc.cluster.local.
    _http._tcp.two.x.svc.cluster.local. 5 IN SRV 0 33 80 10-244-1-2.two.x.svc.cluster.local.
    _http._tcp.two.x.svc.cluster.local. 5 IN SRV 0 33 8080 fd00--3.two.x.svc.cluster.local.`
  // A query for A at a port's name returns only the endpoints that serve the port.
  await ask('_admin._tcp.two.x.svc.cluster.local A')
    .answers`_admin._tcp.two.x.svc.cluster.local. 5 IN A 10.244.1.1`
})

test('pods of both families, and two addresses of one endpoint, share a hostname', async () => {
  const { ask } = await dig([
    {
      objects: [
        namespace('x'),
        service('x/dual', { clusterIP: 'None' }),
        slice('x/dual', [endpoint('10.244.1.1', 'Host'), endpoint('10.244.1.2', 'host')], [port('p:1')]),
        slice('x/dual', [endpoint('fd00::1', 'host')], [port('p:1')]),
        slice('x/dual', [{ addresses: ['10.244.1.3', '10.244.1.4'] }], [port('p:1')]),
      ],
      reverse: ['10.244.0.0/16'],
    },
  ])
  await ask('host.dual.x.svc.cluster.local A').answers`
    host.dual.x.svc.cluster.local. 5 IN A 10.244.1.1
    host.dual.x.svc.cluster.local. 5 IN A 10.244.1.2`
  await ask('HOST.dual.x.svc.cluster.local AAAA').answers`HOST.dual.x.svc.cluster.local. 5 IN AAAA fd00::1`
  await ask('10-244-1-4.dual.x.svc.cluster.local A')
    .answers`10-244-1-4.dual.x.svc.cluster.local. 5 IN A 10.244.1.4`
  await ask('2.1.244.10.in-addr.arpa PTR')
    .answers`2.1.244.10.in-addr.arpa. 5 IN PTR host.dual.x.svc.cluster.local.`
})

for (const ttlSeconds of [0, 3600]) {
  test(`every record has a TTL of ${ttlSeconds}, including pods and PTR`, async () => {
    const { ask } = await dig([
      {
        objects: [
          namespace('x'),
          service('x/web', { clusterIP: '10.96.0.1', ports: [port('http:80')] }),
          service('x/alias', { type: 'ExternalName', externalName: 'web.x.svc.cluster.local' }),
        ],
        reverse: ['10.96.0.0/16'],
        nameservers: ['192.0.2.53'],
        build: { ttlSeconds, pods: 'insecure' },
      },
    ])
    const lines = async (question: string): Promise<string> => {
      const { answers, additional, authority } = await ask(question).read()
      return [...answers, ...additional, ...authority].join('\n')
    }
    for (const question of [
      'alias.x.svc.cluster.local A',
      'web.x.svc.cluster.local SRV',
      '10-1-1-1.x.pod.cluster.local A',
      '1.0.96.10.in-addr.arpa PTR',
      'cluster.local NS',
    ]) {
      const text = await lines(question)
      const ttls = new Set([...text.matchAll(/^\S+ (\d+) IN /gm)].map(([, ttl]) => Number(ttl)))
      assert.deepEqual([...ttls], [ttlSeconds], `${question}: ${text}`)
    }
  })
}

test('a port without number has a name with addresses and no SRV, and counts for the weights', async () => {
  const { ask } = await dig([
    {
      objects: [
        namespace('x'),
        service('x/web', { clusterIP: 'None' }),
        slice('x/web', [endpoint('10.0.0.1', 'a')], [{ name: 'any', protocol: 'TCP' }, port('http:80')]),
      ],
    },
  ])
  await ask('_any._tcp.web.x.svc.cluster.local A').answers`_any._tcp.web.x.svc.cluster.local. 5 IN A 10.0.0.1`
  await ask('_any._tcp.web.x.svc.cluster.local SRV').nodata('cluster.local')
  await ask('_any._udp.web.x.svc.cluster.local A').nxdomain('cluster.local')
  await ask('web.x.svc.cluster.local SRV').additional`a.web.x.svc.cluster.local. 5 IN A 10.0.0.1`
    .answers`web.x.svc.cluster.local. 5 IN SRV 0 50 80 a.web.x.svc.cluster.local.`
})
