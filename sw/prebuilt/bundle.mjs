// Makes `dist/prebuilt`: scripts that need no bundler, only a configuration that is put before them or beside them. Plain
// JavaScript, and from the sources, so that it needs nothing that was compiled before.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('../../', import.meta.url))
const out = join(root, 'dist/prebuilt')
const CONFIG = 'self.__TOKEN_GUARDIAN_CONFIG__'
const BUILD = 'self.__TOKEN_GUARDIAN_BUILD__'

/** What each is made of: a module that does all by itself, or one of which something is called. */
const scripts = {
  'guardian-sw.js': { module: 'sw/prebuilt/guardian-sw.ts' },
  'forwarder-sw.js': { module: 'sw/prebuilt/forwarder-sw.ts' },
  'vault/bridge.js': { module: 'sw/vault/page/bridge.ts', call: ['startBridge', CONFIG] },
  'vault/recover.js': { module: 'sw/vault/page/recover.ts', call: ['recover'] },
  'vault/popup.js': { module: 'sw/vault/page/popup-end.ts', call: ['endPopup'] },
  'vault/guardian-sw.js': {
    module: 'sw/vault/install-vault.ts',
    call: ['installVault', 'self', CONFIG, BUILD],
  },
  // The page's part.
  'token-guardian.js': { module: 'src/client/index.ts', format: 'es' },
}

const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const files = {}
const licenses = new Set()
for (const [name, script] of Object.entries(scripts)) {
  const { code, license } = await bundle(script)
  for (const one of license.split(/^(?=## )/m).slice(1)) licenses.add(one.trim())
  files[name] = `/*! token-guardian ${version} */\n${code}`
}
files['LICENSES.md'] =
  `# Packages in these scripts\n\n${[...licenses].toSorted((one, other) => one.localeCompare(other, 'en')).join('\n\n')}\n`

for (const [name, content] of Object.entries(files)) {
  await mkdir(dirname(join(out, name)), { recursive: true })
  await writeFile(join(out, name), content)
}
const found = await readdir(out, { recursive: true, withFileTypes: true })
for (const entry of found.filter((each) => each.isFile())) {
  const path = join(entry.parentPath, entry.name)
  if (!Object.keys(files).some((name) => join(out, name) === path)) await rm(path)
}

/** One script with everything in it: a service worker and a strict policy want it so. */
async function bundle({ module, call, format = 'iife' }) {
  const path = join(root, module)
  const entry = call === undefined ? path : 'virtual:token-guardian'
  const [name, ...args] = call ?? []
  const calling = `import { ${name} } from ${JSON.stringify(path)}\nvoid ${name}(${args.join(', ')})`
  const result = await build({
    root,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [
      {
        name: 'token-guardian:calling',
        resolveId: (id) => (id === entry && call ? entry : undefined),
        load: (id) => (id === entry && call ? calling : undefined),
      },
    ],
    build: {
      write: false,
      target: 'es2022',
      license: { fileName: 'license' },
      modulePreload: false,
      rolldownOptions: {
        input: entry,
        preserveEntrySignatures: 'strict',
        // Where it exports something Vite would leave the white space in.
        output: { format, minify: true },
      },
    },
  })
  const [{ output }] = [result].flat()
  const license = output.find(({ fileName }) => fileName === 'license')
  return { code: output[0].code, license: String(license?.source) }
}
