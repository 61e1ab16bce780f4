import { Aggregator, ProcessingMode } from 'mingo'
import { invalid } from './errors'
import type { MongoStage } from './pipeline'
import type { Document } from './values'

/** Scripts are off: $where, $function and $accumulator run none, wherever an operand comes from. */
const OPTIONS = { scriptEnabled: false }
/** These write into what they are given: a document that another collection gave stands in many places. */
const WRITES_INTO_DOCUMENTS: ReadonlySet<string> = new Set<MongoStage>(['$addFields', '$project'])

/** What one stage of MongoDB's makes of documents. */
export function evaluate(stage: Document, documents: Document[], variables: Document = {}): Document[] {
  const [name = ''] = Object.keys(stage)
  const processingMode = WRITES_INTO_DOCUMENTS.has(name) ? ProcessingMode.CLONE_INPUT : ProcessingMode.CLONE_OFF
  try {
    return new Aggregator([stage], { ...OPTIONS, variables, processingMode }).run(documents)
  } catch (error) {
    // What mingo finds wrong with an operand is the caller's mistake.
    throw invalid(`aggregate(): ${(error as Error).message}`)
  }
}
