import { proxyFor } from '../../client/http/proxy-environment.ts'
import { edgeBaseUrl, OptionError } from '../../sync/options.ts'
import type { EdgePort } from '../../sync/publish/edge-client.ts'
import { UsageError } from '../options/option-table.ts'
import type { World } from '../options/verb.ts'

/**
 * The URLs of --edge → the edges to publish to, each with the proxy that the environment names for it. `ca` is the text of
 * --ca. Throws UsageError for a wrong URL, and for one that is given twice.
 */
export async function edgePorts(
  given: readonly string[],
  ca: string | undefined,
  env: World['env'],
): Promise<EdgePort[]> {
  const urls = given.map((url) => checkedUrl(url, 'edge'))
  const twice = urls.find((url, index) => urls.indexOf(url) !== index)
  if (twice !== undefined) throw new UsageError(`--edge ${twice} is given twice`)
  const { edgeFetch } = await import('../../sync/publish/edge-fetch.ts')
  return urls.map((url) => ({ url, fetch: edgeFetch(ca, proxyFor(new URL(url), env)) }))
}

/** The base URL of an edge that an option names. Throws UsageError, naming the option. */
export function checkedUrl(text: string, option: 'edge' | 'follow'): string {
  try {
    return edgeBaseUrl(text, option)
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    throw new UsageError(`--${error.message}`)
  }
}
