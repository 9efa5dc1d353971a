/** Shows one line of progress, given without its newline. */
export type Log = (line: string) => void

/** Writes to standard error, so that the test report stays clean. */
export const logToStderr: Log = (line) => void process.stderr.write(`cluster: ${line}\n`)
