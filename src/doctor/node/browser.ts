import {
  BRIDGE_PATH,
  CONTRACT_VERSION,
  PROBE_HEADER,
  PROBE_QUERY,
} from '../../contract/messages.ts'
import { judgeSeen, type Seen } from '../checks/browser.ts'
import type { Deployment } from '../deployment.ts'
import { notChecked, type Result } from '../finding.ts'
import { lookAround, type LookAround } from '../page/look-around.ts'

/** Packages that bring Playwright, each an optional peer. */
const PACKAGES = ['playwright', '@playwright/test', 'playwright-core']
const PATIENCE_MS = 20_000
const LISTEN_MS = 2000

/** What is used of Playwright. */
interface Playwright {
  readonly chromium: {
    launch(options: { readonly executablePath?: string }): Promise<Browser>
  }
}

interface Browser {
  newPage(): Promise<{
    goto(url: string, options: { readonly timeout: number }): Promise<unknown>
    evaluate(work: typeof lookAround, argument: LookAround): Promise<Seen>
  }>
  close(): Promise<void>
}

/** Opens the app in Chromium, and looks which worker really has it. @param path of the browser; default: Playwright's own */
export async function checkInBrowser(
  { appUrl, workerUrl, config }: Deployment,
  path: string | undefined,
): Promise<readonly Result[]> {
  const playwright = await importPlaywright()
  if (playwright === undefined) {
    return [notChecked('browser', `Playwright is not installed: npm install --save-dev playwright`)]
  }
  let browser: Browser | undefined
  try {
    browser = await playwright.chromium.launch(path === undefined ? {} : { executablePath: path })
    const page = await browser.newPage()
    await page.goto(appUrl, { timeout: PATIENCE_MS })
    const seen = await page.evaluate(lookAround, {
      contractVersion: CONTRACT_VERSION,
      probeUrl: config.loginPath + PROBE_QUERY,
      probeHeader: PROBE_HEADER,
      ...(config.vault && { bridgeUrl: config.vault.origin + BRIDGE_PATH }),
      patienceMs: PATIENCE_MS,
      listenMs: LISTEN_MS,
    })
    return [...judgeSeen(appUrl, workerUrl, seen)]
  } catch (error) {
    const [why] = error instanceof Error ? error.message.split('\n') : [String(error)]
    return [notChecked('browser', `The browser did not open the app: ${why}`)]
  } finally {
    await browser?.close()
  }
}

async function importPlaywright(): Promise<Playwright | undefined> {
  for (const name of PACKAGES) {
    const module = (await import(name).catch(() => undefined)) as
      | (Partial<Playwright> & { readonly default?: Partial<Playwright> })
      | undefined
    const chromium = module?.chromium ?? module?.default?.chromium
    if (chromium) return { chromium }
  }
  return undefined
}
