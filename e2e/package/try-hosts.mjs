// Serves a vault with real nginx, Caddy and Apache from the generated files, and compares every answer with the headers
// that it should have. By hand, after `tsc -b`: these servers are no dependency, so no test can rely on them.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { hostFiles } from '../../dist/src/vite/host-files.js'
import { pageFile, planVault, vaultHeaders } from '../../dist/src/vite/vault-headers.js'
import { hostServers } from './host-servers.mjs'

const MODIFIED = new Date('2024-01-02T03:04:05Z')
const EARLY = ['/%2e%2e/x', `/auth/callback?code=${'x'.repeat(40_000)}`]

const common = {
  appOrigins: ['https://app.example.com', 'http://localhost:5173'],
  connectOrigins: ['https://api.example.com', 'https://as.example.com:8443'],
}
const sites = [
  {
    ...common,
    loginPath: '/auth/login',
    logoutPath: '/auth/logout',
    callbackPaths: ['/auth/callback', '/auth/other.callback'],
  },
  {
    ...common,
    loginPath: '/in',
    logoutPath: '/out/',
    callbackPaths: ['/', '/cb/', '/old/cb.html'],
  },
]

let failed = 0
for (const [name, server] of Object.entries(hostServers)) {
  if (spawnSync('which', [name]).status !== 0) {
    console.log(`${name}: NOT INSTALLED, nothing was tried`)
    continue
  }
  for (const site of sites) {
    const wrong = await tryHost(server, site)
    failed += wrong.length
    console.log(`${name}, callbacks ${site.callbackPaths.join(' ')}: ${wrong.length} wrong`)
    for (const line of wrong) console.log(`  ${line}`)
  }
}
process.exitCode = failed === 0 ? 0 : 1

/** What a server refuses before it looks for a rule is told, not judged: some have no place to say it. */
async function noteEarly(port, path) {
  const { status, valuesOf } = await ask(port, { method: 'GET', path })
  const policy = valuesOf('Content-Security-Policy').length === 1 ? 'with' : 'without'
  console.log(`  (${path.slice(0, 20)}, ${path.length} characters: ${status} ${policy} a policy)`)
}

/** Starts one server for one site and returns what was not as it should be. */
async function tryHost(server, site) {
  const dir = await mkdtemp(join(tmpdir(), 'vault-'))
  await chmod(dir, 0o755)
  const port = await freePort()
  await writeVault(dir, site)
  await writeFile(join(dir, 'server.conf'), server.configuration(dir, port))
  const [command, ...flags] = server.start(dir, port)
  const environment = { ...process.env, HOME: dir, XDG_DATA_HOME: dir, XDG_CONFIG_HOME: dir }
  const running = spawn(command, flags, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  running.stdout.on('data', (part) => (output += part))
  running.stderr.on('data', (part) => (output += part))
  try {
    await answering(port, running, () => output)
    const wrong = []
    for (const one of casesOf(site)) wrong.push(...(await tryCase(port, site, one)))
    const log = await readFile(join(dir, 'access'), 'utf8')
    if (log.includes('SECRET')) wrong.push('a code is in the log')
    if (!log.includes('/bridge.html')) wrong.push('nothing is in the log')
    for (const path of EARLY) await noteEarly(port, path)
    return wrong
  } finally {
    running.kill('SIGTERM')
    if (running.exitCode === null) await once(running, 'exit')
    await rm(dir, { recursive: true, force: true })
  }
}

async function writeVault(dir, site) {
  const pages = [site.loginPath, site.logoutPath, ...site.callbackPaths].map(pageFile)
  const scripts = ['/bridge.js', '/recover.js', '/popup.js', '/guardian-sw.js']
  for (const file of [...pages, ...scripts, '/bridge.html', '/popup.html', '/404.html']) {
    await mkdir(dirname(join(dir, 'vault', file)), { recursive: true })
    await writeFile(join(dir, 'vault', file), `// file ${file}\n`)
    await utimes(join(dir, 'vault', file), MODIFIED, MODIFIED)
  }
  for (const { name, place, content } of hostFiles(site)) {
    await writeFile(join(dir, place === 'inside' ? 'vault' : '', name), content)
  }
}

/** Requests and the status that each must get; `file` is what the body must come from. */
function casesOf(site) {
  const flow = [site.loginPath, site.logoutPath, ...site.callbackPaths]
  const own = ['/bridge.html', '/bridge', '/popup.html', '/popup', '/404.html', '/guardian-sw.js']
  const scripts = ['/bridge.js', '/recover.js', '/popup.js']
  const missing = ['/missing', '/missing.js', '/auth', '/auth/', '/bridge.html/x']
  const foreign = { 'Service-Worker': 'script' }
  const get = (path, status, file) => ({ method: 'GET', path, status, file })
  return [
    ...own.map((path) => get(path, [200], path === '/guardian-sw.js' ? path : pageFile(path))),
    ...scripts.map((path) => get(path, [200], path)),
    ...flow.flatMap((path) => [get(path, [200], pageFile(path)), get(pageFile(path), [200])]),
    ...flow.map((path) => get(`${path}?code=SECRET&state=x`, [200], pageFile(path))),
    ...[...missing, ...(flow.includes('/') ? [] : ['/'])].map((path) =>
      get(path, [404], '/404.html'),
    ),
    ...[...own, ...scripts, ...flow].map((path) => ({ method: 'HEAD', path, status: [200] })),
    ...site.callbackPaths.map((path) => ({
      ...get(path, [200], pageFile(path)),
      method: 'POST',
      body: 'code=SECRET&state=x',
    })),
    ...[site.loginPath, '/bridge.html', '/missing', '/guardian-sw.js'].map((path) => ({
      ...get(path, [404, 405]),
      method: 'POST',
      body: 'a=b',
    })),
    { ...get('/guardian-sw.js', [200], '/guardian-sw.js'), headers: foreign },
    ...[...scripts, ...flow, '/bridge.html', '/missing', '/'].map((path) => ({
      ...get(path, [403]),
      headers: foreign,
    })),
    { ...get('/bridge.html', [304]), headers: { 'If-Modified-Since': MODIFIED.toUTCString() } },
  ]
}

async function tryCase(port, site, { method, path, status, file, headers, body }) {
  const answer = await ask(port, { method, path, headers, body })
  const label = `${method} ${path}${headers === undefined ? '' : ` ${JSON.stringify(headers)}`}`
  const wrong = []
  if (!status.includes(answer.status)) wrong.push(`${label}: status ${answer.status}`)
  if (file !== undefined && answer.text !== `// file ${file}\n`) wrong.push(`${label}: not ${file}`)
  const plan = planVault(site)
  const names = [
    ...new Set([plan.rest, ...plan.rules.map((rule) => rule.headers)].flatMap(Object.keys)),
  ]
  // A refusal may carry the headers of its path or those of everything else.
  const allowed = [
    vaultHeaders(site, path.split('?')[0]),
    ...(answer.status >= 400 ? [plan.rest] : []),
  ]
  const differences = allowed.map((expected) =>
    names.flatMap((name) => {
      const got = answer.valuesOf(name)
      const want = expected[name] === undefined ? [] : [expected[name]]
      return JSON.stringify(got) === JSON.stringify(want)
        ? []
        : [`${label}: ${name} is ${JSON.stringify(got)}`]
    }),
  )
  if (!differences.some(({ length }) => length === 0)) wrong.push(...differences[0])
  return wrong
}

async function ask(port, { method, path, headers = {}, body }) {
  const type = body === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' }
  const all = { Host: `localhost:${port}`, ...type, ...headers }
  const sent = request({ port, host: '127.0.0.1', method, path, headers: all }).end(body)
  const [response] = await once(sent, 'response')
  let text = ''
  for await (const part of response) text += part
  const valuesOf = (name) =>
    response.rawHeaders.filter(
      (_, at, raw) => at % 2 === 1 && raw[at - 1].toLowerCase() === name.toLowerCase(),
    )
  return { status: response.statusCode, text, valuesOf }
}

async function answering(port, running, output) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (running.exitCode !== null) throw new Error(`It did not start:\n${output()}`)
    const answered = await ask(port, { method: 'GET', path: '/' }).catch(() => undefined)
    if (answered !== undefined) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`It does not answer:\n${output()}`)
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}
