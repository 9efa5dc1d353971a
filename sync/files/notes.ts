import { serviceKey } from '../../snapshot/schema.ts'
import type { Store } from '../objects/store.ts'
import type { Objects } from './parse-objects.ts'

/** A fact for the log: its level, a constant message, and its numbers and names as fields. */
export type Note = {
  readonly level: 'info' | 'warn'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Names in one log line, at most. */
const maxNames = 10

/**
 * Problems of files of objects that users would otherwise notice only by missing names: kinds that were
 * ignored, objects without namespace, and headless Services without EndpointSlice. `store` holds the objects;
 * `exposed` are the namespaces to publish, empty means all.
 */
export function fileNotes(objects: Objects, store: Store, exposed: readonly string[]): Note[] {
  const notes: Note[] = []
  if (objects.defaulted > 0)
    notes.push({
      level: 'info',
      message: 'objects without namespace are in the namespace default, as kubectl has it',
      fields: { objects: objects.defaulted },
    })
  if (objects.passedOver.size > 0) {
    const kinds = [...objects.passedOver].map(([kind, count]) => `${count} ${kind}`)
    notes.push({
      level: 'info',
      message: 'objects of kinds that DNS does not need were passed over',
      fields: { kinds: listed(kinds) },
    })
  }
  const lonely = headlessWithoutSlice(store, exposed)
  if (lonely.length > 0)
    notes.push({
      level: 'warn',
      message:
        'headless Services have no EndpointSlice in the files, so their names do not exist; export endpointslices too',
      fields: { services: listed(lonely), count: lonely.length },
    })
  return notes
}

/** Keys of published headless Services to which no slice belongs. */
function headlessWithoutSlice(store: Store, exposed: readonly string[]): string[] {
  const served = new Set<string>()
  for (const key of store.keys('EndpointSlice')) {
    const slice = store.get('EndpointSlice', key)
    if (slice) served.add(serviceKey(slice.namespace, slice.service))
  }
  return [...store.keys('Service')].filter((key) => {
    const entry = store.get('Service', key)
    if (entry?.service.kind !== 'headless' || served.has(serviceKey(entry.namespace, entry.name)))
      return false
    const isExposed = exposed.length === 0 || exposed.includes(entry.namespace)
    return isExposed && store.get('Namespace', entry.namespace)?.isSelected === true
  })
}

function listed(names: readonly string[]): string {
  const rest = names.length - maxNames
  return [...names.slice(0, maxNames), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ')
}
