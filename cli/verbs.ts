import type { Command } from './options/verb.ts'

/** Every verb, loaded only when it is used: an edge then does not pay for the agent's libraries. */
export const verbs: Readonly<Record<string, () => Promise<{ default: Command }>>> = {
  up: () => import('./up.ts'),
  sync: () => import('./sync.ts'),
  serve: () => import('./serve.ts'),
  query: () => import('./query.ts'),
  connect: () => import('./connect.ts'),
  profile: () => import('./profile.ts'),
  check: () => import('./check.ts'),
  doctor: () => import('./doctor.ts'),
  cost: () => import('./cost.ts'),
  token: () => import('./token.ts'),
  key: () => import('./key.ts'),
  init: () => import('./init.ts'),
  completion: () => import('./completion.ts'),
}

/** Loads every verb, in the order of the help. */
export function loadVerbs(): Promise<Command[]> {
  return Promise.all(Object.values(verbs).map(async (load) => (await load()).default))
}
