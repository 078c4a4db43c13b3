import { make, show } from './make.ts'

/** What the view tells its owner. */
export interface ViewListener {
  /** It was opened or closed by the user. */
  readonly toggled: (isOpen: boolean) => void
  /** Another client was chosen. */
  readonly chosen: () => void
  /** What "Copy" copies. */
  readonly text: () => string
}

/** The shell of the panel: a button in the corner of the page, and what it opens, which is no dialog and takes nothing from the page. */
export class PanelView {
  readonly element = make('section', 'root')
  readonly #toggle = button('toggle', 'Guardian')
  readonly #panel = make('div', 'panel')
  readonly #where = make('p', 'note where')
  readonly #choice = make('label', 'choice', 'Client ')
  readonly #select = make('select')
  readonly #copied = make('span', 'note')
  readonly #close = button('', 'Close')
  readonly #listener: ViewListener

  /** @param sections of the panel, from top to bottom */
  constructor(sections: readonly HTMLElement[], listener: ViewListener) {
    this.#listener = listener
    const copy = button('', 'Copy')
    copy.ariaLabel = 'Copy timeline'
    const title = make('h2', '', 'Token Guardian')
    const body = make('div', 'body', ...sections)
    // It scrolls, so the keyboard must get there.
    body.tabIndex = 0
    body.setAttribute('role', 'group')
    body.ariaLabel = 'What the guardian does'
    this.element.ariaLabel = 'Token Guardian development panel'
    this.#panel.id = 'panel'
    this.#toggle.setAttribute('aria-controls', 'panel')
    this.#copied.setAttribute('aria-live', 'polite')
    this.#choice.append(this.#select)
    this.#panel.append(
      make('div', 'head', title, copy, this.#close),
      make('div', 'under', this.#where, this.#choice, this.#copied),
      body,
    )
    this.element.append(this.#toggle, this.#panel)
    this.isOpen = false

    this.#toggle.addEventListener('click', () => this.#turn(true))
    this.#close.addEventListener('click', () => this.#turn(false))
    this.#panel.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return
      event.preventDefault()
      this.#turn(false)
    })
    this.#select.addEventListener('change', () => listener.chosen())
    copy.addEventListener('click', () => void this.#copy())
  }

  get isOpen(): boolean {
    return !this.#panel.hidden
  }

  set isOpen(isOpen: boolean) {
    this.#panel.hidden = !isOpen
    this.#toggle.hidden = isOpen
    this.#toggle.ariaExpanded = String(isOpen)
  }

  /** Name of the client that is looked at. */
  get choice(): string {
    return this.#select.value
  }

  /** The names to choose from; of one there is no choice. */
  set choices(names: readonly string[]) {
    const before = this.#select.value
    show(this.#select, names, () => names.map((name) => new Option(name, name)))
    if (names.includes(before)) this.#select.value = before
    this.#choice.hidden = names.length < 2
  }

  /** Where the guardian is, and the state that the button shows while the panel is closed. */
  describe(where: string, state: string, tone: string): void {
    show(this.#where, where, () => [where])
    show(this.#toggle, state, () => [make('span', 'dot'), `Guardian: ${state}`])
    this.#toggle.dataset['tone'] = tone
  }

  /** For a key of the page that nobody else had a use for: whatever has the focus there may be under the panel. */
  pressed({ key, defaultPrevented }: KeyboardEvent): void {
    if (key !== 'Escape' || defaultPrevented || !this.isOpen) return
    this.isOpen = false
    this.#listener.toggled(false)
  }

  /** By the user, whose focus goes along. */
  #turn(isOpen: boolean): void {
    this.isOpen = isOpen
    const next = isOpen ? this.#close : this.#toggle
    next.focus()
    this.#listener.toggled(isOpen)
  }

  async #copy(): Promise<void> {
    const text = this.#listener.text()
    this.#copied.textContent = await navigator.clipboard.writeText(text).then(
      () => 'Copied.',
      () => 'The browser did not allow it.',
    )
  }
}

function button(className: string, text: string): HTMLButtonElement {
  const made = make('button', className, text)
  made.type = 'button'
  return made
}
