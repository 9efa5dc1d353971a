import { isDeepStrictEqual } from 'node:util'
import { readDocument, type YamlNode, type YamlSequence } from '../../sync/policy/read-document.ts'
import { parseConfig } from '../../worker/config.ts'
import { UsageError } from '../options/option-table.ts'

/**
 * An edge's configuration (JSON) → its text with one more public key of a cluster, or the same text if the key is there.
 * All else stays as it is written. Throws UsageError for an unknown cluster, ConfigError for a faulty configuration.
 */
export function addConfigKey(text: string, cluster: string, key: string): string {
  const { keys, list } = keysOf(text, cluster)
  if (keys.includes(key)) return text
  const first = list.items[0]
  const last = list.items.at(-1)
  if (!first || !last) throw styleError()
  const gap = text.slice(list.start + 1, first.start - 1)
  const at = closing(text, last)
  return checked(`${text.slice(0, at)},${gap === '' ? ' ' : gap}"${key}"${text.slice(at)}`, cluster, [
    ...keys,
    key,
  ])
}

/** The same without a key. Throws UsageError also when the cluster does not have the key, or no other one. */
export function removeConfigKey(text: string, cluster: string, key: string): string {
  const { keys, list } = keysOf(text, cluster)
  const index = keys.indexOf(key)
  if (index < 0) throw new UsageError(`the cluster "${cluster}" does not have this key`)
  if (keys.length === 1)
    throw new UsageError(
      `it is the only key of the cluster "${cluster}"; add the next one first, with \`kubedoh key trust\``,
    )
  const [item, before, behind] = [list.items[index], list.items[index - 1], list.items[index + 1]]
  if (!item) throw styleError()
  const [from, to] = before
    ? [closing(text, before), closing(text, item)]
    : [item.start - 1, (behind?.start ?? item.start) - 1]
  return checked(
    text.slice(0, from) + text.slice(to),
    cluster,
    keys.filter((each) => each !== key),
  )
}

type Keys = { readonly keys: readonly string[]; readonly list: YamlSequence }

/** The keys of a cluster, and where they are written. JSON is YAML, so that reader finds the places. */
function keysOf(text: string, cluster: string): Keys {
  const { clusters } = parseConfig(text)
  const index = clusters.findIndex(({ id }) => id === cluster)
  const { keys } = clusters[index] ?? {}
  if (!keys) {
    const ids = clusters.map(({ id }) => id).join(', ')
    throw new UsageError(`the configuration has no cluster "${cluster}"${ids === '' ? '' : `, only ${ids}`}`)
  }
  const document = readDocument(text)
  const root = 'problem' in document ? undefined : document.root
  const all = fieldOf(root, 'clusters')
  const list = fieldOf(all?.kind === 'sequence' ? all.items[index] : undefined, 'keys')
  if (list?.kind !== 'sequence') throw styleError()
  return { keys, list }
}

function fieldOf(node: YamlNode | undefined, name: string): YamlNode | undefined {
  return node?.kind === 'mapping' ? node.pairs.find(({ key }) => key === name)?.value : undefined
}

/** The offset behind the quote that closes a text. */
function closing(text: string, item: YamlNode): number {
  return text.indexOf('"', item.kind === 'scalar' ? item.end : item.start) + 1
}

/** The text, if it is a configuration with these keys. */
function checked(text: string, cluster: string, keys: readonly string[]): string {
  const found = parseConfig(text).clusters.find(({ id }) => id === cluster)?.keys
  if (!isDeepStrictEqual(found, keys)) throw styleError()
  return text
}

function styleError(): UsageError {
  return new UsageError(
    'the configuration is written in a way that cannot be edited here; edit "keys" by hand',
  )
}
