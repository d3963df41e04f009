import { recipeOf } from '../../../../examples/price-book/sample.ts';

/** 10,000 updates of 5,000 entries that all exist, half of them below the threshold. */
export default recipeOf({ withNew: false });
