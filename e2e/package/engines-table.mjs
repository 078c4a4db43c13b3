// Writes docs/engines.md: what is promised in which engine, and the spec that shows it, found by the title of its test; and some of
// its lines into docs/beyond-fetch.md. `--check` fails when a file is not up to date. A test without a line, a title that no test has, a condition on the engine that is not a
// documented difference, and a difference that no test asks for, fail always.
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const FILE = 'docs/engines.md'
const SPECS = 'e2e/specs-engines'
const FAULTS = 'e2e/faults'

/** Shows the lines of its own specs once more. */
const BEYOND_FETCH = 'docs/beyond-fetch.md'
const OF_BEYOND_FETCH = ['elements', 'downloads', 'replay-queue']
const START = '<!-- engines: written by `node e2e/package/engines-table.mjs` -->'
const END = '<!-- /engines -->'

const load = async (file) =>
  (await runnerImport(fileURLToPath(new URL(file, import.meta.url)))).module
const { differences } = await load('../engines/differences.ts')

const ENGINES = { chromium: 'Chromium', firefox: 'Firefox ESR', webkit: 'WebKitGTK' }

/** In the order of the table: what is promised, the spec, how the title of its test begins, and the difference by which some cannot. */
const PROMISES = [
  ['Sign-in by redirect', 'sign-in', 'signs in at the authorization server'],
  [
    'Sign-in by popup, response in the fragment or by POST',
    'sign-in',
    'signs in with the response',
  ],
  ['Tokens bound to a key (DPoP)', 'dpop', 'signs in with a key'],
  ['With a vault: sign-in by redirect', 'vault-same-site', 'signs in by redirect'],
  [
    'With a vault: the apps of a site share one session',
    'vault-same-site',
    'signs in by redirect',
    'frame-storage-apart',
  ],
  ['With a vault: sign-in by popup, sign-out everywhere', 'vault-same-site', 'signs in by popup'],
  [
    'With a vault: sign-out at the server without a question',
    'vault-same-site',
    'signs in by popup',
    'asks-before-sign-out',
  ],
  ['With a vault on another site: sign-in by popup', 'vault-cross-site', 'refuses a sign-in'],
  ['With a vault: login link, from a tab of its own', 'vault-login-link', 'the link signs in'],
  ['With a vault: refusals reach the app by their code', 'vault-refusals', 'login_required of a'],
  ['… also from a popup of another site', 'vault-refusals', 'login_required in a popup'],
  ['A popup that is closed or blocked is told', 'vault-refusals', 'a popup that the user closes'],
  ['Every tab learns of sign-in and sign-out', 'tabs-hear-of-each-other', 'every tab of an app'],
  ['A session survives a restart of the browser', 'restart', 'apps are signed in still'],
  ['… with a vault', 'restart', 'apps are signed in still', 'frame-storage-forgotten'],
  [
    'A sign-in under way, and a session in storage, survive a page of another site',
    'workers-that-end',
    'a sign-in completes though',
  ],
  [
    'A new version of the worker waits for the refresh that is under way',
    'worker-update',
    'a version of the worker',
  ],
  [
    'A session in memory survives a new version of its worker',
    'worker-update',
    'a version of the worker',
    'workers-apart',
  ],
  [
    'A callback that no worker takes shows no code; a vault completes it',
    'callback-around-the-worker',
    'a response that no worker takes',
  ],
  [
    'A worker in which something else would get the callback does not install',
    'first-in-line',
    'a worker whose navigation fallback',
  ],
  [
    'The configuration beside a worker is pinned with it; a changed one is a new version',
    'pinned-configuration',
    'the configuration beside',
  ],
  [
    'No page and no other worker changes the configuration',
    'pinned-configuration',
    'a page chooses no',
  ],
  ['Offline start, signed in; network errors end nothing', 'offline', 'an app whose server'],
  [
    'Uploads by fetch and XMLHttpRequest; refresh and replay after a 401',
    'transfers',
    'uploads arrive whole',
  ],
  ['Large downloads through a vault', 'transfers', 'a download of 40 MB'],
  [
    'Streams can be transferred between windows and workers',
    'transfers',
    'a download of 40 MB',
    'no-transferable-streams',
  ],
  [
    'Streams last: EventSource, fetch, in a worker of the page; on one origin and with a vault',
    'streams',
    'streams outlast the time',
  ],
  [
    '… also when no page answers the worker',
    'streams',
    'streams outlast the time',
    'idle-worker-cuts-streams',
  ],
  [
    'An EventSource connects again by itself, with a token, when the server ends it',
    'streams',
    'an EventSource that its server ends',
  ],
  [
    '… and says where it was (`Last-Event-ID`)',
    'streams',
    'an EventSource that its server ends',
    'last-event-id-lost',
  ],
  [
    'Images, style sheets, scripts, modules and beacons with a token',
    'elements',
    'images, style sheets, scripts',
  ],
  [
    '… and script can read the pixels of an image without `crossorigin`',
    'elements',
    'script can read the pixels',
    'pixels-withheld',
  ],
  [
    'A `fetch` with `keepalive` has a token',
    'elements',
    'images, style sheets, scripts',
    'keepalive-past-workers',
  ],
  [
    'Sound and video with `crossorigin`: a token, ranges, seeking',
    'elements',
    'a sound is heard from',
  ],
  ['… also without `crossorigin`', 'elements', 'a sound is heard from', 'media-past-workers'],
  ['Downloads by a link', 'downloads', 'a link downloads an answer'],
  [
    '… also with the attribute `download`',
    'downloads',
    'a link downloads an answer',
    'download-attribute-past-workers',
  ],
  [
    'Requests that failed without a network are sent once by the next page, with a fresh token',
    'replay-queue',
    'a request that fails without a network',
  ],
  [
    '… also without a page (background sync)',
    'replay-queue',
    'what waits is sent without a page',
    'no-background-sync',
  ],
  [
    'Forged hand-over by messages and popups: nothing happens',
    'vault-attacks-hand-over',
    'messages to the frame',
  ],
  [
    'Forged hand-over by cookies: nothing happens',
    'vault-attacks-hand-over',
    'hand-over cookies that no attacker',
  ],
  [
    '… for the browser keeps them away already',
    'vault-attacks-hand-over',
    'hand-over cookies that no attacker',
    'no-cookie-prefixes',
  ],
  [
    'A foreign code for one’s own errand is refused',
    'vault-attacks-hand-over',
    'a foreign code for the errand',
  ],
]

/** Tests of the drivers, which promise nothing. */
const OF_DRIVERS = [['driver', 'evaluates, finds the popup']]

/** What runs in some engines only, where, why, and by what it is left out of the others: a tag or a file of the faults. */
const ELSEWHERE = [
  [
    'The attacks, and all other [specs](../e2e/specs)',
    ENGINES.chromium,
    'They look into what only its protocol for debuggers shows: requests of workers, the history of a tab, stopped workers, a moved clock.',
  ],
  [
    '[Faults](../e2e/faults) inside the browser, but not during an update: worker killed at a moment, clock, full storage, closed database',
    ENGINES.chromium,
    'The other drivers have no commands for them. Nor has the one that updates Chromium: it attaches no debugger to workers, for one sometimes keeps them from giving way.',
    'NEEDS_INSIDES',
  ],
  [
    'Faults with a vault',
    ENGINES.chromium,
    'The other drivers do not reach into its frame.',
    'open-world.ts',
  ],
  [
    'Calls meanwhile, of faults during an update: whether each goes through',
    `${ENGINES.chromium}, ${ENGINES.firefox}`,
    'WebKitGTK sends one of a hundred calls past its workers while it ends one, without a token.',
    'run-cell.ts',
  ],
]

const specs = await readSpecs()
const tags = await findTags()
const lines = [...PROMISES, ...OF_DRIVERS.map((line) => ['', ...line])]
const failures = [
  ...lines.flatMap(([, name, title]) =>
    titlesOf(name).some((one) => one.startsWith(title))
      ? []
      : [`No test in ${SPECS}/${name}.spec.ts has a title that begins with "${title}"`],
  ),
  ...[...specs.keys()].flatMap((name) =>
    titlesOf(name)
      .filter((title) => !lines.some(([, of, begin]) => of === name && title.startsWith(begin)))
      .map((title) => `There is no line for the test "${title}" in ${SPECS}/${name}.spec.ts`),
  ),
  ...[...specs].flatMap(([name, { text }]) => {
    const asked = new Set(
      [...text.matchAll(/differs\(engine, '([a-z-]+)'\)/g)].map(([, one]) => one),
    )
    const told = new Set(
      lines.flatMap(([, of, , difference]) => (of === name && difference ? [difference] : [])),
    )
    return [
      ...[...told]
        .filter((one) => !asked.has(one))
        .map((one) => `${SPECS}/${name}.spec.ts does not ask for ${one}, of which its line tells`),
      ...(/\bengine\s*[!=]==|\b(test|describe)\.(skip|fixme|fail|only)\b/.test(text)
        ? [`${SPECS}/${name}.spec.ts treats an engine otherwise without a line: use differs()`]
        : []),
    ]
  }),
  ...tags
    .filter((tag) => !ELSEWHERE.some(([, , , of]) => of === tag))
    .map((tag) => `There is no line for what ${tag} leaves out, of ${FAULTS}`),
  ...Object.keys(differences)
    .filter((one) => !lines.some(([, , , difference]) => difference === one))
    .map((one) => `No test asks for the difference ${one}`),
]
if (failures.length > 0) {
  console.error(failures.join('\n'))
  process.exit(1)
}

const names = Object.keys(ENGINES)
const numbers = new Map(Object.keys(differences).map((name, index) => [name, index + 1]))
const page = [
  '# What works in which engine',
  '',
  '<!-- Written by `node e2e/package/engines-table.mjs` from the titles of tests. -->',
  '',
  'Each line is a test that runs in all three: Chromium, Firefox ESR and WebKitGTK as Debian ships them. WebKitGTK is not Safari: the engine is the same, its network code and its limits for storage are not. What one cannot is tried by the same test, which fails when it can.',
  '',
  ...tableOf(PROMISES, (difference) => `cannot (${numbers.get(difference)})`),
  '',
  '## What an engine cannot, and what follows',
  '',
  '| | Engine | Why |',
  '|---|---|---|',
  ...Object.entries(differences).map(([name, { engines, why }]) => {
    const who = engines.map((engine) => ENGINES[engine]).join(', ')
    return `| ${numbers.get(name)} | ${who} | ${why} |`
  }),
  '',
  '## What is not tried everywhere',
  '',
  'The limit is that of a driver in most of these.',
  '',
  '| | Only in | Why |',
  '|---|---|---|',
  ...ELSEWHERE.map(([what, where, why]) => `| ${what} | ${where} | ${why} |`),
  '',
].join('\n')

const beyond = await readFile(BEYOND_FETCH, 'utf8')
const [before, rest] = beyond.split(START)
const after = rest?.split(END)[1]
if (after === undefined) throw new Error(`${BEYOND_FETCH} has no ${START} … ${END}`)
const table = tableOf(
  PROMISES.filter(([, name]) => OF_BEYOND_FETCH.includes(name)),
  () => 'cannot',
)
const pages = { [FILE]: page, [BEYOND_FETCH]: [before + START, ...table, END + after].join('\n') }

for (const [file, text] of Object.entries(pages)) {
  if (!process.argv.includes('--check')) {
    await mkdir('docs', { recursive: true })
    await writeFile(file, text)
  } else if (squeeze(text) !== squeeze(await readFile(file, 'utf8').catch(() => ''))) {
    console.error(`${file} is out of date: run \`node e2e/package/engines-table.mjs\``)
    process.exit(1)
  }
}

function tableOf(promises, cannot) {
  return [
    `| Promise | ${Object.values(ENGINES).join(' | ')} | Test |`,
    `|---|${names.map(() => '---|').join('')}---|`,
    ...promises.map(([promise, name, , difference]) => {
      const cells = names.map((engine) =>
        difference && differences[difference].engines.includes(engine)
          ? cannot(difference)
          : 'passes',
      )
      return `| ${promise} | ${cells.join(' | ')} | [${name}](../${SPECS}/${name}.spec.ts) |`
    }),
  ]
}

/** By what the matrix of faults leaves something out of an engine: tags in titles, and conditions on the engine. */
async function findTags() {
  const found = []
  for (const file of await readdir(FAULTS)) {
    const text = await readFile(`${FAULTS}/${file}`, 'utf8')
    for (const [, tag] of text.matchAll(/\b(NEEDS_\w+) =/g)) found.push(tag)
    if (/\bengine\s*[!=]==/.test(text)) found.push(file)
  }
  return found
}

function titlesOf(name) {
  return specs.get(name)?.titles ?? []
}

async function readSpecs() {
  const found = new Map()
  for (const file of await readdir(SPECS)) {
    const text = await readFile(`${SPECS}/${file}`, 'utf8')
    const titles = [...text.matchAll(/\btest\(\s*(['"`])(.*?)\1,/g)].map(([, , title]) => title)
    found.set(file.replace('.spec.ts', ''), { text, titles })
  }
  return found
}

/** The formatter pads tables; the words are what counts. */
function squeeze(text) {
  return text.replaceAll(/[\s-]+/g, ' ')
}
