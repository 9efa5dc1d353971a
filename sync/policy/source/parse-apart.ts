import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type PolicyOutcome, parsePolicy } from '../parse.ts'

/**
 * Longer texts (characters) are parsed by a thread: 10,000 tokens take a second of CPU, in which an edge in the same process
 * could not answer. A text of this length takes some 20 ms, less than the start of a thread.
 */
const inPlaceLength = 32 * 1024

/** The program of the thread, next to this file also in the bundle. */
const program = new URL(`parse-thread${extname(import.meta.url)}`, import.meta.url)

/** A policy file's YAML text → the policy, or its faults. Rejects only if the thread ends without a result. */
export function parseApart(text: string): Promise<PolicyOutcome> {
  if (text.length <= inPlaceLength) return parsePolicy(text)
  return new Promise((resolve, reject) => {
    const thread = new Worker(program, { workerData: text })
    thread.once('message', (outcome: PolicyOutcome) => resolve(outcome))
    thread.once('error', reject)
    thread.once('exit', (code) => reject(new Error(`the thread that reads a policy ended with code ${code}`)))
  })
}
