/** Takes one line, without its newline, for a human who watches. */
export type Log = (line: string) => void

/** Standard error, so that a test reporter's output stays clean. */
export const logToStderr: Log = (line) => void process.stderr.write(`cluster: ${line}\n`)
