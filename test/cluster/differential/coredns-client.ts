import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { typeCode } from '../../../client/record-type.ts'
import { query } from '../../blackbox/ask.ts'
import { type Answer, decodeAnswer } from '../../conformance/answer.ts'
import type { Question } from '../../conformance/context.ts'

/** CoreDNS drops an answer that it cannot encode: a name with an empty label. */
export const unanswered: Answer = {
  rcode: 'unanswered',
  authoritative: false,
  answer: [],
  authority: [],
  additional: [],
}

const connections = 4
/** Questions of one connection: CoreDNS closes one that is idle for a few seconds, as when this process is busy. */
const perConnection = 100
/** Asked after the others; CoreDNS answers one connection in order, so an answer that is missing by then was dropped. */
const last: Question = { name: 'cluster.local.', type: 'SOA' }

/** Asks CoreDNS over TCP on 127.0.0.1, with OPT; the answers in the order of the questions. Rejects when a connection breaks. */
export async function askOracle(port: number, questions: readonly Question[]): Promise<Answer[]> {
  const batches = Array.from({ length: Math.ceil(questions.length / perConnection) }, (_, at) =>
    questions.slice(at * perConnection, (at + 1) * perConnection),
  )
  const answers: Answer[][] = []
  const waiting = batches.entries()
  const lane = async (): Promise<void> => {
    for (const [at, batch] of waiting) answers[at] = await askBatch(port, batch)
  }
  await Promise.all(Array.from({ length: connections }, lane))
  return answers.flat()
}

async function askBatch(port: number, questions: readonly Question[]): Promise<Answer[]> {
  const messages = [...questions, last].map(({ name, type }, id) => {
    const message = query(name.replace(/\.$/, ''), typeCode(type), { edns: true, id })
    return Buffer.from([message.length >> 8, message.length & 0xff, ...message])
  })
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true).setTimeout(20_000, () => socket.destroy(new Error('CoreDNS does not answer')))
  await once(socket, 'connect')
  try {
    return await exchange(socket, messages)
  } finally {
    socket.destroy()
  }
}

/** Sends messages and reads until the last one is answered; gives the answers to those before it. */
function exchange(socket: Socket, messages: readonly Buffer[]): Promise<Answer[]> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer[]>()
  const answers = messages.slice(1).map(() => unanswered)
  let buffered = Buffer.alloc(0)
  const read = (chunk: Buffer): void => {
    buffered = Buffer.concat([buffered, chunk])
    while (buffered.length > 2 && buffered.length >= 2 + buffered.readUInt16BE(0)) {
      const length = buffered.readUInt16BE(0)
      const message = buffered.subarray(2, 2 + length)
      buffered = buffered.subarray(2 + length)
      const id = message.readUInt16BE(0)
      if (id < answers.length) answers[id] = decodeAnswer(message)
      else finish(() => resolve(answers))
    }
  }
  const fail = (error?: Error): void =>
    finish(() => reject(error ?? new Error('CoreDNS closed the connection')))
  const finish = (settle: () => void): void => {
    socket.off('data', read).off('error', fail).off('close', closed)
    settle()
  }
  const closed = (): void => fail()
  socket.on('data', read).on('error', fail).on('close', closed)
  socket.write(Buffer.concat(messages))
  return promise
}
