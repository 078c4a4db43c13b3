import type { Finding } from './finding.ts'
import { make, show } from './make.ts'
import { section, type Section } from './section.ts'

/** What is wrong with the deployment. Hidden while nothing is known to be. */
export function warningSection(): Section<readonly Finding[]> {
  const list = make('ul', 'warnings')
  const element = section('Deployment', list)
  return {
    element,
    update: (findings) => {
      element.hidden = findings.length === 0
      show(list, findings, () => findings.map(describe))
    },
  }
}

function describe({ level, subject, what, why, change }: Finding): Node {
  const item = make('li', '', make('strong', 'chip', level), ' ', what)
  item.dataset['tone'] = TONES[level]
  if (subject !== undefined) item.append(' ', make('code', '', subject))
  if (why !== undefined) item.append(make('p', 'note', why))
  if (change !== undefined) item.append(make('pre', '', change))
  return item
}

const TONES: Readonly<Record<Finding['level'], string>> = {
  error: 'bad',
  warning: 'warn',
  note: 'plain',
}
