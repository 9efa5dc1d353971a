import { checkPolicyKept, supersedes } from '../../snapshot/root.ts'
import type { Ledger } from './ledger.ts'

/**
 * A ledger whose next root must also continue the root of another ledger while `isBehind`: it is newer, and keeps its access
 * policy. Otherwise switching a register between serving and not serving could go back, or open an edge.
 */
export function continuing(ledger: Ledger, other: Ledger, isBehind: () => boolean): Ledger {
  return {
    ...ledger,
    async acceptRoot(root, call) {
      const before = isBehind() || !(await ledger.root()) ? await other.root() : undefined
      if (before) {
        if (call.trustedKeyIds.includes(before.kid)) supersedes(before, root)
        checkPolicyKept(before.jws, root)
      }
      return ledger.acceptRoot(root, call)
    },
  }
}
