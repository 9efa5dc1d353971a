import { recordedSuite } from './recorded-suite.ts'
import { startNode } from './serve.ts'

recordedSuite('Node', async () => startNode, true)
