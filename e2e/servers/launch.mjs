// Runs before anything is compiled, so this file and ports.mjs are plain JavaScript.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { checkPortsAreFree, readSettings, SettingsError } from './ports.mjs'

const projectFolder = fileURLToPath(new URL('../../', import.meta.url))
const compiledStart = new URL('../../.build/e2e/servers/start.js', import.meta.url)
/** The demo and its servers, with what they refer to; tests are not needed to run them. */
const neededToRun = ['src/demo', 'src/demo/worker', 'e2e/servers']
const demoBuild = fileURLToPath(new URL('../../dist-demo/', import.meta.url))
const vaultBuild = fileURLToPath(new URL('../../dist-demo-vault/', import.meta.url))

/** What has to be ended when the process is told to stop; grows as things are started. */
const stops = []
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stop())
if (process.env['npm_lifecycle_event'] !== undefined) stopWithParent()

async function stop() {
  setTimeout(() => process.exit(0), 2000).unref()
  await Promise.allSettled(stops.map((end) => end()))
  process.exit(0)
}

/** npm passes a signal on to the shell between us, and that dies without telling us. */
function stopWithParent() {
  const parent = process.ppid
  setInterval(() => process.ppid === parent || void stop(), 200).unref()
}

async function run(mode, ...flags) {
  if (mode !== 'start' && mode !== 'dev') {
    throw new SettingsError(`Say "start" or "dev", not "${mode ?? ''}"`)
  }
  const unknown = flags.find((flag) => flag !== '--same-origin')
  if (unknown !== undefined) throw new SettingsError(`There is no ${unknown}, only --same-origin`)
  process.env['TOPOLOGY'] = flags.length > 0 ? 'same-origin' : 'vault'
  // For people who look at what happens; the builds of tests are as in production.
  process.env['GUARDIAN_OVERRIDES'] ??= JSON.stringify({ guardian: { developmentPanel: true } })
  const settings = readSettings(process.env)
  await checkPortsAreFree(settings)
  // The build bakes the origins into the worker.
  process.env['APP_PORT'] = String(settings.appPort)
  process.env['VAULT_PORT'] = String(settings.vaultPort)
  process.env['AS_PORT'] = String(settings.asPort)
  process.env['API_PORT'] = String(settings.apiPort)

  await runQuietly('The compiler', ['node_modules/typescript/bin/tsc', '-b', ...neededToRun])
  await runQuietly('The build of the prebuilt scripts', ['sw/prebuilt/bundle.mjs'])
  if (mode === 'start') {
    await runQuietly('The build of the demo', ['node_modules/vite/bin/vite.js', 'build'])
    await serveBuild(settings)
  } else await serveSources(settings)

  const app = `http://localhost:${settings.appPort}`
  await waitUntilAnswering([
    `${app}/`,
    `http://localhost:${settings.asPort}/.well-known/openid-configuration`,
    `http://localhost:${settings.apiPort}/debug/headers`,
  ])
  console.log(`ready ${app}/`)
}

function hasVault() {
  return process.env['TOPOLOGY'] === 'vault'
}

async function serveBuild(settings) {
  const { startServers } = await import(compiledStart.href)
  const servers = await startServers({
    ...settings,
    root: demoBuild,
    ...(hasVault() && { vault: { port: settings.vaultPort, root: vaultBuild } }),
  })
  stops.push(() => servers.close())
}

async function serveSources(settings) {
  const { startBackend } = await import(compiledStart.href)
  const { createServer } = await import('vite')
  const guardianPort = hasVault() ? settings.vaultPort : settings.appPort
  const backend = await startBackend({
    ...settings,
    appOrigins: [`http://localhost:${guardianPort}`],
  })
  stops.push(() => backend.close())
  const vite = await createServer({
    configFile: `${projectFolder}vite.config.ts`,
    logLevel: 'warn',
    server: { host: 'localhost', port: settings.appPort, strictPort: true },
  })
  stops.push(() => vite.close())
  await vite.listen()
}

/** Output is shown only when the step fails. */
function runQuietly(step, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: projectFolder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    stops.push(async () => void child.kill())
    const output = []
    child.stdout.on('data', (part) => output.push(part))
    child.stderr.on('data', (part) => output.push(part))
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) return resolve(undefined)
      process.stderr.write(Buffer.concat(output))
      reject(new SettingsError(`${step} failed; its output is above.`))
    })
  })
}

async function waitUntilAnswering(urls) {
  for (const url of urls) {
    const answer = await fetch(url, {
      headers: { accept: 'text/html, application/json', 'x-resource-server': '1' },
      signal: AbortSignal.timeout(20_000),
    })
    await answer.body?.cancel()
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
  }
}

run(...process.argv.slice(2)).catch((error) => {
  console.error(error instanceof SettingsError ? error.message : error)
  process.exit(1)
})
