import { parseNumber, psiLimits } from '../../../shared/numberList';
import { element } from '../../dom';
import { CheckedField } from '../../views/checkedField';
import { CheckBox, labelled } from '../../views/controls';
import { readAlphas, readSeeds } from '../model/stripSettings';
import type { StripSettings } from '../model/stripSettings';

/** The controls above the strips. */
export class StripBar {
  readonly element: HTMLElement;
  private readonly seeds: CheckedField<string>;
  private readonly psi: CheckedField<number>;
  private readonly alphas: CheckedField<string>;
  private readonly align: CheckBox;

  /**
   * @param read the present settings
   * @param suitable the alphas that stand there while the user has chosen none
   * @param change told of what the user chooses
   */
  constructor(private readonly read: () => StripSettings, suitable: () => string, change: (settings: StripSettings) => void) {
    const same = (text: string) => text.trim();
    const checked = (check: (text: string) => unknown) => (text: string) => {
      check(text);
      return same(text);
    };
    this.seeds = new CheckedField({ name: 'Seeds', class: 'seed', read: checked(readSeeds), write: same, current: () => read().seeds, apply: (seeds) => { change({ ...read(), seeds }); } });
    this.psi = new CheckedField({ name: 'Truncation psi', class: 'psi', read: (text) => parseNumber(text, 'Psi', psiLimits), write: String, current: () => read().psi, apply: (psi) => { change({ ...read(), psi }); } });
    this.alphas = new CheckedField({ name: 'Alphas', class: 'seed', read: checked(readAlphas), write: same, current: () => read().alphas ?? suitable(), apply: (alphas) => { change({ ...read(), alphas }); } });
    this.align = new CheckBox((alignSigns) => { change({ ...read(), alignSigns }); }, 'Align signs');
    this.align.element.title = 'Negates alpha for directions that point the other way than the first';
    this.element = element('div', { class: 'strip-bar' }, labelled('Seeds', this.seeds.element), labelled('Psi', this.psi.element), labelled('Alpha', this.alphas.element), this.align.element);
    this.update();
  }

  update(): void {
    for (const field of [this.seeds, this.psi, this.alphas]) field.update();
    this.align.show(this.read().alignSigns);
  }
}
