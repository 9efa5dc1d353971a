import type { Step } from '../step.ts'

/** The resolvers that can be set up, by the names of the option --system. */
export const systems = ['resolved', 'networkmanager', 'dnsmasq', 'resolv-conf', 'macos', 'windows'] as const
export type System = (typeof systems)[number]

/** How the resolver of a system comes to ask the stub. */
export type SystemPlan = {
  readonly system: System
  /** 'zones': other names go elsewhere, the stub refuses them. 'forward': the stub gets every name. */
  readonly mode: 'zones' | 'forward'
  /** In forwarding mode the servers that the machine used before. */
  readonly resolvers?: readonly string[]
  readonly steps: readonly Step[]
  /** Sentences for people who read the plan. */
  readonly notes: readonly string[]
}
