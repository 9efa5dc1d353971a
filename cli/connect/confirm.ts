import { createInterface } from 'node:readline/promises'
import { UsageError } from '../options/option-table.ts'
import type { World } from '../options/verb.ts'

/** Asks a question in the terminal → whether the answer is yes. Throws UsageError where nobody can be asked. */
export async function confirm(question: string, { signal }: Pick<World, 'signal'>): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError('there is no terminal to ask in; say --yes, or --dry-run')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim())
  } finally {
    terminal.close()
  }
}
