import { startNodeEdge } from '../blackbox/node-edge.ts'
import { checkKubedoh } from './kubedoh.case.ts'

checkKubedoh('node', startNodeEdge)
