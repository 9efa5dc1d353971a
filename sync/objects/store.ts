import type { EntryOf } from './reduce.ts'
import type { ObjectKind, Reduced, Skipped } from './skipped.ts'

/** An object that is new, changed or gone: what was kept of it before, and what is kept now. */
export type Change = {
  readonly [K in ObjectKind]: {
    readonly kind: K
    readonly key: string
    readonly before: EntryOf[K] | undefined
    readonly after: EntryOf[K] | undefined
  }
}[ObjectKind]

/**
 * The latest state of every object, by kind and key. Whoever wakes reads all of it, so a lost, doubled or late
 * event changes nothing but time. Each change says whether DNS could notice it.
 */
export type Store = {
  /**
   * A kind's complete list, of the cluster or of one namespace: what is not in it is gone. Of two objects with one
   * key the last counts.
   */
  replace<K extends ObjectKind>(kind: K, list: readonly Reduced<EntryOf[K]>[], namespace?: string): boolean
  upsert<K extends ObjectKind>(kind: K, object: Reduced<EntryOf[K]>): boolean
  remove(kind: ObjectKind, key: string): boolean
  get<K extends ObjectKind>(kind: K, key: string): EntryOf[K] | undefined
  /** Keys of a kind's objects, those included of which nothing is kept. */
  keys(kind: ObjectKind): Iterable<string>
  /** What could not be kept. */
  skipped(): Skipped[]
  /** Tells `listener` of all that is there, and from then on of every change before `upsert` and the like return. */
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
  // Few objects have anything to skip, and every build asks.
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
    const held = table.get(key)
    if (isSame(held, object)) return false
    if (object) table.set(key, object)
    else table.delete(key)
    if (object && object.skipped.length > 0) skips[kind].set(key, object.skipped)
    else skips[kind].delete(key)
    const change = { kind, key, before: held?.entry, after: object?.entry } as unknown as Change
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
