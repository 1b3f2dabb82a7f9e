/** Words that the tables of platforms share. */

export type PackageManager = 'apt' | 'dnf';

export type SupportLevel = 'proven' | 'expected' | 'refused';
