import type { JsonSchema } from './field-readers.ts'
import { policyForm } from './form.ts'

/**
 * The JSON Schema (draft 2020-12) of a policy file, for editors and for checks where files are kept. The parser checks
 * more: that no entry occurs twice, that label selectors and public keys are valid, that days exist, that lifetimes are
 * at most 7 days, that address ranges have no host bits, and that a token does not expire before it is valid.
 */
export function policyJsonSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'kubedoh access policy',
    ...policyForm.schema,
  }
}
