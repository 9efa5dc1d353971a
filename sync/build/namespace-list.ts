import { encodeNamespaces } from '../../snapshot/encode.ts'
import type { Content } from '../../snapshot/schema.ts'
import { type Skipped, skip } from '../objects/skipped.ts'
import { maxShardBytes } from './fit-shard.ts'
import { type LazyBlob, lazyBlob } from './lazy-blob.ts'

/** The published namespaces in a root's content, with their blob if there is one, and those that did not fit. */
export type NamespaceContent = {
  readonly namespaces: Content['namespaces']
  readonly blobs: readonly LazyBlob[]
  readonly skipped: readonly Skipped[]
}

/** A longer list of namespaces becomes a blob: 200 names of 20 bytes are 4 KiB in a root that every isolate reads. */
const maxInlineNamespaces = 200

/** The names of the published namespaces, in any order → their part of the content. */
export async function namespaceContent(names: readonly string[]): Promise<NamespaceContent> {
  if (names.length <= maxInlineNamespaces) return { namespaces: names.toSorted(), blobs: [], skipped: [] }
  const { fitting, skipped } = fittingNames(names)
  const blob = await lazyBlob(() => encodeNamespaces(fitting))
  return { namespaces: { blob: blob.hash }, blobs: [blob], skipped }
}

/** The names that fit into one blob. The longest are left out first, of equal ones those that are last in order. */
function fittingNames(names: readonly string[]): Pick<NamespaceContent, 'skipped'> & { fitting: string[] } {
  const frame = encodeNamespaces([]).length
  const total = names.reduce((sum, name) => sum + bytesOf(name), frame)
  if (total <= maxShardBytes) return { fitting: [...names], skipped: [] }
  const ordered = names.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1))
  const skipped: Skipped[] = []
  for (let left = total; left > maxShardBytes; ) {
    const name = ordered.pop() ?? ''
    left -= bytesOf(name)
    const text = `the list of all namespaces would exceed ${maxShardBytes} bytes, and the longest names are left out: its names do not exist`
    skipped.push(skip('Namespace', name, { cause: 'size', text }))
  }
  return { fitting: ordered, skipped }
}

/** The bytes that a name adds to the list: its quotes and a comma. */
function bytesOf(name: string): number {
  return name.length + 3
}
