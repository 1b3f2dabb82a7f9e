/**
 * What stands for the package `string-width` in the bundle: Ink then measures as the rest of the screen does, so that what one has padded the other never
 * wraps; and its start does without the pattern of all emoji sequences, which alone takes as long to build as a third of the first frame.
 */

import { displayWidth } from './width.js';

// biome-ignore lint/style/noDefaultExport: the package that it stands for has one
export default displayWidth;
