import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../command.ts'

const module = 'github.com/prometheus-operator/prometheus-operator'
const kinds = ['servicemonitors', 'prometheusrules']

/**
 * The CustomResourceDefinitions of ServiceMonitor and PrometheusRule, as the Prometheus operator publishes them, from its Go module.
 * Nothing is built. Throws ClusterError COMMAND_FAILED, and ENOENT without Go.
 */
export async function operatorKinds(): Promise<string> {
  const cwd = join(import.meta.dirname, '..', 'modules', 'prometheus-operator')
  const { Dir } = JSON.parse(await run('go', ['mod', 'download', '-json', module], { cwd })) as {
    Dir: string
  }
  const files = kinds.map((kind) =>
    readFile(join(Dir, 'example', 'prometheus-operator-crd', `monitoring.coreos.com_${kind}.yaml`), 'utf8'),
  )
  return (await Promise.all(files)).join('\n')
}
