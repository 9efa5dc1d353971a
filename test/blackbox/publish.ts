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
