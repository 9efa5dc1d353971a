import { CORE_SCHEMA, loadAll, mergeTag, YAMLException } from 'js-yaml'
import type { PodsMode } from '../../snapshot/schema.ts'
import { fieldOf, listOf } from './fields.ts'
import type { ObjectKind } from './skipped.ts'

const kinds: readonly string[] = ['Namespace', 'Service', 'EndpointSlice', 'Pod'] satisfies ObjectKind[]

/** The command that prints the objects of a cluster, as far as answers in a mode need them. */
export function objectsCommand(pods: PodsMode): string {
  const kindNames = `namespaces,services,endpointslices${pods === 'verified' ? ',pods' : ''}`
  return `kubectl get ${kindNames} -A -o yaml`
}

/** A file of objects that nothing can be published from. The message says what, where, and how to mend it. */
export class ObjectsError extends Error {
  override readonly name = 'ObjectsError'
  readonly code = 'OBJECTS_INVALID'
  /** Counted from 1, where the parser knows the place. */
  readonly line: number | undefined
  readonly column: number | undefined

  constructor(message: string, place?: { readonly line: number; readonly column: number }) {
    super(message)
    this.line = place?.line
    this.column = place?.column
  }
}

/** The objects of a file, by kind, and how many of each other kind were passed over. */
export type Objects = Readonly<Record<ObjectKind, readonly unknown[]>> & {
  readonly passedOver: ReadonlyMap<string, number>
}

type Item = { readonly kind: string; readonly object: unknown }

/**
 * What `objectsCommand` prints (or the same as JSON) → its objects. Lists, several YAML documents and single
 * objects are all taken. `source` names the text in messages.
 * Throws ObjectsError when it is neither YAML nor JSON, holds something without a kind, no Namespace (a name in a
 * namespace that is not known to exist has no answer), or no Pod where the mode is to verify them.
 */
export function parseObjects(text: string, source: string, pods: PodsMode = 'disabled'): Objects {
  const command = objectsCommand(pods)
  const items = parseDocuments(text, source, command).flatMap((document, index) =>
    itemsOf(document, `${source}: document ${index + 1}`, command),
  )
  const passedOver = new Map<string, number>()
  for (const { kind } of items) {
    if (!kinds.includes(kind)) passedOver.set(kind, (passedOver.get(kind) ?? 0) + 1)
  }
  const of = (kind: ObjectKind): unknown[] =>
    items.filter((item) => item.kind === kind).map((item) => item.object)
  const objects = {
    Namespace: of('Namespace'),
    Service: of('Service'),
    EndpointSlice: of('EndpointSlice'),
    Pod: of('Pod'),
    passedOver,
  }
  const lacks = (kind: ObjectKind, effect: string): ObjectsError => {
    const found = [...new Set(items.map((item) => item.kind))].join(', ') || 'nothing'
    return new ObjectsError(
      `${source}: no ${kind} in it (found: ${found}), so ${effect}; make it with: ${command}`,
    )
  }
  if (objects.Namespace.length === 0) throw lacks('Namespace', 'no name could be answered')
  if (pods === 'verified' && objects.Pod.length === 0) throw lacks('Pod', "no pod's name could be answered")
  return objects
}

function parseDocuments(text: string, source: string, command: string): unknown[] {
  if (/^\s*[{[]/.test(text)) {
    try {
      return [JSON.parse(text)]
    } catch {
      // YAML holds JSON: its parser says where the text breaks, and takes several documents.
    }
  }
  try {
    // The core schema leaves timestamps, yes and no as text.
    return loadAll(text, { schema: CORE_SCHEMA.withTags(mergeTag) })
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    const place = error.mark && { line: error.mark.line + 1, column: error.mark.column + 1 }
    const where = place ? `${source}:${place.line}:${place.column}` : source
    throw new ObjectsError(
      `${where}: neither YAML nor JSON: ${error.reason}; the file should be the output of: ${command}`,
      place,
    )
  }
}

/** A document → its objects: a list's items (typed lists leave the kind out of each), or the object itself. */
function itemsOf(document: unknown, where: string, command: string): Item[] {
  if (document === undefined || document === null) return []
  if (Array.isArray(document))
    return document.flatMap((item, index) => itemsOf(item, `${where}, item ${index + 1}`, command))
  const kind = fieldOf(document, 'kind')
  if (typeof kind !== 'string') {
    throw new ObjectsError(
      `${where} is no Kubernetes object: it has no kind; the file should be the output of: ${command}`,
    )
  }
  const items = fieldOf(document, 'items')
  if (!kind.endsWith('List') || !Array.isArray(items)) return [{ kind, object: document }]
  const itemKind = kind.slice(0, -'List'.length)
  if (itemKind === '')
    return items.flatMap((item, index) => itemsOf(item, `${where}, item ${index + 1}`, command))
  return listOf(items).map((object) => ({ kind: itemKind, object }))
}
