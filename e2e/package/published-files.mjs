// What `npm publish` would take: exactly the files that are meant, and a package.json that npm does not correct by itself. One file
// more (of a test, of a source that is gone) or less fails, and so does a target of `exports` or `bin` that is not there.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** npm publishes these always. */
const ALWAYS = ['LICENSE', 'README.md', 'package.json']

/** What `npm run build` bundles. */
const PREBUILT = [
  'LICENSES.md',
  'forwarder-sw.js',
  'guardian-sw.js',
  'token-guardian.js',
  'vault/bridge.js',
  'vault/guardian-sw.js',
  'vault/popup.js',
  'vault/recover.js',
].map((name) => `dist/prebuilt/${name}`)

/** Folders whose modules are published, each as a script and its types; folders in them are named by themselves. */
const FOLDERS = [
  'src/contract',
  'src/client',
  'src/panel',
  'src/bindings',
  'src/react',
  'src/vue',
  'src/svelte',
  'src/compat',
  'src/compat/oidc-client-ts',
  'src/compat/auth0-spa-js',
  'src/testing',
  'src/testing/playwright',
  'src/testing/server',
  'src/vite',
  'src/cli',
  'src/doctor',
  'src/doctor/catalogue',
  'src/doctor/checks',
  'src/doctor/node',
  'src/doctor/page',
  'sw',
  'sw/core',
  'sw/host',
  'sw/protocol',
  'sw/storage',
  'sw/vault',
  'sw/vault/page',
  'sw/workbox',
]

/** Nothing listens there: what would be published must not depend on what was, and npm goes on without an answer. */
const NO_REGISTRY = 'http://127.0.0.1:9/'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const { files, corrections } = publish()
const meant = [...ALWAYS, ...PREBUILT, ...FOLDERS.flatMap(filesOf)]
const failures = [
  ...corrections,
  ...files
    .filter((file) => !meant.includes(file))
    .map((file) => `${file} would be published: name its folder here, or remove dist and build`),
  ...meant
    .filter((file) => !files.includes(file))
    .map((file) => `${file} would not be published: build, or add its folder to "files"`),
  ...[manifest.exports, manifest.bin]
    .flatMap(targetsOf)
    .map((target) => target.replace(/^\.\//, ''))
    .filter((target) => !files.includes(target))
    .map((target) => `${target} of package.json would not be published`),
]
for (const failure of failures) console.error(failure)
process.exit(failures.length === 0 ? 0 : 1)

function publish() {
  const { status, stdout, stderr } = spawnSync(
    'npm',
    [
      'publish',
      '--dry-run',
      '--json',
      '--ignore-scripts',
      '--fetch-retries=0',
      `--registry=${NO_REGISTRY}`,
    ],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`npm publish --dry-run failed:\n${stdout}${stderr}`)
  const answer = JSON.parse(stdout)
  const packed = answer[manifest.name] ?? answer
  return {
    files: packed.files.map(({ path }) => path),
    corrections: stderr
      .split('\n')
      .filter((line) => /corrected|converted|removed/.test(line))
      .map((line) => `npm changes package.json: ${line}`),
  }
}

function filesOf(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !/\.(test|d)\.ts$/.test(name))
    .map((name) => `dist/${folder}/${name.slice(0, -'.ts'.length)}`)
    .flatMap((module) => [`${module}.js`, `${module}.d.ts`])
}

/** Paths in a field of the manifest, whatever conditions lead to them. */
function targetsOf(value) {
  if (typeof value === 'string') return [value]
  return Object.values(value ?? {}).flatMap(targetsOf)
}
