import { parentPort, workerData } from 'node:worker_threads'
import { parsePolicy } from '../parse.ts'

/* The program of a thread that parses one policy (parse-apart.ts). */
parentPort?.postMessage(await parsePolicy(String(workerData)), [])
