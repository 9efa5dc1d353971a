import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSelector } from '../../sync/objects/label-selector.ts'
import { type Dig, dig, type KubeObject, namespace, pod, type Site } from '../../test/dig.ts'

/* Names of pods, such as 10-244-1-5.prod.pod.cluster.local, in each mode. */

const objects: readonly KubeObject[] = [
  namespace('prod'),
  namespace('empty'),
  namespace('kube-system'),
  pod('prod/web-0', '10.244.1.5'),
  pod('prod/six', 'fd00:10:244::1'),
  pod('prod/zero', 'fd00:10:244::'),
  pod('prod/loop', '::1'),
  pod('prod/node', '192.0.2.10'),
  pod('kube-system/proxy-a', '192.0.2.10'),
  pod('kube-system/proxy-b', '192.0.2.10'),
  pod('prod/going', '10.244.1.6', {
    metadata: { namespace: 'prod', name: 'going', deletionTimestamp: '2026-11-23T12:00:00Z' },
  }),
  pod('prod/waiting', ''),
  pod('prod/done', '10.244.1.7', { status: { podIP: '10.244.1.7', phase: 'Succeeded' } }),
  pod('prod/broken', '10.244.1.8', { status: { podIP: '10.244.1.8', phase: 'Failed' } }),
  pod('prod/lost', '10.244.1.9', { status: { podIP: '10.244.1.9', phase: 'Unknown' } }),
  pod('prod/dual', '10.244.1.10', {
    status: { podIP: '10.244.1.10', podIPs: [{ ip: '10.244.1.10' }, { ip: 'fd00:10:244::a' }] },
  }),
  pod('gone/orphan', '10.244.3.1'),
]
const types = ['A', 'AAAA', 'SRV', 'TXT', 'CNAME', 'PTR', 'SOA', 'NS', 'HINFO', 'HTTPS', 'TYPE65280', 'ANY']

function at(pods: 'disabled' | 'insecure' | 'verified', more: Partial<Site> = {}): Promise<Dig> {
  return dig([{ objects, ...more, build: { pods, ...more.build } }])
}

const there = [
  '10-244-1-5.prod A 10.244.1.5',
  '10-244-1-6.prod A 10.244.1.6',
  '10-244-1-10.prod A 10.244.1.10',
  'fd00-10-244--a.prod AAAA fd00:10:244::a',
  '192-0-2-10.prod A 192.0.2.10',
  '192-0-2-10.kube-system A 192.0.2.10',
  'fd00-10-244--1.prod AAAA fd00:10:244::1',
  'FD00-10-244--1.prod AAAA fd00:10:244::1',
  'fd00-10-244--.prod AAAA fd00:10:244::',
  '--1.prod AAAA ::1',
]
/** Names without a pod of that address and spelling, which mode insecure still answers. */
const elsewhere = [
  '10-9-9-9.prod A 10.9.9.9',
  '10-244-1-5.empty A 10.244.1.5',
  '192-0-2-10.empty A 192.0.2.10',
  '10-244-1-7.prod A 10.244.1.7',
  '10-244-1-8.prod A 10.244.1.8',
  '10-244-1-9.prod A 10.244.1.9',
  'fd00-10-244-0-0-0-0-1.prod AAAA fd00:10:244::1',
  '--ffff-af4-105.prod A 10.244.1.5',
]
const never = [
  'web-0.prod.pod',
  '10-244-1.prod.pod',
  '010-244-1-5.prod.pod',
  '300-1-1-1.prod.pod',
  'foo.10-244-1-5.prod.pod',
  '_x._tcp.10-244-1-5.prod.pod',
  'a.b.c.10-244-1-5.prod.pod',
]
const unknown = ['nope.pod', '10-244-1-5.nope.pod', 'gone.pod', '10-244-3-1.gone.pod']

const zone = 'cluster.local'

async function isMissing({ ask }: Dig, name: string): Promise<void> {
  for (const type of types) await ask(`${name}.${zone} ${type}`).nxdomain(zone)
}

async function isNamed({ ask }: Dig, line: string): Promise<void> {
  const [label = '', type = '', address = ''] = line.split(' ')
  const name = `${label}.pod.${zone}`
  const { rcode, answers, additional } = await ask(`${name} ${type}`).read()
  assert.deepEqual([rcode, answers, additional], ['NOERROR', [`${name}. 5 IN ${type} ${address}`], []])
  for (const other of types) {
    if (other === type) continue
    // A pod's name has no ports, so it has no SRV; ANY is always answered with HINFO.
    if (other === 'ANY') await ask(`${name} ANY`).read()
    else await ask(`${name} ${other}`).nodata(zone)
  }
}

for (const mode of ['insecure', 'verified'] as const) {
  test(`${mode}: addresses of pods are answered, and existence is the same for every type`, async () => {
    const edge = await at(mode)
    for (const line of there) await isNamed(edge, line)
    for (const name of ['pod', 'prod.pod', 'empty.pod'])
      for (const type of types.filter((each) => each !== 'ANY'))
        await edge.ask(`${name}.${zone} ${type}`).nodata(zone)
    for (const name of [...never, ...unknown]) await isMissing(edge, name)
  })
}

test('insecure: any address in any spelling, whether or not a pod has it', async () => {
  const edge = await at('insecure')
  for (const line of elsewhere) await isNamed(edge, line)
})

test('verified: only addresses of pods in that namespace, in canonical spelling', async () => {
  const edge = await at('verified')
  for (const line of elsewhere) await isMissing(edge, `${line.split(' ')[0]}.pod`)
})

test('disabled: the name pod exists, and no name below it', async () => {
  const edge = await at('disabled')
  const names = [...there, ...elsewhere].map((line) => `${line.split(' ')[0]}.pod`)
  for (const name of [...names, ...never, ...unknown, 'prod.pod', 'empty.pod']) await isMissing(edge, name)
  for (const type of types.filter((each) => each !== 'ANY'))
    await edge.ask(`pod.${zone} ${type}`).nodata(zone)
})

test('names are the same in every zone, in the case of the question', async () => {
  const { ask } = await at('verified', { zones: ['cluster.local', 'prod.example.com'] })
  await ask('10-244-1-5.Prod.POD.Prod.Example.COM A')
    .answers`10-244-1-5.Prod.POD.Prod.Example.COM. 5 IN A 10.244.1.5`
})

test('pods have no reverse names', async () => {
  const { ask } = await at('verified', { reverse: ['10.244.0.0/16'] })
  await ask('5.1.244.10.in-addr.arpa PTR').nxdomain('244.10.in-addr.arpa')
})

test('namespaces that are not published have no pods', async () => {
  for (const build of [{ namespaces: ['prod'] }, { namespaceLabels: parseSelector('team=prod') }]) {
    const edge = await at('verified', {
      objects: [
        ...objects.slice(1),
        { kind: 'Namespace', metadata: { name: 'prod', labels: { team: 'prod' } } },
      ],
      build,
    })
    await isNamed(edge, '192-0-2-10.prod A 192.0.2.10')
    for (const name of ['192-0-2-10.kube-system.pod', 'kube-system.pod', 'empty.pod'])
      await isMissing(edge, name)
  }
})

test('look-ups of pod names read a long list of namespaces from its blob', async () => {
  const many = Array.from({ length: 201 }, (_, index) => namespace(`n${index}`))
  for (const mode of ['insecure', 'verified'] as const) {
    const edge = await at(mode, { objects: [...objects, ...many] })
    await isNamed(edge, '10-244-1-5.prod A 10.244.1.5')
    await edge.ask('n7.pod.cluster.local A').nodata(zone)
    await isMissing(edge, '10-244-1-5.n999.pod')
  }
})

test('stale data withholds NXDOMAIN for a missing pod, but not for a label that is not an address', async () => {
  const staleMs = 15 * 60_000 + 1
  for (const [mode, name, whenStale] of [
    ['verified', '10-244-1-5.prod', 'NOERROR 3'],
    ['verified', '10-9-9-9.prod', 'SERVFAIL 22'],
    ['verified', 'fd00-10-244-0-0-0-0-1.prod', 'SERVFAIL 22'],
    ['verified', '10-244-1-5.nope', 'SERVFAIL 22'],
    ['verified', 'nope', 'SERVFAIL 22'],
    ['verified', 'web-0.prod', 'NXDOMAIN'],
    ['insecure', '10-9-9-9.prod', 'NOERROR 3'],
    ['insecure', '10-9-9-9.nope', 'SERVFAIL 22'],
    ['insecure', 'web-0.prod', 'NXDOMAIN'],
    ['insecure', 'x.10-9-9-9.prod', 'NXDOMAIN'],
    ['disabled', '10-244-1-5.prod', 'SERVFAIL 22'],
    ['disabled', 'prod', 'SERVFAIL 22'],
    ['disabled', 'web-0.prod', 'NXDOMAIN'],
  ] as const) {
    const edge = await at(mode)
    await edge.ask('pod.cluster.local A').nodata(zone)
    edge.clock.advance(staleMs)
    const { rcode, error } = await edge.ask(`${name}.pod.cluster.local A`).read()
    assert.equal(error ? `${rcode} ${error.code}` : rcode, whenStale, `${mode} ${name}`)
  }
})
