import { HostError, type HostErrorCode } from '../errors.ts'

type Meaning = { readonly code: HostErrorCode; readonly says: (file: string) => string }

const failed: Meaning = {
  code: 'DATABASE_FAILED',
  says: (file) => `the database ${file} cannot be read or written`,
}
const damaged: Meaning = {
  code: 'DATABASE_INVALID',
  says: (file) => `${file} is not a SQLite database, or damaged`,
}
const locked: Meaning = {
  code: 'DATABASE_LOCKED',
  says: (file) => `another process has locked the database ${file}`,
}
const denied: Meaning = {
  code: 'DATABASE_DENIED',
  says: (file) => `no permission to write the database ${file}`,
}
const full: Meaning = { code: 'DATABASE_FAILED', says: (file) => `no space left for the database ${file}` }

/** SQLite's primary result codes for faults of the file, not of a statement. */
const meanings: Readonly<Record<number, Meaning>> = {
  3: denied, // PERM
  5: locked, // BUSY
  8: denied, // READONLY
  10: failed, // IOERR
  11: damaged, // CORRUPT
  13: full, // FULL
  14: failed, // CANTOPEN
  15: locked, // PROTOCOL: a race for the WAL's locks was lost
  26: damaged, // NOTADB
}

/** An error of node:sqlite → a HostError if the cause is the file; other errors are returned unchanged. */
export function databaseError(error: unknown, file: string): unknown {
  const extended: unknown = error instanceof Error && 'errcode' in error ? error.errcode : undefined
  // The lower byte is the primary code, the others refine it.
  const meaning = typeof extended === 'number' ? meanings[extended & 0xff] : undefined
  if (!meaning || !(error instanceof Error)) return error
  return new HostError(meaning.code, `${meaning.says(file)} (${error.message})`, { cause: error })
}
