import { blackbox } from './suite.ts'
import { startWorkerdEdge } from './workerd-edge.ts'

blackbox('workerd', startWorkerdEdge)
