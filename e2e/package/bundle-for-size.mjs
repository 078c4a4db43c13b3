// Bundles the published code as an app would, into files whose sizes are then checked against the budgets in package.json.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { buildVault } from 'token-guardian/vite'
import { build } from 'vite'

const OUT = '.build/sizes'
/** The client is in every app already, by the package's name. */
const clientOfTheApp = {
  name: 'client-of-the-app',
  enforce: 'pre',
  resolveId: (path) =>
    /^[./]+\/(client|contract)\//.test(path) ? { id: 'token-guardian', external: true } : undefined,
}
const bundles = [
  { name: 'client', entry: `export * from 'token-guardian'`, external: [] },
  { name: 'client-own', entry: `export * from 'token-guardian'`, external: [/^workbox-window/] },
  {
    name: 'workbox-own',
    entry: `export * from 'token-guardian/workbox'`,
    external: ['workbox-strategies', 'workbox-background-sync'],
  },
  { name: 'panel', entry: `export * from 'token-guardian/panel'`, external: [] },
  ...['react', 'vue', 'svelte', 'compat/oidc-client-ts', 'compat/auth0-spa-js'].map((path) => ({
    name: `${path.replace('compat/', '')}-own`,
    entry: `export * from 'token-guardian/${path}'`,
    external: ['react', 'vue', 'token-guardian'],
    plugins: [clientOfTheApp],
  })),
  { name: 'doctor', entry: `export * from 'token-guardian/doctor'`, external: [] },
  {
    name: 'forwarder',
    entry: `import { installForwarder } from 'token-guardian/worker'\ninstallForwarder(self, self.config)`,
    external: [],
  },
  {
    name: 'worker',
    entry: `import { installGuardian } from 'token-guardian/worker'\ninstallGuardian(self, self.config)`,
    external: [],
  },
]

await rm(OUT, { recursive: true, force: true })
await mkdir(OUT, { recursive: true })
for (const { name, entry, external, plugins = [] } of bundles) {
  const input = `${OUT}/${name}.entry.js`
  await writeFile(input, entry)
  await build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    plugins,
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      outDir: OUT,
      emptyOutDir: false,
      target: 'es2022',
      minify: true,
      // The library format `es` keeps white space, which no app ships.
      lib: { entry: input, formats: ['iife'], name: 'measured', fileName: () => `${name}.js` },
      rollupOptions: {
        external,
        // Without the tag of a namespace object, which no app has.
        output: { globals: (id) => id.replaceAll(/\W/g, '_'), generatedCode: { symbols: false } },
      },
    },
  })
}

await buildVault(
  {
    topology: 'vault',
    vaultOrigin: 'https://vault.example.com',
    appOrigins: ['https://app.example.com'],
    clients: { issuer: 'https://id.example.com', clientId: 'app' },
    resources: [{ url: 'https://api.example.com/v1/' }],
  },
  `${OUT}/vault`,
)
