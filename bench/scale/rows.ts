import { hasCode } from '../../test/cluster/errors.ts'
import type { Bench } from '../rounds.ts'
import type { Result } from '../row.ts'
import type { Servers } from '../servers.ts'
import { isolateRow } from './isolate-row.ts'
import { latencyRow } from './latency-row.ts'
import { rootRow } from './root-row.ts'
import type { ScaleCluster } from './scale-cluster.ts'
import { startRow } from './start-row.ts'
import { writeRow } from './write-row.ts'

type ScaleRow = (servers: Servers, bench: Bench) => Promise<Result[]>

/** Rows that measure the agent: on a real control plane, and its roots without one (q, r). */
export const scaleRows: Readonly<Record<string, ScaleRow>> = {
  j: onPlane('j', startRow),
  k: onPlane('k', writeRow),
  l: onPlane('l', latencyRow),
  q: rootRow,
  r: isolateRow,
}

function onPlane(row: string, measure: (scale: ScaleCluster, bench: Bench) => Promise<Result[]>): ScaleRow {
  return async (servers, bench) => {
    try {
      return await measure(await servers.scale(), bench)
    } catch (error) {
      if (!hasCode(error, 'GO_MISSING') && !hasCode(error, 'OPENSSL_MISSING')) throw error
      const absent = [{ name: 'a control plane', absent: error.message }]
      return [{ row, title: 'the agent on a control plane', scores: [], absent, targets: [], facts: {} }]
    }
  }
}
