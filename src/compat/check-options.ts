/**
 * What becomes of an option of the other library. `used`: it does what it did. A list: these values say what is the case anyway, and
 * the text says why no other can be. A text: it has to go, and why.
 */
export type OptionRule =
  | 'used'
  | { readonly only: readonly unknown[]; readonly why: string }
  | { readonly gone: string }

/**
 * Refuses what would not do what it says, instead of leaving it out silently.
 * @throws TypeError that lists all of it
 */
export function checkOptions(
  where: string,
  given: object,
  rules: Readonly<Record<string, OptionRule>>,
): void {
  const mistakes = Object.entries(given).flatMap(([name, value]) => {
    if (value === undefined) return []
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === undefined) return [`${name} is not known here. Delete it`]
    if (rule === 'used') return []
    if ('gone' in rule) return [`${name} has no meaning any more. ${rule.gone}`]
    return rule.only.includes(value) ? [] : [`${name} can be nothing else. ${rule.why}`]
  })
  if (mistakes.length === 0) return
  throw new TypeError(
    `${where}: ${mistakes.length} of the options cannot be kept:\n${mistakes
      .map((mistake) => `- ${mistake}.`)
      .join('\n')}\nSee docs/migration.md of token-guardian.`,
  )
}
