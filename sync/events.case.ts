import assert from 'node:assert/strict'
import type { Declaration } from '../snapshot/ingest.ts'
import type { Root } from '../snapshot/schema.ts'
import type { AgentEvent } from './events.ts'
import type { KubeCode } from './kube/http/errors.ts'
import { resources } from './kube/resources.ts'
import type { ServiceEntry } from './objects/service.ts'
import type { Skipped } from './objects/skipped.ts'
import { createStore } from './objects/store.ts'
import type { Round } from './publish/round.ts'
import { noneDeferred } from './schedule/deferred-shards.ts'
import { initialSchedule } from './schedule/schedule.ts'

const resource = resources.find(({ kind }) => kind === 'EndpointSlice') ?? assert.fail()
const minuteMs = 60_000

const store = createStore()
const services: readonly ServiceEntry[] = [
  {
    namespace: 'prod',
    name: 'web',
    service: { kind: 'cluster', ips: ['10.0.0.1'], ports: [] },
    hasSelector: true,
  },
  { namespace: 'prod', name: 'db', service: { kind: 'headless' }, hasSelector: true },
]
for (const entry of services)
  store.upsert('Service', { key: `${entry.namespace}/${entry.name}`, entry, skipped: [] })

/** The edge that the events of a publishing loop are about. */
export const edgeUrl = 'https://edge.example'

/** Events as an agent reports them, for tests of its observers. */
export const agentEvents = {
  listing: (objects: number): AgentEvent => ({ kind: 'listing', resource, objects }),
  listed: (objects: number, atMs: number): AgentEvent => ({ kind: 'listed', resource, objects, atMs }),
  watching: { kind: 'watching', resource } as AgentEvent,
  event: (type: 'changed' | 'deleted' | 'bookmark', atMs: number): AgentEvent => ({
    ...{ kind: 'event', resource, type, object: undefined, atMs },
  }),
  interrupted: (code: KubeCode, retryMs = 800): AgentEvent => ({
    kind: 'interrupted',
    resource,
    code,
    retryMs,
  }),
  /** A changed slice of a Service, with the trigger's time in its annotation, or without the annotation. */
  slice: (namespace: string, service: string, triggerMs: number | undefined, name = service): AgentEvent => ({
    kind: 'event',
    resource,
    type: 'changed',
    object: {
      metadata: {
        namespace,
        name,
        labels: { 'kubernetes.io/service-name': service },
        annotations:
          triggerMs === undefined
            ? {}
            : { 'endpoints.kubernetes.io/last-change-trigger-time': new Date(triggerMs).toISOString() },
      },
    },
    atMs: 0,
  }),
  /** A round begins, over a Service 'prod/web' with a cluster IP and a headless 'prod/db'. */
  roundStart: { kind: 'round-start', store, edge: edgeUrl } as AgentEvent,
  /** A round; the edge's budget refills a key a minute, and 10 keys are used at 1,000 s. */
  round: (given: {
    readonly kind?: Round['kind']
    readonly skipped?: readonly Skipped[]
    readonly blobs?: number
    readonly bytes?: number
    readonly ms?: number
    readonly atMs: number
    readonly asOfMs?: number
    readonly waiting?: number
    readonly edgeAheadMs?: number
  }): AgentEvent => ({
    kind: 'round',
    edge: edgeUrl,
    ms: given.ms ?? 1,
    atMs: given.atMs,
    edgeAheadMs: given.edgeAheadMs ?? 0,
    schedule: { ...initialSchedule, paidUntilMs: 1_000_000 + 10 * minuteMs },
    limits: { minIntervalMs: 0, writeMs: minuteMs, heartbeatMs: minuteMs },
    round: {
      kind: given.kind ?? 'content',
      edgeState: {
        declaration: {} as Declaration,
        published: { asOfMs: given.asOfMs ?? 0 } as Root,
        setAside: undefined,
        buckets: undefined,
        policy: null,
      },
      snapshot: {
        content: {} as Round['snapshot']['content'],
        blobs: new Map(),
        skipped: given.skipped ?? [],
        policyProblem: undefined,
        counts: { namespaces: 2, services: 5 },
      },
      blobs: given.blobs ?? 0,
      bytes: given.bytes ?? 0,
      deferred: { ...noneDeferred, waiting: given.waiting ?? 0 },
      neededKeys: 0,
    },
  }),
}
