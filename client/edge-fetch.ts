import { Agent, fetch } from 'undici'
import { readInputFile } from '../cli/options/input-file.ts'
import type { Fetch } from '../sync/publish/edge-client.ts'

/**
 * Fetch for the agent's requests to its edge, which trusts the certificates in a file, or without one the system's. It
 * speaks HTTP/1.1: there are few requests at a time, and one that is given up takes its connection with it, and no other.
 * Over HTTP/2 the next ones would go the same way, and a connection that was reset while it was made is not known to be
 * dead for a minute.
 * Throws UsageError when the file cannot be read.
 */
export async function edgeFetch(caFile: string | undefined): Promise<Fetch> {
  const connect = caFile === undefined ? {} : { ca: await readInputFile(caFile, '--ca') }
  const dispatcher = new Agent({ allowH2: false, connect })
  return (url, init) => fetch(url, { ...init, dispatcher })
}
