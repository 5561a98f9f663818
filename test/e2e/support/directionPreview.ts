import type { Locator } from './browser';
import { Panel } from './panel';

/** What the page says in `data-state` that it shows. */
export type PreviewStatus = 'loading' | 'ready' | 'missing' | 'error' | 'broken';

/** The preview of a direction file in the tab that is in front. */
export class DirectionPreview extends Panel {
  override get image(): Locator {
    return this.frame.locator('canvas.picture-canvas');
  }

  get alpha(): Locator {
    return this.frame.getByRole('slider', { name: 'Alpha', exact: true });
  }

  field(name: string): Locator {
    return this.frame.getByRole('textbox', { name, exact: true });
  }

  /** Types into a field as people do, and presses Enter. */
  async enter(name: string, text: string): Promise<void> {
    await this.field(name).fill(text);
    await this.field(name).press('Enter');
  }

  async shows(status: PreviewStatus): Promise<void> {
    await this.frame.locator(`body[data-state="${status}"]`).waitFor({ state: 'attached' });
  }
}
