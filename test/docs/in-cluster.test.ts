import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { loadAll } from 'js-yaml'
import { listenOption } from '../../cli/options/listen-option.ts'
import { readOptions } from '../../cli/options/option-table.ts'
import up from '../../cli/up.ts'

/* examples/in-cluster.yaml: its arguments are options of `up`, and its parts name each other. */

type Named = { readonly name: string }
type Example = {
  readonly kind: string
  readonly spec: {
    readonly selector: unknown
    readonly ports: readonly (Named & { readonly targetPort: string; readonly protocol: string })[]
    readonly template: {
      readonly metadata: { readonly labels: unknown }
      readonly spec: {
        readonly terminationGracePeriodSeconds: number
        readonly containers: readonly {
          readonly args: readonly string[]
          readonly ports: readonly (Named & { readonly containerPort: number; readonly protocol?: string })[]
          readonly readinessProbe: { readonly httpGet: { readonly path: string; readonly port: string } }
          readonly livenessProbe: { readonly httpGet: { readonly path: string; readonly port: string } }
        }[]
      }
    }
  }
}

test('the arguments, ports and probes of the example belong together', async () => {
  const file = new URL('../../examples/in-cluster.yaml', import.meta.url)
  const objects = loadAll(await readFile(file, 'utf8')) as Example[]
  const of = (kind: string): Example['spec'] => {
    const found = objects.find((object) => object.kind === kind)
    assert.ok(found, kind)
    return found.spec
  }
  const { template } = of('Deployment')
  const [container] = template.spec.containers
  assert.ok(container)
  const [verb = '', ...args] = container.args
  assert.equal(verb, up.name)
  const { values } = readOptions(up.options, args, {})
  const portOf = (text: unknown): number => listenOption(String(text)).port
  const ports = Object.fromEntries(container.ports.map(({ name, containerPort }) => [name, containerPort]))
  const [dnsListen] = values['dns-listen'] as unknown as readonly string[]
  assert.deepEqual(ports, {
    dns: portOf(dnsListen),
    'dns-tcp': portOf(dnsListen),
    health: portOf(values['health-listen']),
  })
  assert.deepEqual(container.readinessProbe.httpGet, { path: '/readyz', port: 'health' })
  assert.deepEqual(container.livenessProbe.httpGet, { path: '/livez', port: 'health' })
  const service = of('Service')
  assert.deepEqual(service.selector, template.metadata.labels)
  for (const { targetPort, protocol } of service.ports)
    assert.equal(container.ports.find(({ name }) => name === targetPort)?.protocol, protocol)
})
