import { writeFile } from 'node:fs/promises'
import { waitFor } from '../wait-for.ts'
import { startControlPlane } from './control-plane.ts'
import { readyEndpoints } from './endpoints.ts'
import { applyExamples } from './example-service.ts'

/**
 * Records examples/objects.yaml: applies examples/manifests.yaml to a real control plane, sets the addresses of the
 * nginx pods, and saves the objects as kubectl prints them. Run it after changing the manifests.
 */
const examples = new URL('../../examples/', import.meta.url)
const cluster = await startControlPlane({
  dualStackPods: true,
  log: (line) => process.stderr.write(`${line}\n`),
})
try {
  await applyExamples(cluster)
  for (const [service, count] of [
    ['db', 3],
    ['web', 4],
  ] as const) {
    await waitFor(`${count} endpoints of ${service}`, async () => {
      return (await readyEndpoints(cluster, service, 'prod')).length === count
    })
  }
  const objects = await cluster.kubectl(['get', 'namespaces,services,endpointslices', '-A', '-o', 'yaml'])
  await writeFile(new URL('objects.yaml', examples), objects)
  process.stderr.write(`examples/objects.yaml has ${objects.length} bytes\n`)
} finally {
  await cluster.stop()
}
