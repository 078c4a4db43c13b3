import type { AuthClient } from 'token-guardian'
import type { Attack, AttackContext, AttackResult, Outcome, Topology } from './attacks/attack.ts'
import { attacks } from './attacks/index.ts'
import { byId, make } from './element.ts'

const LABELS: Record<Outcome, string> = {
  held: 'held',
  open: 'open',
  leak: 'LEAK',
  skipped: 'skipped',
}

const NAMES: Record<Topology, string> = { vault: 'Vault', 'same-origin': 'Same origin' }

/** Builds the list from the index of attacks; the same functions are run by the end-to-end specs. */
export function startAttackLab(client: AuthClient): void {
  const vault = document.querySelector<HTMLMetaElement>('meta[name="token-guardian-vault"]')
  const context: AttackContext = {
    client,
    apiOrigin: __API_ORIGIN__,
    asOrigin: __AS_ORIGIN__,
    guardianOrigin: vault?.content ?? location.origin,
    workerUrl: __WORKER_URL__,
    workerType: __WORKER_TYPE__,
  }
  const list = byId('attacks', HTMLUListElement)
  const runAll = byId('run-all', HTMLButtonElement)
  const destructive = byId('destructive', HTMLInputElement)
  const entries = attacks.map((attack) => new Entry(attack, context))
  list.append(...entries.map(({ element }) => element))
  const buttons = [runAll, ...entries.map(({ button }) => button)]
  // One at a time: they would see each other.
  const alone = async (run: () => Promise<unknown>): Promise<void> => {
    for (const button of buttons) button.disabled = true
    try {
      await run()
    } finally {
      for (const button of buttons) button.disabled = false
    }
  }
  for (const entry of entries) {
    entry.button.addEventListener('click', () => void alone(async () => entry.run()))
  }
  runAll.addEventListener('click', () => {
    const chosen = entries.filter(
      ({ attack }) => destructive.checked || attack.destructive !== true,
    )
    void alone(async () => runInTurn(chosen))
  })
}

async function runInTurn(entries: readonly Entry[]): Promise<void> {
  const summary = byId('lab-summary', HTMLElement)
  const counts: Record<Outcome, number> = { held: 0, open: 0, leak: 0, skipped: 0 }
  summary.textContent = `0 of ${entries.length} done`
  let done = 0
  for (const entry of entries) {
    counts[await entry.run()] += 1
    done += 1
    summary.textContent = `${done} of ${entries.length} done`
  }
  summary.textContent = (Object.keys(counts) as Outcome[])
    .filter((outcome) => counts[outcome] > 0)
    .map((outcome) => `${counts[outcome]} ${LABELS[outcome]}`)
    .join(', ')
}

class Entry {
  readonly attack: Attack
  readonly element: HTMLLIElement
  readonly button: HTMLButtonElement
  readonly #context: AttackContext
  readonly #outcome: HTMLElement
  readonly #details: HTMLElement

  constructor(attack: Attack, context: AttackContext) {
    this.attack = attack
    this.#context = context
    this.button = make('button', '', 'Run')
    this.button.type = 'button'
    this.button.setAttribute('aria-label', `Run: ${attack.title}`)
    this.#outcome = make('b', 'outcome', 'not run')
    this.#details = make('div', 'details')
    this.element = make(
      'li',
      '',
      make('div', 'attack-head', make('h3', '', attack.title), this.#outcome, this.button),
      make('p', 'words', attack.tries + remark(attack)),
      sideBySide(attack, context.guardianOrigin === location.origin ? 'same-origin' : 'vault'),
      this.#details,
    )
    this.element.dataset['testid'] = `attack-${attack.id}`
  }

  async run(): Promise<Outcome> {
    delete this.element.dataset['outcome']
    this.#outcome.removeAttribute('data-outcome')
    this.#outcome.textContent = 'running'
    this.#details.replaceChildren()
    let result: AttackResult
    try {
      result = await this.attack.run(this.#context)
    } catch (error) {
      const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
      result = { outcome: 'skipped', found: [], notes: [`The attack itself failed: ${why}`] }
    }
    this.#show(result)
    return result.outcome
  }

  #show({ outcome, found, notes }: AttackResult): void {
    this.#outcome.textContent = LABELS[outcome]
    this.#outcome.dataset['outcome'] = outcome
    const got = found.length === 0 ? ['Got nothing.'] : found.map((thing) => `Got: ${thing}`)
    const lines = outcome === 'skipped' && found.length === 0 ? [] : got
    const seen = make('details', '', make('summary', '', 'What it tried and saw'), asList(notes))
    this.#details.replaceChildren(asList(lines), ...(notes.length > 0 ? [seen] : []))
    if (outcome === 'skipped') seen.open = true
    // Last, for scripts wait for it.
    this.element.dataset['outcome'] = outcome
  }
}

/** What the tests of this project found for each topology, beside what is run here. */
function sideBySide({ expected }: Attack, here: Topology): HTMLElement {
  const parts = (Object.keys(NAMES) as Topology[]).map((topology) => {
    const outcome = make('b', 'outcome', LABELS[expected[topology]])
    outcome.dataset['outcome'] = expected[topology]
    const name = topology === here ? `${NAMES[topology]} (this demo)` : NAMES[topology]
    return make('span', '', `${name}: `, outcome)
  })
  return make('p', 'side-by-side', ...parts)
}

function asList(lines: readonly string[]): HTMLUListElement {
  return make('ul', 'plain', ...lines.map((line) => make('li', '', line)))
}

function remark({ destructive, needsClick }: Attack): string {
  if (destructive === true) return ' It breaks the session of this page.'
  return needsClick === true ? ' It needs a real click.' : ''
}
