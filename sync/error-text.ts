/**
 * An error in one line: its message and those of its causes, separated by colons. An error without a message is shown by
 * its code, or by its name. Any other thrown value is shown as text.
 */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as { code?: unknown }
  const text = error.message || (typeof code === 'string' ? code : error.name)
  return error.cause instanceof Error ? `${text}: ${errorText(error.cause)}` : text
}
