import { run } from './command.ts'

/**
 * Runs kubectl with these arguments and returns its standard output; `input` is its standard input (for `-f -`).
 * Throws ClusterError COMMAND_FAILED with kubectl's message.
 */
export type Kubectl = (args: readonly string[], options?: { input?: string }) => Promise<string>

/** A kubectl for one cluster, with `env` as its whole environment. */
export function kubectlFor(program: string, common: readonly string[], env = process.env): Kubectl {
  return (args, options = {}) => run(program, [...common, ...args], { ...options, env })
}
