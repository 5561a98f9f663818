import type { Generator } from '../generators/generator';
import type { FloatTensor } from '../tensor';
import type { Sample } from '../../shared/protocol/engineProtocol';
import { checkSample } from './checks';
import { truncates } from '../generators/description';
import { Recent } from './recent';

/** Latent codes are small. Pictures of 1024 px have 12 MB; a user goes back and forth between few. */
const [keptCodes, keptImages] = [256, 4];

/** The samples of one generator that were looked at last: while a slider moves, only the edited picture is computed. */
export class Samples {
  private readonly codes = new Recent<FloatTensor>(keptCodes);
  private readonly kept = new Recent<FloatTensor>(keptImages);

  /** @param images makes the pictures [N, C, H, W] of latent codes [N, L, d] */
  constructor(
    private readonly generator: Generator,
    private readonly images: (codes: FloatTensor) => Promise<FloatTensor>,
  ) {}

  /**
   * The latent code of a sample, [1, L, d].
   *
   * @throws UserError when the seed, psi or label is none
   */
  code(sample: Sample): Promise<FloatTensor> {
    return this.codes.get(keyOf(sample), async () => {
      const { seed, psi, label } = checkSample(sample);
      return this.generator.sample([seed], { psi: truncates(this.generator.description) ? psi : 1, label });
    });
  }

  /** The picture of a sample before any edit, [1, C, H, W] in the generator's range. */
  image(sample: Sample): Promise<FloatTensor> {
    return this.kept.get(keyOf(sample), async () => this.images(await this.code(sample)));
  }

  /** Whether the picture of a sample need not be computed. */
  hasImage(sample: Sample): boolean {
    return this.kept.has(keyOf(sample));
  }
}

function keyOf({ seed, psi, label }: Sample): string {
  return `${seed} ${psi} ${label}`;
}
