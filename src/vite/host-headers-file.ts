import type { VaultPlan, VaultRule } from './vault-headers.ts'

/** Cloudflare ignores longer lines and further rules, and serves what is left. */
const LINE_LIMIT = 2000
const RULE_LIMIT = 100

/**
 * `_headers` for Netlify and Cloudflare Pages. Both serve `/auth/login` from `/auth/login.html` by themselves.
 *
 * Every rule that matches applies. For a name that two of them set, Netlify takes the later value and Cloudflare joins
 * both; so what a later rule changes is detached first, in a line that Netlify skips because it has no colon. Both then
 * send one value. No rule matches "what is missing" alone, so the general one comes first and is the strictest.
 * @throws TypeError when a line or the file is longer than Cloudflare reads
 */
export function headersFile({ rules, rest }: VaultPlan): string {
  const lines = [
    '# Token Guardian: headers of the vault, for Netlify and Cloudflare Pages.',
    '# "! Name" takes back what an earlier rule said (Cloudflare); on Netlify the later rule wins anyway.',
    '# Neither host can refuse other service worker scripts here: deploy nothing else to this origin.',
    '# Neither host answers POST with a page: with response_mode=form_post a sign-in needs its worker.',
    '',
    '# Everything, and what is missing.',
    '/*',
    '  # Cloudflare adds this one by itself.',
    '  ! Access-Control-Allow-Origin',
    ...Object.entries(rest).map(headerLine),
    ...rules.flatMap((rule) => ruleLines(rule, rest)),
  ]
  const long = lines.find((line) => line.length > LINE_LIMIT)
  if (long !== undefined) {
    throw new TypeError(
      `'${long.slice(0, 60).trim()}…' has ${long.length} characters, but Cloudflare Pages drops lines of more than ${LINE_LIMIT}: use fewer origins`,
    )
  }
  if (lines.filter((line) => line.startsWith('/')).length > RULE_LIMIT) {
    throw new TypeError(
      `Cloudflare Pages reads ${RULE_LIMIT} header rules, and each path needs two: use fewer callback paths`,
    )
  }
  return `${lines.join('\n')}\n`
}

function ruleLines({ why, paths, headers }: VaultRule, rest: VaultPlan['rest']): string[] {
  const changed = Object.entries(headers).filter(([name, value]) => rest[name] !== value)
  const body = [
    ...changed.filter(([name]) => name in rest).map(([name]) => `  ! ${name}`),
    ...changed.map(headerLine),
  ]
  return ['', `# ${why}`, ...paths.flatMap((path) => [path, ...body])]
}

function headerLine([name, value]: readonly [string, string]): string {
  return `  ${name}: ${value}`
}
