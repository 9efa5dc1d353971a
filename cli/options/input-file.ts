import { readFile } from 'node:fs/promises'
import { UsageError } from './option-table.ts'

/** The text of a file that an option names. `what` says which, in the UsageError that is thrown when it cannot be read. */
export async function readInputFile(file: string, what: string, hint = ''): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`cannot read ${what}: ${reasonOf(error)}${hint}`)
  }
}

/** What an error says, whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
