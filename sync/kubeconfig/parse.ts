import { decodeText } from '../files/decode-text.ts'
import { readYaml } from '../files/read-yaml.ts'
import { KubeconfigError } from './errors.ts'

/** One named entry of a kubeconfig, and the file that defines it: its paths are relative to that file. */
export type Entry = { readonly file: string; readonly fields: Readonly<Record<string, unknown>> }

/** A kubeconfig as it was read, not yet checked. */
export type Kubeconfig = {
  readonly clusters: ReadonlyMap<string, Entry>
  readonly users: ReadonlyMap<string, Entry>
  readonly contexts: ReadonlyMap<string, Entry>
  /** '' when the file names none. */
  readonly currentContext: string
}

/**
 * The bytes of a kubeconfig (YAML or JSON; UTF-8, or UTF-16 with a byte order mark) → its entries. An empty file has
 * none, as for kubectl. Throws KubeconfigError.
 */
export function parseKubeconfig(bytes: Uint8Array, file: string): Kubeconfig {
  const decoded = decodeText(bytes)
  if ('problem' in decoded) throw new KubeconfigError(`${file}: ${decoded.problem}`)
  const config = parseYaml(decoded.text, file) ?? {}
  if (!isObject(config)) throw new KubeconfigError(`${file}: it is not a kubeconfig, but a ${typeof config}`)
  const { kind, apiVersion } = config
  if ((kind ?? 'Config') !== 'Config' || (apiVersion ?? 'v1') !== 'v1') {
    const found = `apiVersion ${String(apiVersion)}, kind ${String(kind)}`
    throw new KubeconfigError(`${file}: it has ${found}; a kubeconfig has apiVersion v1, kind Config`)
  }
  const currentContext = config['current-context'] ?? ''
  if (typeof currentContext !== 'string')
    throw new KubeconfigError(`${file}: current-context has to be a text; put it into quotes`)
  return {
    clusters: entriesOf(config, 'clusters', 'cluster', file),
    users: entriesOf(config, 'users', 'user', file),
    contexts: entriesOf(config, 'contexts', 'context', file),
    currentContext,
  }
}

/** Several kubeconfigs → one, as kubectl merges the files of KUBECONFIG: the first one that has a name or value wins. */
export function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  const first = (part: 'clusters' | 'users' | 'contexts'): Map<string, Entry> =>
    new Map(configs.toReversed().flatMap((config) => [...config[part]]))
  return {
    clusters: first('clusters'),
    users: first('users'),
    contexts: first('contexts'),
    currentContext: configs.find((config) => config.currentContext !== '')?.currentContext ?? '',
  }
}

function parseYaml(text: string, file: string): unknown {
  const yaml = readYaml(text)
  // Like kubectl, which ignores further documents.
  if ('documents' in yaml) return yaml.documents[0]?.value
  const place = yaml.place ? `:${yaml.place.line}:${yaml.place.column}` : ''
  throw new KubeconfigError(`${file}${place}: neither YAML nor JSON: ${yaml.problem}`)
}

function entriesOf(
  config: Readonly<Record<string, unknown>>,
  list: string,
  item: string,
  file: string,
): Map<string, Entry> {
  const entries = new Map<string, Entry>()
  const named = config[list] ?? []
  if (!Array.isArray(named)) throw new KubeconfigError(`${file}: ${list} has to be a list`)
  for (const [index, each] of (named as readonly unknown[]).entries()) {
    const name = isObject(each) ? each.name : undefined
    if (!isObject(each) || typeof name !== 'string' || name === '')
      throw new KubeconfigError(`${file}: ${list}[${index}] has no name`)
    if (entries.has(name)) throw new KubeconfigError(`${file}: ${list} has the name "${name}" twice`)
    const fields = each[item] ?? {}
    if (!isObject(fields))
      throw new KubeconfigError(`${file}: ${list}[${index}].${item} has to be an object of fields`)
    entries.set(name, { file, fields })
  }
  return entries
}

/** Whether a value of YAML or JSON is an object, not a list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
