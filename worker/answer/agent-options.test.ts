import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSelector } from '../../sync/objects/label-selector.ts'
import { type Dig, dig, endpoint, type KubeObject, namespace, port, service, slice } from '../../test/dig.ts'

/* The effect of the agent's options on answers. */

const zone = 'cluster.local'
const reverse = ['10.96.0.0/16', '10.244.0.0/16']

/** An endpoint with a pod as its target. */
function podEndpoint(address: string, pod: string, hostname?: string): unknown {
  return {
    addresses: [address],
    ...(hostname !== undefined && { hostname }),
    targetRef: { kind: 'Pod', name: pod },
  }
}

test('endpoints have the names of their pods in forward names, SRV and PTR, unless they have a hostname', async () => {
  const long = 'x'.repeat(64)
  const objects = [
    namespace('prod'),
    service('prod/db', { clusterIP: 'None' }),
    slice(
      'prod/db',
      [
        podEndpoint('10.244.1.1', 'db-abc'),
        podEndpoint('10.244.1.2', 'db-def', 'db-0'),
        podEndpoint('10.244.1.3', long),
        podEndpoint('10.244.1.4', 'db.with.dots'),
        endpoint('10.244.1.5'),
        podEndpoint('10.244.1.6', long.slice(1)),
      ],
      [port('pg:5432')],
    ),
    service('prod/web', { clusterIP: '10.96.0.1', ports: [port('http:80')] }),
    slice('prod/web', [podEndpoint('10.244.1.7', 'web-abc')], [port('http:8080')]),
  ]
  const named = await dig([{ objects, reverse, build: { endpointPodNames: true } }])
  for (const [label, address] of [
    ['db-abc', '10.244.1.1'],
    ['db-0', '10.244.1.2'],
    ['10-244-1-3', '10.244.1.3'],
    ['10-244-1-4', '10.244.1.4'],
    ['10-244-1-5', '10.244.1.5'],
    [long.slice(1), '10.244.1.6'],
  ] as const) {
    const name = `${label}.db.prod.svc.${zone}.`
    assert.deepEqual((await named.ask(`${name} A`).read()).answers, [`${name} 5 IN A ${address}`])
    const pointer = `${address.split('.').toReversed().join('.')}.in-addr.arpa.`
    assert.deepEqual((await named.ask(`${pointer} PTR`).read()).answers, [`${pointer} 5 IN PTR ${name}`])
  }
  for (const label of ['10-244-1-1', 'db-def', '10-244-1-2', long.slice(2), 'dots'])
    await named.ask(`${label}.db.prod.svc.${zone} A`).nxdomain(zone)
  await named.ask(`web-abc.web.prod.svc.${zone} SRV`)
    .additional`web-abc.web.prod.svc.cluster.local. 5 IN A 10.244.1.7`
    .answers`web-abc.web.prod.svc.cluster.local. 5 IN SRV 0 100 8080 web-abc.web.prod.svc.cluster.local.`
  await named.ask('7.1.244.10.in-addr.arpa PTR')
    .answers`7.1.244.10.in-addr.arpa. 5 IN PTR web-abc.web.prod.svc.cluster.local.`
  const dashed = await dig([{ objects }])
  await dashed.ask(`db-abc.db.prod.svc.${zone} A`).nxdomain(zone)
  await dashed.ask(`10-244-1-1.db.prod.svc.${zone} A`)
    .answers`10-244-1-1.db.prod.svc.cluster.local. 5 IN A 10.244.1.1`
})

const emptyObjects: readonly KubeObject[] = [
  namespace('prod'),
  service('prod/none', { clusterIP: '10.96.0.1', ports: [port('http:80')] }),
  service('prod/down', { clusterIP: '10.96.0.2', ports: [port('http:80')] }),
  slice('prod/down', [{ addresses: ['10.244.1.1'], conditions: { ready: false } }], [port('http:80')]),
  service('prod/up', { clusterIPs: ['10.96.0.3'], ports: [port('http:80')] }),
  slice('prod/up', [{ addresses: ['10.244.1.2'], conditions: { ready: false } }]),
  slice('prod/up', [endpoint('fd00::2')]),
  service('prod/away', { type: 'ExternalName', externalName: 'none.prod.svc.cluster.local' }),
  service('prod/head', { clusterIP: 'None' }),
]

for (const endpointNames of [true, false]) {
  test(`a Service without ready endpoints is omitted, except for its PTR${endpointNames ? '' : ', also without endpoint names'}`, async () => {
    const { ask, clock } = await dig([
      { objects: emptyObjects, reverse, build: { ignoreEmptyServices: true, endpointNames } },
    ])
    for (const label of ['none', 'down', 'head', '_http._tcp.none', '_tcp.none', '10-244-1-1.down'])
      for (const type of ['A', 'AAAA', 'SRV', 'TXT', 'CNAME', 'HTTPS'])
        await ask(`${label}.prod.svc.${zone} ${type}`).nxdomain(zone)
    await ask('1.0.96.10.in-addr.arpa PTR')
      .answers`1.0.96.10.in-addr.arpa. 5 IN PTR none.prod.svc.cluster.local.`
    await ask('2.0.96.10.in-addr.arpa PTR')
      .answers`2.0.96.10.in-addr.arpa. 5 IN PTR down.prod.svc.cluster.local.`
    // One ready endpoint of either family is enough.
    await ask(`up.prod.svc.${zone} A`).answers`up.prod.svc.cluster.local. 5 IN A 10.96.0.3`
    await ask(`away.prod.svc.${zone} CNAME`)
      .answers`away.prod.svc.cluster.local. 5 IN CNAME none.prod.svc.cluster.local.`
    // Endpoints that were not ready may be ready by the time that the data is stale.
    clock.advance(15 * 60_000 + 1)
    await ask(`none.prod.svc.${zone} A`).error(22).servfail()
  })
}

test('without that option a cluster IP is answered even if no endpoint is ready', async () => {
  const { ask } = await dig([{ objects: emptyObjects }])
  await ask(`none.prod.svc.${zone} A`).answers`none.prod.svc.cluster.local. 5 IN A 10.96.0.1`
})

const labelled = (name: string, labels: unknown): KubeObject => ({
  kind: 'Namespace',
  metadata: { name, labels },
})
const teams: readonly KubeObject[] = [
  labelled('red', { team: 'red', dns: 'yes' }),
  labelled('blue', { team: 'blue', dns: 'yes' }),
  labelled('dark', { team: 'red' }),
  labelled('bare', undefined),
  ...['red', 'blue', 'dark', 'bare'].flatMap((name, index) => [
    service(`${name}/web`, { clusterIP: `10.96.1.${index}`, ports: [port('http:80')] }),
    service(`${name}/db`, { clusterIP: 'None' }),
    slice(`${name}/db`, [endpoint('10.244.9.9', `db-${index}`)], [port('pg:5432')]),
  ]),
  service('red/to-dark', { type: 'ExternalName', externalName: 'web.dark.svc.cluster.local' }),
]

async function published({ ask }: Dig): Promise<string[]> {
  const found: string[] = []
  for (const [index, name] of ['red', 'blue', 'dark', 'bare'].entries()) {
    const answers = await Promise.all(
      [`${name}.svc.${zone} A`, `web.${name}.svc.${zone} SRV`, `db-0.db.${name}.svc.${zone} A`].map(
        (question) => ask(question).read(),
      ),
    )
    const pointer = await ask(`${index}.1.96.10.in-addr.arpa PTR`).read()
    const isThere = answers[0]?.rcode === 'NOERROR'
    assert.equal(answers[1]?.rcode, isThere ? 'NOERROR' : 'NXDOMAIN', name)
    assert.equal(pointer.answers.length, isThere ? 1 : 0, name)
    if (isThere) found.push(name)
  }
  return found
}

for (const [selector, wanted] of [
  ['dns=yes', ['red', 'blue']],
  ['team in (red), dns', ['red']],
  ['!dns', ['dark', 'bare']],
  ['team notin (blue)', ['red', 'dark', 'bare']],
  ['team=nobody', []],
] as const) {
  test(`namespaces by label: ${selector} publishes ${wanted.join(', ') || 'none'}`, async () => {
    const build = { namespaceLabels: parseSelector(selector) }
    assert.deepEqual(await published(await dig([{ objects: teams, reverse, build }])), wanted)
  })
}

test('a namespace that is not selected appears nowhere: not in PTR, not as a target, not through an alias', async () => {
  const site = { objects: teams, reverse, build: { namespaceLabels: parseSelector('dns') } }
  const { ask } = await dig([site])
  await ask('9.9.244.10.in-addr.arpa PTR').answers`
    9.9.244.10.in-addr.arpa. 5 IN PTR db-0.db.red.svc.cluster.local.
    9.9.244.10.in-addr.arpa. 5 IN PTR db-1.db.blue.svc.cluster.local.`
  const { rcode, answers } = await ask(`to-dark.red.svc.${zone} A`).read()
  assert.deepEqual(
    [rcode, answers],
    ['NXDOMAIN', ['to-dark.red.svc.cluster.local. 5 IN CNAME web.dark.svc.cluster.local.']],
  )
})
