// What can be configured, asked for and imported is in the docs: fields and methods on the page of the API, entry points anywhere.
import { readFile } from 'node:fs/promises'
import { readPages } from './code-blocks/pages.mjs'

const API_PAGE = 'docs/api.md'
/** Interfaces that users write or call, by the file that declares them. */
const INTERFACES = {
  'src/contract/config.ts': ['GuardianConfig', 'ClientConfig', 'ResourceConfig'],
  'src/contract/messages.ts': ['LoginParameters'],
  'src/contract/session.ts': ['SignedIn'],
  'src/client/auth-client.ts': [
    'AuthClientOptions',
    'AuthClient',
    'AuthClientEvents',
    'LogoutOptions',
  ],
  'src/client/register-worker.ts': ['WorkerOptions'],
  'src/vite/token-guardian.ts': ['TokenGuardianOptions'],
  'sw/vault/forwarder.ts': ['ForwarderOptions'],
}

const missing = []
const api = await readFile(API_PAGE, 'utf8')
for (const [file, names] of Object.entries(INTERFACES)) {
  const source = await readFile(file, 'utf8')
  for (const name of names) {
    missing.push(
      ...membersOf(name, source)
        .filter((member) => !new RegExp(`\\b${member}\\b`).test(api))
        .map((member) => `${API_PAGE} says nothing of ${name}.${member}`),
    )
  }
}

const { name, exports } = JSON.parse(await readFile('package.json', 'utf8'))
const pages = await readPages()
const code = pages.flatMap(({ blocks }) => blocks.map((block) => block.code)).join('\n')
const prose = pages.flatMap((page) => page.prose).join('\n')
for (const entry of Object.keys(exports)) {
  const specifier = entry.replace('.', name)
  const isMentioned = code.includes(`'${specifier}'`) || prose.includes(`\`${specifier}\``)
  if (!isMentioned && entry !== './package.json') missing.push(`no page mentions ${specifier}`)
}
if (missing.length > 0) {
  console.error(missing.join('\n'))
  process.exit(1)
}

/** Properties and methods at the first level of an interface, as the formatter writes it. */
function membersOf(interfaceName, source) {
  const body = new RegExp(`^export interface ${interfaceName}\\b.*\\{\\n([^]*?)^\\}`, 'm').exec(
    source,
  )?.[1]
  const members = [...(body ?? '').matchAll(/^ {2}(?:readonly )?(\w+)[?]?[:(<]/gm)]
  if (members.length === 0) throw new Error(`There is no interface ${interfaceName}`)
  return members.map(([, member]) => member)
}
