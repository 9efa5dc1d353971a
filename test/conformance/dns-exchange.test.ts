import { startDirectEdge } from './direct-edge.ts'
import { recordedSuite } from './recorded-suite.ts'

recordedSuite('Node, as over TCP', async () => startDirectEdge, true)
