import { Agent, fetch } from 'undici'
import type { Fetch } from '../sync/edge-client.ts'
import { readInputFile } from './input-file.ts'

/** Fetch that trusts the certificates in a file, or the system's. Throws UsageError when it cannot be read. */
export async function edgeFetch(caFile: string | undefined): Promise<Fetch> {
  if (caFile === undefined) return fetch
  const dispatcher = new Agent({ connect: { ca: await readInputFile(caFile, '--ca') } })
  return (url, init) => fetch(url, { ...init, dispatcher })
}
