import type { EntryOf } from './reduce.ts'
import type { ObjectKind, Reduced, Skipped } from './skipped.ts'

/** An object that is new, changed or deleted: its entry before and after. */
export type Change = {
  readonly [K in ObjectKind]: {
    readonly kind: K
    readonly key: string
    readonly before: EntryOf[K] | undefined
    readonly after: EntryOf[K] | undefined
  }
}[ObjectKind]

/**
 * The latest state of every object, by kind and key. Readers always read the current state, so a lost, duplicate or
 * late event can only delay a result. Writers return true when a change can affect an answer.
 */
export type Store = {
  /**
   * Takes a kind's complete list, of the cluster or of one namespace: objects that are not in it are removed. Of two
   * objects with the same key the last one counts.
   */
  replace<K extends ObjectKind>(kind: K, list: readonly Reduced<EntryOf[K]>[], namespace?: string): boolean
  upsert<K extends ObjectKind>(kind: K, object: Reduced<EntryOf[K]>): boolean
  remove(kind: ObjectKind, key: string): boolean
  get<K extends ObjectKind>(kind: K, key: string): EntryOf[K] | undefined
  /** Keys of all objects of a kind, including objects without an entry. */
  keys(kind: ObjectKind): Iterable<string>
  /** Everything that was left out. */
  skipped(): Skipped[]
  /** Calls `listener` for every object in the store, and from then on for every change before the writer returns. */
  follow(listener: (change: Change) => void): void
}

type Table<Entry> = Map<string, Reduced<Entry>>
type Tables = { [K in ObjectKind]: Table<EntryOf[K]> }

/** Makes an empty store. */
export function createStore(): Store {
  const tables: Tables = {
    Namespace: new Map(),
    Service: new Map(),
    EndpointSlice: new Map(),
    Pod: new Map(),
  }
  // Few objects have skipped parts, and every build reads them: a second index is cheaper than a scan.
  const skips: Readonly<Record<ObjectKind, Map<string, readonly Skipped[]>>> = {
    Namespace: new Map(),
    Service: new Map(),
    EndpointSlice: new Map(),
    Pod: new Map(),
  }
  const listeners: ((change: Change) => void)[] = []
  const put = <K extends ObjectKind>(
    kind: K,
    key: string,
    object: Reduced<EntryOf[K]> | undefined,
  ): boolean => {
    const table: Table<EntryOf[K]> = tables[kind]
    const previous = table.get(key)
    if (isSame(previous, object)) return false
    if (object) table.set(key, object)
    else table.delete(key)
    if (object && object.skipped.length > 0) skips[kind].set(key, object.skipped)
    else skips[kind].delete(key)
    const change = { kind, key, before: previous?.entry, after: object?.entry } as unknown as Change
    for (const listener of listeners) listener(change)
    return true
  }
  const store: Store = {
    replace: (kind, list, namespace) => {
      const next = new Map(list.map((object) => [object.key, object]))
      let changed = false
      for (const key of tables[kind].keys())
        if (!next.has(key) && isIn(key, namespace)) changed = put(kind, key, undefined) || changed
      for (const object of next.values()) changed = put(kind, object.key, object) || changed
      return changed
    },
    upsert: (kind, object) => put(kind, object.key, object),
    remove: (kind, key) => put(kind, key, undefined),
    get: (kind, key) => tables[kind].get(key)?.entry,
    keys: (kind) => tables[kind].keys(),
    skipped: () => Object.values(skips).flatMap((each) => [...each.values()].flat()),
    follow: (listener) => {
      for (const kind of Object.keys(tables) as ObjectKind[])
        for (const [key, { entry }] of tables[kind])
          listener({ kind, key, before: undefined, after: entry } as unknown as Change)
      listeners.push(listener)
    },
  }
  return store
}

function isSame<Entry>(a: Reduced<Entry> | undefined, b: Reduced<Entry> | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && JSON.stringify(a) === JSON.stringify(b))
}

/** Keys are 'namespace/name'. */
function isIn(key: string, namespace: string | undefined): boolean {
  return namespace === undefined || key.startsWith(`${namespace}/`)
}
