import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { errorText } from '../../host/errors.ts'
import { decodeText } from '../../sync/files/decode-text.ts'
import { type Objects, objectsCommand, parseObjects, type TextFile } from '../../sync/files/parse-objects.ts'
import type { AgentOptions } from '../../sync/options.ts'
import { readInputFile } from './input-file.ts'
import { UsageError } from './option-table.ts'
import { ownFolder } from './own-folder.ts'

/** Options that say where the objects come from. */
export const sourceOptions = {
  from: {
    kind: 'list',
    value: 'FILE',
    help: `publish the objects in this YAML or JSON file once, such as the output of \`${objectsCommand('disabled')}\` (with --pods verified of pods, too); a directory means its *.yaml, *.yml and *.json files, - means stdin; may be given several times`,
  },
  kubeconfig: {
    kind: 'text',
    value: 'FILE',
    help: 'watch the cluster of this kubeconfig; without it that of KUBECONFIG, if set',
  },
  context: {
    kind: 'text',
    value: 'NAME',
    help: 'context of the kubeconfig, if not the current one; without --kubeconfig and KUBECONFIG, of ~/.kube/config',
  },
} as const

/** The sample objects in the project, recorded from a real cluster. */
export const sampleFile = join(ownFolder(), 'examples', 'objects.yaml')

/** The value of --from that means stdin. */
const stdin = '-'

/** Files of a directory that contain objects, by the end of their names, as for `kubectl apply -f DIRECTORY`. */
const objectFile = /\.(?:ya?ml|json)$/

/**
 * Reads the files, directories and stdin that --from names, for an agent with these options. Throws UsageError when
 * one cannot be read, ObjectsError when the objects cannot be published.
 */
export async function readObjectFiles(
  from: readonly string[],
  options: Pick<AgentOptions, 'pods' | 'namespaced' | 'namespaces'>,
  readStdin: () => Promise<Uint8Array> = () => buffer(process.stdin),
): Promise<Objects> {
  if (from.filter((file) => file === stdin).length > 1)
    throw new UsageError('--from - is given twice, but stdin can be read only once')
  const files: TextFile[] = []
  for (const file of from) {
    if (file === stdin) files.push({ name: 'stdin', text: textOf(await readStdin()) })
    else
      for (const path of await filesOf(file))
        files.push({ name: path, text: await readInputFile(path, `--from ${path}`) })
  }
  // Agents that read single namespaces list no Namespaces: those that are named count as existing.
  return parseObjects(files, {
    pods: options.pods,
    namespaces: options.namespaced ? options.namespaces : [],
  })
}

function textOf(bytes: Uint8Array): string {
  const decoded = decodeText(bytes)
  if ('problem' in decoded) throw new UsageError(`cannot read --from - (stdin): ${decoded.problem}`)
  return decoded.text
}

/** A file itself, or the object files of a directory by name; directories in it are not read. */
async function filesOf(path: string): Promise<string[]> {
  const names = await namesIn(path)
  if (!names) return [path]
  const files = names.filter((name) => objectFile.test(name)).map((name) => join(path, name))
  if (files.length === 0)
    throw new UsageError(`--from ${path}: the directory contains no *.yaml, *.yml or *.json file`)
  return files.toSorted()
}

/** The names of a directory's files; undefined for a path that is not a directory or not readable. */
async function namesIn(path: string): Promise<string[] | undefined> {
  const isDirectory = (at: string): Promise<boolean> =>
    stat(at).then(
      (stats) => stats.isDirectory(),
      () => false,
    )
  if (!(await isDirectory(path))) return undefined
  try {
    const names: string[] = []
    for (const name of await readdir(path)) if (!(await isDirectory(join(path, name)))) names.push(name)
    return names
  } catch (error) {
    throw new UsageError(`cannot read --from ${path}: ${errorText(error)}`)
  }
}
