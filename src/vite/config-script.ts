import { BUILD_GLOBAL, CONFIG_GLOBAL } from '../contract/config-script.ts'
import type { GuardianConfig } from '../contract/config.ts'

/** A script that sets the configuration of a prebuilt script, before it in its file or beside it. */
export function configScript(config: GuardianConfig): string {
  // Parsed, for in an object literal a member `__proto__` would not be a member.
  return `self.${CONFIG_GLOBAL} = JSON.parse(${quoted(JSON.stringify(config))});\n`
}

/** A line that names the version of a vault's files to its worker. */
export function buildScript(build: string): string {
  return `self.${BUILD_GLOBAL} = ${quoted(build)};\n`
}

/** Without anything that would end the string, or the script where somebody puts it into a page. */
function quoted(text: string): string {
  const escaped = text.replaceAll(/['\\<\u2028\u2029]/g, (character) => {
    if (character === "'" || character === '\\') return `\\${character}`
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  return `'${escaped}'`
}
