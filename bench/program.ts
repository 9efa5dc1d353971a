import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, fetch } from 'undici'
import { systemCode } from '../host/errors.ts'

/** The process of a peer that answers. */
export type Program = { readonly process: ChildProcess; stop(): Promise<void> }

const readyMs = 120_000

/**
 * Starts a program and waits until `answers` says that it answers, which for CoreDNS means that it has listed everything.
 * Undefined if the program is not installed. Throws, with its output, if it ends or is late.
 */
export async function startProgram(
  command: string,
  args: readonly string[],
  answers: () => Promise<boolean>,
): Promise<Program | undefined> {
  const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const hear = (chunk: Buffer): void => void (said = (said + chunk.toString()).slice(-4_000))
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const begun = await Promise.race([
    once(child, 'spawn').then(() => true),
    once(child, 'error').then(([error]: unknown[]) => {
      if (systemCode(error) === 'ENOENT') return false
      throw error
    }),
  ]).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  })
  if (!begun) return undefined
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  try {
    await answering(answers, child)
  } catch (error) {
    await stop()
    throw new Error(`${command}: ${String(error)}: ${said}`, { cause: error })
  }
  return { process: child, stop }
}

async function answering(answers: () => Promise<boolean>, child: ChildProcess): Promise<void> {
  const endMs = performance.now() + readyMs
  while (performance.now() < endMs) {
    if (child.exitCode !== null) throw new Error(`exited with ${child.exitCode}`)
    if (await answers()) return
    await sleep(100)
  }
  throw new Error(`no answer within ${readyMs} ms`)
}

/** Whether the response to a GET of this DoH URL is NOERROR with an answer, whatever the certificate. Never rejects. */
export async function answersOverHttps(url: string): Promise<boolean> {
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false }, allowH2: true })
  try {
    const response = await fetch(url, { dispatcher, signal: AbortSignal.timeout(2_000) })
    return response.status === 200 && isAnswer(await response.arrayBuffer())
  } catch {
    return false
  } finally {
    await dispatcher.destroy()
  }
}

/** NOERROR with at least one answer. */
function isAnswer(message: ArrayBuffer): boolean {
  const bytes = new Uint8Array(message)
  return ((bytes[3] ?? 15) & 15) === 0 && ((bytes[6] ?? 0) << 8) + (bytes[7] ?? 0) > 0
}
