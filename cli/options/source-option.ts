import { fileURLToPath } from 'node:url'
import type { PodsMode } from '../../snapshot/schema.ts'
import { type Objects, objectsCommand, parseObjects } from '../../sync/objects/file.ts'
import { readInputFile } from './input-file.ts'

/** Options that say where the objects come from. */
export const sourceOptions = {
  from: {
    kind: 'text',
    value: 'FILE',
    help: `publish the objects in a file once: what \`${objectsCommand('disabled')}\` prints; with --pods verified of pods, too`,
  },
  kubeconfig: { kind: 'text', value: 'FILE', help: 'watch the cluster that this file leads to' },
  context: { kind: 'text', value: 'NAME', help: 'context of --kubeconfig, if not the current one' },
} as const

/** The objects that the project brings along, recorded from a real cluster. */
export const sampleFile = fileURLToPath(new URL('../../examples/objects.yaml', import.meta.url))

/**
 * Reads a file of objects, which are to answer pod names in a mode. Throws UsageError when it cannot be read,
 * ObjectsError when it is not one.
 */
export async function readObjectsFile(file: string, pods: PodsMode): Promise<Objects> {
  return parseObjects(await readInputFile(file, `--from ${file}`), file, pods)
}
