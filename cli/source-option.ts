import { fileURLToPath } from 'node:url'
import { type Objects, parseObjects } from '../sync/objects.ts'
import { readInputFile } from './input-file.ts'

/** Options that say where the objects come from. */
export const sourceOptions = {
  from: {
    kind: 'text',
    value: 'FILE',
    help: 'publish the objects in a file once: what `kubectl get namespaces,services,endpointslices -A -o yaml` prints',
  },
  kubeconfig: { kind: 'text', value: 'FILE', help: 'watch the cluster that this file leads to' },
  context: { kind: 'text', value: 'NAME', help: 'context of --kubeconfig, if not the current one' },
} as const

/** The objects that the project brings along, recorded from a real cluster. */
export const sampleFile = fileURLToPath(new URL('../examples/objects.yaml', import.meta.url))

/** Reads a file of objects. Throws UsageError when it cannot be read, ObjectsError when it is not one. */
export async function readObjectsFile(file: string): Promise<Objects> {
  return parseObjects(await readInputFile(file, `--from ${file}`), file)
}
