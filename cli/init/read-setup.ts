import { errorText } from '../../host/errors.ts'
import { parseJson, readList, readObject, readText } from '../../snapshot/shape.ts'
import { UsageError } from '../options/option-table.ts'
import { clusterRanges } from '../up/up-config.ts'
import type { Asker } from './ask.ts'
import { fileNames, type SetupFile } from './files.ts'
import { edgeKinds, readCluster, readEdgeKind, readHost, type Setup } from './setup.ts'

/** Values of the options that decide a setup. */
export type SetupValues = {
  readonly edge: string | undefined
  readonly host: string | undefined
  readonly cluster: string | undefined
  readonly domain: string | undefined
  readonly zone: readonly string[]
  readonly reverse: readonly string[]
}

/**
 * The setup that the options ask for: what they do not say is as in the setup `before`, or else asked for. Throws
 * UsageError for a wrong value, and for another cluster than that of `before`.
 */
export async function readSetup(
  values: SetupValues,
  before: Setup | undefined,
  { ask }: Asker,
): Promise<Setup> {
  const edge = values.edge ?? before?.edge
  const host = values.host ?? before?.host
  const cluster = values.cluster ?? before?.cluster
  const setup = {
    edge: edge
      ? readEdgeKind(edge)
      : await ask({ option: 'edge', text: `Edge (${edgeKinds.join(', ')})`, read: readEdgeKind }),
    host: host
      ? readHost(host)
      : await ask({ option: 'host', text: 'Host name of the edge', read: readHost }),
    cluster: cluster
      ? readCluster(cluster)
      : await ask({ option: 'cluster', text: 'Id of the cluster', byDefault: 'prod', read: readCluster }),
    domain: values.domain ?? before?.domain ?? 'cluster.local',
    zones: values.zone.length > 0 ? values.zone : (before?.zones ?? []),
    reverse: values.reverse.length > 0 ? values.reverse : (before?.reverse ?? clusterRanges),
  }
  if (before && before.cluster !== setup.cluster)
    throw new UsageError(
      `the folder is that of the cluster ${before.cluster}; give another --dir for ${setup.cluster}`,
    )
  return setup
}

/** The file that keeps a setup for the next run. */
export function setupFile(setup: Setup): SetupFile {
  return { name: fileNames.setup, isSecret: false, text: `${JSON.stringify(setup, undefined, 2)}\n` }
}

/** The text of that file → the setup. Throws UsageError, naming `file`. */
export function parseSetup(text: string, file: string): Setup {
  try {
    const setup = readObject(parseJson(text, 'the setup'), 'the setup')
    return {
      edge: readEdgeKind(readText(setup.edge, 'edge')),
      host: readHost(readText(setup.host, 'host')),
      cluster: readCluster(readText(setup.cluster, 'cluster')),
      domain: readText(setup.domain, 'domain'),
      zones: readList(readText)(setup.zones, 'zones'),
      reverse: readList(readText)(setup.reverse, 'reverse'),
    }
  } catch (error) {
    throw new UsageError(`${file} is not a file of \`kubedoh init\`: ${errorText(error)}`)
  }
}
