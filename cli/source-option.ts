import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Objects, parseObjects } from '../sync/objects.ts'
import { UsageError } from './option-table.ts'

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
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(
      `cannot read --from ${file}: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  return parseObjects(text, file)
}
