import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Endpoint, Port } from '../../snapshot/schema.ts'
import { agentDefaults } from '../options.ts'
import type { SliceEntry } from './endpoint-slice.ts'
import { parseSelector } from './label-selector.ts'
import { unpackEndpoints } from './packed-endpoints.ts'
import { reduceObject } from './reduce.ts'
import type { ServiceEntry } from './service.ts'

const options = agentDefaults

function service(spec: object, metadata: object = {}): ReturnType<typeof reduceObject<'Service'>> {
  return reduceObject('Service', { metadata: { name: 'web', namespace: 'prod', ...metadata }, spec }, options)
}

function slice(fields: object, metadata: object = {}): ReturnType<typeof reduceObject<'EndpointSlice'>> {
  const labels = { 'kubernetes.io/service-name': 'web' }
  return reduceObject(
    'EndpointSlice',
    { metadata: { name: 's', namespace: 'prod', labels, ...metadata }, ...fields },
    options,
  )
}

const serviceCases: [string, object, ServiceEntry['service'] | undefined, RegExp?][] = [
  [
    'cluster IPs',
    { clusterIPs: ['10.96.0.1', 'FD00:0::1'], clusterIP: '10.96.0.1' },
    { kind: 'cluster', ips: ['10.96.0.1', 'fd00::1'], ports: [] },
  ],
  ['clusterIP alone', { clusterIP: '10.96.0.1' }, { kind: 'cluster', ips: ['10.96.0.1'], ports: [] }],
  [
    'empty clusterIPs',
    { clusterIPs: [], clusterIP: '10.96.0.1' },
    { kind: 'cluster', ips: ['10.96.0.1'], ports: [] },
  ],
  [
    'an IPv4-mapped address',
    { clusterIP: '::ffff:10.96.0.1' },
    { kind: 'cluster', ips: ['10.96.0.1'], ports: [] },
  ],
  ['headless by clusterIPs', { clusterIPs: ['None'] }, { kind: 'headless' }],
  ['headless by clusterIP', { clusterIP: 'None', ports: [{ port: 80 }] }, { kind: 'headless' }],
  [
    'headless needs no selector, no type',
    { clusterIP: 'None', type: 'ClusterIP', selector: null },
    { kind: 'headless' },
  ],
  ['no cluster IP yet', { clusterIP: '' }, undefined, /has no cluster IP/],
  ['no spec', {}, undefined, /has no cluster IP/],
  [
    'one bad address of two',
    { clusterIPs: ['10.96.0.1', 'x'] },
    { kind: 'cluster', ips: ['10.96.0.1'], ports: [] },
    /"x" is not an IP/,
  ],
  [
    'the type decides over a stale externalName',
    { type: 'ClusterIP', clusterIP: '10.96.0.1', externalName: 'a.b' },
    { kind: 'cluster', ips: ['10.96.0.1'], ports: [] },
  ],
  [
    'the type decides over a stale clusterIP',
    { type: 'ExternalName', clusterIP: '10.96.0.1', externalName: 'a.b' },
    { kind: 'external', target: 'a.b.' },
  ],
  ['ExternalName without a name', { type: 'ExternalName' }, undefined, /externalName is missing/],
  [
    'ExternalName that is an address',
    { type: 'ExternalName', externalName: '192.0.2.1' },
    undefined,
    /is an IP address/,
  ],
]

for (const [name, spec, expected, reason] of serviceCases) {
  test(`service: ${name}`, () => {
    const { entry, skipped } = service(spec)
    assert.deepEqual(entry?.service, expected)
    assert.equal(skipped.length, reason ? 1 : 0)
    if (reason) assert.match(skipped[0]?.reason ?? '', reason)
  })
}

const portCases: [string, unknown, readonly Port[], RegExp?][] = [
  ['folded', [{ name: 'HTTP', protocol: 'TCP', port: 80 }], [['http', 'tcp', 80]]],
  ['unnamed, without protocol', [{ port: 80 }], [['', 'tcp', 80]]],
  ['null name and protocol', [{ name: null, protocol: null, port: 53 }], [['', 'tcp', 53]]],
  ['null number', [{ name: 'any', port: null }], [['any', 'tcp', 0]]],
  ['no number', [{ name: 'Any', protocol: 'UDP' }], [['any', 'udp', 0]]],
  ['null list', null, []],
  ['0', [{ port: 0 }, { port: 1 }], [['', 'tcp', 1]], /port 0 is not/],
  ['too high', [{ port: 65_536 }, { port: 65_535 }], [['', 'tcp', 65_535]], /port 65536 is not/],
  ['a name', [{ port: 'http' }], [], /port "http" is not a whole number/],
  ['a number in quotes', [{ port: '80' }], [], /port "80" is a string, not a number; remove the quotes/],
  ['a fraction', [{ port: 80.5 }], [], /port 80.5 is not a whole number/],
  ['a name with a dot', [{ name: 'a.b', port: 1 }], [], /"a\.b" is not a DNS label/],
  ['a name of 64 bytes', [{ name: 'a'.repeat(64), port: 1 }], [], /not a DNS label/],
  [
    'a boolean for a name',
    [{ name: true, port: 1 }],
    [],
    /port name true is a boolean, not a string; put it in quotes/,
  ],
  ['a string instead of a list', 'http', []],
]

for (const [name, ports, expected, reason] of portCases) {
  test(`ports: ${name}`, () => {
    for (const { entry, skipped } of [service({ clusterIP: '10.0.0.1', ports }), slice({ ports })]) {
      const found =
        entry && ('group' in entry ? entry.group.ports : 'ports' in entry.service && entry.service.ports)
      assert.deepEqual(found, expected)
      assert.equal(skipped.length, reason ? 1 : 0)
      if (reason) assert.match(skipped[0]?.reason ?? '', reason)
    }
  })
}

const endpointCases: [string, object, readonly Endpoint[], RegExp?][] = [
  ['an address', { addresses: ['10.0.0.1'] }, [['10.0.0.1']]],
  ['every address of an endpoint', { addresses: ['10.0.0.1', '10.0.0.2'] }, [['10.0.0.1'], ['10.0.0.2']]],
  ['ready', { addresses: ['10.0.0.1'], conditions: { ready: true } }, [['10.0.0.1']]],
  ['null is ready', { addresses: ['10.0.0.1'], conditions: { ready: null } }, [['10.0.0.1']]],
  ['null conditions are ready', { addresses: ['10.0.0.1'], conditions: null }, [['10.0.0.1']]],
  [
    'ready in quotes',
    { addresses: ['10.0.0.1'], conditions: { ready: 'true' } },
    [],
    /ready of endpoint "10\.0\.0\.1" is "true", not true or false without quotes/,
  ],
  [
    'a number for ready',
    { addresses: ['10.0.0.1'], conditions: { ready: 0 } },
    [],
    /is 0, not true or false/,
  ],
  ['not ready', { addresses: ['10.0.0.1'], conditions: { ready: false, serving: true } }, []],
  [
    'serving and terminating are ignored',
    { addresses: ['10.0.0.1'], conditions: { ready: true, serving: false, terminating: true } },
    [['10.0.0.1']],
  ],
  ['a hostname', { addresses: ['10.0.0.1'], hostname: 'DB-0' }, [['10.0.0.1', 'db-0']]],
  ['an empty hostname', { addresses: ['10.0.0.1'], hostname: '' }, [['10.0.0.1']]],
  [
    'a hostname that is the dashed address',
    { addresses: ['10.0.0.1'], hostname: '10-0-0-1' },
    [['10.0.0.1']],
  ],
  ['IPv6 in upper case', { addresses: ['FD00::1'] }, [['fd00::1']]],
  ['IPv6 in another spelling keeps its name', { addresses: ['fd00:0::1'] }, [['fd00::1', 'fd00-0--1']]],
  [
    'an IPv4-mapped address keeps its name',
    { addresses: ['::ffff:10.0.0.1'] },
    [['10.0.0.1', '::ffff:10-0-0-1']],
  ],
  ['a trailing ::', { addresses: ['fd00::'] }, [['fd00::']]],
  ['no address', { addresses: null }, []],
  [
    'a name for an address',
    { addresses: ['db.example.com', '10.0.0.1'] },
    [['10.0.0.1']],
    /"db\.example\.com" is not an IP/,
  ],
  ['a hostname with a dot', { addresses: ['10.0.0.1'], hostname: 'a.b' }, [], /"a\.b" is not a DNS label/],
  [
    'a number for a hostname',
    { addresses: ['10.0.0.1'], hostname: 7 },
    [],
    /hostname 7 is a number, not a string/,
  ],
  ['a hostname of 64 bytes', { addresses: ['10.0.0.1'], hostname: 'a'.repeat(64) }, [], /is not a DNS label/],
  ['a hostname beyond ASCII', { addresses: ['10.0.0.1'], hostname: 'dä' }, [], /is not a DNS label/],
]

for (const [name, endpoint, expected, reason] of endpointCases) {
  test(`endpoint: ${name}`, () => {
    const { entry, skipped } = slice({ endpoints: [endpoint] })
    assert.deepEqual(entry && unpackEndpoints(entry.group.endpoints), expected)
    assert.equal(skipped.length, reason ? 1 : 0)
    if (reason) assert.match(skipped[0]?.reason ?? '', reason)
  })
}

test('the label alone assigns a slice to a Service', () => {
  const { entry, key } = slice({}, { name: 'Any_Name.x' })
  assert.equal(key, 'prod/Any_Name.x')
  assert.equal(entry?.service, 'web')
  for (const labels of [undefined, {}, { 'kubernetes.io/service-name': '' }]) {
    assert.match(slice({}, { labels }).skipped[0]?.reason ?? '', /is not the name of a Service/)
  }
})

const managedBy = (writer: string) => ({
  'kubernetes.io/service-name': 'web',
  'endpointslice.kubernetes.io/managed-by': writer,
})
const controller = managedBy('endpointslice-controller.k8s.io')
const writerCases: [string, object, SliceEntry['writer']][] = [
  ['the EndpointSlice controller', { labels: controller }, 'controller'],
  [
    'the controller, until it is being deleted',
    { labels: controller, deletionTimestamp: '2026-11-23T12:00:00Z' },
    'anyone',
  ],
  [
    'the controller that mirrors Endpoints',
    { labels: managedBy('endpointslicemirroring-controller.k8s.io') },
    'anyone',
  ],
  ['another controller', { labels: managedBy('staff') }, 'anyone'],
  ['a slice without labels or owner', {}, 'anyone'],
  ['the API server', { name: 'kubernetes', namespace: 'default' }, 'api-server'],
  ['another namespace than that of the API server', { name: 'kubernetes' }, 'anyone'],
  ['another name than that of the API server', { name: 'kubernetes-2', namespace: 'default' }, 'anyone'],
]
for (const [writer, metadata, expected] of writerCases) {
  test(`the writer of a slice: ${writer}`, () => {
    assert.equal(slice({}, metadata).entry?.writer, expected)
  })
}

test('a Service selects pods if its selector has a label', () => {
  const selects = (selector: unknown) => service({ clusterIP: 'None', selector }).entry?.hasSelector
  assert.deepEqual([{ app: 'web' }, {}, null, undefined].map(selects), [true, false, false, false])
})

test('an object whose name is not valid in DNS is skipped, with its kind and name', () => {
  assert.deepEqual(service({ clusterIP: '10.0.0.1' }, { name: 'Web' }).skipped, [
    {
      kind: 'Service',
      object: 'prod/Web',
      cause: 'name',
      reason: 'its name "Web" is not a DNS label (a to z, 0 to 9 and "-", at most 63 bytes)',
    },
  ])
  assert.equal(service({ clusterIP: '10.0.0.1' }, { namespace: undefined }).skipped[0]?.object, '?/web')
  assert.equal(reduceObject('Namespace', { metadata: { name: 'a.b' } }, options).entry, undefined)
  assert.deepEqual(reduceObject('Namespace', { metadata: { name: 'prod' } }, options).entry, {
    name: 'prod',
    isSelected: true,
  })
})

function pod(status: unknown, metadata: object = {}): ReturnType<typeof reduceObject<'Pod'>> {
  return reduceObject('Pod', { metadata: { name: 'web.0', namespace: 'prod', ...metadata }, status }, options)
}

const podCases: [string, unknown, readonly string[] | undefined, RegExp?][] = [
  ['running', { podIP: '10.244.1.5', phase: 'Running' }, ['10.244.1.5']],
  ['without phase', { podIP: 'FD00:0::1' }, ['fd00::1']],
  [
    'with two addresses',
    { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }, { ip: '::1' }] },
    ['10.0.0.1', '::1'],
  ],
  ['without address yet', { phase: 'Pending' }, undefined],
  ['with an empty address', { podIP: '', phase: 'Pending' }, undefined],
  ['with null', { podIP: null }, undefined],
  ['without status', undefined, undefined],
  ['succeeded', { podIP: '10.0.0.1', phase: 'Succeeded' }, undefined],
  ['failed', { podIP: '10.0.0.1', phase: 'Failed' }, undefined],
  ['unknown', { podIP: '10.0.0.1', phase: 'Unknown' }, undefined],
  ['with a bad address', { podIP: '010.0.0.1' }, undefined, /^pod IP "010.0.0.1" is not an IP address$/],
  [
    'with one bad address of two',
    { podIPs: [{ ip: '10.0.0.1' }, { ip: 'x' }] },
    ['10.0.0.1'],
    /^pod IP "x" is not an IP address$/,
  ],
  ['with a number', { podIP: 10 }, undefined, /^pod IP 10 is not an IP address$/],
]
for (const [name, status, addresses, reason] of podCases) {
  test(`a pod ${name}`, () => {
    const { key, entry, skipped } = pod(status)
    assert.equal(key, 'prod/web.0')
    assert.deepEqual(entry, addresses && { namespace: 'prod', addresses })
    assert.equal(skipped.length, reason ? 1 : 0)
    if (reason) assert.match(skipped[0]?.reason ?? '', reason)
  })
}

test('a terminating pod keeps its name until it is deleted', () => {
  const status = { podIP: '10.0.0.1', phase: 'Running' }
  const entry = { namespace: 'prod', addresses: ['10.0.0.1'] }
  assert.deepEqual(pod(status, { deletionTimestamp: '2026-11-23T12:00:00Z' }).entry, entry)
  assert.match(
    pod(status, { namespace: 'Prod' }).skipped[0]?.reason ?? '',
    /namespace "Prod" is not a DNS label/,
  )
})

test('with endpointPodNames an endpoint without hostname gets the name of its targetRef', () => {
  const endpoints = [
    { addresses: ['10.0.0.1', '10.0.0.2'], targetRef: { name: 'web-a' } },
    { addresses: ['10.0.0.3'], targetRef: { name: 'web-b' }, hostname: 'host' },
    { addresses: ['10.0.0.4'], targetRef: { name: 'web-c' }, hostname: '' },
    { addresses: ['10.0.0.5'], targetRef: { name: 'web.d' } },
    { addresses: ['10.0.0.6'], targetRef: { name: 'x'.repeat(64) } },
    { addresses: ['10.0.0.7'], targetRef: { name: 7 } },
    { addresses: ['10.0.0.8'], targetRef: null },
  ]
  const labels = { 'kubernetes.io/service-name': 'web' }
  const object = { metadata: { name: 's', namespace: 'prod', labels }, endpoints }
  const named = reduceObject('EndpointSlice', object, { ...options, endpointPodNames: true })
  const dashed = reduceObject('EndpointSlice', object, options)
  assert.deepEqual([named.skipped, dashed.skipped], [[], []])
  const rest = [['10.0.0.5'], ['10.0.0.6'], ['10.0.0.7'], ['10.0.0.8']]
  assert.deepEqual(named.entry && unpackEndpoints(named.entry.group.endpoints), [
    ['10.0.0.1', 'web-a'],
    ['10.0.0.2', 'web-a'],
    ['10.0.0.3', 'host'],
    ['10.0.0.4', 'web-c'],
    ...rest,
  ])
  assert.deepEqual(dashed.entry && unpackEndpoints(dashed.entry.group.endpoints), [
    ['10.0.0.1'],
    ['10.0.0.2'],
    ['10.0.0.3', 'host'],
    ['10.0.0.4'],
    ...rest,
  ])
})

test('a name that YAML reads as a number or boolean needs quotes', () => {
  const reasons = [{ name: 123 }, { name: false }, { namespace: true }].map(
    (metadata) => service({ clusterIP: '10.0.0.1' }, metadata).skipped[0]?.reason,
  )
  assert.deepEqual(reasons, [
    'its name 123 is a number, not a string; put it in quotes',
    'its name false is a boolean, not a string; put it in quotes',
    'its namespace true is a boolean, not a string; put it in quotes',
  ])
})

test('labels decide whether a namespace is selected, and odd labels select nothing', () => {
  const namespaceLabels = parseSelector('team=a')
  const isSelected = (labels: unknown): boolean | undefined =>
    reduceObject('Namespace', { metadata: { name: 'prod', labels } }, { ...options, namespaceLabels }).entry
      ?.isSelected
  assert.deepEqual(
    [{ team: 'a', x: 'y' }, { team: 'b' }, {}, undefined, null, 'team=a', { team: ['a'] }].map(isSelected),
    [true, false, false, false, false, false, false],
  )
})

test('no object makes a reducer throw', () => {
  const namespaceLabels = parseSelector('a')
  fc.assert(
    fc.property(
      fc.constantFrom('Namespace', 'Service', 'EndpointSlice', 'Pod'),
      fc.anything(),
      fc.anything(),
      (kind, spec, endpoints) => {
        const metadata = { name: 'a', namespace: 'b', labels: { 'kubernetes.io/service-name': 'a' } }
        reduceObject(kind, spec, options)
        reduceObject(
          kind,
          { metadata: { name: 'a', labels: spec } },
          { ...options, namespaceLabels, endpointPodNames: true },
        )
        reduceObject(kind, { metadata, spec, status: spec, endpoints, ports: endpoints }, options)
        reduceObject(
          kind,
          { metadata, spec: { ports: spec, clusterIPs: endpoints }, endpoints: [endpoints, spec] },
          options,
        )
      },
    ),
  )
})
