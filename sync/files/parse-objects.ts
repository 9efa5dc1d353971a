import type { PodsMode } from '../../snapshot/schema.ts'
import { fieldOf } from '../objects/fields.ts'
import type { ObjectKind } from '../objects/skipped.ts'
import { ObjectsError } from './errors.ts'
import { type Item, itemOf, listItems } from './group-kind.ts'
import { readJson } from './read-json.ts'
import { readYaml, type TextDocument } from './read-yaml.ts'

/** The text of a file, and the name for it in messages. */
export type TextFile = { readonly name: string; readonly text: string }

/** Objects by kind. */
export type ObjectsByKind = Readonly<Record<ObjectKind, readonly unknown[]>>

/** The objects of files, by kind, and the count of objects of each other kind. */
export type Objects = ObjectsByKind & {
  readonly passedOver: ReadonlyMap<string, number>
  /** How many objects had no namespace and were put into `default`. */
  readonly defaulted: number
}

/** The requirements on the content of the files. */
export type Needs = {
  readonly pods: PodsMode
  /** Namespaces that exist without an object for them. */
  readonly namespaces: readonly string[]
}

/** The namespace of objects that name none, as kubectl has it without --namespace; it exists in every cluster. */
const defaultNamespace = 'default'

/** The command that prints the objects of a cluster that answers in a pods mode need. */
export function objectsCommand(pods: PodsMode): string {
  const kindNames = `namespaces,services,endpointslices${pods === 'verified' ? ',pods' : ''}`
  return `kubectl get ${kindNames} -A -o yaml`
}

/**
 * YAML or JSON files with Kubernetes objects → the objects, as kubectl reads them: lists, several documents in a file
 * and single objects, by API group and kind.
 * Throws ObjectsError when a file is neither YAML nor JSON or contains something without a kind, when there is no
 * Namespace (a name in a namespace that does not exist has no answer), and when there is no Pod although the mode is
 * to verify pods.
 */
export function parseObjects(
  files: readonly TextFile[],
  needs: Needs = { pods: 'disabled', namespaces: [] },
): Objects {
  const command = objectsCommand(needs.pods)
  const items = files.flatMap((file) =>
    readDocuments(file, command).flatMap(({ value, offset }, index) =>
      itemsOf(
        value,
        () => `${file.name}: document ${index + 1} (line ${lineAt(file.text, offset)})`,
        command,
      ),
    ),
  )
  const objects = sortItems(items, needs.namespaces)
  const source = files.map(({ name }) => name).join(', ')
  const found = [...new Set(items.map(({ label }) => label))].join(', ') || 'nothing'
  if (objects.Namespace.length === 0 && needs.namespaces.length === 0)
    throw new ObjectsError(
      `${source}: no Namespace in it (found: ${found}), so no name could be answered; make it with: ${command}, or name the namespaces that exist: --namespaced --namespace NAME`,
    )
  if (needs.pods === 'verified' && objects.Pod.length === 0)
    throw new ObjectsError(
      `${source}: no Pod in it (found: ${found}), so no pod's name could be answered; make it with: ${command}`,
    )
  return objects
}

function readDocuments({ name, text }: TextFile, command: string): readonly TextDocument[] {
  const json = readJson(text)
  if (json) return json
  const yaml = readYaml(text)
  if ('documents' in yaml) return yaml.documents
  const { problem, place } = yaml
  const where = place ? `${name}:${place.line}:${place.column}` : name
  throw new ObjectsError(
    `${where}: cannot be read as YAML or JSON: ${problem}; the file should be the output of: ${command}`,
    place,
  )
}

/** Counted from 1. Reads the text up to there: only for messages. */
function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

/** A document → its objects: the items of a list, or the object itself. `where` names its place in messages. */
function itemsOf(document: unknown, where: () => string, command: string): Item[] {
  if (document === undefined || document === null) return []
  const each = (items: readonly unknown[], read: (item: unknown, where: () => string) => Item[]): Item[] =>
    items.flatMap((item, index) => read(item, () => `${where()}, item ${index + 1}`))
  if (Array.isArray(document)) return each(document, (item, place) => itemsOf(item, place, command))
  const kind = fieldOf(document, 'kind')
  if (typeof kind !== 'string' || kind === '') {
    throw new ObjectsError(
      `${where()} is not a Kubernetes object: it has no kind; the file should be the output of: ${command}`,
    )
  }
  const apiVersion = fieldOf(document, 'apiVersion')
  const list = listItems(document, kind)
  if (!list) return [itemOf(document, kind, apiVersion)]
  return each(list.items, (item, place) => {
    const isTyped = list.itemKind !== '' && !(fieldOf(item, 'kind') && fieldOf(item, 'apiVersion'))
    return isTyped ? [itemOf(item, list.itemKind, apiVersion)] : itemsOf(item, place, command)
  })
}

/** Sorts items by kind, and gives objects without namespace the default one. */
function sortItems(items: readonly Item[], existing: readonly string[]): Objects {
  const passedOver = new Map<string, number>()
  const objects: Record<ObjectKind, unknown[]> = { Namespace: [], Service: [], EndpointSlice: [], Pod: [] }
  let defaulted = 0
  for (const { kind, label, object } of items) {
    if (kind === undefined) passedOver.set(label, (passedOver.get(label) ?? 0) + 1)
    else if (kind === 'Namespace' || (fieldOf(object, 'metadata', 'namespace') ?? '') !== '')
      objects[kind].push(object)
    else {
      objects[kind].push(inDefaultNamespace(object))
      defaulted++
    }
  }
  const names = new Set(objects.Namespace.map((object) => fieldOf(object, 'metadata', 'name')))
  for (const name of [...existing, ...(defaulted > 0 ? [defaultNamespace] : [])]) {
    if (!names.has(name)) objects.Namespace.push({ metadata: { name } })
    names.add(name)
  }
  return { ...objects, passedOver, defaulted }
}

function inDefaultNamespace(object: unknown): unknown {
  const metadata = fieldOf(object, 'metadata')
  return {
    ...(object as object),
    metadata: { ...(typeof metadata === 'object' ? metadata : {}), namespace: defaultNamespace },
  }
}
