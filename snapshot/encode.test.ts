import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { anyEndpoints, anyName, anyOwners, anyPods, anyServices } from './arbitrary.case.ts'
import { decodeBlob } from './decode.ts'
import { encodeEndpoints, encodeServices } from './encode.case.ts'
import { encodeNamespaces, encodePods, encodeReverse, serviceEntry } from './encode.ts'
import type { EndpointGroup, Owner, Service } from './schema.ts'

/** The same content in another order: every list that Kubernetes keeps unordered is reversed. */
function turnGroups(groups: readonly EndpointGroup[]): EndpointGroup[] {
  return groups
    .map(({ ports, endpoints }) => ({ ports: ports.toReversed(), endpoints: endpoints.toReversed() }))
    .toReversed()
}

function turnService(service: Service): Service {
  if (service.kind === 'cluster') return { ...service, ports: service.ports.toReversed() }
  if (service.kind === 'headless') return { ...service, groups: turnGroups(service.groups) }
  return service
}

function turnMap<T>(map: ReadonlyMap<string, T>, turn: (value: T) => T): Map<string, T> {
  return new Map([...map].toReversed().map(([key, value]) => [key, turn(value)]))
}

test('the same content always has the same text', () => {
  const services = new Map<string, Service>([
    [
      'default/web',
      {
        kind: 'cluster',
        ips: ['10.96.0.10', 'fd00::10'],
        ports: [
          ['https', 'tcp', 443],
          ['http', 'tcp', 80],
        ],
      },
    ],
    ['default/alias', { kind: 'external', target: 'db.prod.svc' }],
    [
      'default/db',
      {
        kind: 'headless',
        groups: [
          { ports: [], endpoints: [['10.1.0.9']] },
          { ports: [['pg', 'tcp', 5432]], endpoints: [['10.1.0.8', 'db-1']] },
          { ports: [['pg', 'tcp', 5432]], endpoints: [['10.1.0.7', 'db-0']] },
        ],
      },
    ],
  ])
  assert.equal(
    encodeServices(services),
    '{"schema":1,"kind":"services","entries":[' +
      '["default/alias",{"target":"db.prod.svc"}],' +
      '["default/db",{"groups":[{"ports":[["pg","tcp",5432]],"endpoints":[["10.1.0.7","db-0"],["10.1.0.8","db-1"]]},{"ports":[],"endpoints":[["10.1.0.9"]]}]}],' +
      '["default/web",{"ips":["10.96.0.10","fd00::10"],"ports":[["http","tcp",80],["https","tcp",443]]}]]}',
  )
  assert.equal(serviceEntry('prod/a', { kind: 'external', target: 'a.' }), '["prod/a",{"target":"a."}]')
  const owners = new Map<string, Owner[]>([
    [
      '10.1.0.7',
      [
        ['prod', 'db', 'db-0'],
        ['default', 'web'],
      ],
    ],
  ])
  assert.equal(
    encodeReverse(owners),
    '{"schema":1,"kind":"reverse","entries":[["10.1.0.7",[["default","web"],["prod","db","db-0"]]]]}',
  )
})

test('an endpoint that occurs twice is written twice', () => {
  const groups = [
    { ports: [], endpoints: [['10.0.0.1']] },
    { ports: [], endpoints: [['10.0.0.1']] },
  ] as const
  const decoded = decodeBlob(encodeEndpoints(new Map([['a/b', groups]])))
  assert.ok(decoded.kind === 'endpoints')
  assert.deepEqual(decoded.services.get('a/b'), [{ ports: [], endpoints: [['10.0.0.1'], ['10.0.0.1']] }])
})

test('a namespace is written once', () => {
  assert.equal(encodeNamespaces(['b', 'a', 'b']), '{"schema":1,"kind":"namespaces","namespaces":["a","b"]}')
})

test('a namespace with several pods of an address is written once', () => {
  const namespaces = new Map([
    ['fd00::1', ['b', 'a', 'b']],
    ['10.1.0.7', ['a']],
  ])
  assert.equal(
    encodePods(namespaces),
    '{"schema":1,"kind":"pods","entries":[["10.1.0.7",["a"]],["fd00::1",["a","b"]]]}',
  )
})

test('property: any order gives the same bytes, in one line', () => {
  fc.assert(
    fc.property(anyServices, (services) => {
      const text = encodeServices(services)
      assert.equal(encodeServices(turnMap(services, turnService)), text)
      assert.equal(text.includes('\n'), false)
    }),
    { numRuns: 300 },
  )
  fc.assert(
    fc.property(anyEndpoints, (groups) => {
      assert.equal(encodeEndpoints(turnMap(groups, turnGroups)), encodeEndpoints(groups))
    }),
  )
  fc.assert(
    fc.property(anyOwners, (owners) => {
      assert.equal(encodeReverse(turnMap(owners, (list) => list.toReversed())), encodeReverse(owners))
    }),
  )
  fc.assert(
    fc.property(anyPods, (pods) => {
      assert.equal(encodePods(turnMap(pods, (names) => names.toReversed())), encodePods(pods))
    }),
  )
  fc.assert(
    fc.property(fc.array(anyName), (names) => {
      assert.equal(encodeNamespaces(names.toReversed()), encodeNamespaces(names))
    }),
  )
})

/** Every endpoint with its ports, sorted for comparison. */
function pairs(groups: readonly EndpointGroup[]): string[] {
  return groups
    .flatMap(({ ports, endpoints }) =>
      endpoints.map((endpoint) =>
        JSON.stringify([ports.map((port) => JSON.stringify(port)).toSorted(), endpoint]),
      ),
    )
    .toSorted()
}

test('property: decoding reverses encoding', () => {
  fc.assert(
    fc.property(anyServices, (services) => {
      const text = encodeServices(services)
      const blob = decodeBlob(text)
      assert.ok(blob.kind === 'services')
      assert.equal(encodeServices(blob.services), text)
      assert.equal(blob.services.size, services.size)
      for (const [key, service] of services) {
        const decoded = blob.services.get(key)
        assert.equal(decoded?.kind, service.kind)
        if (service.kind === 'cluster' && decoded?.kind === 'cluster') {
          assert.deepEqual(decoded.ips, service.ips)
          assert.deepEqual(new Set(decoded.ports), new Set(service.ports))
        } else if (service.kind === 'headless' && decoded?.kind === 'headless') {
          assert.deepEqual(pairs(decoded.groups), pairs(service.groups))
        } else assert.deepEqual(decoded, { ...service })
      }
    }),
    { numRuns: 300 },
  )
  fc.assert(
    fc.property(anyEndpoints, (endpoints) => {
      const blob = decodeBlob(encodeEndpoints(endpoints))
      assert.ok(blob.kind === 'endpoints')
      for (const [key, groups] of endpoints)
        assert.deepEqual(pairs(blob.services.get(key) ?? []), pairs(groups))
      assert.equal(encodeEndpoints(blob.services), encodeEndpoints(endpoints))
    }),
  )
  fc.assert(
    fc.property(anyOwners, (owners) => {
      const blob = decodeBlob(encodeReverse(owners))
      assert.ok(blob.kind === 'reverse')
      const text = (list: readonly Owner[] | undefined): string[] | undefined =>
        list?.map((owner) => JSON.stringify(owner)).toSorted()
      for (const [address, list] of owners) assert.deepEqual(text(blob.owners.get(address)), text(list))
      assert.equal(encodeReverse(blob.owners), encodeReverse(owners))
    }),
  )
  fc.assert(
    fc.property(anyPods, (pods) => {
      const blob = decodeBlob(encodePods(pods))
      assert.ok(blob.kind === 'pods')
      assert.equal(blob.namespaces.size, pods.size)
      for (const [address, names] of pods) assert.deepEqual(blob.namespaces.get(address), names.toSorted())
    }),
  )
  fc.assert(
    fc.property(fc.array(anyName), (names) => {
      const blob = decodeBlob(encodeNamespaces(names))
      assert.ok(blob.kind === 'namespaces')
      assert.deepEqual(blob.namespaces, new Set(names.toSorted()))
    }),
  )
})

test('encoding does not modify its input', () => {
  const group = Object.freeze({
    ports: Object.freeze([
      ['b', 'tcp', 2],
      ['a', 'tcp', 1],
    ] as const),
    endpoints: Object.freeze([['10.0.0.2'], ['10.0.0.1']] as const),
  })
  const services = new Map([['a/b', Object.freeze([group, group])]])
  encodeEndpoints(services)
  assert.deepEqual(group.endpoints, [['10.0.0.2'], ['10.0.0.1']])
})
