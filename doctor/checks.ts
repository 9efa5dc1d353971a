import type { Check } from './define-check.ts'
import { answerCheck } from './edge/answer.ts'
import { deploymentCheck } from './edge/deployment.ts'
import { hostCheck } from './edge/host.ts'
import { http2Check } from './edge/http2.ts'
import { ptrCheck } from './edge/ptr.ts'
import { snapshotCheck } from './edge/snapshot.ts'
import { tcpCheck } from './edge/tcp.ts'
import { tlsCheck } from './edge/tls.ts'
import { tokenCheck } from './edge/token.ts'
import { zonesCheck } from './edge/zones.ts'
import { portCheck } from './path/port.ts'
import { routeCheck } from './path/route.ts'
import { localCheck } from './system/local.ts'
import { loopCheck } from './system/loop.ts'
import { rebindingCheck } from './system/rebinding.ts'
import { resolvedCheck } from './system/resolved.ts'
import { resolverCheck } from './system/resolver.ts'
import { systemCheck } from './system/system.ts'

/**
 * Every check in the order of the walk: the edge, its answer, this system's resolver, the way to the address. A check for
 * one cause of a wrong look-up comes before the look-up itself, so that the first problem is the cause.
 */
export const checks: readonly Check[] = [
  ...[hostCheck, tcpCheck, tlsCheck, http2Check],
  ...[tokenCheck, zonesCheck, snapshotCheck, deploymentCheck, answerCheck],
  ...[resolverCheck, resolvedCheck, loopCheck, rebindingCheck, localCheck, systemCheck],
  ...[ptrCheck, routeCheck, portCheck],
]
