// Takes the pictures of docs/screenshots: the demo and its development panel, as `npm start` shows them. By hand, after changes of
// their looks: `node e2e/package/screenshots.mjs`
import { spawn } from 'node:child_process'
import { mkdir, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import { findChromium, findHeadlessShell } from '../find-chromium.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))
const out = `${root}docs/screenshots`
const ports = { APP_PORT: '21173', VAULT_PORT: '21174', AS_PORT: '21000', API_PORT: '21001' }
const app = `http://localhost:${ports.APP_PORT}/`
/** Bytes: they are in the repository. */
const MOST_BYTES = 150_000
const WAIT_MS = 60_000

const shots = [
  { name: 'demo', scheme: 'light', width: 1040, height: 720 },
  { name: 'demo-dark', scheme: 'dark', width: 1040, height: 720 },
  { name: 'panel', scheme: 'light', width: 1040, height: 740, query: '?guardian-debug' },
  { name: 'panel-dark', scheme: 'dark', width: 1040, height: 740, query: '?guardian-debug' },
  { name: 'panel-small', scheme: 'light', width: 320, height: 720, query: '?guardian-debug' },
]

const servers = await startDemo()
try {
  await mkdir(out, { recursive: true })
  const executablePath = findHeadlessShell(await findChromium())
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  for (const shot of shots) await take(browser, shot)
  await browser.close()
} finally {
  servers.kill()
}

async function take(browser, { name, scheme, width, height, query = '' }) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  await page.goto(app + query)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByLabel('Username').fill('alice')
  await page.getByLabel('Password').fill('any password')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('status').getByText('signed-in as alice').waitFor({ timeout: WAIT_MS })
  for (const label of ['EventSource', 'Upload 5 MB', 'Call API']) {
    // By the keyboard: the panel may be over it.
    await page.getByRole('button', { name: label, exact: true }).press('Enter')
    const done = page.getByTestId('calls').locator('tbody tr').first()
    await done.and(page.locator('.good')).waitFor({ timeout: WAIT_MS })
  }
  const panel = page.locator('token-guardian-panel')
  if (query !== '') {
    // Something that no rule covers, and an error of the API.
    await page.evaluate((url) => fetch(url).catch(() => undefined), `${apiOf()}/debug/headers`)
    await panel.getByText('outside every configured API').first().waitFor({ timeout: WAIT_MS })
    await page.evaluate((url) => fetch(url), `${apiOf()}/v1/status/503`)
    await panel.getByText('status 503').waitFor({ timeout: WAIT_MS })
  }
  const path = `${out}/${name}.png`
  await page.evaluate(() => {
    document.activeElement?.blur()
    window.scrollTo(0, 0)
  })
  await page.screenshot({ path })
  await context.close()
  const { size } = await stat(path)
  if (size > MOST_BYTES) throw new Error(`${path} has ${size} bytes, more than ${MOST_BYTES}`)
  console.log(`${name}.png ${size} bytes`)
}

function apiOf() {
  return `http://localhost:${ports.API_PORT}`
}

function startDemo() {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [`${root}e2e/servers/launch.mjs`, 'start'], {
      cwd: root,
      env: { ...process.env, ...ports, AT_TTL: '300' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    child.stdout.on('data', (text) => String(text).includes('ready') && resolve(child))
    child.once('exit', (code) => reject(new Error(`The demo did not start: ${code}`)))
  })
}
