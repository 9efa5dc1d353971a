import type { EntryOf } from './reduce.ts'
import type { ObjectKind, Reduced, Skipped } from './skipped.ts'

/** Everything that a snapshot is built from. The order of entries means nothing. */
export type Entries = {
  readonly namespaces: readonly EntryOf['Namespace'][]
  readonly services: readonly EntryOf['Service'][]
  readonly slices: readonly EntryOf['EndpointSlice'][]
  readonly pods: readonly EntryOf['Pod'][]
  readonly skipped: readonly Skipped[]
}

/**
 * The latest state of every object, by kind and key. Whoever wakes reads all of it, so a lost, doubled or late
 * event changes nothing but time. Each change says whether DNS could notice it.
 */
export type Store = {
  /** A kind's complete list: what is not in it is gone. Of two objects with one key the last counts. */
  replace<K extends ObjectKind>(kind: K, list: readonly Reduced<EntryOf[K]>[]): boolean
  upsert<K extends ObjectKind>(kind: K, object: Reduced<EntryOf[K]>): boolean
  remove(kind: ObjectKind, key: string): boolean
  entries(): Entries
}

/** The entries of several stores that have no object in common. */
export function joinEntries(parts: readonly Entries[]): Entries {
  return {
    namespaces: parts.flatMap(({ namespaces }) => namespaces),
    services: parts.flatMap(({ services }) => services),
    slices: parts.flatMap(({ slices }) => slices),
    pods: parts.flatMap(({ pods }) => pods),
    skipped: parts.flatMap(({ skipped }) => skipped),
  }
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
  return {
    replace: (kind, list) => replaceTable(tables[kind], list),
    upsert: (kind, object) => put(tables[kind], object),
    remove: (kind, key) => tables[kind].delete(key),
    entries: () => ({
      namespaces: entriesOf(tables.Namespace),
      services: entriesOf(tables.Service),
      slices: entriesOf(tables.EndpointSlice),
      pods: entriesOf(tables.Pod),
      skipped: Object.values(tables).flatMap((table) =>
        [...table.values()].flatMap((object) => object.skipped),
      ),
    }),
  }
}

function replaceTable<Entry>(table: Table<Entry>, list: readonly Reduced<Entry>[]): boolean {
  const next = new Map(list.map((object) => [object.key, object]))
  let changed = false
  for (const key of table.keys()) if (!next.has(key)) changed = table.delete(key) || changed
  for (const object of next.values()) changed = put(table, object) || changed
  return changed
}

function put<Entry>(table: Table<Entry>, object: Reduced<Entry>): boolean {
  const held = table.get(object.key)
  if (held && JSON.stringify(held) === JSON.stringify(object)) return false
  table.set(object.key, object)
  return true
}

function entriesOf<Entry>(table: Table<Entry>): Entry[] {
  return [...table.values()].flatMap((object) => (object.entry === undefined ? [] : [object.entry]))
}
