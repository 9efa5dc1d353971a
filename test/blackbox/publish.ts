import { readFile } from 'node:fs/promises'
import { generateKey, importPrivateKey, type SigningKey } from '../../snapshot/key.ts'
import { createClock } from '../../sync/clock.ts'
import { parseObjects } from '../../sync/files/parse-objects.ts'
import { staticStore } from '../../sync/files/static-store.ts'
import { resolveOptions } from '../../sync/options.ts'
import type { PolicySource } from '../../sync/policy/source/policy-source.ts'
import type { Fetch } from '../../sync/publish/edge-client.ts'
import type { Round } from '../../sync/publish/round.ts'
import { publishOnce } from '../../sync/publish-once.ts'
import type { EdgeUnderTest } from './edge-under-test.ts'

/** A log that discards its lines. */
export const silent = { info: () => undefined, warn: () => undefined }

/** A fresh signing key. */
export async function newKey(): Promise<SigningKey> {
  return importPrivateKey(await generateKey())
}

/** The text of objects: one namespace, and in it the Service `web` with this cluster IP. */
export function oneService(address: string, namespace: string): string {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace },
    spec: { clusterIP: address, clusterIPs: [address], ports: [{ port: 80 }] },
  }
  const items = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, service]
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
}

/** Publishes a file of objects, by default the sample cluster, through the real ingest routes. */
export async function publishFile(
  edge: EdgeUnderTest,
  cluster: string,
  key: SigningKey,
  file: URL = new URL('../../examples/objects.yaml', import.meta.url),
): Promise<Round> {
  return publishThrough(edge.fetch, edge.url, cluster, key, await readFile(file, 'utf8'))
}

/** Publishes a file's text through any fetch, with an access policy if given; `nowMs` is the agent's clock. */
export function publishThrough(
  fetch: Fetch,
  url: string,
  cluster: string,
  key: SigningKey,
  text: string,
  nowMs: () => number = Date.now,
  policy?: PolicySource,
): Promise<Round> {
  const options = resolveOptions({ cluster })
  const { signal } = new AbortController()
  const ports = {
    key,
    edge: { url, fetch },
    log: silent,
    clock: createClock(nowMs),
    random: Math.random,
    signal,
    policy,
  }
  return publishOnce(staticStore(parseObjects([{ name: 'objects', text }]), options), options, ports)
}
