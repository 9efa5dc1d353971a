import { reduceObject } from '../objects/reduce.ts'
import type { ObjectKind } from '../objects/skipped.ts'
import type { Source } from '../objects/source.ts'
import { createStore } from '../objects/store.ts'
import type { AgentOptions } from '../options.ts'
import { type ReflectorPorts, startReflector } from './reflector.ts'
import { scopesOf } from './resources.ts'
import { sinkFor } from './store-sink.ts'

/**
 * Watches a cluster's Namespaces, Services and EndpointSlices, and with `pods: verified` its Pods, until the signal
 * aborts; with `namespaced` only those of the named namespaces.
 */
export function watchCluster(options: AgentOptions, ports: Omit<ReflectorPorts, 'changed'>): Source {
  const listeners: (() => void)[] = []
  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  const store = createStore()
  const reflectors = scopesOf(options).flatMap(({ namespace, resources }) => {
    const exists = namespace === undefined ? undefined : { metadata: { name: namespace } }
    if (exists) store.upsert('Namespace', reduceObject('Namespace', exists, options))
    return resources.map((resource) => {
      const sink = sinkFor(resource.kind, store, options, namespace)
      return { kind: resource.kind, ...startReflector(resource, sink, { ...ports, changed }) }
    })
  })
  const of = (kind: ObjectKind) => reflectors.filter((each) => each.kind === kind)
  return {
    synced: all(reflectors.map((each) => each.synced)),
    done: all(reflectors.map((each) => each.done)),
    store,
    asOfMs: () => Math.min(...reflectors.map((each) => each.aliveMs())),
    listedMs: (kind) => Math.min(...of(kind).map((each) => each.listedMs())),
    relist: (kind) => {
      for (const each of of(kind)) each.relist()
    },
    onChange: (listener) => void listeners.push(listener),
  }
}

async function all(promises: readonly Promise<void>[]): Promise<void> {
  await Promise.all(promises)
}
