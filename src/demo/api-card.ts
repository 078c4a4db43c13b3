import { moreCalls, whoami, type ApiCall, type CallResult } from './api-calls.ts'
import { byId, make } from './element.ts'

const MAX_ROWS = 60
const result = byId('result', HTMLPreElement)
const rows = byId('call-log', HTMLTableElement).tBodies[0]

export function startApiCard(): void {
  byId('call-api', HTMLButtonElement).addEventListener('click', () => void runCall(whoami))
  const buttons = moreCalls.map((call) => {
    const button = make('button', '', call.label)
    button.type = 'button'
    button.addEventListener('click', () => void runCall(call))
    return button
  })
  byId('calls', HTMLElement).append(...buttons)
}

async function runCall(call: ApiCall): Promise<void> {
  result.textContent = ''
  await Promise.all(Array.from({ length: call.times ?? 1 }, async () => runOnce(call)))
}

async function runOnce({ method, url, run }: ApiCall): Promise<void> {
  const { origin, host, pathname } = new URL(url)
  const name = origin === new URL(__API_ORIGIN__).origin ? pathname : `${host}${pathname}`
  const [status, time, words] = [make('td', ''), make('td', 'number'), make('td', '', 'waiting')]
  const row = make(
    'tr',
    '',
    make('td', '', make('code', '', `${method} ${name}`)),
    status,
    time,
    words,
  )
  rows?.prepend(row)
  while ((rows?.rows.length ?? 0) > MAX_ROWS) rows?.lastElementChild?.remove()
  const started = performance.now()
  let done: CallResult
  try {
    done = await run(url, (progress) => (words.textContent = progress))
  } catch (error) {
    done = failure(error)
  }
  status.textContent = String(done.status)
  time.textContent = String(Math.round(performance.now() - started))
  words.textContent = done.words
  row.className = done.status === 'failed' || done.status >= 400 ? 'bad' : 'good'
  result.textContent = JSON.stringify(done.json)
}

function failure(error: unknown): CallResult {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  return {
    status: 'failed',
    json: { error: name, message },
    words: navigator.onLine ? `failed: ${message}` : 'failed: you are offline',
  }
}
