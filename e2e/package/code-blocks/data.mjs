// JSON: what a program would read. A configuration of the guardian in it is checked as one.
import { parseConfig } from '../../../dist/src/contract/parse-config.js'
import { isObjectOfGuardian } from './configurations.mjs'

/** @returns what is wrong with a block of JSON, or of JSON with comments */
export function problemsOfData({ page, line, language, code }) {
  try {
    const value = JSON.parse(language === 'jsonc' ? withoutComments(code) : code)
    if (isObjectOfGuardian(value)) parseConfig(value)
    return []
  } catch (error) {
    return [`${page}:${line}: ${error.message}`]
  }
}

/** Comments outside of strings, and commas before a closing bracket. */
function withoutComments(code) {
  return code
    .replace(/("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[^]*?\*\//g, (_, string) => string ?? '')
    .replace(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, (_, string) => string ?? '')
}
