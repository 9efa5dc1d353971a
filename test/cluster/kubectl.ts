import { run } from './command.ts'

/**
 * Runs kubectl with these arguments and gives what it writes to standard output; `input` becomes its
 * standard input (for `-f -`). Throws ClusterError COMMAND_FAILED with kubectl's own words.
 */
export type Kubectl = (args: readonly string[], options?: { input?: string }) => Promise<string>

/** A kubectl that talks to one cluster, with `env` as its whole environment. */
export function kubectlFor(program: string, common: readonly string[], env = process.env): Kubectl {
  return (args, options = {}) => run(program, [...common, ...args], { ...options, env })
}
