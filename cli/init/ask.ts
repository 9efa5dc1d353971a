import { createInterface } from 'node:readline/promises'
import { UsageError } from '../options/option-table.ts'

/** A question for a value that no option gave. */
export type Question<T> = {
  readonly option: string
  readonly text: string
  /** The value for an empty answer. */
  readonly byDefault?: string
  /** Throws UsageError for a value that is not valid; the question is then asked again. */
  readonly read: (text: string) => T
}

/** Asks people at a terminal. A question that is interrupted is a UsageError. */
export type Asker = {
  ask<T>(question: Question<T>): Promise<T>
  close(): void
}

/** An asker at this process's terminal. Without one, a question is a UsageError that names the option. */
export function createAsker(signal: AbortSignal): Asker {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    return {
      ask({ option }) {
        throw new UsageError(`init needs --${option}`)
      },
      close: () => {},
    }
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  // Ctrl-C, Ctrl-D and a signal abort the question. Nothing is written before the last answer.
  const answerTo = (question: string): Promise<string> =>
    lines.question(question, { signal }).catch(() => {
      process.stderr.write('\n')
      throw new UsageError('interrupted; nothing was written')
    })
  return {
    async ask({ text, byDefault, read }) {
      const hint = byDefault === undefined ? '' : ` [${byDefault}]`
      for (;;) {
        const answer = (await answerTo(`${text}${hint}: `)).trim() || (byDefault ?? '')
        try {
          return read(answer)
        } catch (error) {
          if (!(error instanceof UsageError)) throw error
          process.stderr.write(`${error.message}\n`)
        }
      }
    },
    close: () => lines.close(),
  }
}
